/**
 * Time as a capability. The engine and the drivers never touch Date or timers: they are given a Clock, so that the
 * same code runs on virtual time in tests and in the simulator.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Resolves after `durationMs`; rejects with the signal's reason when it is aborted first. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` every `periodMs` until the returned function is called. Never keeps the process alive. */
  every(periodMs: number, fn: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, durationMs);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  every: (periodMs, fn) => {
    const timer = setInterval(fn, periodMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};

/** Virtual time: `sleep` advances the clock at once. Enough for single-actor tests; the simulator has its own. */
export function createVirtualClock(startMs = 1_700_000_000_000): Clock & { advance(durationMs: number): void } {
  let nowMs = startMs;
  const periodic = new Set<{ periodMs: number; nextMs: number; fn: () => void }>();
  const advance = (durationMs: number) => {
    nowMs += durationMs;
    for (const entry of periodic) {
      while (entry.nextMs <= nowMs) {
        entry.nextMs += entry.periodMs;
        entry.fn();
      }
    }
  };
  return {
    nowMs: () => nowMs,
    advance,
    sleep: async (durationMs, signal) => {
      signal?.throwIfAborted();
      advance(durationMs);
    },
    every: (periodMs, fn) => {
      const entry = { periodMs, nextMs: nowMs + periodMs, fn };
      periodic.add(entry);
      return () => periodic.delete(entry);
    },
  };
}

/** ISO 8601 in UTC. The only place where a timestamp becomes text. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
