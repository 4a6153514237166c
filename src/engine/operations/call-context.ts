/** What a call of a device is given outside the executor: time, a deadline from now, and who may end it. */
import type { Clock } from '../../lib/clock.ts';
import type { CallContext } from '../driver/contract.ts';

export function callContext(clock: Clock, signal: AbortSignal, deadlineInMs: number): CallContext {
  return { nowMs: () => clock.nowMs(), deadlineMs: clock.nowMs() + deadlineInMs, signal, log: { debug: () => {} } };
}
