/**
 * Follows a job of a device to its end, forward or as an undo. The device's slot is free between polls. A poll that fails changes nothing on the
 * device: it counts as "no progress seen", unless asking again would bring the same.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { JobProgress } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';
import type { Step } from '../planner/plan.ts';
import { onDevice } from './device-call.ts';
import { retryRule } from './retry.ts';
import type { Run } from './run.ts';
import { reopen } from './step-common.ts';
import type { StepIo } from './steps/handler.ts';
import { RefusedError } from './types.ts';

/** stalled: seen, and without progress for LIMITS.jobNoProgressDeadlineMs; an error: what was seen last, or what ends it. */
export type JobEnd = 'done' | 'lost' | 'stalled' | DriverError | RefusedError;

export interface Following {
  readonly poll: (io: StepIo) => Promise<JobProgress>;
  /** Each time that more of it is done. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  /** Before it is waited for the next poll. */
  readonly beforePause: () => void;
  readonly afterPause?: () => void;
}

export async function followJob(run: Run, step: Step, following: Following): Promise<JobEnd> {
  let doneBytes = -1;
  let progressMs = run.nowMs;
  let intervalMs: number = LIMITS.jobPollIntervalMs;
  for (;;) {
    const progress = await poll(run, step, following.poll);
    if (progress instanceof RefusedError) return progress;
    if (progress instanceof DriverError) {
      if (retryRule(progress.class) === 'fail') return progress;
    } else {
      if (progress.doneBytes > doneBytes && progress.state !== 'lost') {
        doneBytes = progress.doneBytes;
        progressMs = run.nowMs;
        following.onProgress?.(doneBytes, progress.totalBytes);
      }
      if (progress.state !== 'running') return progress.state;
    }
    if (run.nowMs - progressMs >= LIMITS.jobNoProgressDeadlineMs) {
      return progress instanceof DriverError ? progress : 'stalled';
    }
    following.beforePause();
    await run.pause(intervalMs);
    following.afterPause?.();
    intervalMs = Math.min(LIMITS.jobPollIntervalMaxMs, Math.ceil(intervalMs * 1.5));
  }
}

async function poll(run: Run, step: Step, ask: Following['poll']): Promise<JobProgress | DriverError | RefusedError> {
  try {
    return await onDevice(run, step, 'probe', ask);
  } catch (error) {
    if (error instanceof RefusedError) return error;
    if (!(error instanceof DriverError)) throw error;
    if (retryRule(error.class) === 'reopen') await reopen(run, step);
    return error;
  }
}
