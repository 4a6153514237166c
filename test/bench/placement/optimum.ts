/**
 * The exact optimum of a small stream: the longest prefix that can be placed at all by somebody who knows it. Whether a
 * prefix can be placed is found by depth first search, largest volumes first, with a bound (what is left must fit into
 * the pools it may use), equal pools and equal volumes tried once, and failed states remembered.
 */
import type { Urn } from '../../../src/engine/model/urn.ts';
import { prefixBound } from './demand.ts';
import { type Instance, isWithin, mayUse, needOf, type Room, roomOf } from './instance.ts';

/** Search steps for one prefix. */
export const NODES_MAX = 300_000;

export interface Optimum {
  /** So many requests of the stream. Where not proven, nobody can place more than these. */
  readonly requests: number;
  readonly proven: boolean;
}

export function longestPrefix(instance: Instance, nodesMax = NODES_MAX): Optimum {
  // What has a place goes on having one when the last request is left out: halve.
  const bound = prefixBound(instance) + 1;
  let [possible, tried, impossible] = [0, bound, bound];
  while (tried - possible > 1) {
    const middle = Math.floor((possible + tried) / 2);
    const answer = canPlace(instance, middle, nodesMax);
    if (answer === true) possible = middle;
    else tried = middle;
    if (answer === false) impossible = middle;
  }
  return { requests: impossible - 1, proven: impossible - 1 === possible };
}

interface Item {
  readonly needs: readonly (Room | undefined)[];
  readonly sizeBytes: number;
  readonly group: string | undefined;
  readonly pools: number;
  /** Equal items have equal keys. */
  readonly key: string;
}

export function canPlace(instance: Instance, requests: number, nodesMax = NODES_MAX): boolean | 'gave up' {
  const { candidates } = instance;
  const items = itemsOf(instance, requests);
  const grouped = items.some(({ group }) => group !== undefined);
  const limits = instance.requests[0]!.volume.limits;
  const rooms = candidates.map((candidate): { -readonly [K in keyof Room]: Room[K] } => roomOf(candidate, limits));
  const sorts = numbered(candidates.map(({ system }, pool) => sortOf(items, pool) + (grouped ? system : '')));
  const bounds = boundsOf(items);
  const failed = new Set<string>();
  const systems = new Map<string, { system: Urn; volumes: number }>();
  let nodes = 0;

  const stateOf = (pool: number): string => {
    const { allocatedBytes, subscribedBytes, volumes } = rooms[pool]!;
    return `${sorts[pool]}:${allocatedBytes}/${subscribedBytes}/${volumes}`;
  };
  const keyAt = (depth: number, lastPool: number | undefined): string => {
    const pools = rooms.map((_, pool) => stateOf(pool));
    const held = [...systems].map(([group, { system }]) => `${group}=${system}`).sort();
    // Pools of one sort may change places, but not where groups or the order of equal volumes tell them apart.
    const either = !grouped && lastPool === undefined;
    return [depth, lastPool, ...(either ? pools.sort() : pools), ...held].join(' ');
  };
  const put = (item: Item, pool: number, sign: 1 | -1): void => {
    const room = rooms[pool]!;
    const need = item.needs[pool]!;
    room.allocatedBytes -= sign * need.allocatedBytes;
    room.subscribedBytes -= sign * need.subscribedBytes;
    room.volumes -= sign * need.volumes;
    if (item.group === undefined) return;
    const held = systems.get(item.group) ?? { system: candidates[pool]!.system, volumes: 0 };
    held.volumes += sign;
    if (held.volumes === 0) systems.delete(item.group);
    else systems.set(item.group, held);
  };
  const choices = (item: Item, from: number): number[] => {
    const system = item.group === undefined ? undefined : systems.get(item.group)?.system;
    const seen = new Set<string>();
    return candidates
      .map((_, pool) => pool)
      .filter((pool) => {
        const [need, room] = [item.needs[pool], rooms[pool]!];
        if (pool < from || !need || (system !== undefined && candidates[pool]!.system !== system)) return false;
        if (!isWithin(need, room)) return false;
        // An equal pool is as good, unless equal volumes are already told apart by the order of pools.
        return seen.size === seen.add(stateOf(pool)).size ? from > 0 : true;
      })
      .sort((a, b) => rooms[a]!.subscribedBytes - rooms[b]!.subscribedBytes || a - b);
  };
  const visit = (depth: number, lastPool: number): boolean => {
    const item = items[depth];
    if (item === undefined) return true;
    if (++nodes > nodesMax) return false;
    if (!bounds.every((bound) => bound(depth, rooms))) return false;
    const equal = depth > 0 && items[depth - 1]!.key === item.key;
    const key = keyAt(depth, equal ? lastPool : undefined);
    if (failed.has(key)) return false;
    for (const pool of choices(item, equal ? lastPool : 0)) {
      put(item, pool, 1);
      if (visit(depth + 1, pool)) return true;
      put(item, pool, -1);
    }
    failed.add(key);
    return false;
  };
  if (visit(0, 0)) return true;
  return nodes > nodesMax ? 'gave up' : false;
}

function itemsOf({ candidates, requests }: Instance, count: number): Item[] {
  const items = requests.slice(0, count).flatMap(({ volume, count: volumes, group }): Item[] => {
    const needs = candidates.map((pool) => (mayUse(pool, volume) ? needOf(pool, volume) : undefined));
    const pools = needs.reduce((mask, need, pool) => (need ? mask | (2 ** pool) : mask), 0);
    const { sizeBytes, provisioning } = volume;
    const key = [sizeBytes, provisioning, pools, group].join();
    return Array.from({ length: volumes }, () => ({ needs, sizeBytes, group, pools, key }));
  });
  return items.sort((a, b) => b.sizeBytes - a.sizeBytes || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** Pools of one sort may be used by the same items, which take as much in each. */
function sortOf(items: readonly Item[], pool: number): string {
  return items.map(({ needs }) => needs[pool]?.subscribedBytes ?? '-').join();
}

function numbered(keys: readonly string[]): number[] {
  const distinct = [...new Set(keys)];
  return keys.map((key) => distinct.indexOf(key));
}

type Bound = (depth: number, rooms: readonly Room[]) => boolean;

/** For each union of sets of pools that items may use: the items that may use no others must find room there. */
function boundsOf(items: readonly Item[]): Bound[] {
  const unions = new Set<number>();
  for (const { pools } of items) for (const union of [0, ...unions]) unions.add(union | pools);
  return [...unions].map((union): Bound => {
    const inside = items.map(({ pools }) => (pools | union) === union);
    const after = (need: (item: Item) => number) => {
      const sums = [...items.map((item, n) => (inside[n] ? need(item) : 0)), 0];
      for (let n = items.length - 1; n >= 0; n--) sums[n]! += sums[n + 1]!;
      return sums;
    };
    // Infinity where no pool will do.
    const least = (what: keyof Room) => (item: Item) => Math.min(...item.needs.map((need) => need?.[what] ?? Infinity));
    const [allocated, subscribed] = [after(least('allocatedBytes')), after(least('subscribedBytes'))];
    return (depth, rooms) => {
      let [allocatedBytes, subscribedBytes] = [0, 0];
      for (let pool = 0; pool < rooms.length; pool++) {
        if ((union & (2 ** pool)) === 0) continue;
        allocatedBytes += Math.max(0, rooms[pool]!.allocatedBytes);
        subscribedBytes += Math.max(0, rooms[pool]!.subscribedBytes);
      }
      return allocated[depth]! <= allocatedBytes && subscribed[depth]! <= subscribedBytes;
    };
  });
}
