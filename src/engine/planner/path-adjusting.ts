/**
 * Paths of recorded masks that are exchanged because somebody asks for it (`path rebalance`, `port replace`), add before
 * remove. A host finds a new path when it looks for one, and nobody but the host knows when: so a run either adds paths, or
 * takes away what was replaced; in one go only where the old port is down and nothing is lost by it.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { type ExactPaths, exactPaths } from '../paths/exact.ts';
import { rebalance, surplus } from '../paths/rebalance.ts';
import { selectPaths } from '../paths/select-paths.ts';
import type { PathPair, PathPlan, PathReason } from '../paths/types.ts';
import { makeChange } from './base-record.ts';
import type { Draft } from './draft.ts';
import { maskHold } from './export-holds.ts';
import { volumeOf } from './fabric-masks.ts';
import { fabricPaths, type PathChoice, pathChoice } from './fabric-paths.ts';
import { correctMasks } from './mask-correction.ts';
import { decide, planMaskZoning } from './mask-zoning.ts';
import type { MaskContext } from './masks.ts';

/** A path in words: names of the host's port and of the storage port. */
export interface PathWords {
  readonly initiator: string;
  readonly port: string;
}

/** What is to become of the paths of one host to one storage system. */
export interface Adjustment {
  readonly mask: Urn;
  readonly host: string;
  readonly system: string;
  /** Done by this plan. */
  readonly add: readonly PathWords[];
  readonly remove: readonly PathWords[];
  /** To be taken away by a later run, once the host uses the added ones. */
  readonly later: readonly PathWords[];
  readonly keep: number;
  /** All that is there, by this plan and a later one. */
  readonly pairs: Readonly<Record<'add' | 'remove' | 'keep', readonly PathPair[]>>;
  /** What gets better, a sentence each. */
  readonly improvements: readonly string[];
}

/** What is wanted of one mask, whatever of it can be done at once. */
export interface WantedPaths {
  readonly by: PathReason;
  readonly add: readonly PathPair[];
  readonly remove: readonly PathPair[];
  readonly improvements: readonly string[];
}

export type Wanted = { readonly ok: true; readonly wanted: WantedPaths } | { readonly ok: false; readonly why: string };

/** Narrower than the virtual pool has it. */
export interface Narrowed {
  /** Paths at least. */
  readonly min?: number | undefined;
  /** Only these; paths to others go. */
  readonly ports?: ReadonlySet<Urn>;
  /** Nothing goes. */
  readonly keep?: boolean | undefined;
}

/** What is over the rules goes, as what an earlier run added beside has replaced it; else it is chosen afresh, where that is better. */
export function rebalanced({ request, board }: PathChoice, nowMs: number, narrowed: Narrowed = {}): Wanted {
  const { min = 0, ports: only, keep = false } = narrowed;
  const isOutside = ({ port }: PathPair) => !keep && only !== undefined && !only.has(port);
  const ports = board.ports().filter(({ urn }) => only?.has(urn) ?? true);
  const rules = { ...request.rules, min: Math.max(min, request.rules.min) };
  const existing = request.existing.filter((pair) => !isOutside(pair));
  const asked = { ...request, rules, existing, ports, nowMs };
  if (keep) {
    const result = selectPaths(asked);
    if (!result.ok) return { ok: false, why: result.why };
    return { ok: true, wanted: { by: 'rebalance', add: result.plan.added, remove: [], improvements: [] } };
  }
  const result = surplus(asked) ?? rebalance(asked);
  if (!result.ok) return { ok: false, why: result.why };
  const remove = [...result.remove, ...request.existing.filter(isOutside)];
  return { ok: true, wanted: { ...result, by: 'rebalance', remove } };
}

/** Exactly these: what of them is of this host and storage system. */
export function ordered({ request, board }: PathChoice, paths: ExactPaths, nowMs: number): Wanted {
  const result = exactPaths({ ...request, ports: board.ports(), nowMs }, paths);
  if (!result.ok) return result;
  return { ok: true, wanted: { by: 'order', add: result.add, remove: result.remove, improvements: [] } };
}

/** Each path to `from` becomes one to `to`, if the initiator has none there. */
export function moved({ request, board }: PathChoice, from: Urn, to: ResourceRecord<'port'>): Wanted {
  const { existing } = request;
  const remove = existing.filter(({ port }) => port === from);
  if (remove.length === 0) return { ok: true, wanted: { by: 'replacement', add: [], remove, improvements: [] } };
  const target = board.ports().find(({ urn }) => urn === to.urn);
  if (!target) return { ok: false, why: `${to.name} is not up, deregistered, or in no Fibre Channel network` };
  const networks = new Map(request.initiators.map(({ urn, network }) => [urn, network]));
  const outside = remove.find(({ initiator }) => networks.get(initiator) !== target.network);
  if (outside)
    return { ok: false, why: `${to.name} is not in the network of the initiators that come to the old port` };
  const has = new Set(existing.filter(({ port }) => port === to.urn).map(({ initiator }) => initiator));
  const add = remove
    .filter(({ initiator }) => !has.has(initiator))
    .map(({ initiator }) => ({ initiator, port: to.urn }));
  return { ok: true, wanted: { by: 'replacement', add, remove, improvements: [] } };
}

/** What of the replaced paths may go now. All: hosts use the new ones, says whoever asks. */
type MayGo = 'nothing' | 'what carries nothing' | 'all';

/** One unit a host. Gives what was found of each mask. */
export function adjustHost(
  draft: Draft,
  host: ResourceRecord<'host'>,
  contexts: readonly MaskContext[],
  wantedOf: (choice: PathChoice, context: MaskContext) => Wanted,
  mayGo: MayGo,
): Adjustment[] {
  const found: Adjustment[] = [];
  const changed: MaskContext[] = [];
  for (const context of contexts) {
    const result = adjustMask(draft, context, wantedOf, mayGo);
    if ('adjustment' in result) found.push(result.adjustment);
    if ('adjustment' in result && result.changes) changed.push(context);
    if ('hold' in result) draft.error({ ...result.hold, address: addressOf(host) });
  }
  const { steps, children, writes, shared } = correctMasks(draft, changed);
  if (steps.length === 0) return found;
  const address = addressOf(host);
  draft.addUnit({
    id: draft.nextUnitId(),
    address,
    urn: host.urn,
    action: 'update',
    dependsOn: [],
    writes,
    steps,
    shared: [host.urn, ...shared],
    reservations: [],
    releases: [],
  });
  draft.changes.push(
    makeChange(
      { address, urn: host.urn, node: { kind: 'host' } },
      { action: 'update', reason: 'paths are exchanged', children },
    ),
  );
  return found;
}

type MaskResult =
  | { readonly adjustment: Adjustment; readonly changes: boolean }
  | { readonly hold: Omit<Diagnostic, 'severity'> };

function adjustMask(
  draft: Draft,
  context: MaskContext,
  wantedOf: (choice: PathChoice, context: MaskContext) => Wanted,
  mayGo: MayGo,
): MaskResult {
  const { host, system } = context;
  const cannot = (why: string): MaskResult => ({
    hold: { code: 'COPRHD-PATH-007', summary: `paths of ${host.name} to ${system.name} can't be exchanged: ${why}` },
  });
  const held = maskHold(draft, context);
  if (held) return { hold: held };
  const volume = volumeOf(draft, context);
  if (!volume) return cannot('nothing is mapped');
  const chosen = pathChoice(draft, context, volume);
  if (!chosen.ok) return cannot(chosen.why);
  const { choice } = chosen;
  const result = wantedOf(choice, context);
  if (!result.ok) return cannot(result.why);
  const { wanted } = result;
  const now = removable(wanted, mayGo, (port) => isDown(draft, context, port));
  const changes = wanted.add.length + now.length > 0;
  const hold = changes ? plan(draft, context, choice, wanted, now) : undefined;
  if (hold) return { hold };
  const words = (pairs: readonly PathPair[]) => pairs.map((pair) => inWords(draft, pair));
  const taken = new Set(now);
  const going = new Set(wanted.remove.map(keyOf));
  const keep = choice.request.existing.filter((pair) => !going.has(keyOf(pair)));
  return {
    adjustment: {
      mask: context.urn,
      host: host.name,
      system: system.name,
      add: words(wanted.add),
      remove: words(now),
      later: words(wanted.remove.filter((pair) => !taken.has(pair))),
      keep: keep.length,
      pairs: { add: wanted.add, remove: wanted.remove, keep },
      improvements: wanted.improvements,
    },
    changes,
  };
}

/** What carries nothing goes at once; else only when nothing is to be added any more, and somebody says that it may. */
function removable(
  { add, remove }: WantedPaths,
  mayGo: MayGo,
  carriesNothing: (port: Urn) => boolean,
): readonly PathPair[] {
  if (mayGo === 'nothing') return [];
  if (add.length === 0 && mayGo === 'all') return remove;
  return remove.filter(({ port }) => carriesNothing(port));
}

/** Or not there any more. That a port is deregistered, or in no network, takes nothing off the hosts that use it. */
function isDown(draft: Draft, { observation }: MaskContext, urn: Urn): boolean {
  const nativeId = draft.get<'port'>(urn)?.spec.nativeId;
  return observation.ports.find((port) => port.nativeId === nativeId)?.status !== 'up';
}

const keyOf = ({ initiator, port }: PathPair): string => `${initiator} ${port}`;

function plan(
  draft: Draft,
  context: MaskContext,
  choice: PathChoice,
  { add, by }: WantedPaths,
  remove: readonly PathPair[],
): Diagnostic | undefined {
  const gone = new Set(remove.map(keyOf));
  const pairs = [...choice.request.existing.filter((pair) => !gone.has(keyOf(pair))), ...add];
  const ports = [...new Set(pairs.map(({ port }) => port))];
  const chosen = choice.board.figures(
    add.map(({ port }) => port),
    by,
  );
  const made: PathPlan = { pairs, added: add, ports, chosen, rejected: [], moreRejected: 0, shortfalls: [] };
  const ending = choice.staying.filter(({ record: { spec } }) => gone.has(keyOf(spec)));
  const paths = fabricPaths(draft, choice, made, ending);
  const zoning = planMaskZoning(draft, context, paths);
  if (zoning.hold) return zoning.hold;
  decide(zoning);
  context.fabric = { paths, zoning };
  context.initiators = [...new Set(pairs.map(({ initiator }) => initiator))]
    .flatMap((urn) => draft.get<'initiator'>(urn)?.spec.portName ?? [])
    .sort();
  context.ports = ports.flatMap((urn) => draft.get<'port'>(urn) ?? []);
  return undefined;
}

function inWords(draft: Draft, { initiator, port }: PathPair): PathWords {
  return {
    initiator: draft.get<'initiator'>(initiator)?.spec.portName ?? initiator,
    port: draft.get<'port'>(port)?.name ?? port,
  };
}
