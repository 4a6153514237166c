/** What becomes of one unit, as things are on the board; nothing is taken yet. Internal to placement. */
import { assert } from '../../lib/assert.ts';
import type { Board, Chosen } from './board.ts';
import { decideOnOneSystem } from './one-system.ts';
import type { Rankings } from './rankings.ts';
import { type Refusals, summarise } from './refusals.ts';
import type { PlacementUnit, RoleConstraint, RoleRequest } from './request.ts';
import { SEARCH_TRIES_MAX, searchRoles, type Within } from './search.ts';

export interface Outcome {
  /** In the order of the roles; where `failed`, of those before the one without a place. */
  readonly chosen: readonly Chosen[];
  /** Positions in `chosen`, in the order in which they were found; absent = as they stand. */
  readonly order?: readonly number[];
  /** Those that were kept, where some are rather wanted than needed. */
  readonly constraints: readonly RoleConstraint[];
  readonly within?: Within;
  readonly refusals: Refusals;
  readonly failed?: Failed;
}

export interface Failed {
  readonly role: RoleRequest;
  /** Said before what is lacking, and after it. */
  readonly how?: string;
  readonly note?: string;
}

export function decide(board: Board, rankings: Rankings, unit: PlacementUnit): Outcome {
  assert(unit.roles.length > 0, `unit ${unit.id} has no role to place`);
  return keepingSoft(unit.constraints, (constraints) => {
    if (unit.oneSystem) return decideOnOneSystem(board, rankings, unit, constraints);
    return unit.roles.length > 1
      ? decideRoles(board, rankings, unit, constraints)
      : decideRole(rankings, unit.roles[0]!, constraints);
  });
}

/** Soft constraints are kept all together if that is possible, else one by one in their order; never at the price of a refusal. */
function keepingSoft(
  constraints: readonly RoleConstraint[],
  attempt: (constraints: readonly RoleConstraint[]) => Outcome,
): Outcome {
  const soft = constraints.filter(({ type }) => type === 'rather-other');
  if (soft.length === 0) return attempt(constraints);
  const whole = attempt(constraints);
  if (!whole.failed) return whole;
  let kept = attempt(constraints.filter((constraint) => !soft.includes(constraint)));
  if (kept.failed || soft.length === 1) return kept;
  for (const constraint of soft) {
    const more = attempt([...kept.constraints, constraint]);
    if (!more.failed) kept = more;
  }
  return kept;
}

function decideRole(rankings: Rankings, role: RoleRequest, constraints: readonly RoleConstraint[]): Outcome {
  const ranking = rankings.of(role);
  const index = ranking.best();
  const refusals = ranking.refusals();
  const base = { constraints, refusals };
  return index === undefined ? { ...base, chosen: [], failed: { role } } : { ...base, chosen: [{ role, index }] };
}

function decideRoles(
  board: Board,
  rankings: Rankings,
  unit: PlacementUnit,
  constraints: readonly RoleConstraint[],
): Outcome {
  const indexes = board.candidates.map((_, index) => index);
  const result = searchRoles(board, unit.roles, constraints, { indexes, orderOf: rankings.orderOf });
  const base = { constraints, refusals: summarise(board, result.refusals) };
  if (result.chosen) return { ...base, chosen: result.chosen };
  const note = result.gaveUp ? { note: `gave up after ${SEARCH_TRIES_MAX} tries` } : {};
  return { ...base, chosen: result.before, failed: { role: result.role, ...note } };
}
