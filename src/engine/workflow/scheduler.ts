/**
 * Runs the units of a committed workflow in dependency order, so many at once as the caller or LIMITS.unitsInFlightMax say. A unit whose dependency
 * came to nothing is never started and put back; one whose dependency is still open stays as it is, claimed, because a
 * later attempt may yet bring that one to a good end.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { Unit } from '../planner/plan.ts';
import type { Run } from './run.ts';
import { InterruptedError } from './types.ts';
import { withdrawUnit } from './unit-end.ts';
import { runUnit } from './unit-runner.ts';

/** True when the user's interrupt left something open. Throws what ended the run, once nothing is in flight any more. */
export async function runUnits(run: Run): Promise<boolean> {
  const graph = createGraph(run.plan.units);
  const inFlight = new Set<Promise<void>>();
  const unitsInFlightMax = run.env.pace?.unitsInFlight ?? LIMITS.unitsInFlightMax;
  let interrupted = false;
  const start = (unit: Unit) => {
    const work = runOne(run, unit, graph)
      .then((stopped) => {
        interrupted ||= stopped;
      })
      .catch((error: unknown) => void run.stop(error))
      .finally(() => inFlight.delete(work));
    inFlight.add(work);
  };
  for (;;) {
    while (!interrupted && !isOver(run) && inFlight.size < unitsInFlightMax) {
      const unit = graph.next();
      if (!unit) break;
      start(unit);
    }
    if (inFlight.size === 0) break;
    await Promise.race(inFlight);
  }
  run.check();
  return interrupted;
}

function isOver(run: Run): boolean {
  return run.signal.aborted;
}

async function runOne(run: Run, unit: Unit, graph: Graph): Promise<boolean> {
  if (graph.isDoomed(unit)) {
    try {
      run.checkInterrupt();
    } catch (error) {
      if (error instanceof InterruptedError) return true;
      throw error;
    }
    if (run.unitEntry(unit)?.state !== 'skipped') await withdrawUnit(run, unit, 'skipped');
    graph.ended(unit, false);
    return false;
  }
  const end = await runUnit(run, unit);
  if (end === 'interrupted') return true;
  const entry = run.unitEntry(unit);
  if (end === 'ended') graph.ended(unit, entry?.state === 'done');
  // What is open on its way back will never be done.
  else if (entry?.direction === 'undo') graph.ended(unit, false);
  return false;
}

interface Graph {
  /** The next unit of which all dependencies have ended, in plan order. */
  next(): Unit | undefined;
  ended(unit: Unit, good: boolean): void;
  /** A dependency came to nothing. */
  isDoomed(unit: Unit): boolean;
}

function createGraph(units: readonly Unit[]): Graph {
  const order = new Map(units.map((unit, index) => [unit.id, index]));
  const missing = new Map(units.map((unit) => [unit.id, new Set(unit.dependsOn).size]));
  const dependants = new Map<string, Unit[]>();
  const doomed = new Set<string>();
  for (const unit of units) {
    for (const id of new Set(unit.dependsOn)) {
      const known = dependants.get(id);
      if (known) known.push(unit);
      else dependants.set(id, [unit]);
    }
  }
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
