/** Refusals as they are told: counted by filter, with the nearest misses in full. Internal to placement. */
import type { Board } from './board.ts';
import type { Refusal } from './judge.ts';
import type { Rejection } from './request.ts';

export const NEAREST_MISSES_KEPT = 3;

export interface Refusals {
  readonly rejections: readonly { readonly filter: string; readonly count: number }[];
  readonly nearestMisses: readonly Rejection[];
}

/** Grows by refusals; a copy goes on by itself. */
export interface Tally {
  readonly add: (refusal: Refusal) => void;
  readonly copy: () => Tally;
  readonly told: (board: Board) => Refusals;
}

type Groups = ReadonlyMap<string, { readonly rank: number; readonly count: number }>;

export function createTally(from?: { readonly groups: Groups; readonly nearest: readonly Refusal[] }): Tally {
  const groups = new Map(from?.groups);
  let nearest = from?.nearest ?? [];
  return {
    add: (refusal) => {
      const group = groups.get(refusal.filter);
      groups.set(refusal.filter, { rank: group?.rank ?? refusal.rank, count: (group?.count ?? 0) + 1 });
      const last = nearest[NEAREST_MISSES_KEPT - 1];
      if (last !== undefined && byNearness(last, refusal) <= 0) return;
      nearest = [...nearest, refusal].sort(byNearness).slice(0, NEAREST_MISSES_KEPT);
    },
    copy: () => createTally({ groups, nearest }),
    told: (board) => ({
      rejections: [...groups].sort(([, a], [, b]) => a.rank - b.rank).map(([filter, { count }]) => ({ filter, count })),
      nearestMisses: nearest.map((refusal) => rejectionOf(board, refusal)),
    }),
  };
}

export function summarise(board: Board, refusals: Iterable<Refusal>): Refusals {
  const tally = createTally();
  for (const refusal of refusals) tally.add(refusal);
  return tally.told(board);
}

export function rejectionOf(board: Board, { index, filter, miss }: Refusal): Rejection {
  const { pool, systemName, attributes } = board.candidates[index]!;
  return { pool, poolName: `${systemName}/${attributes.name}`, filter, ...miss };
}

/** Nearest to passing first: by shortfall, then whoever got further, then by name. */
export function byNearness(a: Refusal, b: Refusal): number {
  return a.miss.shortfall - b.miss.shortfall || b.rank - a.rank || a.index - b.index;
}
