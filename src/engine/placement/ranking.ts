/**
 * The candidates for one sort of request, best first, kept up to date while units are placed. Equal requests share one
 * ranking, so that placing n equal units over p pools costs about n + p checks and not n × p: filters that don't read
 * promises run once a pool; of the others only the best pool is checked; a score is computed again only when something
 * was placed in that pool and it comes to the top. That is right because promises only grow during a run and filters
 * and scorers are monotone in them (filter.ts). Internal to placement.
 */
import { assert } from '../../lib/assert.ts';
import type { Amounts } from '../model/recorded-view.ts';
import { type Board, byNearness, type Refusal, refusalBy, rejectionOf, scoresOf, totalOf } from './board.ts';
import { createHeap } from './heap.ts';
import type { Rejection, RoleRequest } from './request.ts';

export const NEAREST_MISSES_KEPT = 3;

export interface Refusals {
  readonly rejections: readonly { readonly filter: string; readonly count: number }[];
  readonly nearestMisses: readonly Rejection[];
}

export interface Ranking {
  /** The best candidate that passes now. */
  readonly best: () => number | undefined;
  /** Those known not to pass, as of now; all others when `best` is undefined. */
  readonly refusals: () => Refusals;
}

interface Entry {
  readonly index: number;
  readonly total: number;
  /** What was promised when the score was computed: while it is the same value, the score holds. */
  readonly promised: Amounts;
}

export function createRanking(board: Board, role: RoleRequest): Ranking {
  const refused = new Map<number, Refusal>();
  const score = (index: number): Entry => ({
    index,
    total: totalOf(scoresOf(board, role, index)),
    promised: board.promised(index),
  });
  const entries: Entry[] = [];
  for (let index = 0; index < board.candidates.length; index++) {
    const refusal = refusalBy(board, false, role, index);
    if (refusal) refused.set(index, refusal);
    else entries.push(score(index));
  }
  const heap = createHeap(entries, (a, b) => a.total > b.total || (a.total === b.total && a.index < b.index));
  const forGood = board.policy.filters.length;
  let seen = board.takes.length;
  let summary: Refusals | undefined;

  const refuse = (refusal: Refusal): void => {
    refused.set(refusal.index, refusal);
    summary = undefined;
  };
  /** What was refused for space is told with the numbers of now. */
  const catchUp = (): void => {
    for (; seen < board.takes.length; seen++) {
      const index = board.takes[seen]!;
      if ((refused.get(index)?.rank ?? 0) < forGood) continue;
      const refusal = refusalBy(board, true, role, index);
      assert(refusal, 'a filter passes what it refused when less was promised');
      refuse(refusal);
    }
  };
  return {
    best: () => {
      for (let top = heap.top(); top !== undefined; top = heap.top()) {
        if (top.promised !== board.promised(top.index)) {
          heap.replaceTop(score(top.index));
          continue;
        }
        const refusal = refusalBy(board, true, role, top.index);
        if (!refusal) return top.index;
        heap.pop();
        refuse(refusal);
      }
      return undefined;
    },
    refusals: () => {
      catchUp();
      summary ??= summarise(board, [...refused.values()]);
      return summary;
    },
  };
}

/** Grouped by filter in the order of the policy, with the nearest misses in full. */
export function summarise(board: Board, refusals: readonly Refusal[]): Refusals {
  const groups = new Map<string, { rank: number; count: number }>();
  let nearest: Refusal[] = [];
  for (const refusal of refusals) {
    const group = groups.get(refusal.filter) ?? { rank: refusal.rank, count: 0 };
    group.count++;
    groups.set(refusal.filter, group);
    const last = nearest.at(-1);
    if (last !== undefined && nearest.length === NEAREST_MISSES_KEPT && byNearness(last, refusal) <= 0) continue;
    nearest = [...nearest, refusal].sort(byNearness).slice(0, NEAREST_MISSES_KEPT);
  }
  return {
    rejections: [...groups].sort(([, a], [, b]) => a.rank - b.rank).map(([filter, { count }]) => ({ filter, count })),
    nearestMisses: nearest.map((refusal) => rejectionOf(board, refusal)),
  };
}
