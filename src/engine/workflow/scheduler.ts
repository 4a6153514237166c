/**
 * Runs the units of a committed workflow: first takes back what the journal says goes back, then goes forward in
 * dependency order, so many at once as the caller or LIMITS.unitsInFlightMax say. A unit whose dependency came to nothing is
 * never started and put back; one whose dependency is still open stays as it is, claimed, because a later attempt may yet
 * bring that one to a good end. Of an atomic workflow all units end together, or all are taken back.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { Unit } from '../planner/plan.ts';
import { isEnded } from './journal.ts';
import { writeJournal } from './outcome.ts';
import type { Run } from './run.ts';
import { type Failure, InterruptedError } from './types.ts';
import { withdrawUnit } from './unit-end.ts';
import { createUnitGraph, directDependants, type UnitGraph, undoOrder } from './unit-order.ts';
import { finishPrepared, goesBack, runUnit, undoUnit } from './unit-runner.ts';

/** True when something was left open because the run is to begin nothing more. Throws what ended the run, once nothing is in flight. */
export async function runUnits(run: Run): Promise<boolean> {
  if (await takeBack(run)) return true;
  if (run.policy.atomic && comesToNothing(run)) return takeAllBack(run);
  const stopped = await goForward(run);
  if (stopped || !run.policy.atomic) return stopped;
  if (comesToNothing(run)) return takeAllBack(run);
  if (!run.plan.units.every((unit) => isReady(run, unit))) return false;
  return inParallel(run, run.plan.units, (unit) => finishPrepared(run, unit));
}

const isReady = (run: Run, unit: Unit): boolean => {
  const state = run.unitEntry(unit)?.state;
  return state === 'prepared' || state === 'done';
};

/** Has any unit of an atomic workflow been taken back, or begun to be? Never once the first of them has ended well. */
function comesToNothing(run: Run): boolean {
  const entries = run.plan.units.map((unit) => run.unitEntry(unit));
  if (entries.some((entry) => entry?.state === 'done')) return false;
  return (
    entries.some((entry) => goesBack(entry) || entry?.state === 'undone' || entry?.state === 'skipped') ||
    run.plan.units.some((unit) => run.isCancelled(unit.id))
  );
}

async function goForward(run: Run): Promise<boolean> {
  const graph = createUnitGraph(run.plan.units);
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
  const mayStart = () =>
    !interrupted && !run.signal.aborted && !run.halted && !(run.policy.atomic && comesToNothing(run));
  for (;;) {
    while (mayStart() && inFlight.size < unitsInFlightMax) {
      const unit = graph.next();
      if (!unit) break;
      start(unit);
    }
    if (inFlight.size === 0) break;
    await Promise.race(inFlight);
  }
  run.check();
  return interrupted || run.halted !== undefined;
}

async function runOne(run: Run, unit: Unit, graph: UnitGraph): Promise<boolean> {
  const doomed = graph.isDoomed(unit);
  const started = run.unitEntry(unit) !== undefined;
  if (doomed || (!started && run.isCancelled(unit.id))) {
    try {
      run.checkInterrupt();
    } catch (error) {
      if (error instanceof InterruptedError) return true;
      throw error;
    }
    const why: Failure | undefined = doomed ? undefined : cancelled(run);
    if (run.unitEntry(unit)?.state !== 'skipped') await withdrawUnit(run, unit, 'skipped', why);
    graph.ended(unit, false);
    return false;
  }
  // It goes back already, and could not now.
  if (goesBack(run.unitEntry(unit))) {
    graph.ended(unit, false);
    return false;
  }
  const end = await runUnit(run, unit);
  if (end === 'interrupted') return true;
  const entry = run.unitEntry(unit);
  if (end === 'ended') graph.ended(unit, entry?.state === 'done');
  else if (end === 'prepared') graph.ended(unit, true);
  // What is open on its way back will never be done.
  else if (goesBack(entry)) graph.ended(unit, false);
  return false;
}

const cancelled = (run: Run): Failure => ({
  code: 'COPRHD-APPLY-007',
  message: run.cancellation,
});

/**
 * Undoes what the journal says goes back: each unit after all that depend on it. One that can't be undone now keeps those
 * that it depends on as they are.
 */
async function takeBack(run: Run): Promise<boolean> {
  const dependants = directDependants(run.plan.units);
  for (const unit of undoOrder(run.plan.units)) {
    if (!goesBack(run.unitEntry(unit)) || isEnded(run.unitEntry(unit))) continue;
    const inTheWay = (dependants.get(unit.id) ?? []).some(
      (other) => run.unitEntry(other) !== undefined && !isEnded(run.unitEntry(other)),
    );
    if (inTheWay) continue;
    if ((await undoUnit(run, unit)) === 'interrupted') return true;
  }
  return false;
}

/** Decided for good once it is in the journal, whoever goes on with it. */
async function takeAllBack(run: Run): Promise<boolean> {
  const failed = run.plan.units.find((unit) => run.unitEntry(unit)?.error);
  const cause = failed && run.unitEntry(failed)?.error?.message;
  const message = `the plan is atomic, and ${failed ? `${failed.address} came to nothing: ${cause}` : 'was cancelled'}`;
  for (const unit of run.plan.units) {
    const entry = run.unitEntry(unit);
    if (isEnded(entry) || goesBack(entry)) continue;
    const error: Failure = { code: 'COPRHD-APPLY-001', message };
    if (entry) await writeJournal(run, run.journal.setUnit(unit.id, { state: 'undoing', atMs: run.nowMs, error }));
    else await withdrawUnit(run, unit, 'skipped', error);
  }
  run.point('atomic:taken-back');
  return takeBack(run);
}

async function inParallel(run: Run, units: readonly Unit[], work: (unit: Unit) => Promise<unknown>): Promise<boolean> {
  const left = [...units].reverse();
  let stopped = false;
  const worker = async () => {
    for (let unit = left.pop(); unit && !stopped; unit = left.pop()) {
      if ((await work(unit)) === 'interrupted') stopped = true;
    }
  };
  const count = run.env.pace?.unitsInFlight ?? LIMITS.unitsInFlightMax;
  const ends = await Promise.allSettled(Array.from({ length: count }, worker));
  run.check();
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw run.stop(failed.reason);
  return stopped;
}
