/**
 * The trend of something that was measured about once a day: how much it grows a day, and between what that lies. Robust and
 * deterministic: Theil-Sen, the median of the slopes of all pairs, so that neither noise, nor gaps, nor some wild values move it. One or
 * two jumps that stand out from all else, as of data moved in one night, are no growth: pairs across them don't count. More of
 * them are how it grows, and so are those of what else stands still. Pure; its cost is bounded whatever it is given.
 */

export interface TrendPoint {
  /** Days from any beginning, with fractions. */
  readonly day: number;
  readonly value: number;
}

export interface TrendStep {
  /** The first day after it. */
  readonly day: number;
  /** Beyond the trend. */
  readonly by: number;
}

export interface Trend {
  readonly perDay: number;
  /** So it is in nine of ten cases, were what is beside the trend chance. */
  readonly lowPerDay: number;
  readonly highPerDay: number;
  /** Left out. */
  readonly steps: readonly TrendStep[];
}

/** With less there is no trend. */
export const TREND_POINTS_MIN = 8;
export const TREND_DAYS_MIN = 14;

/** What pairs are made of; more points are put together, neighbours with neighbours. */
const POINTS_MAX = 64;
const STEPS_MAX = 2;
/** A jump stands out if it is so many times what a day usually brings. */
const STEP_FACTOR = 8;
/** Of the normal distribution, for nine of ten. */
const Z = 1.645;
/** From the median of deviations to a standard deviation, of a normal distribution. */
const MAD_TO_SIGMA = 1.4826;
const CORRELATION_MAX = 0.9;

/** In any order; of one day the median counts. Undefined: not enough to say. */
export function trendOf(given: readonly TrendPoint[]): Trend | undefined {
  const points = daily(given);
  if (points.length < TREND_POINTS_MIN) return undefined;
  if (points.at(-1)!.day - points[0]!.day < TREND_DAYS_MIN) return undefined;
  const { steps, segments } = withoutSteps(points);
  const width = Math.ceil(points.length / POINTS_MAX);
  const parts = segments.map((segment) => thinned(segment, width));
  const slopes = parts.flatMap(slopesIn).sort(ascending);
  const perDay = medianOfSorted(slopes);
  const half = (Z * Math.sqrt(variance(parts) * inflation(parts, perDay))) / 2;
  const at = (position: number) => slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(position)))]!;
  const middle = (slopes.length - 1) / 2;
  return {
    perDay,
    lowPerDay: Math.min(perDay, at(middle - half)),
    highPerDay: Math.max(perDay, at(middle + half)),
    steps,
  };
}

/** How many days there is a value of, and from the first to the last. */
export function extentOf(given: readonly TrendPoint[]): { readonly points: number; readonly days: number } {
  const days = given.map(({ day }) => day).sort(ascending);
  return { points: new Set(days.map(Math.floor)).size, days: days.length === 0 ? 0 : days.at(-1)! - days[0]! };
}

const ascending = (a: number, b: number): number => a - b;

function medianOfSorted(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

const median = (values: readonly number[]): number => medianOfSorted([...values].sort(ascending));

const middleOf = (points: readonly TrendPoint[]): TrendPoint => ({
  day: median(points.map(({ day }) => day)),
  value: median(points.map(({ value }) => value)),
});

function daily(given: readonly TrendPoint[]): TrendPoint[] {
  const byDay = new Map<number, TrendPoint[]>();
  for (const point of given) {
    const day = Math.floor(point.day);
    const same = byDay.get(day);
    if (same) same.push(point);
    else byDay.set(day, [point]);
  }
  return [...byDay.values()].map(middleOf).sort((a, b) => a.day - b.day);
}

interface Cut {
  readonly steps: readonly TrendStep[];
  /** What lies between them. */
  readonly segments: readonly (readonly TrendPoint[])[];
}

function withoutSteps(points: readonly TrendPoint[]): Cut {
  const jumps = points.slice(1).map(({ day, value }, index) => {
    const before = points[index]!;
    return { day, days: day - before.day, by: value - before.value };
  });
  const usual = median(jumps.map(({ by, days }) => by / days));
  const beyond = jumps.map(({ day, days, by }, index) => ({ index, day, by: by - usual * days }));
  const spread = MAD_TO_SIGMA * median(beyond.map(({ by }) => Math.abs(by)));
  const limit = STEP_FACTOR * Math.max(spread, Math.abs(usual));
  const found = beyond.filter(({ by }) => Math.abs(by) > limit);
  // Where nothing else moves (limit 0) the jumps are the growth.
  if (limit === 0 || found.length === 0 || found.length > STEPS_MAX) return { steps: [], segments: [points] };
  const cuts = [0, ...found.map(({ index }) => index + 1), points.length];
  return {
    steps: found.map(({ day, by }) => ({ day, by })),
    segments: cuts.slice(1).map((end, index) => points.slice(cuts[index], end)),
  };
}

function thinned(points: readonly TrendPoint[], width: number): readonly TrendPoint[] {
  if (width === 1) return points;
  const groups = Array.from({ length: Math.ceil(points.length / width) }, (_, index) =>
    points.slice(index * width, (index + 1) * width),
  );
  return groups.map(middleOf);
}

function slopesIn(points: readonly TrendPoint[]): number[] {
  return points.flatMap((from, index) =>
    points.slice(index + 1).map((to) => (to.value - from.value) / (to.day - from.day)),
  );
}

/** Of Kendall's S, added up over the segments: how far the median of slopes may be off by chance. */
function variance(parts: readonly (readonly TrendPoint[])[]): number {
  return parts.reduce((sum, { length: n }) => sum + (n * (n - 1) * (2 * n + 5)) / 18, 0);
}

/** What is above the trend today is so tomorrow: so many points say less than as many independent ones. */
function inflation(parts: readonly (readonly TrendPoint[])[], perDay: number): number {
  let [together, alone] = [0, 0];
  for (const points of parts) {
    const offsets = points.map(({ day, value }) => value - perDay * day);
    const level = offsets.length === 0 ? 0 : median(offsets);
    const rest = offsets.map((offset) => offset - level);
    rest.forEach((value, index) => {
      alone += value * value;
      together += index === 0 ? 0 : value * rest[index - 1]!;
    });
  }
  const correlation = alone === 0 ? 0 : Math.min(CORRELATION_MAX, Math.max(0, together / alone));
  return (1 + correlation) / (1 - correlation);
}
