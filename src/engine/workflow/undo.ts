/**
 * Compensation of a unit: its steps in reverse, each looked at first. What isn't there needs no undo; what was there
 * before us isn't ours to undo; what is there is undone and looked at again when the answer got lost. What can't be
 * undone, or not be seen, stops it: the unit stays suspect under its claims.
 */
import { LIMITS } from '../../lib/limits.ts';
import { DriverError } from '../driver/errors.ts';
import type { Step, Unit } from '../planner/plan.ts';
import { onDevice } from './device-call.ts';
import { writeIntent, writeWithLearnt } from './outcome.ts';
import { putBack as putBackData } from './put-back.ts';
import { awaitQuiet } from './quiet.ts';
import { retryRule } from './retry.ts';
import type { Run } from './run.ts';
import { backOff, failureOf, noteVerdict, probeStep, reopen } from './step-common.ts';
import type { ActingStep, BoundStep, CallStep, JobStep, Outcome } from './steps/handler.ts';
import { bindStep } from './steps/registry.ts';
import { type Failure, RefusedError, type StepEntry } from './types.ts';

export type UndoResult = { readonly type: 'undone' } | { readonly type: 'failed' | 'unknown'; readonly error: Failure };

export async function undoSteps(run: Run, unit: Unit): Promise<UndoResult> {
  await awaitQuiet(run, run.journal.quietAtMs(unit));
  for (const step of [...unit.steps].reverse()) {
    const entry = run.journal.step(unit.id, step.id);
    if (!entry || entry.state === 'undone') continue;
    run.checkInterrupt();
    const result = await undoStep(run, unit, step, bindStep(step), entry);
    if (result.type !== 'undone') return result;
    if (run.journal.takeInherited(unit.id, step.id)) noteVerdict(run, unit, step, 'undone');
  }
  return { type: 'undone' };
}

async function undoStep(run: Run, unit: Unit, step: Step, bound: BoundStep, entry: StepEntry): Promise<UndoResult> {
  if (entry.preexisting || bound.form === 'wait') return markUndone(run, unit, step, entry, {});
  if (bound.form === 'job' && !bound.undo) return endJob(run, unit, step, bound, entry);
  let reopened = false;
  for (let attempt = 1; ; attempt++) {
    const found = await probeStep(run, step, bound);
    // Of a job that is only under way nothing is there yet.
    if (found.verdict === 'not-done' && bound.form === 'call') return markUndone(run, unit, step, entry, found);
    if (found.verdict === 'unknown')
      return { type: 'unknown', error: { code: 'COPRHD-APPLY-002', message: found.why } };
    if (found.verdict === 'foreign') {
      // Ours once, and replaced by somebody: a person must look.
      if (entry.wasDone) return { type: 'failed', error: { code: 'COPRHD-APPLY-006', message: found.why } };
      // Never ours: there is nothing of ours to undo, but a job that would still make it.
      if (bound.form === 'call') return markUndone(run, unit, step, entry, {});
    }
    if (!bound.undo) {
      return { type: 'failed', error: { code: 'COPRHD-APPLY-006', message: `not reversible: ${bound.summary}` } };
    }
    const outcome = await attemptUndo(run, unit, step, bound.undo, { ...entry, attempt });
    if (!('error' in outcome)) return markUndone(run, unit, step, entry, outcome);
    const { error } = outcome;
    const rule = error instanceof RefusedError ? 'fail' : retryRule(error.class);
    const last = attempt >= LIMITS.retryAttemptsMax || (rule === 'reopen' && reopened);
    if (rule === 'fail' || last) return undoFailed(bound, error);
    if (rule === 'reopen') {
      reopened = true;
      const again = await reopen(run, step);
      if (again) return { type: 'failed', error: again };
    }
    await backOff(run, unit, step, attempt, error);
  }
}

function undoFailed(bound: ActingStep, error: DriverError | RefusedError): UndoResult {
  const failure = failureOf(error);
  return {
    type: 'failed',
    error: { ...failure, code: 'COPRHD-APPLY-006', message: `could not undo "${bound.summary}": ${failure.message}` },
  };
}

async function attemptUndo(
  run: Run,
  unit: Unit,
  step: Step,
  undo: NonNullable<CallStep['undo']>,
  entry: StepEntry,
): Promise<Outcome | { readonly error: DriverError | RefusedError }> {
  try {
    return await onDevice(run, step, 'undo', async (io) => {
      run.point(`undo:before-intent:${step.kind}`);
      await writeIntent(run, unit, step, { ...entry, state: 'undo-intent', atMs: run.nowMs });
      run.point(`undo:after-intent:${step.kind}`);
      return undo(io);
    });
  } catch (error) {
    if (error instanceof DriverError || error instanceof RefusedError) return { error };
    throw error;
  }
}

async function markUndone(
  run: Run,
  unit: Unit,
  step: Step,
  entry: StepEntry,
  { learnt }: Outcome,
): Promise<UndoResult> {
  // Only a record that is put back, not removed, needs to know what it is on the device now.
  const restored = learnt && run.namers.writeOf(learnt.urn)?.before ? { restored: learnt } : {};
  const undone: StepEntry = { ...entry, ...restored, state: 'undone', atMs: run.nowMs };
  await writeWithLearnt(run, run.journal.setStep(unit.id, step.id, undone), learnt ? [learnt] : []);
  run.point(`undo:after-outcome:${step.kind}`);
  return { type: 'undone' };
}

/** What a job has done needs no undo, but it must not go on: a volume is deleted next. */
async function endJob(run: Run, unit: Unit, step: Step, bound: JobStep, entry: StepEntry): Promise<UndoResult> {
  const { handle } = entry;
  const { putBack } = bound;
  if (putBack) {
    const result = await putBackData(run, unit, step, { ...bound, putBack }, entry);
    return result.type === 'done' ? markUndone(run, unit, step, entry, {}) : result;
  }
  if (!handle || entry.wasDone) return markUndone(run, unit, step, entry, {});
  let reopened = false;
  for (let attempt = 1; ; attempt++) {
    const cancelled = await attemptUndo(
      run,
      unit,
      step,
      async (io) => {
        await bound.cancel(io, handle);
        return {};
      },
      { ...entry, attempt },
    );
    if (!('error' in cancelled)) return markUndone(run, unit, step, entry, {});
    const { error } = cancelled;
    const missing = error instanceof RefusedError && error.code === 'COPRHD-HELD-001';
    if (missing || (error instanceof DriverError && error.class === 'not-found')) {
      return markUndone(run, unit, step, entry, {});
    }
    // To cancel twice is to cancel once: an ambiguous answer is simply asked again.
    const rule = error instanceof RefusedError ? 'fail' : retryRule(error.class);
    const last = attempt >= LIMITS.retryAttemptsMax || (rule === 'reopen' && reopened);
    if (rule === 'fail' || last) return undoFailed(bound, error);
    if (rule === 'reopen') {
      reopened = true;
      await reopen(run, step);
    }
    await backOff(run, unit, step, attempt, error);
  }
}
