/** Filters and scorers of the policy, run over one candidate of the board. Internal to placement. */
import type { Board, Chosen } from './board.ts';
import type { Filter, FilterInput, Miss, Scorer } from './filter.ts';
import type { RoleRequest, Score, Verdict } from './request.ts';

/** What an answer depends on: role and candidate; what is in the pool; what is on the storage system. */
export type Stage = 'facts' | 'pool' | 'system';

const STAGES: readonly Stage[] = ['facts', 'pool', 'system'];

/** A candidate that doesn't pass, and how far it got: stage, then position in the policy. */
export interface Refusal {
  readonly index: number;
  readonly rank: number;
  readonly filter: string;
  readonly miss: Miss;
}

const stageOf = (filter: Filter): Stage => (filter.ofSystem ? 'system' : filter.readsPromised ? 'pool' : 'facts');

/** Runs the filters of some stages, in their order; undefined = all pass. */
export function refusalBy(
  board: Board,
  stages: readonly Stage[],
  role: RoleRequest,
  index: number,
  before?: readonly Chosen[],
): Refusal | undefined {
  const input = board.inputOf(role, index, before);
  const { filters } = board.policy;
  for (const stage of stages) {
    for (let position = 0; position < filters.length; position++) {
      const filter = filters[position]!;
      if (stageOf(filter) !== stage) continue;
      const miss = filter.check(input);
      if (!miss) continue;
      return { index, rank: STAGES.indexOf(stage) * filters.length + position, filter: filter.name, miss };
    }
  }
  return undefined;
}

export const refusalByAny = (
  board: Board,
  role: RoleRequest,
  index: number,
  before?: readonly Chosen[],
): Refusal | undefined => refusalBy(board, STAGES, role, index, before);

/** Behind every filter: what a unit's roles ask of each other. */
export const rankBehindFilters = (board: Board): number => STAGES.length * board.policy.filters.length;

/**
 * Scores are whole numbers, so that sums don't depend on the order of adding and a tie is a tie. So fine that a pool of
 * 1 PiB still tells volumes of 1 MiB apart.
 */
const STEPS = 1e9;

const stepsOf = (raw: number): number => Math.round(raw * STEPS);

/** The part of a candidate's total that is of the pool, or that is the same for all pools of its system. */
export function partOf(board: Board, of: 'pool' | 'system', role: RoleRequest, index: number): number {
  const input = board.inputOf(role, index);
  return sumOf(
    board.policy.scorers.filter((scorer) => (scorer.ofSystem ? 'system' : 'pool') === of),
    input,
  );
}

export function totalFor(board: Board, role: RoleRequest, index: number, before?: readonly Chosen[]): number {
  return sumOf(board.policy.scorers, board.inputOf(role, index, before));
}

/** Only of those that count before everything else. */
export function leadOf(board: Board, role: RoleRequest, index: number): number {
  return sumOf(
    board.policy.scorers.filter(({ leads }) => leads),
    board.inputOf(role, index),
  );
}

function sumOf(scorers: readonly Scorer[], input: FilterInput): number {
  let sum = 0;
  for (const { raw, weight } of scorers) sum += stepsOf(raw(input) ?? 0) * weight;
  return sum;
}

/** For telling: what each scorer says that has a say. */
export function scoresOf(board: Board, role: RoleRequest, index: number, before?: readonly Chosen[]): Score[] {
  const input = board.inputOf(role, index, before);
  return board.policy.scorers.flatMap(({ name, weight, raw, tell }) => {
    const value = raw(input);
    if (value === undefined) return [];
    const fact = tell?.(input);
    const score = { pool: input.candidate.pool, scorer: name, raw: stepsOf(value) / STEPS, weight };
    return [fact === undefined ? score : { ...score, fact }];
  });
}

/** Every filter of the policy, in its order, whatever the others say. */
export function verdictsOf(board: Board, role: RoleRequest, index: number, before: readonly Chosen[]): Verdict[] {
  const input = board.inputOf(role, index, before);
  return board.policy.filters.map(({ name, check }) => ({ filter: name, misses: [check(input) ?? []].flat() }));
}
