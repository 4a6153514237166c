/**
 * Why an export has these ports, paths, zones and LUN numbers. What is applied was decided then, and stays: it is said by what was
 * recorded with it, and the choice is made again as if the host had nothing there. What is only declared is planned.
 */
import { isoTime } from '../../lib/clock.ts';
import type { DesiredGraph, DesiredSpecs } from '../config/desired.ts';
import { foldName, parseAddress } from '../model/address.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import type { Urn } from '../model/urn.ts';
import type { PlannerInput } from '../planner/draft.ts';
import { planFabricMask } from '../planner/fabric-masks.ts';
import { networkSystemsOfExport } from '../planner/fabrics-needed.ts';
import { type MaskContext, makeContext } from '../planner/masks.ts';
import { type PathDecision, pathDecision, portMisses } from '../planner/path-decisions.ts';
import type { Change, Plan } from '../planner/plan.ts';
import type { WantedSystem } from '../planner/systems.ts';
import { findResource } from './addresses.ts';
import type { Call } from './engine.ts';
import type { Explanation, MissedPort } from './explain-types.ts';
import { BY_WORDS, chosenWords, decisionLines, lunLines, missedPorts, pathText } from './explaining-paths.ts';
import { asideOf, explainFrom, heldExplanation } from './explaining-source.ts';
import { liveIn } from './path-facts.ts';
import { masksOfExport } from './path-listing.ts';
import type { InputOf, ResultOf } from './types.ts';

type Mask = ResourceRecord<'exportMask'>;

export function explainExport(call: Call, input: InputOf<'explain'>): Promise<ResultOf<'explain'>> {
  const { address } = input;
  return explainFrom(call, input, {
    kind: 'export',
    systems: (view) => systemsOf(view, recordedExport(view, address)),
    networks: (view) => {
      const found = recordedExport(view, address);
      return found ? networkSystemsOfExport(found.urn, view) : [];
    },
    ofPlan: ({ graph }, plan, change) => heldExplanation(change) ?? ofPlan(graph, plan, change),
    ofRecorded: (planner) => {
      const found = findResource(planner.view, address, 'export');
      if ('problem' in found) return found;
      return ofRecorded(planner, found.recorded.record as ResourceRecord<'export'>, found.address);
    },
  });
}

function recordedExport(view: RecordedView, address: string): ResourceRecord<'export'> | undefined {
  const found = findResource(view, address, 'export');
  return 'problem' in found ? undefined : (found.recorded.record as ResourceRecord<'export'>);
}

function systemsOf(view: RecordedView, record: ResourceRecord<'export'> | undefined): WantedSystem[] {
  const urns = record ? masksOfExport(view, record.urn).map(({ spec }) => spec.system) : [];
  return [...new Set(urns)].map((urn) => ({ name: view.get(urn)?.record.name ?? urn, urn }));
}

function ofPlan(graph: DesiredGraph, plan: Plan, { address }: Change): Explanation {
  const decisions = (plan.pathDecisions ?? []).filter((decision) => decision.address === address);
  const maps = plan.units
    .filter((unit) => unit.address === address)
    .flatMap(({ writes }) => writes)
    .filter(({ final, before }) => final.kind === 'lunMap' && isLive(final) && !before)
    .map(({ final }) => final as ResourceRecord<'lunMap'>);
  const pinned = pinnedIn(graph, address);
  const luns = new Map(maps.map(({ name, spec }) => [`${name.replace(/@.*$/, '')} ${spec.hlu}`, spec.hlu]));
  return {
    address,
    rejections: [],
    paths: decisions,
    ports: decisions.flatMap(({ host, system, nearestMisses }) => missedPorts(nearestMisses, { host, system })),
    lines: [
      ...(decisions.length === 0
        ? ['no path and no zone of it changes']
        : decisions.flatMap((decision) => decisionLines(decision))),
      ...[...luns].map(([key, hlu]) => {
        const why = pinned.has(hlu) ? 'as the file says' : 'the lowest number that is free on all of its hosts';
        return `LUN ${hlu} for ${key.replace(/ \d+$/, '')}: ${why}`;
      }),
    ],
  };
}

/** LUN numbers that the file gives. */
function pinnedIn(graph: DesiredGraph, address: string): ReadonlySet<number> {
  const { stack, name } = parseAddress(address) ?? {};
  const nodes = graph.stacks
    .filter((each) => foldName(each.stack) === foldName(stack ?? ''))
    .flatMap((each) => [...each.nodes.values()])
    .filter((node) => node.kind === 'export' && node.name === name);
  const volumes = nodes.flatMap((node) => (node.spec as DesiredSpecs['export']).volumes ?? []);
  return new Set(volumes.flatMap(({ hlu }) => hlu ?? []));
}

function ofRecorded(input: PlannerInput, record: ResourceRecord<'export'>, address: string): Explanation {
  const { view } = input;
  const parts = masksOfExport(view, record.urn)
    .map((mask) => ofMask(input, mask, record.urn, address))
    .filter((part) => part !== undefined);
  const contexts = parts.flatMap(({ context }) => context ?? []);
  return {
    address,
    rejections: [],
    paths: parts.flatMap(({ decision }) => decision ?? []),
    ports: parts.flatMap(({ ports }) => ports),
    lines: [
      ...(parts.length === 0 ? ['maps nothing'] : parts.flatMap(({ lines }) => lines)),
      ...lunLines(contexts, record.urn),
    ],
  };
}

interface Part {
  readonly lines: readonly string[];
  readonly ports: readonly MissedPort[];
  readonly decision?: PathDecision;
  readonly context?: MaskContext;
}

function ofMask(input: PlannerInput, mask: Mask, exported: Urn, address: string): Part | undefined {
  const { view } = input;
  const host = view.get<'host'>(mask.spec.host)?.record;
  const system = view.get<'storageSystem'>(mask.spec.system)?.record;
  const [map] = liveIn(view, 'lunMap', mask.urn).filter(({ spec }) => spec.export === exported);
  const volume = map && view.get<'volume'>(map.spec.volume)?.record;
  if (!host || !system || !volume) return undefined;
  const title = `${host.name} on ${system.name}`;
  if (mask.spec.transport !== 'fc') {
    const ports = mask.spec.ports.map((urn) => view.get(urn)?.record.name ?? urn).join(', ');
    return { lines: [`${title}: over IP, by the ports that were chosen when its mask was made: ${ports}`], ports: [] };
  }
  const draft = asideOf(input);
  const context = makeContext(draft, host, system.urn);
  if (!context) return { lines: [`${title}: it could not be looked at`], ports: [] };
  const why = planFabricMask(draft, context, volume);
  const { paths, zoning } = context.fabric ?? {};
  if (why !== undefined || !paths || !zoning) {
    return { lines: [`${title}: ${why ?? 'nothing is known of its paths'}`], ports: [], context };
  }
  const decision = pathDecision(draft, context, { address, virtualPool: volume.spec.virtualPool, paths, zoning });
  const recorded = liveIn(view, 'path', mask.urn).map(({ spec }) => {
    const from = view.get<'initiator'>(spec.initiator)?.record.spec.portName ?? spec.initiator;
    const named = { initiator: from, port: nameOf(view, spec.port), network: nameOf(view, spec.network) };
    const when = spec.chosen
      ? `chosen ${isoTime(spec.chosen.atMs)}${BY_WORDS[spec.chosen.by ?? 'plan']}, ${chosenWords(spec.chosen)}`
      : 'kept';
    return `  ${pathText(named)}: ${when}`;
  });
  const anew = chosenAnew(input, host, system.urn, volume);
  return {
    lines: [
      ...decisionLines({ ...decision, kept: [] }, recorded.sort()),
      ...(zoning.hold ? [`  its zones can't be changed now: ${zoning.hold.summary}`] : []),
      ...anewLines(
        anew,
        mask.spec.ports.map((urn) => nameOf(view, urn)),
      ),
    ],
    ports: missedPorts(anew?.ports ?? [], { host: host.name, system: system.name }),
    decision,
    context,
  };
}

const nameOf = (view: RecordedView, urn: Urn): string => view.get(urn)?.record.name ?? urn;

interface Anew {
  readonly chosen: PathDecision['chosen'];
  readonly ports: ReturnType<typeof portMisses>;
  readonly moreRejected: number;
}

/** What the host would get now if it had nothing on the storage system: its own load on the ports is not counted. */
function chosenAnew(
  input: PlannerInput,
  host: ResourceRecord<'host'>,
  system: Urn,
  volume: ResourceRecord<'volume'>,
): Anew | undefined {
  const draft = asideOf(input);
  const context = makeContext(draft, host, system);
  if (!context) return undefined;
  const masks = context.observation.masks.filter((mask) => mask !== context.observed);
  const observation = { ...context.observation, masks };
  const alone = { ...context, recorded: undefined, observed: undefined, maps: [], observation };
  if (planFabricMask(draft, alone, volume) !== undefined) return undefined;
  const { plan } = alone.fabric!.paths!;
  const decided = { address: '', virtualPool: volume.spec.virtualPool, ...alone.fabric! };
  const { chosen } = pathDecision(draft, alone, { ...decided, paths: alone.fabric!.paths! });
  return { chosen, ports: portMisses(draft, plan.rejected), moreRejected: plan.moreRejected };
}

function anewLines(anew: Anew | undefined, ports: readonly string[]): string[] {
  if (!anew) return ['  if it had none, it would find no paths now'];
  const chosen = anew.chosen.map(({ port }) => port);
  const same = chosen.length === ports.length && chosen.every((port) => ports.includes(port));
  return [
    `  if it had none, it would get ${same ? 'the same ports' : chosen.join(', ')} now`,
    ...anew.chosen.map((each) => `    ${each.port}: ${chosenWords(each)}`),
    ...(anew.moreRejected === 0 ? [] : [`    and ${anew.moreRejected} ports more than are listed are not taken`]),
  ];
}
