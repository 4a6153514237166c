/**
 * The state of one placement run: the candidates in a fixed order, so that the order in which they were given doesn't
 * matter, and what is promised in each by now. Internal to placement.
 */
import { assert } from '../../lib/assert.ts';
import { type Amounts, addAmounts } from '../model/recorded-view.ts';
import type { Miss, PlacementPolicy } from './filter.ts';
import type { Candidate, Rejection, RoleRequest, Score, Verdict } from './request.ts';

export interface Board {
  readonly candidates: readonly Candidate[];
  readonly policy: PlacementPolicy;
  readonly promised: (index: number) => Amounts;
  readonly take: (index: number, amounts: Amounts) => void;
  /** Indexes in the order in which they were taken; rankings catch up along it. */
  readonly takes: readonly number[];
}

/** A candidate that doesn't pass, and the position in the policy of the filter that says so. */
export interface Refusal {
  readonly index: number;
  readonly rank: number;
  readonly filter: string;
  readonly miss: Miss;
}

export function createBoard(candidates: readonly Candidate[], policy: PlacementPolicy): Board {
  const sorted = [...candidates].sort(byName);
  assert(new Set(sorted.map((c) => c.pool)).size === sorted.length, 'a pool is a candidate twice');
  const promised = sorted.map((c) => c.promised);
  const takes: number[] = [];
  return {
    candidates: sorted,
    policy,
    takes,
    promised: (index) => promised[index]!,
    take: (index, amounts) => {
      promised[index] = addAmounts(promised[index]!, amounts);
      takes.push(index);
    },
  };
}

/** Runs the filters of one sort; undefined = all pass. */
export function refusalBy(
  board: Board,
  readsPromised: boolean,
  role: RoleRequest,
  index: number,
  promised: Amounts = board.promised(index),
): Refusal | undefined {
  const candidate = board.candidates[index]!;
  const { filters } = board.policy;
  for (let position = 0; position < filters.length; position++) {
    const filter = filters[position]!;
    if (filter.readsPromised !== readsPromised) continue;
    const miss = filter.check({ role, candidate, promised });
    if (miss) return { index, rank: position + (readsPromised ? filters.length : 0), filter: filter.name, miss };
  }
  return undefined;
}

export function scoresOf(board: Board, role: RoleRequest, index: number, promised = board.promised(index)): Score[] {
  const candidate = board.candidates[index]!;
  return board.policy.scorers.map(({ name, weight, raw }) => ({
    pool: candidate.pool,
    scorer: name,
    raw: raw({ role, candidate, promised }),
    weight,
  }));
}

/** Every filter of the policy, in its order, whatever the others say. */
export function verdictsOf(board: Board, role: RoleRequest, index: number, promised: Amounts): Verdict[] {
  const input = { role, candidate: board.candidates[index]!, promised };
  return board.policy.filters.map(({ name, check }) => ({
    filter: name,
    misses: [check(input) ?? []].flat(),
  }));
}

export function totalOf(scores: readonly Score[]): number {
  return scores.reduce((sum, { raw, weight }) => sum + raw * weight, 0);
}

export function rejectionOf(board: Board, { index, filter, miss }: Refusal): Rejection {
  const candidate = board.candidates[index]!;
  return { pool: candidate.pool, poolName: `${candidate.systemName}/${candidate.attributes.name}`, filter, ...miss };
}

/** Nearest to passing first: by shortfall, then whoever got further, then by name. */
export function byNearness(a: Refusal, b: Refusal): number {
  return a.miss.shortfall - b.miss.shortfall || b.rank - a.rank || a.index - b.index;
}

function byName(a: Candidate, b: Candidate): number {
  return (
    compareText(a.systemName, b.systemName) ||
    compareText(a.attributes.name, b.attributes.name) ||
    compareText(a.pool, b.pool)
  );
}

/** By code units: the same on every machine. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
