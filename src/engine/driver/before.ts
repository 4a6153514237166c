/** Waiting for what is shared between callers, each with a deadline and a signal of its own; the work itself goes on. */
import type { Clock } from '../../lib/clock.ts';
import { DriverError } from './errors.ts';

const NOTHING_SENT = 'the device did not answer in time; nothing was sent';

export const interrupted = () =>
  new DriverError({ class: 'transient', message: 'interrupted before anything was sent' });

export async function before<T>(
  clock: Clock,
  deadlineMs: number,
  signal: AbortSignal | undefined,
  work: Promise<T>,
  late = NOTHING_SENT,
): Promise<T> {
  const timer = new AbortController();
  const ends = signal ? AbortSignal.any([signal, timer.signal]) : timer.signal;
  work.catch(() => {});
  const over = clock.sleep(Math.max(0, deadlineMs - clock.nowMs()), ends).then(
    () => {
      throw new DriverError({ class: 'transient', message: late });
    },
    () => (timer.signal.aborted ? new Promise<never>(() => {}) : Promise.reject(interrupted())),
  );
  try {
    return await Promise.race([work, over]);
  } finally {
    timer.abort();
  }
}
