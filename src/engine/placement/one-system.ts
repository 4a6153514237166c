/**
 * Units that stay together on one storage system: consistency groups. Each system that may have room is tried once, on a
 * copy of its part of the board; of those where every role has a place the one with most room to grow afterwards is
 * taken. Costs about one pass over the pools a unit. Internal to placement.
 */
import { type Amounts, addAmounts } from '../model/recorded-view.ts';
import { formatSize } from '../model/size.ts';
import type { Urn } from '../model/urn.ts';
import { amountsIn, volumeBytesLeft } from './amounts.ts';
import type { Board, Chosen } from './board.ts';
import type { Outcome } from './decide.ts';
import { leadOf, type Refusal, refusalByAny, totalFor } from './judge.ts';
import type { PoolOrder } from './pool-order.ts';
import { type Rankings, rankingsOver, sortOf } from './rankings.ts';
import { byNearness, summarise } from './refusals.ts';
import type { PlacementUnit, RoleConstraint, RoleRequest } from './request.ts';
import { outlookFor, refusalByOneSystem, SEARCH_TRIES_MAX, searchRoles, type Within } from './search.ts';

/** Roles that ask for the same: so many bytes together. */
interface Sort {
  readonly role: RoleRequest;
  readonly order: PoolOrder;
  readonly bytes: number;
}

interface Task {
  readonly board: Board;
  readonly unit: PlacementUnit;
  readonly constraints: readonly RoleConstraint[];
  readonly sorts: readonly Sort[];
  /** Where the group is already. */
  readonly home: Urn | undefined;
}

interface Trial {
  readonly system: number;
  /** In the order of the roles; where it failed, of those before the one without a place. */
  readonly chosen: readonly Chosen[];
  readonly order?: readonly number[];
  readonly failed?: { readonly role: RoleRequest; readonly gaveUp: boolean };
  readonly roomBytes: number;
  /** Of scorers that decide before room does, and of all. */
  readonly lead: number;
  readonly total: number;
}

export function decideOnOneSystem(
  board: Board,
  rankings: Rankings,
  unit: PlacementUnit,
  constraints: readonly RoleConstraint[],
): Outcome {
  const home = unit.oneSystem?.system;
  const task: Task = { board, unit, constraints, sorts: sortsOf(unit.roles, rankings), home };
  const systems = board.systems.flatMap(({ urn }, system) => (home === undefined || urn === home ? [system] : []));
  const hopeful = systems.filter((system) => mayHaveRoom(task, system));
  const tryAll = (on: readonly number[], tightly: boolean) => on.map((system) => tryOn(task, system, tightly));
  const fitting = (trials: readonly Trial[]) => trials.filter(({ failed }) => !failed).sort(byRoom);

  const trials = tryAll(hopeful, false);
  let found = fitting(trials);
  // A place for all may take another order: what is hard to place first, into what it fills best.
  if (found.length === 0 && constraints.length === 0) found = fitting(tryAll(hopeful, true));
  const [best] = found;
  if (best) return placedOn(task, best, trials);
  const hopeless = systems.filter((system) => !hopeful.includes(system));
  return failedOn(task, [...trials, ...tryAll(hopeless, false)]);
}

function sortsOf(roles: readonly RoleRequest[], rankings: Rankings): Sort[] {
  const sorts = new Map<string, Sort>();
  for (const role of roles) {
    const key = sortOf(role);
    const before = sorts.get(key) ?? { role, order: rankings.orderOf(role), bytes: 0 };
    sorts.set(key, { ...before, bytes: before.bytes + role.sizeBytes });
  }
  return [...sorts.values()];
}

/** False: some of the roles can't all have a place there, without trying. */
function mayHaveRoom({ board, sorts }: Task, system: number): boolean {
  return sorts.every(({ role, order, bytes }) => {
    if (order.top(system) === undefined) return false;
    let leftBytes = 0;
    for (const index of order.suited(system)) {
      leftBytes += volumeBytesLeft(board.candidates[index]!, role, board.promised(index));
      if (leftBytes >= bytes) return true;
    }
    return false;
  });
}

function tryOn(task: Task, system: number, tightly: boolean): Trial {
  const { board, unit, constraints, sorts } = task;
  const suited = [...new Set(sorts.flatMap(({ order }) => order.suited(system)))].sort((a, b) => a - b);
  const found =
    constraints.length > 0
      ? searchOn(task, board.systems[system]!.urn)
      : fillOn(board.excerpt(system, suited), suited, unit, tightly);
  const { chosen } = found;
  return {
    ...found,
    system,
    roomBytes: found.failed ? 0 : roomAfter(task, suited, chosen),
    lead: chosen.reduce((sum, { role, index }) => sum + leadOf(board, role, index), 0),
  };
}

type Found = Pick<Trial, 'chosen' | 'order' | 'failed' | 'total'>;

/** Each role gets the best pool that is left, in the order of the roles; or the largest first, the tightest fit. */
function fillOn(excerpt: Board, indexes: readonly number[], unit: PlacementUnit, tightly: boolean): Found {
  const positions = unit.roles.map((_, position) => position);
  if (tightly) positions.sort((a, b) => unit.roles[b]!.sizeBytes - unit.roles[a]!.sizeBytes || a - b);
  const rankings = rankingsOver(excerpt);
  const chosen: Chosen[] = [];
  let total = 0;
  for (const position of positions) {
    const role = unit.roles[position]!;
    const index = rankings.of(tightly ? { ...role, allocation: 'pack' } : role).best();
    if (index === undefined) {
      // In another order than that of the roles there is no telling which were before.
      return { chosen: tightly ? [] : chosen, failed: { role, gaveUp: false }, total };
    }
    total += totalFor(excerpt, role, index);
    excerpt.take({ role, index });
    chosen[position] = { role, index: indexes[index]! };
  }
  return { chosen, total, ...(tightly ? { order: positions } : {}) };
}

function searchOn({ board, unit, constraints }: Task, system: Urn): Found {
  const result = searchRoles(board, unit.roles, constraints, { system, wanted: '', others: new Map() });
  if (!result.chosen) {
    return { chosen: result.before, failed: { role: result.role, gaveUp: result.gaveUp }, total: 0 };
  }
  const { chosen } = result;
  const totals = chosen.map(({ role, index }, position) => totalFor(board, role, index, chosen.slice(0, position)));
  return { chosen, total: totals.reduce((sum, total) => sum + total, 0) };
}

/** Bytes of volumes like these that the system could take besides, each pool counted once, for what it takes most of. */
function roomAfter({ board, sorts }: Task, suited: readonly number[], chosen: readonly Chosen[]): number {
  const taken = new Map<number, Amounts>();
  for (const { role, index } of chosen) {
    const amounts = amountsIn(board.candidates[index]!.attributes, role);
    taken.set(index, addAmounts(taken.get(index) ?? board.promised(index), amounts));
  }
  let roomBytes = 0;
  for (const index of suited) {
    const promised = taken.get(index) ?? board.promised(index);
    const rooms = sorts
      .filter(({ order }) => !order.isUnsuited(index))
      .map(({ role }) => volumeBytesLeft(board.candidates[index]!, role, promised));
    roomBytes += Math.max(...rooms);
  }
  return roomBytes;
}

function byRoom(a: Trial, b: Trial): number {
  return b.lead - a.lead || b.roomBytes - a.roomBytes || b.total - a.total || a.system - b.system;
}

function placedOn(task: Task, best: Trial, trials: readonly Trial[]): Outcome {
  const { board, constraints, sorts, home } = task;
  const { urn, name, indexes } = board.systems[best.system]!;
  const wanted = home === undefined ? `${name}, with ${growth(best)}` : `${name}, where it is`;
  const within: Within = { system: urn, wanted, others: othersOf(task, trials) };
  const refusals: Refusal[] = board.candidates.flatMap((_, index) => refusalByOneSystem(board, within, index) ?? []);
  for (const { role } of sorts) {
    refusals.push(...indexes.flatMap((index) => refusalByAny(board, role, index, best.chosen) ?? []));
  }
  const { chosen, order } = best;
  return { chosen, ...(order ? { order } : {}), constraints, within, refusals: summarise(board, refusals) };
}

/** What came of each other system, told where its pools are refused. */
function othersOf({ board, unit, home }: Task, trials: readonly Trial[]): Map<Urn, string> {
  const told = new Map<Urn, string>();
  if (home !== undefined) return told;
  for (const { urn, name } of board.systems) told.set(urn, `${name}, without room for all`);
  for (const trial of trials) {
    const { urn, name } = board.systems[trial.system]!;
    told.set(urn, trial.failed ? `${name}, with room for ${countOf(unit, trial)}` : `${name}, with ${growth(trial)}`);
  }
  return told;
}

const growth = ({ roomBytes }: Trial): string => `${formatSize(roomBytes)} left to grow`;

const countOf = (unit: PlacementUnit, { chosen }: Trial): string => `${chosen.length} of ${unit.roles.length}`;

function failedOn(task: Task, trials: readonly Trial[]): Outcome {
  const { board, unit, constraints, home } = task;
  const most = Math.max(0, ...trials.map(({ chosen }) => chosen.length));
  const misses = trials
    .filter(({ chosen }) => chosen.length === most)
    .map((trial) => {
      const role = trial.failed!.role;
      const indexes = board.systems[trial.system]!.indexes;
      const nearest = indexes.flatMap((index) => refusalByAny(board, role, index, trial.chosen) ?? []).sort(byNearness);
      return { trial, nearest: nearest[0] };
    })
    .sort((a, b) => (a.nearest && b.nearest ? byNearness(a.nearest, b.nearest) : 0) || a.trial.system - b.trial.system);
  const trial = misses[0]?.trial;
  const system = trial && board.systems[trial.system]!;
  const name = system?.name ?? 'the storage system where it is';
  const within: Within = {
    ...(system ? { system: system.urn } : {}),
    wanted: home === undefined ? `${name}, with room for ${trial ? countOf(unit, trial) : 'none'}` : name,
    others: othersOf(task, trials),
  };
  const role = trial?.failed?.role ?? unit.roles[0]!;
  const chosen = trial?.chosen ?? [];
  const outlook = outlookFor(board, constraints, role, chosen, within);
  const how = trial && `${trial.chosen.length} of ${unit.roles.length} have a place on ${name}`;
  const note = trial?.failed?.gaveUp ? { note: `gave up after ${SEARCH_TRIES_MAX} tries` } : {};
  return {
    chosen,
    constraints,
    within,
    refusals: summarise(board, outlook.refusals),
    failed: { role, ...(how === undefined ? {} : { how }), ...note },
  };
}
