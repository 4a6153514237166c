/**
 * One step forward: intent, device call, outcome with the record, and everything that may go wrong in between. The rules:
 * a call that certainly did nothing is repeated a bounded number of times; one that may have worked is never repeated
 * before a probe has said that it didn't; what an earlier incarnation left open is probed first.
 */
import { LIMITS } from '../../lib/limits.ts';
import { DriverError } from '../driver/errors.ts';
import type { Step, Unit } from '../planner/plan.ts';
import { onDevice } from './device-call.ts';
import { runJob } from './job-runner.ts';
import { recordOutcome, writeIntent } from './outcome.ts';
import { noteLate } from './quiet.ts';
import { retryRule } from './retry.ts';
import type { Run } from './run.ts';
import { backOff, failed, failureOf, noteVerdict, probeStep, reopen, type StepResult } from './step-common.ts';
import type { ActingStep, BoundStep, CallStep, Outcome, Verdict } from './steps/handler.ts';
import { bindStep } from './steps/registry.ts';
import { RefusedError, type StepEntry } from './types.ts';
import { runWait } from './wait-runner.ts';

export async function runStep(run: Run, unit: Unit, step: Step): Promise<StepResult> {
  const entry = run.journal.step(unit.id, step.id);
  const bound = bindStep(step);
  const isFinal = bound.form === 'call' && !bound.undo;
  if (entry?.state === 'done') {
    if (isFinal && !entry.preexisting) run.pastReturn(unit.id);
    return { type: 'done' };
  }
  run.checkInterrupt();
  run.checkCancelled(unit.id);
  const startedMs = run.nowMs;
  const where = { unit: unit.id, step: step.id };
  const system = (await run.records.readShared(step.system))?.record.name ?? step.system;
  run.env.emit({ type: 'step.started', ...where, system, summary: bound.summary });
  const result = await performStep(run, unit, step, bound, entry);
  if (result.type !== 'done') {
    return { ...result, error: { ...result.error, message: `${bound.summary}: ${result.error.message}` } };
  }
  if (isFinal) run.pastReturn(unit.id);
  run.env.emit({ type: 'step.finished', ...where, durationMs: run.nowMs - startedMs });
  return result;
}

async function performStep(
  run: Run,
  unit: Unit,
  step: Step,
  bound: BoundStep,
  entry: StepEntry | undefined,
): Promise<StepResult> {
  let attempt = (entry?.attempt ?? 0) + 1;
  let preexisting = entry?.preexisting ?? false;
  const inherited = run.journal.takeInherited(unit.id, step.id);
  if (bound.form === 'wait') return runWait(run, unit, step, bound, entry);
  if (inherited && entry?.state === 'intent') {
    const open = await settle(run, unit, step, bound, { ...entry, attempt: entry.attempt });
    noteVerdict(run, unit, step, open?.verdict ?? 'not-done');
    if (open) return open.result;
  }
  if (inherited && entry?.state === 'job') noteVerdict(run, unit, step, 're-attached');
  if (bound.form === 'job') return runJob(run, unit, step, bound, entry);
  if (!entry && bound.mayPreexist) {
    const before = await probeStep(run, step, bound);
    if (before.verdict === 'unknown') return failed({ code: 'COPRHD-DEVICE-001', message: before.why });
    preexisting = before.verdict === 'done';
  }
  let reopened = false;
  for (; ; attempt++) {
    const intent: StepEntry = {
      state: 'intent',
      attempt,
      atMs: run.nowMs,
      ...(preexisting ? { preexisting } : {}),
    };
    const outcome = await attemptCall(run, unit, step, bound, intent);
    if (!('error' in outcome)) {
      await recordOutcome(run, unit, step, intent, outcome);
      return { type: 'done' };
    }
    const { error } = outcome;
    if (error instanceof RefusedError) return failed(failureOf(error));
    const rule = retryRule(error.class);
    if (rule === 'fail' || (rule === 'reopen' && reopened)) return failed(failureOf(error));
    if (rule === 'reopen') {
      reopened = true;
      const again = await reopen(run, step);
      if (again) return failed(again);
      continue;
    }
    if (rule === 'probe') {
      const open = await settle(run, unit, step, bound, intent);
      if (open) return open.result;
    }
    if (attempt >= LIMITS.retryAttemptsMax) return failed(failureOf(error));
    await backOff(run, unit, step, attempt, error);
  }
}

/** Intent, then the call. Errors of the device are answers; everything else ends the run. */
async function attemptCall(
  run: Run,
  unit: Unit,
  step: Step,
  bound: CallStep,
  intent: StepEntry,
): Promise<Outcome | { readonly error: DriverError | RefusedError }> {
  try {
    return await onDevice(run, step, 'step', async (io) => {
      run.point(`step:before-intent:${step.kind}`);
      await writeIntent(run, unit, step, { ...intent, state: 'intent', atMs: run.nowMs });
      run.point(`step:after-intent:${step.kind}`);
      return bound.perform(io);
    });
  } catch (error) {
    noteLate(run, unit, step, error);
    if (error instanceof DriverError || error instanceof RefusedError) return { error };
    throw error;
  }
}

/**
 * Finds out what became of an open intent. Undefined: it certainly isn't done and may be tried again.
 */
async function settle(
  run: Run,
  unit: Unit,
  step: Step,
  bound: ActingStep,
  intent: StepEntry,
): Promise<{ readonly verdict: Verdict['verdict']; readonly result: StepResult } | undefined> {
  const found = await probeStep(run, step, bound);
  const { verdict } = found;
  switch (found.verdict) {
    case 'done':
      await recordOutcome(run, unit, step, intent, found);
      return { verdict, result: { type: 'done' } };
    case 'not-done':
    case 'partial':
      return undefined;
    case 'foreign':
      return { verdict, result: failed({ code: 'COPRHD-HELD-011', message: found.why }) };
    case 'unknown':
      return { verdict, result: { type: 'unknown', error: { code: 'COPRHD-APPLY-002', message: found.why } } };
  }
}
