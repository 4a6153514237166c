/** So many requests of one caller at once, and so many a second: who asks more waits for nothing but is told when. */
import type { Clock } from '../lib/clock.ts';

export interface RateLimit {
  /** Undefined = go on; else how long to wait. */
  take(caller: string): number | undefined;
}

export interface RateLimitOptions {
  readonly perSecond: number;
  readonly burst: number;
  /** Callers remembered; who was longest silent is forgotten first. */
  readonly callersMax: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

export function createRateLimit(clock: Clock, { perSecond, burst, callersMax }: RateLimitOptions): RateLimit {
  const buckets = new Map<string, Bucket>();
  return {
    take: (caller) => {
      const nowMs = clock.nowMs();
      const before = buckets.get(caller) ?? { tokens: burst, atMs: nowMs };
      const tokens = Math.min(burst, before.tokens + (Math.max(0, nowMs - before.atMs) / 1_000) * perSecond);
      // The last one used is last in the order.
      buckets.delete(caller);
      buckets.set(caller, { tokens: tokens < 1 ? tokens : tokens - 1, atMs: nowMs });
      if (buckets.size > callersMax) buckets.delete(buckets.keys().next().value!);
      return tokens < 1 ? Math.ceil(((1 - tokens) / perSecond) * 1_000) : undefined;
    },
  };
}
