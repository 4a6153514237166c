/**
 * Placement: which pool each role of each unit gets. Pure and deterministic: units in their order, each adding to the
 * promises of the pools it takes before the next one is looked at; the order of the candidates doesn't matter. The
 * planner calls `place`; `explain` calls `explainPlacement`, which keeps everything that `place` leaves out.
 */
import { formatSize } from '../model/size.ts';
import type { Urn } from '../model/urn.ts';
import { amountsIn } from './amounts.ts';
import { type Board, type Chosen, createBoard } from './board.ts';
import { decide, type Failed, type Outcome } from './decide.ts';
import type { PlacementPolicy } from './filter.ts';
import { scoresOf, verdictsOf } from './judge.ts';
import { DEFAULT_POLICY } from './policy.ts';
import { rankingsOver } from './rankings.ts';
import { byNearness, rejectionOf } from './refusals.ts';
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
} from './request.ts';
import { outlookFor } from './search.ts';

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
    if (outcome.failed) {
      failures.push(failureOf(board, unit, outcome, outcome.failed));
      continue;
    }
    decisions.push(decisionOf(board, unit, outcome));
    takeAll(board, outcome);
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
    if (options.only?.has(unit.id) ?? true) explanations.push(...explainUnit(board, unit, outcome, options.pool));
    if (!outcome.failed) takeAll(board, outcome);
  }
  return explanations;
}

function explainUnit(board: Board, unit: PlacementUnit, outcome: Outcome, pool?: Urn): RoleExplanation[] {
  const asked = pool === undefined ? -1 : board.candidates.findIndex((candidate) => candidate.pool === pool);
  const { chosen, constraints, within } = outcome;
  // One more than were chosen: that is the role without a place.
  return unit.roles.slice(0, chosen.length + 1).map((role, position) => {
    const before = foundBefore(outcome, position);
    const outlook = outlookFor(board, constraints, role, before, within);
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

/** What the unit's other roles had when this one's turn came. */
function foundBefore({ chosen, order }: Outcome, position: number): readonly Chosen[] {
  if (order === undefined) return chosen.slice(0, position);
  return order.slice(0, order.indexOf(position)).map((other) => chosen[other]!);
}

function decisionOf(board: Board, unit: PlacementUnit, outcome: Outcome): PlacementDecision {
  return {
    unit: unit.id,
    placed: outcome.chosen.map(({ role, index }): RolePlacement => {
      const { system, pool, poolNativeId, attributes } = board.candidates[index]!;
      const amounts = amountsIn(attributes, role);
      return { role: role.role, virtualArray: role.virtualArray, system, pool, poolNativeId, amounts };
    }),
    ...outcome.refusals,
    scores: outcome.chosen.flatMap(({ role, index }, position) =>
      scoresOf(board, role, index, foundBefore(outcome, position)),
    ),
    candidates: board.candidates.length,
  };
}

function failureOf(board: Board, unit: PlacementUnit, { refusals }: Outcome, failed: Failed): PlacementFailure {
  const { role, how, note } = failed;
  return {
    unit: unit.id,
    role: role.role,
    ...refusals,
    candidates: board.candidates.length,
    sentence: [how, sentenceOf(refusals.nearestMisses[0]), note].filter((part) => part !== undefined).join('; '),
  };
}

function sentenceOf(nearest: Rejection | undefined): string {
  if (nearest === undefined) return 'there is no storage pool to choose from';
  const { poolName, fact, needed, had, lackBytes } = nearest;
  if (lackBytes !== undefined) return `needs ${formatSize(lackBytes)} more on ${poolName} (${fact})`;
  return `${poolName} comes nearest, but ${fact}: needed ${needed}, had ${had}`;
}

function takeAll(board: Board, { chosen }: Outcome): void {
  for (const each of chosen) board.take(each);
}
