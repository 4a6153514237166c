/** One unit from wherever the journal says it is to its end: forward, or back when a step failed or it was cancelled. */
import type { UnitState } from '../operations/types.ts';
import type { Unit } from '../planner/plan.ts';
import { isEnded } from './journal.ts';
import { writeJournal } from './outcome.ts';
import { awaitQuietRecords } from './quiet.ts';
import type { Run } from './run.ts';
import { runStep } from './step-runner.ts';
import { CancelledError, type Failure, InterruptedError, type UnitEntry } from './types.ts';
import { undoSteps } from './undo.ts';
import { finishUnit, suspendUnit, withdrawUnit } from './unit-end.ts';

/** ended: for good. prepared: all its steps are done, the other units decide. open: it can't go on now. */
export type UnitEnd = 'ended' | 'prepared' | 'open' | 'interrupted';

export async function runUnit(run: Run, unit: Unit): Promise<UnitEnd> {
  const work = async () => {
    if (goesBack(run.unitEntry(unit))) return back(run, unit, errorOf(run.unitEntry(unit)));
    try {
      await forward(run, unit);
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
      await back(run, unit, { code: 'COPRHD-APPLY-007', message: error.message });
    }
  };
  return told(run, unit, work);
}

/** Undoes a unit whose journal says that it goes back. */
export async function undoUnit(run: Run, unit: Unit): Promise<UnitEnd> {
  return told(run, unit, () => back(run, unit, errorOf(run.unitEntry(unit))));
}

/** Of an atomic workflow, once all units are prepared. */
export async function finishPrepared(run: Run, unit: Unit): Promise<UnitEnd> {
  return told(run, unit, () => finishUnit(run, unit));
}

/** Says that the unit is at work and what became of it. */
async function told(run: Run, unit: Unit, work: () => Promise<void>): Promise<UnitEnd> {
  if (isEnded(run.unitEntry(unit))) return 'ended';
  const { env } = run;
  const startedMs = run.nowMs;
  try {
    run.checkInterrupt();
    env.emit({ type: 'unit.started', unit: unit.id, address: unit.address, action: unit.action });
    await work();
  } catch (error) {
    if (error instanceof InterruptedError) return 'interrupted';
    throw error;
  }
  const entry = run.unitEntry(unit);
  const durationMs = run.nowMs - startedMs;
  const message = entry?.error ? { error: entry.error.message } : {};
  const about = { unit: unit.id, address: unit.address, state: publicState(entry) };
  env.emit({ type: 'unit.finished', ...about, durationMs, ...message });
  if (entry?.state === 'prepared') return 'prepared';
  return isEnded(entry) ? 'ended' : 'open';
}

export const goesBack = (entry: UnitEntry | undefined): boolean =>
  entry?.state === 'undoing' || entry?.direction === 'undo';

const errorOf = (entry: UnitEntry | undefined): Failure =>
  entry?.error ?? { code: 'COPRHD-APPLY-001', message: 'a step failed' };

async function forward(run: Run, unit: Unit): Promise<void> {
  if (run.unitEntry(unit)?.state !== 'prepared') {
    await awaitQuietRecords(run, unit);
    for (const step of unit.steps) {
      const result = await runStep(run, unit, step);
      if (result.type === 'failed') return failed(run, unit, result.error);
      if (result.type === 'unknown') return suspendUnit(run, unit, 'unknown', 'forward', result.error);
    }
  }
  if (!run.policy.atomic) return finishUnit(run, unit);
  await writeJournal(run, run.journal.setUnit(unit.id, { state: 'prepared', atMs: run.nowMs }));
  run.point('unit:prepared');
}

/** A step has failed for good: what then is for the policy to say. */
async function failed(run: Run, unit: Unit, error: Failure): Promise<void> {
  const { onError } = run.policy;
  // What is past return can only be tried again: an undo would get stuck in the middle.
  if (onError === 'rollback' && run.canReturn(unit.id)) return back(run, unit, error);
  await suspendUnit(run, unit, 'failed', 'forward', error);
  if (onError === 'suspend') run.halt('on-error');
}

/** `error` is why; an undo that fails too is what is reported then, for that is what a person must see to. */
async function back(run: Run, unit: Unit, error: Failure): Promise<void> {
  if (run.unitEntry(unit)?.state !== 'undoing') {
    await writeJournal(run, run.journal.setUnit(unit.id, { state: 'undoing', atMs: run.nowMs, error }));
    run.point('unit:undoing');
  }
  const result = await undoSteps(run, unit);
  if (result.type === 'undone') return withdrawUnit(run, unit, 'undone', error);
  const message = `${error.message}; then: ${result.error.message}`;
  return suspendUnit(run, unit, result.type, 'undo', { ...result.error, message });
}

export function publicState(entry: UnitEntry | undefined): UnitState {
  if (!entry) return 'not-started';
  switch (entry.state) {
    case 'skipped':
      return 'not-started';
    case 'running':
    case 'undoing':
      return 'unknown';
    default:
      return entry.state;
  }
}
