/**
 * A step that waits for something to be so on a device: nothing is changed, the device's slot is free between looks, and
 * the unit keeps its claims. Its patience counts from the last progress, also over the death of who waits: when it waited
 * last is in the journal.
 */
import { LIMITS } from '../../lib/limits.ts';
import { DriverError } from '../driver/errors.ts';
import type { Step, Unit } from '../planner/plan.ts';
import { onDevice } from './device-call.ts';
import { recordOutcome, writeStep } from './outcome.ts';
import { retryRule } from './retry.ts';
import type { Run } from './run.ts';
import { failed, failureOf, reopen, type StepResult } from './step-common.ts';
import type { Condition, WaitStep } from './steps/handler.ts';
import { RefusedError, type StepEntry } from './types.ts';

export async function runWait(
  run: Run,
  unit: Unit,
  step: Step,
  bound: WaitStep,
  before: StepEntry | undefined,
): Promise<StepResult> {
  let entry: StepEntry = before ?? { state: 'waiting', attempt: 1, atMs: run.nowMs };
  if (!before) {
    run.point(`wait:before-entry:${step.kind}`);
    await writeStep(run, unit, step, entry);
  }
  let least = Number.POSITIVE_INFINITY;
  let first: number | undefined;
  let intervalMs: number = LIMITS.jobPollIntervalMs;
  for (;;) {
    const seen = await look(run, step, bound);
    if (seen instanceof RefusedError) return failed(failureOf(seen));
    if (!(seen instanceof DriverError)) {
      if (seen.left === 0) {
        await recordOutcome(run, unit, step, entry, {});
        return { type: 'done' };
      }
      first ??= seen.left;
      if (seen.left < least && least !== Number.POSITIVE_INFINITY) {
        entry = { ...entry, atMs: run.nowMs };
        await writeStep(run, unit, step, entry);
      }
      if (seen.left < least) {
        least = seen.left;
        const total = Math.max(first, least);
        run.env.emit({ type: 'step.progress', unit: unit.id, step: step.id, done: total - least, total });
      }
    }
    if (run.nowMs - entry.atMs >= bound.patienceMs) return outOfPatience(bound, seen);
    run.point(`wait:look:${step.kind}`);
    await run.pause(intervalMs);
    run.checkCancelled(unit.id);
    intervalMs = Math.min(LIMITS.jobPollIntervalMaxMs, Math.ceil(intervalMs * 1.5));
  }
}

function outOfPatience(bound: WaitStep, seen: Condition | DriverError): StepResult {
  const why = seen instanceof DriverError ? seen.message : seen.why;
  const seconds = Math.round(bound.patienceMs / 1_000);
  return failed({ code: 'COPRHD-HELD-005', message: `waited ${seconds} s without progress: ${why}` });
}

async function look(run: Run, step: Step, bound: WaitStep): Promise<Condition | DriverError | RefusedError> {
  try {
    return await onDevice(run, step, 'probe', (io) => bound.look(io));
  } catch (error) {
    if (error instanceof RefusedError) return error;
    if (!(error instanceof DriverError)) throw error;
    if (retryRule(error.class) === 'reopen') await reopen(run, step);
    return error;
  }
}
