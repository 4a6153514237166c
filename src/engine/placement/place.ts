/**
 * Placement: which pool each role of each unit gets. Pure and deterministic: units in their order, each adding to the
 * promises of the pools it takes before the next one is looked at; the order of the candidates doesn't matter. The
 * planner calls `place`; `explain` calls `explainPlacement`, which keeps everything that `place` leaves out.
 */
import { assert } from '../../lib/assert.ts';
import { formatSize } from '../model/size.ts';
import type { Urn } from '../model/urn.ts';
import { amountsIn } from './amounts.ts';
import { type Board, type Chosen, createBoard } from './board.ts';
import type { PlacementPolicy } from './filter.ts';
import { scoresOf, verdictsOf } from './judge.ts';
import { DEFAULT_POLICY } from './policy.ts';
import { type Rankings, rankingsOver } from './rankings.ts';
import { byNearness, type Refusals, rejectionOf, summarise } from './refusals.ts';
import type {
  Candidate,
  PlacementDecision,
  PlacementFailure,
  PlacementRequest,
  PlacementResult,
  PlacementUnit,
  Rejection,
  RoleExplanation,
  RolePlacement,
  RoleRequest,
} from './request.ts';
import { outlookFor, SEARCH_TRIES_MAX, searchRoles } from './search.ts';

type Outcome =
  | { readonly decision: PlacementDecision; readonly chosen: readonly Chosen[]; readonly failure?: undefined }
  | {
      readonly failure: PlacementFailure;
      readonly decision?: undefined;
      /** What the roles before the one without a place would have got. */
      readonly before: readonly Chosen[];
    };

/** Cost: about units + pools for equal requests; one pass over the pools more for each different request. */
export function place(
  request: PlacementRequest,
  candidates: readonly Candidate[],
  policy: PlacementPolicy = DEFAULT_POLICY,
): PlacementResult {
  const board = createBoard(candidates, policy);
  const rankings = rankingsOver(board);
  const decisions: PlacementDecision[] = [];
  const failures: PlacementFailure[] = [];
  for (const unit of request.units) {
    const outcome = decide(board, rankings, unit);
    if (outcome.decision) {
      decisions.push(outcome.decision);
      takeAll(board, outcome.chosen);
    } else {
      failures.push(outcome.failure);
    }
  }
  return { decisions, failures };
}

/**
 * The same run as `place`, with all rejections and scores of every role; a role after one that has no place is left
 * out. `only` = unit ids to explain; the others are placed all the same. `pool` = to say every filter's verdict on it.
 * Costs a pass over all pools for each role.
 */
export function explainPlacement(
  request: PlacementRequest,
  candidates: readonly Candidate[],
  options: { readonly only?: ReadonlySet<string>; readonly pool?: Urn; readonly policy?: PlacementPolicy } = {},
): readonly RoleExplanation[] {
  const board = createBoard(candidates, options.policy ?? DEFAULT_POLICY);
  const rankings = rankingsOver(board);
  const explanations: RoleExplanation[] = [];
  for (const unit of request.units) {
    const outcome = decide(board, rankings, unit);
    const chosen = outcome.decision ? outcome.chosen : outcome.before;
    if (options.only?.has(unit.id) ?? true) explanations.push(...explainUnit(board, unit, chosen, options.pool));
    if (outcome.decision) takeAll(board, chosen);
  }
  return explanations;
}

function explainUnit(board: Board, unit: PlacementUnit, chosen: readonly Chosen[], pool?: Urn): RoleExplanation[] {
  const asked = pool === undefined ? -1 : board.candidates.findIndex((candidate) => candidate.pool === pool);
  // One more than were chosen: that is the role without a place.
  return unit.roles.slice(0, chosen.length + 1).map((role, position) => {
    const before = chosen.slice(0, position);
    const outlook = outlookFor(board, unit.constraints, role, before);
    const choice = chosen[position];
    return {
      unit: unit.id,
      role: role.role,
      ...(choice ? { chosen: board.candidates[choice.index]!.pool } : {}),
      rejections: [...outlook.refusals].sort(byNearness).map((refusal) => rejectionOf(board, refusal)),
      scores: outlook.passing.flatMap((index) => scoresOf(board, role, index, before)),
      ...(asked < 0 ? {} : { verdicts: verdictsOf(board, role, asked, before) }),
    };
  });
}

function decide(board: Board, rankings: Rankings, unit: PlacementUnit): Outcome {
  assert(unit.roles.length > 0, `unit ${unit.id} has no role to place`);
  if (unit.roles.length > 1) return decideRoles(board, unit);
  const role = unit.roles[0]!;
  const ranking = rankings.of(role);
  const index = ranking.best();
  const refusals = ranking.refusals();
  if (index === undefined) return { failure: failureOf(board, unit, role, refusals), before: [] };
  const chosen = [{ role, index }];
  return { chosen, decision: decisionOf(board, unit, chosen, refusals) };
}

function decideRoles(board: Board, unit: PlacementUnit): Outcome {
  const result = searchRoles(board, unit);
  const refusals = summarise(board, result.refusals);
  if (result.chosen) return { chosen: result.chosen, decision: decisionOf(board, unit, result.chosen, refusals) };
  const gaveUp = result.gaveUp ? `gave up after ${SEARCH_TRIES_MAX} tries` : undefined;
  return { failure: failureOf(board, unit, result.role, refusals, gaveUp), before: result.before };
}

function decisionOf(
  board: Board,
  unit: PlacementUnit,
  chosen: readonly Chosen[],
  refusals: Refusals,
): PlacementDecision {
  return {
    unit: unit.id,
    placed: chosen.map(({ role, index }): RolePlacement => {
      const { system, pool, poolNativeId, attributes } = board.candidates[index]!;
      const amounts = amountsIn(attributes, role);
      return { role: role.role, virtualArray: role.virtualArray, system, pool, poolNativeId, amounts };
    }),
    ...refusals,
    scores: chosen.flatMap(({ role, index }, position) => scoresOf(board, role, index, chosen.slice(0, position))),
    candidates: board.candidates.length,
  };
}

function failureOf(
  board: Board,
  unit: PlacementUnit,
  role: RoleRequest,
  refusals: Refusals,
  gaveUp?: string,
): PlacementFailure {
  const sentence = sentenceOf(refusals.nearestMisses[0]);
  return {
    unit: unit.id,
    role: role.role,
    ...refusals,
    candidates: board.candidates.length,
    sentence: gaveUp === undefined ? sentence : `${sentence}; ${gaveUp}`,
  };
}

function sentenceOf(nearest: Rejection | undefined): string {
  if (nearest === undefined) return 'there is no storage pool to choose from';
  const { poolName, fact, needed, had, lackBytes } = nearest;
  if (lackBytes !== undefined) return `needs ${formatSize(lackBytes)} more on ${poolName} (${fact})`;
  return `${poolName} comes nearest, but ${fact}: needed ${needed}, had ${had}`;
}

function takeAll(board: Board, chosen: readonly Chosen[]): void {
  for (const each of chosen) board.take(each);
}
