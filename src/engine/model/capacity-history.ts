/**
 * How full something was, day after day: a pool, or an account of a quota. One sample a day, the last one of it; the newest
 * LIMITS.capacitySamplesMax of them. Pure; who stores observations adds to it (operations/capacity-sampling.ts), the forecast reads it.
 */
import { LIMITS } from '../../lib/limits.ts';

/** Of an account only what is provisioned counts, as subscribed. Bytes, in whole MiB; times in whole hours. */
export interface CapacitySample {
  readonly atMs: number;
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly subscribedBytes: number;
}

/** The oldest first. */
export type CapacityHistory = readonly CapacitySample[];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MIB = 1024 ** 2;

export const hourOf = (atMs: number): number => Math.floor(atMs / HOUR_MS);
const dayOf = (atMs: number): number => Math.floor(atMs / DAY_MS);

/** Undefined: there is one of this hour already. What a clock that was wrong has put into the future goes. */
export function withSample(history: CapacityHistory, sample: CapacitySample): CapacityHistory | undefined {
  const last = history.at(-1);
  if (last && hourOf(last.atMs) === hourOf(sample.atMs)) return undefined;
  const before = history.filter(({ atMs }) => dayOf(atMs) < dayOf(sample.atMs));
  return [...before, stored(sample)].slice(-LIMITS.capacitySamplesMax);
}

function stored({ atMs, ...bytes }: CapacitySample): CapacitySample {
  const whole = (value: number) => Math.round(value / MIB) * MIB;
  return {
    atMs: hourOf(atMs) * HOUR_MS,
    totalBytes: whole(bytes.totalBytes),
    usedBytes: whole(bytes.usedBytes),
    subscribedBytes: whole(bytes.subscribedBytes),
  };
}
