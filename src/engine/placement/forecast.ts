/**
 * When what grows reaches its limit, from what was recorded of it. A date is never told alone: with it come the earliest and the latest
 * by the range of the trend, and how far all of that can be relied on. Pure; `capacity --forecast` is made of it.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { Trend, TrendPoint } from '../../lib/trend.ts';
import type { CapacityHistory, CapacitySample } from '../model/capacity-history.ts';

const DAY_MS = 24 * 3_600_000;

export type Confidence = 'high' | 'medium' | 'low';

/** Times are the beginnings of days, UTC. */
export type Outlook =
  | { readonly state: 'reached' }
  /** There is no limit, so that nothing is ever full. */
  | { readonly state: 'no-limit' }
  | { readonly state: 'not-enough-history' }
  | { readonly state: 'not-growing' }
  /** Not within LIMITS.forecastDaysMax. */
  | { readonly state: 'far' }
  | {
      readonly state: 'filling';
      readonly fullAtMs: number;
      readonly earliestAtMs: number;
      /** Absent: by the lower end of the trend never, or not within LIMITS.forecastDaysMax. */
      readonly latestAtMs?: number;
      readonly confidence: Confidence;
    };

/** The remaining days that a range may leave open, and that history reaches ahead, as multiples: of the first, and of its own length. */
const CONFIDENT = { high: { range: 0.5, ahead: 2 }, medium: { range: 1.5, ahead: 5 } } as const;

export interface Level {
  readonly bytes: number;
  /** When it was so. */
  readonly atMs: number;
  readonly limitBytes?: number;
}

/** `historyDays`: from the first value to the last. */
export function outlookOf(level: Level, trend: Trend | undefined, historyDays: number): Outlook {
  const { bytes, atMs, limitBytes } = level;
  if (limitBytes !== undefined && bytes >= limitBytes) return { state: 'reached' };
  if (!trend) return { state: 'not-enough-history' };
  if (trend.perDay <= 0) return { state: 'not-growing' };
  if (limitBytes === undefined) return { state: 'no-limit' };
  const daysAt = (perDay: number) => (perDay > 0 ? (limitBytes - bytes) / perDay : Number.POSITIVE_INFINITY);
  const [likely, earliest, latest] = [trend.perDay, trend.highPerDay, trend.lowPerDay].map(daysAt) as [
    number,
    number,
    number,
  ];
  if (likely > LIMITS.forecastDaysMax) return { state: 'far' };
  const at = (days: number) => Math.floor((atMs + days * DAY_MS) / DAY_MS) * DAY_MS;
  return {
    state: 'filling',
    fullAtMs: at(likely),
    earliestAtMs: at(earliest),
    ...(latest <= LIMITS.forecastDaysMax ? { latestAtMs: at(latest) } : {}),
    confidence: confidenceOf({ likely, range: latest - earliest, historyDays }),
  };
}

/** Within a week nobody plans by the day: such a range is as good as none. */
const RANGE_DAYS_MIN = 7;

function confidenceOf(days: {
  readonly likely: number;
  readonly range: number;
  readonly historyDays: number;
}): Confidence {
  const isWithin = ({ range, ahead }: { readonly range: number; readonly ahead: number }) =>
    days.range <= Math.max(RANGE_DAYS_MIN, range * days.likely) && days.likely <= ahead * days.historyDays;
  return isWithin(CONFIDENT.high) ? 'high' : isWithin(CONFIDENT.medium) ? 'medium' : 'low';
}

export type Column = 'usedBytes' | 'subscribedBytes';

export const pointsOf = (history: CapacityHistory, column: Column): TrendPoint[] =>
  history.map((sample) => ({ day: sample.atMs / DAY_MS, value: sample[column] }));

/**
 * Several pools as one. On days on which not all were sampled the others count in between what they were before and after;
 * before its first sample a pool counts as it was then: that it was found is no growth.
 */
export function summedHistory(histories: readonly CapacityHistory[]): CapacityHistory {
  const known = histories.filter(({ length }) => length > 0);
  const [first] = known;
  if (!first || known.length === 1) return first ?? [];
  const times = daysOf(known);
  const sums = times.map((atMs) => ({ atMs, totalBytes: 0, usedBytes: 0, subscribedBytes: 0 }));
  for (const history of known) {
    let position = 0;
    for (const sum of sums) {
      while (position < history.length && history[position]!.atMs < sum.atMs) position++;
      addBetween(sum, history[position - 1], history[position]);
    }
  }
  return sums.slice(-LIMITS.capacitySamplesMax);
}

/** One time for each day on which any was sampled: the latest of it. */
function daysOf(histories: readonly CapacityHistory[]): number[] {
  const latest = new Map<number, number>();
  for (const { atMs } of histories.flat()) {
    const day = Math.floor(atMs / DAY_MS);
    latest.set(day, Math.max(latest.get(day) ?? atMs, atMs));
  }
  return [...latest.values()].sort((a, b) => a - b);
}

type Sum = { -readonly [K in keyof CapacitySample]: CapacitySample[K] };

function addBetween(sum: Sum, before: CapacitySample | undefined, after: CapacitySample | undefined): void {
  const [from, to] = [before ?? after!, after ?? before!];
  const part = to.atMs === from.atMs ? 0 : (sum.atMs - from.atMs) / (to.atMs - from.atMs);
  for (const column of ['totalBytes', 'usedBytes', 'subscribedBytes'] as const) {
    sum[column] += from[column] + (to[column] - from[column]) * part;
  }
}
