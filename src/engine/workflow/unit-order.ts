/** The units of a plan by their dependencies: what may begin next, and in which order things are taken back. Pure. */
import type { Unit } from '../planner/plan.ts';

export interface UnitGraph {
  /** The next unit of which all dependencies have ended, in plan order. */
  next(): Unit | undefined;
  /** `good`: what depends on it may go on. */
  ended(unit: Unit, good: boolean): void;
  /** A dependency came to nothing. */
  isDoomed(unit: Unit): boolean;
}

function dependantsOf(units: readonly Unit[]): Map<string, Unit[]> {
  const dependants = new Map<string, Unit[]>();
  for (const unit of units) {
    for (const id of new Set(unit.dependsOn)) {
      const known = dependants.get(id);
      if (known) known.push(unit);
      else dependants.set(id, [unit]);
    }
  }
  return dependants;
}

export function createUnitGraph(units: readonly Unit[]): UnitGraph {
  const order = new Map(units.map((unit, index) => [unit.id, index]));
  const missing = new Map(units.map((unit) => [unit.id, new Set(unit.dependsOn).size]));
  const dependants = dependantsOf(units);
  const doomed = new Set<string>();
  // Kept reversed, so that the next one is taken from the end.
  const ready = units.filter((unit) => missing.get(unit.id) === 0).reverse();
  return {
    next: () => ready.pop(),
    isDoomed: (unit) => doomed.has(unit.id),
    ended: (unit, good) => {
      const free: Unit[] = [];
      for (const next of dependants.get(unit.id) ?? []) {
        if (!good) doomed.add(next.id);
        const left = (missing.get(next.id) ?? 0) - 1;
        missing.set(next.id, left);
        if (left === 0) free.push(next);
      }
      free.sort((a, b) => (order.get(b.id) ?? 0) - (order.get(a.id) ?? 0));
      ready.push(...free);
    },
  };
}

/** Every unit after all that depend on it. */
export function undoOrder(units: readonly Unit[]): readonly Unit[] {
  const graph = createUnitGraph(units);
  const forward: Unit[] = [];
  for (let unit = graph.next(); unit; unit = graph.next()) {
    forward.push(unit);
    graph.ended(unit, true);
  }
  return forward.reverse();
}

/** These units and all that depend on them, however far away. */
export function withDependants(units: readonly Unit[], ids: ReadonlySet<string>): ReadonlySet<string> {
  const dependants = dependantsOf(units);
  const all = new Set(ids);
  const open = [...ids];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const unit of dependants.get(id) ?? []) {
      if (all.has(unit.id)) continue;
      all.add(unit.id);
      open.push(unit.id);
    }
  }
  return all;
}

/** Ids of what depends on a unit directly. */
export function directDependants(units: readonly Unit[]): ReadonlyMap<string, readonly Unit[]> {
  return dependantsOf(units);
}
