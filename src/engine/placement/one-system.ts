/**
 * Units that stay together on one storage system: consistency groups. A system is tried on a copy of its part of the
 * board; of those where every role has a place the one with most room to grow afterwards is taken. Those that may have
 * most are tried first, until none of the others can have more: mostly one or two, at worst each once or twice. Internal
 * to placement.
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
}

/** A system before it is tried. */
interface Prospect {
  readonly system: number;
  /** Of scorers that decide before room does. */
  readonly lead: number;
  /** What may be left to grow at most. */
  readonly boundBytes: number;
  readonly hopeful: boolean;
  /** Of the best pool for the first role. */
  readonly total: number;
}

/** Of systems that can't take all of a unit so many are looked at, to say which comes nearest. */
const HOPELESS_TRIED_MAX = 8;

export function decideOnOneSystem(
  board: Board,
  rankings: Rankings,
  unit: PlacementUnit,
  constraints: readonly RoleConstraint[],
): Outcome {
  const home = unit.oneSystem?.system;
  const task: Task = { board, unit, constraints, sorts: sortsOf(unit.roles, rankings), home };
  const prospects = board.systems
    .flatMap(({ urn }, system) => (home === undefined || urn === home ? [prospectOf(task, system)] : []))
    .sort((a, b) => b.lead - a.lead || b.boundBytes - a.boundBytes || b.total - a.total || a.system - b.system);
  const hopeful = prospects.filter((prospect) => prospect.hopeful);

  const trials: Trial[] = [];
  const best =
    bestOf(hopeful, (system) => {
      const trial = tryOn(task, system, false);
      trials.push(trial);
      return trial;
    }) ??
    // A place for all may take another order: what is hard to place first, into what it fills best.
    (constraints.length === 0 ? bestOf(hopeful, (system) => tryOn(task, system, true)) : undefined);
  if (best) return placedOn(task, best, trials, hopeful);
  const hopeless = prospects.filter((prospect) => !prospect.hopeful).slice(0, HOPELESS_TRIED_MAX);
  return failedOn(task, [...trials, ...hopeless.map(({ system }) => tryOn(task, system, false))]);
}

/** In the order of the prospects, until none that is left can be better. */
function bestOf(prospects: readonly Prospect[], attempt: (system: number) => Trial): Trial | undefined {
  let best: (Trial & { readonly lead: number }) | undefined;
  for (const { system, lead, boundBytes } of prospects) {
    if (best && (lead < best.lead || boundBytes <= best.roomBytes)) break;
    const trial = attempt(system);
    if (!trial.failed && (!best || trial.roomBytes > best.roomBytes)) best = { ...trial, lead };
  }
  return best;
}

function prospectOf({ board, unit, sorts }: Task, system: number): Prospect {
  const [first] = board.systems[system]!.indexes;
  const rooms = sorts.map(({ order }) => order.roomBytes(system));
  const roomBytes = rooms.reduce((sum, bytes) => sum + bytes, 0);
  const top = sorts[0]!.order.top(system);
  return {
    system,
    lead: unit.roles.reduce((sum, role) => sum + leadOf(board, role, first!), 0),
    // Of one sort of volumes each takes its own size at least from what is left; of several one may cost another nothing.
    boundBytes: sorts.length === 1 ? roomBytes - sorts[0]!.bytes : roomBytes,
    hopeful: sorts.every(({ order, bytes }, n) => rooms[n]! >= bytes && order.top(system) !== undefined),
    total: top === undefined ? 0 : totalFor(board, unit.roles[0]!, top.index),
  };
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

function tryOn(task: Task, system: number, tightly: boolean): Trial {
  const { board, unit, constraints, sorts } = task;
  const suited = [...new Set(sorts.flatMap(({ order }) => order.suited(system)))].sort((a, b) => a - b);
  const found =
    constraints.length > 0
      ? searchOn(task, board.systems[system]!.indexes)
      : fillOn(board.excerpt(system, suited), suited, unit, tightly);
  return { ...found, system, roomBytes: found.failed ? 0 : roomAfter(task, suited, found.chosen) };
}

type Found = Pick<Trial, 'chosen' | 'order' | 'failed'>;

/** Each role gets the best pool that is left, in the order of the roles; or the largest first, the tightest fit. */
function fillOn(excerpt: Board, indexes: readonly number[], unit: PlacementUnit, tightly: boolean): Found {
  const positions = unit.roles.map((_, position) => position);
  if (tightly) positions.sort((a, b) => unit.roles[b]!.sizeBytes - unit.roles[a]!.sizeBytes || a - b);
  const rankings = rankingsOver(excerpt);
  const chosen: Chosen[] = [];
  for (const position of positions) {
    const role = unit.roles[position]!;
    const index = rankings.of(tightly ? { ...role, allocation: 'pack' } : role).best();
    if (index === undefined) {
      // In another order than that of the roles there is no telling which were before.
      return { chosen: tightly ? [] : chosen, failed: { role, gaveUp: false } };
    }
    excerpt.take({ role, index });
    chosen[position] = { role, index: indexes[index]! };
  }
  return { chosen, ...(tightly ? { order: positions } : {}) };
}

function searchOn({ board, unit, constraints }: Task, indexes: readonly number[]): Found {
  const result = searchRoles(board, unit.roles, constraints, { indexes });
  if (!result.chosen) return { chosen: result.before, failed: { role: result.role, gaveUp: result.gaveUp } };
  return { chosen: result.chosen };
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
      .filter(({ order }) => order.unsuited(index) === undefined)
      .map(({ role }) => volumeBytesLeft(board.candidates[index]!, role, promised));
    roomBytes += Math.max(...rooms);
  }
  return roomBytes;
}

function placedOn(task: Task, best: Trial, trials: readonly Trial[], hopeful: readonly Prospect[]): Outcome {
  const { board, constraints, sorts, home } = task;
  const { urn, name, indexes } = board.systems[best.system]!;
  const wanted = home === undefined ? `${name}, with ${growth(best)}` : `${name}, where it is`;
  const within: Within = { system: urn, wanted, others: othersOf(task, trials, hopeful) };
  const refusals: Refusal[] = board.candidates.flatMap((_, index) => refusalByOneSystem(board, within, index) ?? []);
  for (const { role } of sorts) {
    refusals.push(...indexes.flatMap((index) => refusalByAny(board, role, index, best.chosen) ?? []));
  }
  const { chosen, order } = best;
  return { chosen, ...(order ? { order } : {}), constraints, within, refusals: summarise(board, refusals) };
}

/** What came of each other system, told where its pools are refused. */
function othersOf(
  { board, unit, home }: Task,
  trials: readonly Trial[],
  hopeful: readonly Prospect[] = [],
): Map<Urn, string> {
  const told = new Map<Urn, string>();
  if (home !== undefined) return told;
  for (const { urn, name } of board.systems) told.set(urn, `${name}, without room for all`);
  for (const { system, boundBytes } of hopeful) {
    const { urn, name } = board.systems[system]!;
    told.set(urn, `${name}, with at most ${formatSize(Math.max(0, boundBytes))} left to grow`);
  }
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
