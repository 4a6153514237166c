/**
 * Units with several roles: each role gets its best pool that agrees with the roles placed before it; when a later role
 * finds none, the earlier choice is taken back. Depth first, in the order of the roles, with a bound. Unlike a ranking
 * this looks at every candidate for each role. Internal to placement.
 */
import { assert } from '../../lib/assert.ts';
import type { Urn } from '../model/urn.ts';
import type { Board, Chosen } from './board.ts';
import type { Miss } from './filter.ts';
import { mismatch } from './filters/mismatch.ts';
import { createHeap } from './heap.ts';
import { type Refusal, rankBehindFilters, refusalBy, totalFor } from './judge.ts';
import type { PoolOrder } from './pool-order.ts';
import type { Candidate, RoleConstraint, RoleRequest } from './request.ts';

/** Pools tried before giving up: a unit whose roles exclude each other everywhere must not stop the plan. */
export const SEARCH_TRIES_MAX = 2_000;

export type SearchResult =
  | { readonly chosen: readonly Chosen[]; readonly refusals: readonly Refusal[] }
  | {
      readonly chosen?: undefined;
      /** The role that couldn't be placed when the search got furthest, and what the roles before it had then. */
      readonly role: RoleRequest;
      readonly before: readonly Chosen[];
      readonly refusals: readonly Refusal[];
      readonly gaveUp: boolean;
    };

export interface SearchOver {
  /** Candidates to look at, in their order. */
  readonly indexes: readonly number[];
  /** Where it is known already which of them aren't suited. */
  readonly orderOf?: (role: RoleRequest) => PoolOrder;
}

/** All roles on one storage system: what is said of it, and of the others. */
export interface Within {
  readonly system?: Urn;
  readonly wanted: string;
  /** More than the name, where there is more to say. */
  readonly others: ReadonlyMap<Urn, string>;
}

interface Furthest {
  readonly role: RoleRequest;
  readonly before: readonly Chosen[];
  readonly refusals: readonly Refusal[];
}

export function searchRoles(
  board: Board,
  roles: readonly RoleRequest[],
  constraints: readonly RoleConstraint[],
  over: SearchOver,
): SearchResult {
  const state: { tries: number; furthest?: Furthest } = { tries: 0 };
  const visit = (chosen: readonly Chosen[], refusals: readonly Refusal[]): SearchResult | undefined => {
    const role = roles[chosen.length];
    if (role === undefined) return { chosen, refusals };
    const outlook = lookAt(board, constraints, role, chosen, over);
    if (chosen.length > (state.furthest?.before.length ?? -1)) {
      state.furthest = { role, before: chosen, refusals: outlook.refusals };
    }
    // Mostly the first one does.
    const passing = createHeap([...outlook.passing], isBetter);
    for (let best = passing.pop(); best !== undefined; best = passing.pop()) {
      if (++state.tries > SEARCH_TRIES_MAX) return undefined;
      const found = visit([...chosen, { role, index: best.index }], [...refusals, ...outlook.refusals]);
      if (found) return found;
    }
    return undefined;
  };
  const found = visit([], []);
  if (found) return found;
  assert(state.furthest, 'a search without roles');
  return { ...state.furthest, gaveUp: state.tries > SEARCH_TRIES_MAX };
}

export interface Outlook {
  /** Best first. */
  readonly passing: readonly number[];
  readonly refusals: readonly Refusal[];
}

/** Every candidate for one role, given what the unit's earlier roles took. */
export function outlookFor(
  board: Board,
  constraints: readonly RoleConstraint[],
  role: RoleRequest,
  chosen: readonly Chosen[],
  within?: Within,
): Outlook {
  const indexes = board.candidates.map((_, index) => index);
  const elsewhere = indexes.flatMap((index) => refusalByOneSystem(board, within, index) ?? []);
  const inside =
    within === undefined ? indexes : indexes.filter((index) => board.candidates[index]!.system === within.system);
  const { passing, refusals } = lookAt(board, constraints, role, chosen, { indexes: inside });
  return {
    passing: [...passing].sort((a, b) => (isBetter(a, b) ? -1 : 1)).map(({ index }) => index),
    refusals: [...elsewhere, ...refusals],
  };
}

interface Passing {
  readonly index: number;
  readonly total: number;
}

const isBetter = (a: Passing, b: Passing): boolean => a.total > b.total || (a.total === b.total && a.index < b.index);

function lookAt(
  board: Board,
  constraints: readonly RoleConstraint[],
  role: RoleRequest,
  chosen: readonly Chosen[],
  { indexes, orderOf }: SearchOver,
): { readonly passing: readonly Passing[]; readonly refusals: readonly Refusal[] } {
  const order = orderOf?.(role);
  const passing: Passing[] = [];
  const refusals: Refusal[] = [];
  for (const index of indexes) {
    const refusal =
      (order ? order.unsuited(index) : refusalBy(board, ['facts'], role, index)) ??
      refusalBy(board, ['pool', 'system'], role, index, chosen) ??
      refusalByConstraint(board, constraints, role, index, chosen);
    if (refusal) refusals.push(refusal);
    else passing.push({ index, total: totalFor(board, role, index, chosen) });
  }
  return { passing, refusals };
}

/** Before every filter: a pool elsewhere is no near miss. */
export function refusalByOneSystem(board: Board, within: Within | undefined, index: number): Refusal | undefined {
  if (within === undefined) return undefined;
  const { system, systemName }: Candidate = board.candidates[index]!;
  if (system === within.system) return undefined;
  const had = within.others.get(system) ?? systemName;
  return { index, rank: -1, filter: 'one-system', miss: mismatch('one storage system for all', within.wanted, had) };
}

function refusalByConstraint(
  board: Board,
  constraints: readonly RoleConstraint[],
  role: RoleRequest,
  index: number,
  chosen: readonly Chosen[],
): Refusal | undefined {
  for (const constraint of constraints) {
    const [a, b] = constraint.between;
    if (role.role !== a && role.role !== b) continue;
    const otherRole = role.role === a ? b : a;
    for (const other of chosen) {
      if (other.role.role !== otherRole) continue;
      const miss = missOf(board, constraint, { role, index }, other);
      if (miss) return { index, rank: rankBehindFilters(board), filter: 'constraint', miss };
    }
  }
  return undefined;
}

function missOf(board: Board, constraint: RoleConstraint, mine: Chosen, other: Chosen): Miss | undefined {
  const wanted = constraint.type === 'same' ? 'same' : 'other';
  const fact = `${wanted} ${constraint.what} as ${other.role.role}`;
  const [here, there] = [whatOf(board, constraint.what, mine), whatOf(board, constraint.what, other)];
  // Candidates don't say which group they are in; a constraint that can't be checked isn't met.
  if (here === undefined || there === undefined) {
    return { fact, needed: `a known ${constraint.what}`, had: 'not known', shortfall: 1 };
  }
  if ((here.id === there.id) === (constraint.type === 'same')) return undefined;
  const needed = constraint.type === 'same' ? there.name : `other than ${there.name}`;
  return { fact, needed, had: here.name, shortfall: 1 };
}

function whatOf(
  board: Board,
  what: RoleConstraint['what'],
  { role, index }: Chosen,
): { id: string; name: string } | undefined {
  const candidate = board.candidates[index]!;
  switch (what) {
    case 'system':
      return { id: candidate.system, name: candidate.systemName };
    case 'pool':
      return { id: candidate.pool, name: `${candidate.systemName}/${candidate.attributes.name}` };
    case 'virtual-array':
      return { id: role.virtualArray, name: role.virtualArray };
    default:
      return undefined;
  }
}
