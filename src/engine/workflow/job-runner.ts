/**
 * A step that works on by itself on the device: start, journal the handle, poll until it is done. The device's slot is
 * free between polls. Whoever takes over re-attaches by the handle; a job that is lost is started again; one that makes
 * no progress for LIMITS.jobNoProgressDeadlineMs fails the step (and the undo ends it).
 */
import { LIMITS } from '../../lib/limits.ts';
import type { JobHandle, JobProgress } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';
import type { Step, Unit } from '../planner/plan.ts';
import { onDevice } from './device-call.ts';
import { recordOutcome, writeIntent, writeStep } from './outcome.ts';
import { noteLate } from './quiet.ts';
import { retryRule } from './retry.ts';
import type { Run } from './run.ts';
import { backOff, failed, failureOf, probeStep, reopen, type StepResult } from './step-common.ts';
import type { JobStep } from './steps/handler.ts';
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
      if (found.verdict === 'done') return finish(run, unit, step, attempt);
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
    if (end === 'done') return finish(run, unit, step, attempt);
    if (end !== 'lost') return end;
    handle = undefined;
    if (attempt >= LIMITS.retryAttemptsMax) {
      return failed({ code: 'COPRHD-APPLY-001', message: `the job was lost ${attempt} times` });
    }
  }
}

async function finish(run: Run, unit: Unit, step: Step, attempt: number): Promise<StepResult> {
  await recordOutcome(run, unit, step, { state: 'job', attempt, atMs: run.nowMs }, {});
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

/**
 * Polls to the end. Errors of a poll change nothing on the device: they count as "no progress seen", unless asking again
 * would bring the same.
 */
async function follow(
  run: Run,
  unit: Unit,
  step: Step,
  bound: JobStep,
  handle: JobHandle,
): Promise<'done' | 'lost' | StepResult> {
  let doneBytes = -1;
  let progressMs = run.nowMs;
  let intervalMs: number = LIMITS.jobPollIntervalMs;
  for (;;) {
    const progress = await poll(run, step, bound, handle);
    if (progress instanceof RefusedError) return failed(failureOf(progress));
    if (progress instanceof DriverError) {
      if (retryRule(progress.class) === 'fail') return unseen(progress);
    } else {
      if (progress.doneBytes > doneBytes && progress.state !== 'lost') {
        doneBytes = progress.doneBytes;
        progressMs = run.nowMs;
        const { totalBytes: total } = progress;
        run.env.emit({ type: 'step.progress', unit: unit.id, step: step.id, done: doneBytes, total });
      }
      if (progress.state !== 'running') return progress.state;
    }
    if (run.nowMs - progressMs >= LIMITS.jobNoProgressDeadlineMs) return stalled(progress);
    run.point(`job:poll:${step.kind}`);
    await run.pause(intervalMs);
    run.checkCancelled(unit.id);
    intervalMs = Math.min(LIMITS.jobPollIntervalMaxMs, Math.ceil(intervalMs * 1.5));
  }
}

const unseen = ({ message }: DriverError): StepResult => ({
  type: 'unknown',
  error: { code: 'COPRHD-APPLY-002', message },
});

function stalled(last: JobProgress | DriverError): StepResult {
  const seconds = LIMITS.jobNoProgressDeadlineMs / 1_000;
  if (last instanceof DriverError) return unseen(last);
  return failed({ code: 'COPRHD-APPLY-001', message: `the job made no progress for ${seconds} s` });
}

async function poll(
  run: Run,
  step: Step,
  bound: JobStep,
  handle: JobHandle,
): Promise<JobProgress | DriverError | RefusedError> {
  try {
    return await onDevice(run, step, 'probe', (io) => bound.poll(io, handle));
  } catch (error) {
    if (error instanceof RefusedError) return error;
    if (!(error instanceof DriverError)) throw error;
    if (retryRule(error.class) === 'reopen') await reopen(run, step);
    return error;
  }
}
