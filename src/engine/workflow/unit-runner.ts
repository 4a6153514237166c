/** One unit from wherever the journal says it is to its end: forward, or back when a step failed. */
import type { UnitState } from '../operations/types.ts';
import type { Unit } from '../planner/plan.ts';
import { writeJournal } from './outcome.ts';
import type { Run } from './run.ts';
import { runStep } from './step-runner.ts';
import { type Failure, InterruptedError, type UnitEntry } from './types.ts';
import { undoSteps } from './undo.ts';
import { finishUnit, isEnded, suspendUnit, withdrawUnit } from './unit-end.ts';

/** `interrupted`: left open in the journal for whoever goes on. */
export async function runUnit(run: Run, unit: Unit): Promise<'ended' | 'open' | 'interrupted'> {
  if (isEnded(run.unitEntry(unit))) return 'ended';
  const { env } = run;
  const startedMs = run.nowMs;
  try {
    run.checkInterrupt();
    env.emit({ type: 'unit.started', unit: unit.id, address: unit.address, action: unit.action });
    await (goesBack(run.unitEntry(unit)) ? back(run, unit, errorOf(run.unitEntry(unit))) : forward(run, unit));
  } catch (error) {
    if (error instanceof InterruptedError) return 'interrupted';
    throw error;
  }
  const entry = run.unitEntry(unit);
  const durationMs = run.nowMs - startedMs;
  const message = entry?.error ? { error: entry.error.message } : {};
  env.emit({
    type: 'unit.finished',
    unit: unit.id,
    address: unit.address,
    state: publicState(entry),
    durationMs,
    ...message,
  });
  return isEnded(entry) ? 'ended' : 'open';
}

const goesBack = (entry: UnitEntry | undefined): boolean => entry?.state === 'undoing' || entry?.direction === 'undo';

const errorOf = (entry: UnitEntry | undefined): Failure =>
  entry?.error ?? { code: 'COPRHD-APPLY-001', message: 'a step failed' };

async function forward(run: Run, unit: Unit): Promise<void> {
  if (unit.steps.length > 0 && run.unitEntry(unit)?.state !== 'running') {
    run.point('unit:before-start');
    await writeJournal(run, run.journal.setUnit(unit.id, { state: 'running', atMs: run.nowMs }));
    run.point('unit:after-start');
  }
  for (const step of unit.steps) {
    const result = await runStep(run, unit, step);
    if (result.type === 'failed') return back(run, unit, result.error);
    if (result.type === 'unknown') return suspendUnit(run, unit, 'unknown', 'forward', result.error);
  }
  await finishUnit(run, unit);
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
