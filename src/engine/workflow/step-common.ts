/** What going forward, undoing and jobs have in common: probing, logging in again, waiting, and saying what went wrong. */
import { LIMITS } from '../../lib/limits.ts';
import { DriverError } from '../driver/errors.ts';
import type { Step, Unit } from '../planner/plan.ts';
import { onDevice, reopenDevice } from './device-call.ts';
import { backoffMs, retryRule } from './retry.ts';
import type { Run } from './run.ts';
import type { ActingStep, Verdict } from './steps/handler.ts';
import { type Failure, RefusedError } from './types.ts';

export type StepResult =
  | { readonly type: 'done' }
  /** It came to nothing, or to something that the undo will find and remove. */
  | { readonly type: 'failed'; readonly error: Failure }
  /** Nobody can say now: the device doesn't answer. */
  | { readonly type: 'unknown'; readonly error: Failure };

/** Asks the device until it answers, a bounded number of times; what it doesn't answer is `unknown`. */
export async function probeStep(run: Run, step: Step, bound: ActingStep): Promise<Verdict> {
  let why = 'the device did not answer';
  let reopened = false;
  for (let attempt = 1; attempt <= LIMITS.retryAttemptsMax; attempt++) {
    if (attempt > 1) await run.pause(backoffMs(attempt - 1, run.env.random.fraction()));
    try {
      const verdict = await onDevice(run, step, 'probe', (io) => bound.probe(io));
      if (verdict.verdict !== 'unknown') return verdict;
      why = verdict.why;
    } catch (error) {
      if (error instanceof RefusedError) return { verdict: 'foreign', why: error.message };
      if (!(error instanceof DriverError)) throw error;
      why = error.message;
      const rule = retryRule(error.class);
      if (rule === 'fail' || (rule === 'reopen' && reopened)) break;
      if (rule === 'reopen') {
        reopened = true;
        await reopen(run, step);
      }
    }
  }
  return run.attested.get(step)?.(why) ?? { verdict: 'unknown', why };
}

export async function reopen(run: Run, step: Step): Promise<Failure | undefined> {
  try {
    await reopenDevice(run, step);
    return undefined;
  } catch (error) {
    if (error instanceof DriverError || error instanceof RefusedError) return failureOf(error);
    throw error;
  }
}

export async function backOff(run: Run, unit: Unit, step: Step, attempt: number, error: Error): Promise<void> {
  const delayMs = backoffMs(attempt, run.env.random.fraction());
  run.env.emit({ type: 'step.retry', unit: unit.id, step: step.id, error: error.message, attempt, delayMs });
  await run.pause(delayMs);
}

export function noteVerdict(run: Run, unit: Unit, step: Step, verdict: string): void {
  run.verdicts.push({ unit: unit.id, step: step.id, verdict });
  run.env.emit({ type: 'recovery.step', workflow: run.id, unit: unit.id, step: step.id, verdict });
}

export function failed(error: Failure): StepResult {
  return { type: 'failed', error };
}

export function failureOf(error: DriverError | RefusedError): Failure {
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  if (error instanceof RefusedError) return { code: error.code, message: error.message, ...hint };
  const holders = error.holders.length > 0 ? ` (held by ${error.holders.join(', ')})` : '';
  const unreachable = error.class === 'transient' || error.class === 'busy' || error.class === 'ambiguous';
  return {
    code: unreachable ? 'COPRHD-DEVICE-001' : 'COPRHD-DEVICE-002',
    message: `${error.message}${holders}`,
    ...hint,
  };
}
