/**
 * What a plan says about records, indexed once: which units name a record (in a write or in a step), who writes it, and
 * what is held by shared claims. Also the executor's own check that the plan is one that it can run.
 */
import { assert } from '../../lib/assert.ts';
import { kindRank } from '../model/kinds.ts';
import { parseUrn, type Urn } from '../model/urn.ts';
import type { Plan, PlannedWrite, Step, Unit } from '../planner/plan.ts';
import { heldKeys } from '../state/records.ts';

export interface Namers {
  /**
   * Does any unit that names it in a write or in a step still run, `except` left out? What has ended stays ended, so that
   * it is asked for only once: a mask may be named by thousands of units.
   */
  isNeeded(urn: Urn, hasEnded: (unit: string) => boolean, except?: string): boolean;
  /** All records that a unit names. */
  namedBy(unit: Unit): readonly Urn[];
  writeOf(urn: Urn): PlannedWrite | undefined;
}

/** Records that a step names, its system left out. */
export function recordsOf(step: Step): Urn[] {
  const { args } = step;
  if ('members' in args) return args.members.flatMap(({ snapshot, volume }) => [snapshot, volume]);
  // Of a continuous copy: what it follows must neither go nor be overwritten while it begins, goes on or is split.
  if ('source' in args && 'target' in args) return [args.source, args.target];
  if ('pairs' in args) return args.pairs.flatMap(({ source, target }) => [source, target]);
  if ('from' in args && 'copy' in args) return [args.from, args.to, ...(args.putBack ? [args.putBack] : [])];
  return [...('volume' in args ? [args.volume] : []), ...('mask' in args ? [args.mask] : [])];
}

export function createNamers(plan: Plan): Namers {
  const naming = new Map<Urn, string[]>();
  /** Of those naming a record, how many of the first have ended. */
  const ended = new Map<Urn, number>();
  const named = new Map<string, readonly Urn[]>();
  const writes = new Map<Urn, PlannedWrite>();
  for (const unit of plan.units) {
    const urns = [...new Set([...unit.writes.map((write) => write.urn), ...unit.steps.flatMap(recordsOf)])];
    named.set(unit.id, urns);
    for (const urn of urns) {
      const units = naming.get(urn);
      if (units) units.push(unit.id);
      else naming.set(urn, [unit.id]);
    }
    for (const write of unit.writes) {
      assert(!writes.has(write.urn), `the plan writes ${write.urn} twice`);
      writes.set(write.urn, write);
    }
  }
  return {
    isNeeded: (urn, hasEnded, except) => {
      const units = naming.get(urn) ?? [];
      let first = ended.get(urn) ?? 0;
      while (first < units.length && hasEnded(units[first]!)) first++;
      ended.set(urn, first);
      for (let at = first; at < units.length; at++) {
        if (units[at] !== except && !hasEnded(units[at]!)) return true;
      }
      return false;
    },
    namedBy: (unit) => named.get(unit.id) ?? [],
    writeOf: (urn) => writes.get(urn),
  };
}

/** In claim order: kind rank, then URN. */
export function byClaimOrder(a: Urn, b: Urn): number {
  return kindRank(parseUrn(a).kind) - kindRank(parseUrn(b).kind) || (a < b ? -1 : a > b ? 1 : 0);
}

export function allWrites(plan: Plan): PlannedWrite[] {
  return plan.units.flatMap((unit) => unit.writes).sort((a, b) => byClaimOrder(a.urn, b.urn));
}

/**
 * What must stay alive and unclaimed by others: what units say, what predicates say, the systems of steps and what steps
 * name without writing it. Records that the plan writes are in it too: their exclusive claim may end before the workflow.
 */
export function sharedUrns(plan: Plan): Urn[] {
  const shared = new Set<Urn>();
  const written = new Set(plan.units.flatMap((unit) => unit.writes.map((write) => write.urn)));
  for (const unit of plan.units) {
    for (const urn of unit.shared) shared.add(urn);
    for (const step of unit.steps) {
      shared.add(step.system);
      for (const urn of recordsOf(step)) if (!written.has(urn)) shared.add(urn);
    }
  }
  for (const predicate of plan.basis.predicates) {
    if (predicate.type === 'live') shared.add(predicate.urn);
    if (predicate.type === 'managed') shared.add(predicate.system);
  }
  return [...shared].sort(byClaimOrder);
}

/** Bugs of whoever made the plan; never a user's mistake. */
export function assertRunnable(plan: Plan): void {
  createNamers(plan);
  const ids = new Set<string>();
  for (const unit of plan.units) {
    assert(!ids.has(unit.id), `two units ${unit.id}`);
    ids.add(unit.id);
    const steps = new Set(unit.steps.map((step) => step.id));
    assert(steps.size === unit.steps.length, `step ids of ${unit.id} are not unique`);
    for (const id of steps) assert(/^[^/~]+$/.test(id), `step id ${id} can't be a key of the journal`);
  }
  for (const unit of plan.units) {
    for (const id of unit.dependsOn) assert(ids.has(id) && id !== unit.id, `${unit.id} depends on ${id}`);
  }
  assertAcyclic(plan.units);
  const holders = new Map<string, Urn>();
  for (const write of allWrites(plan)) {
    assert((write.base === 0) === (write.before === undefined), `base and before of ${write.urn} don't agree`);
    for (const key of heldKeys(write.final)) {
      assert(!holders.has(key), `${key} would be held by ${holders.get(key)} and ${write.urn}`);
      holders.set(key, write.urn);
    }
  }
}

function assertAcyclic(units: readonly Unit[]): void {
  const missing = new Map(units.map((unit) => [unit.id, new Set(unit.dependsOn).size]));
  const dependants = new Map<string, string[]>();
  for (const unit of units) {
    for (const id of new Set(unit.dependsOn)) {
      const known = dependants.get(id);
      if (known) known.push(unit.id);
      else dependants.set(id, [unit.id]);
    }
  }
  const ready = units.filter((unit) => missing.get(unit.id) === 0).map((unit) => unit.id);
  let seen = 0;
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    seen++;
    for (const next of dependants.get(id) ?? []) {
      const left = missing.get(next)! - 1;
      missing.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  assert(seen === units.length, 'the units of the plan depend on each other in a circle');
}
