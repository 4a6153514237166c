/**
 * A step that works on by itself on the device: start, journal the handle, poll until it is done. The device's slot is
 * free between polls. Whoever takes over re-attaches by the handle; a job that is lost is started again; one that makes
 * no progress for LIMITS.jobNoProgressDeadlineMs fails the step (and the undo ends it).
 */
import { LIMITS } from '../../lib/limits.ts';
import type { JobHandle } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';
import type { Step, Unit } from '../planner/plan.ts';
import { onDevice } from './device-call.ts';
import { followJob } from './job-following.ts';
import { recordOutcome, writeIntent, writeStep } from './outcome.ts';
import { noteLate } from './quiet.ts';
import { retryRule } from './retry.ts';
import type { Run } from './run.ts';
import { backOff, failed, failureOf, probeStep, reopen, type StepResult } from './step-common.ts';
import type { JobStep, Outcome } from './steps/handler.ts';
import { RefusedError, type StepEntry } from './types.ts';

export async function runJob(
  run: Run,
  unit: Unit,
  step: Step,
  bound: JobStep,
  entry: StepEntry | undefined,
): Promise<StepResult> {
  let handle = entry?.state === 'job' ? entry.handle : undefined;
  for (let attempt = (entry?.attempt ?? 0) + 1; ; attempt++) {
    if (!handle) {
      // What is done needs no job; and after a start without an answer the device knows better than we do.
      const found = await probeStep(run, step, bound);
      if (found.verdict === 'done') return finish(run, unit, step, attempt, bound.makes ? found : {});
      if (found.verdict === 'foreign') return failed({ code: 'COPRHD-HELD-011', message: found.why });
      if (found.verdict === 'unknown') {
        return { type: 'unknown', error: { code: 'COPRHD-APPLY-002', message: found.why } };
      }
      const started = await start(run, unit, step, bound, attempt);
      if (started instanceof RefusedError) return failed(failureOf(started));
      if (started instanceof DriverError) {
        const rule = retryRule(started.class);
        if (rule === 'fail' || attempt >= LIMITS.retryAttemptsMax) return failed(failureOf(started));
        if (rule === 'reopen') await reopen(run, step);
        await backOff(run, unit, step, attempt, started);
        continue;
      }
      handle = started;
    }
    const end = await follow(run, unit, step, bound, handle);
    if (end === 'done') {
      if (!bound.makes) return finish(run, unit, step, attempt, {});
      const made = await probeStep(run, step, bound);
      if (made.verdict === 'done') return finish(run, unit, step, attempt, made);
    } else if (end !== 'lost') return end;
    handle = undefined;
    if (attempt >= LIMITS.retryAttemptsMax) {
      return failed({ code: 'COPRHD-APPLY-001', message: `the job was lost ${attempt} times` });
    }
  }
}

async function finish(run: Run, unit: Unit, step: Step, attempt: number, outcome: Outcome): Promise<StepResult> {
  await recordOutcome(run, unit, step, { state: 'job', attempt, atMs: run.nowMs }, outcome);
  return { type: 'done' };
}

async function start(
  run: Run,
  unit: Unit,
  step: Step,
  bound: JobStep,
  attempt: number,
): Promise<JobHandle | DriverError | RefusedError> {
  try {
    const handle = await onDevice(run, step, 'step', async (io) => {
      run.point(`step:before-intent:${step.kind}`);
      await writeIntent(run, unit, step, { state: 'intent', attempt, atMs: run.nowMs });
      run.point(`step:after-intent:${step.kind}`);
      return bound.start(io);
    });
    await writeStep(run, unit, step, { state: 'job', attempt, atMs: run.nowMs, handle });
    run.point(`job:after-handle:${step.kind}`);
    return handle;
  } catch (error) {
    noteLate(run, unit, step, error);
    if (error instanceof DriverError || error instanceof RefusedError) return error;
    throw error;
  }
}

async function follow(
  run: Run,
  unit: Unit,
  step: Step,
  bound: JobStep,
  handle: JobHandle,
): Promise<'done' | 'lost' | StepResult> {
  const end = await followJob(run, step, {
    poll: (io) => bound.poll(io, handle),
    onProgress: (done, total) => run.env.emit({ type: 'step.progress', unit: unit.id, step: step.id, done, total }),
    beforePause: () => run.point(`job:poll:${step.kind}`),
    afterPause: () => run.checkCancelled(unit.id),
  });
  if (end instanceof RefusedError) return failed(failureOf(end));
  if (end instanceof DriverError) {
    return { type: 'unknown', error: { code: 'COPRHD-APPLY-002', message: end.message } };
  }
  if (end !== 'stalled') return end;
  const seconds = LIMITS.jobNoProgressDeadlineMs / 1_000;
  return failed({ code: 'COPRHD-APPLY-001', message: `the job made no progress for ${seconds} s` });
}
