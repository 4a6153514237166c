/** How many channels may be open at once on one device; the others wait in the order in which they came. */
import type { Clock } from '../../../lib/clock.ts';
import { DriverError } from '../errors.ts';

export interface Slots {
  /** Resolves to what gives the slot back. `busy` when none is free by the deadline, `transient` when interrupted. */
  acquire(deadlineMs: number, signal?: AbortSignal): Promise<() => void>;
  /** The device takes fewer than was thought: as many as are in use besides the one that was refused. */
  refused(): void;
  inUse(): number;
}

export function createSlots(clock: Clock, max: number): Slots {
  const waiting: (() => void)[] = [];
  let limit = max;
  let used = 0;
  const next = () => {
    while (used < limit && waiting.length > 0) {
      used += 1;
      waiting.shift()!();
    }
  };
  const release = () => {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      used -= 1;
      next();
    };
  };
  return {
    inUse: () => used,
    refused: () => {
      limit = Math.max(1, Math.min(limit, used - 1));
    },
    acquire: async (deadlineMs, signal) => {
      if (used < limit) {
        used += 1;
        return release();
      }
      const timer = new AbortController();
      const ends = signal ? AbortSignal.any([signal, timer.signal]) : timer.signal;
      let enter = () => {};
      const entered = new Promise<true>((resolve) => {
        enter = () => resolve(true);
      });
      waiting.push(enter);
      const late = clock.sleep(Math.max(0, deadlineMs - clock.nowMs()), ends).then(
        () => false,
        () => false,
      );
      const got = await Promise.race([entered, late]);
      timer.abort();
      if (got) return release();
      const at = waiting.indexOf(enter);
      if (at >= 0) waiting.splice(at, 1);
      // It was given the slot in the same moment.
      else release()();
      throw signal?.aborted
        ? new DriverError({ class: 'transient', message: 'interrupted before anything was sent' })
        : new DriverError({ class: 'busy', message: `all ${limit} channels to the device are in use` });
    },
  };
}
