/**
 * The best candidate for one sort of request of one project: the storage systems in a heap, each by its best pool
 * (pool-order.ts) and by what is the same for all its pools. Placing n equal units over p pools costs about n + p checks
 * and not n × p: filters of facts run once a pool; of the others only the best pool is checked; a score is computed again
 * only where something was placed. A take can change the scores of its pool and of its system and of nothing else, so the
 * systems in which something was taken get a fresh entry, and the one before is dropped when it comes up. Internal to
 * placement.
 */
import type { Board } from './board.ts';
import { createHeap } from './heap.ts';
import { partOf, type Refusal, refusalBy } from './judge.ts';
import type { PoolOrder } from './pool-order.ts';
import type { Refusals } from './refusals.ts';
import type { RoleRequest } from './request.ts';

export interface Ranking {
  /** The best candidate that passes now. */
  readonly best: () => number | undefined;
  /** Those known not to pass, as of now; all others when `best` is undefined. */
  readonly refusals: () => Refusals;
}

interface Entry {
  readonly system: number;
  readonly index: number;
  readonly total: number;
  /** Of a system only the last entry counts. */
  readonly version: number;
}

export function createRanking(board: Board, order: PoolOrder, role: RoleRequest): Ranking {
  const versions = board.systems.map(() => 0);
  /** Systems that a filter of the system refuses, with all their pools. */
  const closed = new Set<number>();
  let seen = board.takes.length;
  let told: { readonly version: string; readonly refusals: Refusals } | undefined;

  /** Holds until something is taken on that system. Undefined = none of its pools passes. */
  const current = (system: number): Entry | undefined => {
    if (closed.has(system)) return undefined;
    const top = order.top(system);
    if (top === undefined) return undefined;
    if (refusalBy(board, ['system'], role, top.index)) {
      closed.add(system);
      return undefined;
    }
    const total = top.part + partOf(board, 'system', role, top.index);
    return { system, index: top.index, total, version: versions[system]! };
  };

  order.catchUp();
  const heap = createHeap<Entry>(
    board.systems.flatMap((_, system) => current(system) ?? []),
    (a, b) => a.total > b.total || (a.total === b.total && a.index < b.index),
  );

  const catchUp = (): void => {
    order.catchUp();
    const touched = new Set<number>();
    for (; seen < board.takes.length; seen++) touched.add(board.systemOf[board.takes[seen]!.index]!);
    for (const system of touched) {
      versions[system]!++;
      const entry = current(system);
      if (entry) heap.push(entry);
    }
  };

  /** A pool of a closed system counts under what is wrong with itself, if anything is. */
  const refusalIn = (index: number): Refusal => refusalBy(board, ['pool', 'system'], role, index)!;

  return {
    best: () => {
      catchUp();
      let top = heap.top();
      for (; top !== undefined && top.version !== versions[top.system]; top = heap.top()) heap.pop();
      return top?.index;
    },
    refusals: () => {
      catchUp();
      const version = `${order.version()} ${closed.size} ${closed.size > 0 ? seen : ''}`;
      if (told?.version === version) return told.refusals;
      const tally = order.tally();
      for (const system of closed) {
        for (const index of board.systems[system]!.indexes) {
          if (!order.isRefused(index)) tally.add(refusalIn(index));
        }
      }
      told = { version, refusals: tally.told(board) };
      return told.refusals;
    },
  };
}
