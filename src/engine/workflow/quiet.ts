/**
 * A process that was killed may have left a device command running. Repeating the same call beside it is harmless; undoing
 * is not, nor is letting go of what it is about: it could still take effect afterwards, and make again what somebody has
 * removed meanwhile. So its deadline is waited for before a unit goes back, and before it ends.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { Unit } from '../planner/plan.ts';
import type { Run } from './run.ts';

export async function awaitQuiet(run: Run, unit: Unit): Promise<void> {
  const latestMs = LIMITS.deviceCallDeadlineMs + LIMITS.leaseSafetyMarginMs;
  const open = unit.steps.map((step) => run.journal.leftOpenAtMs(unit.id, step.id) + latestMs);
  const waitMs = Math.min(latestMs, Math.max(0, ...open) - run.nowMs);
  if (waitMs > 0) await run.pause(waitMs);
}
