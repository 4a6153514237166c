/**
 * What would be better about the paths of a mask, if they were chosen afresh: a preview for `path rebalance`. Pure. It compares
 * with a fresh choice, in which the mask's own load doesn't count, and of the difference keeps only what improves something.
 * Paths to ports that can't be used now stay: that a port is down is no reason to forget it.
 */
import { compareText } from '../../lib/compare-text.ts';
import type { Urn } from '../model/urn.ts';
import { indexPorts, type PortIndex } from './port-index.ts';
import { selectFrom } from './select-paths.ts';
import { DEFAULT_PATH_SETTINGS, type PathSettings } from './settings.ts';
import type { PathInitiator, PathPair, PathRefusal, PathRequest } from './types.ts';
import { figureOf } from './usage.ts';

/** Of usage, 1000 = one per cent busy or one volume: a path moves for more than this only. */
export const REBALANCE_MARGIN = 5_000;

/** Add before remove: with all of `add` made nothing goes under the minimum while `remove` is taken away. */
export interface RebalancePlan {
  readonly ok: true;
  readonly add: readonly PathPair[];
  readonly remove: readonly PathPair[];
  readonly keep: readonly PathPair[];
  /** What gets better, a sentence each; empty = nothing would, and nothing is proposed. */
  readonly improvements: readonly string[];
}

export type RebalanceResult = RebalancePlan | PathRefusal;

export function rebalance(
  request: PathRequest,
  settings: PathSettings = DEFAULT_PATH_SETTINGS,
  margin = REBALANCE_MARGIN,
): RebalanceResult {
  const own = withoutOwnLoad(request);
  const index = indexPorts(own.ports, own.nowMs, settings);
  const initiators = new Map(own.initiators.map((initiator) => [initiator.urn, initiator]));
  const context = { request: own, index, initiators, margin };
  const compare = (a: PathPair, b: PathPair): number => compareText(nameOf(context, a), nameOf(context, b));
  const there = unique(request.existing).sort(compare);
  const isFixed = (pair: PathPair): boolean => !index.ports.has(pair.port) || !initiators.has(pair.initiator);
  const fresh = selectFrom(index, { ...own, existing: there.filter(isFixed) });
  if (!fresh.ok) return fresh;
  const target = withoutWhatIsNoBetter(there, fresh.plan.pairs, context);
  const keys = new Set(target.map(keyOf));
  const had = new Set(there.map(keyOf));
  return {
    ok: true,
    add: target.filter((pair) => !had.has(keyOf(pair))).sort(compare),
    remove: there.filter((pair) => !keys.has(keyOf(pair))).sort(compare),
    keep: there.filter((pair) => keys.has(keyOf(pair))).sort(compare),
    improvements: improvements(judged(there, context), judged(target, context), margin),
  };
}

/**
 * What a mask has more of than the rules allow, as after paths were added beside those that they replace: the paths to take
 * away, the least useful first. Adds none. Undefined: there is nothing over.
 */
export function surplus(
  request: PathRequest,
  settings: PathSettings = DEFAULT_PATH_SETTINGS,
): RebalancePlan | undefined {
  const own = withoutOwnLoad(request);
  const index = indexPorts(own.ports, own.nowMs, settings);
  const initiators = new Map(own.initiators.map((initiator) => [initiator.urn, initiator]));
  const context = { request: own, index, initiators, margin: 0 };
  const compare = (a: PathPair, b: PathPair): number => compareText(nameOf(context, a), nameOf(context, b));
  const there = unique(request.existing).sort(compare);
  let left: readonly PathPair[] = there;
  for (;;) {
    const now = judged(left, context);
    if (now.over === 0) break;
    const without = (pairs: readonly PathPair[]) => pairs.map((pair) => left.filter((one) => one !== pair));
    // Those that carry nothing now, before any that does.
    const idle = without(left.filter(({ port }) => !index.ports.has(port)));
    const useless = idle.filter((pairs) => judged(pairs, context).over < now.over);
    const fewer = useless.length > 0 ? useless : without(left);
    // A host that would come under its minimum keeps a path too many.
    const safe = fewer.filter((pairs) => judged(pairs, context).underMin <= now.underMin);
    if (safe.length === 0) break;
    const best = safe.reduce((a, b) => (isBetter(judged(b, context), judged(a, context), 0) ? b : a));
    if (judged(best, context).over >= now.over) break;
    left = best;
  }
  if (left.length === there.length) return undefined;
  const kept = new Set(left.map(keyOf));
  return {
    ok: true,
    add: [],
    remove: there.filter((pair) => !kept.has(keyOf(pair))),
    keep: left,
    improvements: improvements(judged(there, context), judged(left, context), REBALANCE_MARGIN),
  };
}

interface Context {
  readonly request: PathRequest;
  readonly index: PortIndex;
  readonly initiators: ReadonlyMap<Urn, PathInitiator>;
  readonly margin: number;
}

const keyOf = ({ initiator, port }: PathPair): string => `${initiator} ${port}`;

const unique = (pairs: readonly PathPair[]): PathPair[] => [
  ...new Map(pairs.map((pair) => [keyOf(pair), pair])).values(),
];

const nameOf = ({ initiators, index }: Context, { initiator, port }: PathPair): string =>
  `${initiators.get(initiator)?.portName ?? initiator} ${index.ports.get(port)?.name ?? port} ${initiator} ${port}`;

/** The mask would take its load along. What it makes a port busy can't be told apart; the margin stands for that. */
function withoutOwnLoad(request: PathRequest): PathRequest {
  const own = new Map<Urn, number>();
  for (const { port } of unique(request.existing)) own.set(port, (own.get(port) ?? 0) + 1);
  const ports = request.ports.map((port) => {
    const initiators = own.get(port.urn);
    if (initiators === undefined) return port;
    const volumes = Math.max(0, port.load.volumes - (request.volumes ?? 1));
    return { ...port, load: { ...port.load, volumes, initiators: Math.max(0, port.load.initiators - initiators) } };
  });
  return { ...request, ports };
}

/** Smaller is better; `usage` only by more than the margin, all else before it and in this order. */
interface Judged {
  readonly over: number;
  readonly underMin: number;
  readonly haDomainsMissing: number;
  readonly physicalPortsMissing: number;
  readonly underMax: number;
  readonly uneven: number;
  readonly usage: number;
}

const STRUCTURE = ['over', 'underMin', 'haDomainsMissing', 'physicalPortsMissing', 'underMax', 'uneven'] as const;

function judged(pairs: readonly PathPair[], { request, index, initiators }: Context): Judged {
  const { min, max, perInitiator } = request.rules;
  const { ports } = index;
  const known = pairs.flatMap((pair) => ports.get(pair.port) ?? []);
  const lost = pairs.length - known.length;
  const perNetwork = new Map(request.initiators.map(({ network }) => [network, 0]));
  const each = new Map<Urn, number>();
  for (const pair of pairs) {
    const network = ports.get(pair.port)?.network ?? initiators.get(pair.initiator)?.network;
    if (network !== undefined) perNetwork.set(network, (perNetwork.get(network) ?? 0) + 1);
    each.set(pair.initiator, (each.get(pair.initiator) ?? 0) + 1);
  }
  // A path to a port that is gone is none: it doesn't keep a host above its minimum.
  const paths = new Set(
    pairs.flatMap(({ initiator, port }) => {
      const physicalPort = ports.get(port)?.physicalPort;
      return physicalPort === undefined ? [] : [`${initiator} ${physicalPort}`];
    }),
  );
  const surplus = [...each.values()].reduce((sum, count) => sum + Math.max(0, count - perInitiator), 0);
  const counts = [...perNetwork.values()];
  return {
    over: Math.max(0, pairs.length - max) + surplus,
    underMin: Math.max(0, min - paths.size),
    haDomainsMissing: max - lost - new Set(known.map(({ haDomain }) => haDomain)).size,
    physicalPortsMissing: max - lost - new Set(known.map(({ physicalPort }) => physicalPort)).size,
    uneven: Math.max(...counts) - Math.min(...counts),
    underMax: Math.max(0, max - paths.size),
    usage: known.reduce((sum, { urn }) => sum + index.indexed.get(urn)!.usage, 0),
  };
}

function isBetter(a: Judged, b: Judged, margin: number): boolean {
  for (const what of STRUCTURE) if (a[what] !== b[what]) return a[what] < b[what];
  return a.usage < b.usage - margin;
}

/**
 * From the fresh choice back towards what there is: each change, alone or as the exchange of one path for another, is taken
 * back unless the paths are better with it.
 */
function withoutWhatIsNoBetter(
  there: readonly PathPair[],
  fresh: readonly PathPair[],
  context: Context,
): readonly PathPair[] {
  let target = fresh;
  // With a margin two choices may each be no better than the other: none is taken twice.
  const seen = new Set([choiceKey(target)]);
  for (;;) {
    const now = judged(target, context);
    const back = undone(there, target).find(
      (other) => !seen.has(choiceKey(other)) && !isBetter(now, judged(other, context), context.margin),
    );
    if (!back) break;
    target = back;
    seen.add(choiceKey(target));
  }
  return isBetter(judged(target, context), judged(there, context), context.margin) ? target : there;
}

const choiceKey = (pairs: readonly PathPair[]): string => pairs.map(keyOf).sort().join();

/** With a change less: who has which of the ports first, then exchanges of the same initiator. */
function undone(there: readonly PathPair[], target: readonly PathPair[]): PathPair[][] {
  const [had, has] = [new Set(there.map(keyOf)), new Set(target.map(keyOf))];
  const added = target.filter((pair) => !had.has(keyOf(pair)));
  const removed = there.filter((pair) => !has.has(keyOf(pair)));
  const without = (pair: PathPair): PathPair[] => target.filter((one) => one !== pair);
  const exchanges = removed.flatMap((old) => added.map((pair) => ({ old, pair })));
  const same = exchanges.filter(({ old, pair }) => old.initiator === pair.initiator);
  const others = exchanges.filter(({ old, pair }) => old.initiator !== pair.initiator);
  return [
    ...swapped(removed, added, target),
    ...[...same, ...others].map(({ old, pair }) => [...without(pair), old]),
    ...removed.map((old) => [...target, old]),
    ...added.map(without),
  ];
}

/** Where two initiators got each other's ports, each its own again. */
function swapped(removed: readonly PathPair[], added: readonly PathPair[], target: readonly PathPair[]): PathPair[][] {
  return removed.flatMap((old) => {
    const instead = added.find(({ port }) => port === old.port);
    return added.flatMap((other) => {
      if (!instead || other.initiator !== old.initiator || other === instead) return [];
      const swap = { initiator: instead.initiator, port: other.port };
      const rest = target.filter((one) => one !== instead && one !== other);
      return rest.some((one) => keyOf(one) === keyOf(swap)) ? [] : [[...rest, old, swap]];
    });
  });
}

function improvements(before: Judged, after: Judged, margin: number): string[] {
  const words: Record<(typeof STRUCTURE)[number], string> = {
    over: 'paths over the rules',
    underMin: 'paths under the minimum',
    haDomainsMissing: 'HA domains missing to one for each path',
    physicalPortsMissing: 'physical ports missing to one for each path',
    uneven: 'paths by which networks are uneven',
    underMax: 'paths under the maximum',
  };
  const found = STRUCTURE.filter((what) => after[what] < before[what]).map(
    (what) => `${words[what]}: ${before[what]} before, ${after[what]} after`,
  );
  if (after.usage < before.usage - margin) {
    found.push(`usage of the ports: ${figureOf(before.usage)} before, ${figureOf(after.usage)} after`);
  }
  return found;
}
