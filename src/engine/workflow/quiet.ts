/**
 * A process that was killed may have left a device command running. Repeating the same call beside it is harmless, so that
 * who takes over goes on at once. To undo it is not, nor to remove what it made, in whatever workflow: it could still take
 * effect afterwards, and make again what is gone by then. So its deadline is waited for: the journal carries it for the
 * undo, and the records of a unit that ends before it carry it for everybody else (status.quietAtMs).
 */
import { LIMITS } from '../../lib/limits.ts';
import { DriverError } from '../driver/errors.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { Step, Unit } from '../planner/plan.ts';
import type { Run } from './run.ts';

/** A call of our own that got no answer may still be on its way, too. */
export function noteLate(run: Run, unit: Unit, step: Step, error: unknown): void {
  if (error instanceof DriverError && error.class === 'ambiguous') {
    run.journal.mayArriveLate(unit.id, step.id, run.nowMs);
  }
}

/** A clock that was set back must not make it longer than it can be. */
export async function awaitQuiet(run: Run, quietAtMs: number): Promise<void> {
  const waitMs = Math.min(LIMITS.lateCallMs, quietAtMs - run.nowMs);
  if (waitMs > 0) await run.pause(waitMs);
}

/** Before the first step of a unit that changes what a recovered one has just made. */
export async function awaitQuietRecords(run: Run, unit: Unit): Promise<void> {
  await awaitQuiet(run, Math.max(0, ...unit.writes.map(({ before }) => before?.status.quietAtMs ?? 0)));
}

/** What `unit` leaves says until when a call of the dead may still come. */
export function withQuiet<R extends ResourceRecord>(run: Run, unit: Unit, record: R): R {
  const quietAtMs = run.journal.quietAtMs(unit);
  return quietAtMs > run.nowMs ? { ...record, status: { ...record.status, quietAtMs } } : record;
}
