/** From how an operation ended to the exit code of the process. Scripts rely on these numbers; they never change. */
import type { OperationOutcome } from '../lib/diagnostic.ts';

export const EXIT_CODES = {
  ok: 0,
  error: 1,
  /** Drift or orphans found; with --exit-code also changes (plan), findings (audit), what does not fit (whatif); with --within what is full (capacity). Other commands never end with it. */
  changes: 2,
  held: 3,
  stale: 4,
  claimed: 5,
  partial: 6,
  unknown: 7,
  usage: 64,
  interrupted: 130,
} as const satisfies Record<OperationOutcome, number>;

export function exitCode(outcome: OperationOutcome): number {
  return EXIT_CODES[outcome];
}
