/**
 * The undo of a job that has overwritten somebody's data: what was there is copied back from the snapshot that was made for that, by a job
 * as well. It needs no handle in the journal: starting the same job again goes on with it, whoever takes over.
 */
import { LIMITS } from '../../lib/limits.ts';
import { DriverError } from '../driver/errors.ts';
import type { Step, Unit } from '../planner/plan.ts';
import { onDevice } from './device-call.ts';
import { followJob } from './job-following.ts';
import { writeIntent } from './outcome.ts';
import { retryRule } from './retry.ts';
import type { Run } from './run.ts';
import { backOff, failureOf, probeStep, reopen } from './step-common.ts';
import type { JobStep } from './steps/handler.ts';
import { type Failure, RefusedError, type StepEntry } from './types.ts';

export type PutBackResult =
  | { readonly type: 'done' }
  | { readonly type: 'failed' | 'unknown'; readonly error: Failure };

type PuttingBack = JobStep & { readonly putBack: NonNullable<JobStep['putBack']> };

export async function putBack(
  run: Run,
  unit: Unit,
  step: Step,
  bound: PuttingBack,
  entry: StepEntry,
): Promise<PutBackResult> {
  let reopened = false;
  for (let attempt = 1; ; attempt++) {
    const found = await probeStep(run, step, { ...bound, probe: bound.putBack.probe });
    if (found.verdict === 'not-done' || found.verdict === 'done') return { type: 'done' };
    if (found.verdict === 'unknown') return unknown(found.why);
    if (found.verdict === 'foreign') return { type: 'failed', error: { code: 'COPRHD-APPLY-006', message: found.why } };
    const error = await once(run, unit, step, bound, { ...entry, attempt });
    if (error === 'done') return { type: 'done' };
    const rule = error instanceof RefusedError ? 'fail' : retryRule(error.class);
    if (rule === 'fail' || attempt >= LIMITS.retryAttemptsMax || (rule === 'reopen' && reopened)) {
      const failure = failureOf(error);
      const message = `could not put back what was there before "${bound.summary}": ${failure.message}`;
      return { type: 'failed', error: { ...failure, code: 'COPRHD-APPLY-006', message } };
    }
    if (rule === 'reopen') {
      reopened = true;
      await reopen(run, step);
    }
    await backOff(run, unit, step, attempt, error);
  }
}

const unknown = (why: string): PutBackResult => ({
  type: 'unknown',
  error: { code: 'COPRHD-APPLY-002', message: why },
});

/** Starts it, or goes on with it, and follows it to its end. */
async function once(
  run: Run,
  unit: Unit,
  step: Step,
  bound: PuttingBack,
  entry: StepEntry,
): Promise<'done' | DriverError | RefusedError> {
  try {
    const handle = await onDevice(run, step, 'undo', async (io) => {
      run.point(`undo:before-intent:${step.kind}`);
      await writeIntent(run, unit, step, { ...entry, state: 'undo-intent', atMs: run.nowMs });
      run.point(`undo:after-intent:${step.kind}`);
      return bound.putBack.start(io);
    });
    const end = await followJob(run, step, {
      poll: (io) => bound.putBack.poll(io, handle),
      beforePause: () => run.point(`undo:poll:${step.kind}`),
    });
    if (end === 'lost') return new DriverError({ class: 'transient', message: 'the job was lost' });
    if (end === 'stalled') return new DriverError({ class: 'transient', message: 'the job makes no progress' });
    return end;
  } catch (error) {
    if (error instanceof DriverError || error instanceof RefusedError) return error;
    throw error;
  }
}
