/**
 * Network systems, and which of their fabrics the declared networks are. A network that is new, or that is another fabric
 * now, needs the fabric to be seen; one that stays what it is doesn't, so that a switch that is down keeps nothing else back.
 */
import { sameJson } from '../../lib/canonical-json.ts';
import type { DesiredSpecs } from '../config/desired.ts';
import { foldName } from '../model/address.ts';
import { hasNoScope } from '../model/mode.ts';
import { choiceWords, fabricWords, findFabric } from '../model/network-fabric.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { ZONE } from '../model/unique-names.ts';
import type { Urn } from '../model/urn.ts';
import type { NetworkObservation, SeenFabric } from '../observe/network-observation.ts';
import { planDevice } from './devices.ts';
import type { Draft, Target } from './draft.ts';
import { finishRecordOnly } from './record-only.ts';

export function planNetworkSystem(draft: Draft, target: Target): void {
  const { scope } = target.node.spec as DesiredSpecs['networkSystem'];
  const observation = draft.input.observedNetworks.get(foldName(target.node.name))?.observation;
  const { fabrics, vsans } = scope;
  const planned = planDevice<'networkSystem'>(draft, target, observation, {
    scope: { ...(fabrics ? { fabrics: [...fabrics] } : {}), ...(vsans ? { vsans: [...vsans] } : {}) },
  });
  if (!planned) return;
  const { final, fields } = planned;
  sayAboutScope(draft, target, final, observation);
  const seen = observation?.fabrics.map(({ fabric }) => fabric.name).join(', ');
  const facts = { ...planned.facts, ...(seen ? { fabrics: seen } : {}) };
  finishRecordOnly(draft, target, final, [], { writes: [], changes: [] }, { facts, fields });
}

function sayAboutScope(
  draft: Draft,
  target: Target,
  system: ResourceRecord<'networkSystem'>,
  observation: NetworkObservation | undefined,
): void {
  const { mode, scope } = system.spec;
  const name = `network system ${target.node.name}`;
  if (mode !== 'observe' && hasNoScope(system.spec)) {
    draft.warn({
      code: 'COPRHD-HELD-007',
      summary: `${name} has no scope: nothing may be changed on it`,
      fix: 'list its networks under `scope: { fabrics: [...] }`, or its VSANs under `scope: { vsans: [...] }`',
      span: target.node.spanOf(),
    });
  }
  if (observation?.trust.level !== 'whole') return;
  const there = observation.fabrics.map(({ fabric }) => fabric);
  const unknown = [
    ...(scope.vsans ?? [])
      .filter((vsan) => !there.some(({ virtualFabric }) => virtualFabric === vsan))
      .map((vsan) => ({ what: `VSAN ${vsan}`, field: 'vsans' })),
    ...(scope.fabrics ?? [])
      .filter((fabric) => !('found' in findFabric({ fabric }, there)) && !isNetwork(draft, fabric))
      .map((fabric) => ({ what: `fabric or network ${fabric}`, field: 'fabrics' })),
  ];
  for (const { what, field } of unknown) {
    draft.error({
      code: 'COPRHD-DEVICE-004',
      summary: `${name} has no ${what}`,
      detail: `it shows ${there.map(fabricWords).join(', ') || 'no fabric'}`,
      fix: `correct \`scope.${field}\``,
      span: target.node.spanOf(['scope', field]),
    });
  }
}

function isNetwork({ input }: Draft, name: string): boolean {
  const recorded = input.view.byName('network', ZONE, name);
  if (recorded && recorded.record.status.phase !== 'deleted') return true;
  return input.graph.stacks.some(({ nodes }) =>
    [...nodes.values()].some(({ kind, name: other }) => kind === 'network' && foldName(other) === foldName(name)),
  );
}

/** `joins`: it wasn't this fabric before, so who is logged in belongs to the network from now on. */
export interface NetworkFabric {
  readonly fabric?: SeenFabric;
  readonly joins: boolean;
}

/** Undefined: it can't be planned, and was complained about. */
export function fabricOfNetwork(
  draft: Draft,
  target: Target,
  spec: RecordedSpec<'network'>,
): NetworkFabric | undefined {
  if (spec.networkSystem === undefined) return { joins: false };
  const old = target.recorded?.record.spec as RecordedSpec<'network'> | undefined;
  const joins = old === undefined || !sameJson(choiceOf(old), choiceOf(spec));
  const complain = (code: 'COPRHD-DEVICE-001' | 'COPRHD-ZONE-005', summary: string, detail: string, fix: string) => {
    const place = spec.vsan === undefined ? ['fabric'] : ['vsan'];
    const diagnostic = { code, summary, detail, fix, span: target.node.spanOf(place), address: target.address };
    if (joins) draft.error(diagnostic);
    else draft.warn(diagnostic);
    return joins ? undefined : { joins };
  };
  const system = draft.get<'networkSystem'>(spec.networkSystem);
  // It can't be registered, which was complained about.
  if (!system || draft.unusableSystems.has(spec.networkSystem)) return joins ? undefined : { joins };
  const observation = draft.input.observedNetworks.get(foldName(system.name))?.observation;
  if (!observation?.identity) {
    if (!joins) return { joins };
    const why = observation?.trust.why ?? 'it was not looked at';
    const summary = `which fabric ${target.address} is can't be seen: network system ${system.name} was not read`;
    return complain('COPRHD-DEVICE-001', summary, why, 'check the network system');
  }
  const seen = observation.fabrics.map((each) => ({ ...each.fabric, each }));
  const found = findFabric(spec, seen);
  if (!('found' in found)) {
    const unread = observation.trust.level === 'whole' ? '' : `; ${observation.trust.why}`;
    const summary = `network system ${system.name} does not show ${target.address}: ${found.why}`;
    const fix = 'name one of these by `vsan: NUMBER`, or by `fabric:` with FIDnnn, its name or its WWN';
    return complain('COPRHD-ZONE-005', summary, `it shows ${found.there.join(', ') || 'none'}${unread}`, fix);
  }
  const fabric = found.found.each;
  if (joins && isAnotherNetwork(draft, target, fabric)) return undefined;
  return { fabric, joins };
}

const choiceOf = ({ networkSystem, fabric, vsan }: RecordedSpec<'network'>) => ({ networkSystem, fabric, vsan });

/** A fabric is one network, whichever of its switches shows it. */
function isAnotherNetwork(draft: Draft, target: Target, { fabric }: SeenFabric): boolean {
  const other = draft
    .all('network')
    .find((network) => network.urn !== target.urn && seenFabricOf(draft, network)?.fabric.nativeId === fabric.nativeId);
  if (!other) return false;
  draft.error({
    code: 'COPRHD-STATE-006',
    summary: `${target.address} is the same fabric as network ${other.name}`,
    detail: `both are ${fabricWords(fabric)}: ${choiceWords(other.spec)} of its network system is this one, too`,
    fix: 'declare a fabric as one network, zoned through one network system',
    span: target.node.spanOf(),
    address: target.address,
  });
  return true;
}

/** What was seen of a network for this plan; undefined where it wasn't looked at, or isn't shown. */
export function seenFabricOf(draft: Draft, network: ResourceRecord<'network'>): SeenFabric | undefined {
  const system = network.spec.networkSystem && draft.get<'networkSystem'>(network.spec.networkSystem as Urn);
  const observation = system && draft.input.observedNetworks.get(foldName(system.name))?.observation;
  if (!observation) return undefined;
  const found = findFabric(
    network.spec,
    observation.fabrics.map((each) => ({ ...each.fabric, each })),
  );
  return 'found' in found ? found.found.each : undefined;
}
