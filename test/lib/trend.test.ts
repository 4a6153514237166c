import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TREND_DAYS_MIN, TREND_POINTS_MIN, type TrendPoint, trendOf } from '../../src/lib/trend.ts';

const TIB = 1024 ** 4;

interface Generated {
  readonly points: TrendPoint[];
  readonly perDay: number;
}

/** A history of known slope: daily, each value off by up to a day and a half of growth, up to a third missing, up to two steps. */
const generated: fc.Arbitrary<Generated> = fc
  .record({
    days: fc.integer({ min: 40, max: 400 }),
    perDay: fc.integer({ min: 1, max: 1_000_000 }).map((mebibytes) => mebibytes * 1024 ** 2),
    sign: fc.constantFrom(1, -1),
    base: fc.integer({ min: 0, max: 1_000 }).map((tebibytes) => tebibytes * TIB),
    noise: fc.double({ min: 0, max: 1.5, noNaN: true }),
    steps: fc.array(
      fc.record({
        at: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        // In days of growth, beyond what noise and growth bring.
        by: fc.integer({ min: 40, max: 1_000 }),
        up: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
    dice: fc.array(
      fc.record({ noise: fc.double({ min: -1, max: 1, noNaN: true }), gone: fc.integer({ max: 29, min: 0 }) }),
      {
        minLength: 400,
        maxLength: 400,
      },
    ),
    missing: fc.integer({ min: 0, max: 10 }),
  })
  .map(({ days, perDay: size, sign, base, noise, steps, dice, missing }) => {
    const perDay = size * sign;
    const points = dice.slice(0, days).flatMap(({ noise: off, gone }, day): TrendPoint[] => {
      if (gone < missing && day !== 0 && day !== days - 1) return [];
      const stepped = steps.reduce((sum, { at, by, up }) => sum + (day >= at * days ? (up ? by : -by) * size : 0), 0);
      return [{ day: 20_000 + day, value: base + perDay * day + stepped + off * noise * size }];
    });
    return { points, perDay };
  });

describe('the trend of a generated history', () => {
  it('is its slope, within 10 %, whatever noise, steps and gaps it has', () => {
    fc.assert(
      fc.property(generated, ({ points, perDay }) => {
        const trend = trendOf(points)!;
        expect(Math.abs(trend.perDay - perDay) / Math.abs(perDay)).toBeLessThan(0.1);
        expect(trend.lowPerDay).toBeLessThanOrEqual(trend.perDay);
        expect(trend.highPerDay).toBeGreaterThanOrEqual(trend.perDay);
      }),
      { numRuns: 400 },
    );
  });

  it('is the same in whatever order it is told', () => {
    fc.assert(
      fc.property(
        generated.chain(({ points }) =>
          fc.tuple(fc.constant(points), fc.shuffledSubarray(points, { minLength: points.length })),
        ),
        ([points, shuffled]) => {
          expect(trendOf(shuffled)).toEqual(trendOf(points));
        },
      ),
    );
  });

  it('scales as its values do', () => {
    fc.assert(
      fc.property(generated, fc.integer({ min: -20, max: 20 }), ({ points }, exponent) => {
        // Powers of two: no rounding comes between.
        const factor = 2 ** exponent;
        const trend = trendOf(points)!;
        const scaled = trendOf(points.map(({ day, value }) => ({ day, value: value * factor })))!;
        expect(scaled).toEqual({
          perDay: trend.perDay * factor,
          lowPerDay: trend.lowPerDay * factor,
          highPerDay: trend.highPerDay * factor,
          steps: trend.steps.map(({ day, by }) => ({ day, by: by * factor })),
        });
      }),
    );
  });

  it('does not depend on when it began', () => {
    fc.assert(
      fc.property(generated, fc.integer({ min: -5_000, max: 5_000 }), ({ points }, later) => {
        const moved = trendOf(points.map(({ day, value }) => ({ day: day + later, value })))!;
        const trend = trendOf(points)!;
        const shown = (each: typeof trend) => [each.perDay, each.lowPerDay, each.highPerDay];
        expect(shown(moved)).toEqual(shown(trend));
      }),
    );
  });
});

const series = (values: readonly number[]): TrendPoint[] => values.map((value, day) => ({ day, value }));
const days = (count: number, value: (day: number) => number) =>
  series(Array.from({ length: count }, (_, day) => value(day)));

describe('a trend', () => {
  it('is not told of too few days, or too short a time', () => {
    expect(trendOf([])).toBeUndefined();
    expect(trendOf(days(TREND_DAYS_MIN, (day) => day))).toBeUndefined();
    expect(trendOf(days(TREND_DAYS_MIN + 1, (day) => day))).toBeDefined();
    const few = days(TREND_POINTS_MIN - 1, (day) => day).map(({ day, value }) => ({ day: day * 10, value }));
    expect(trendOf(few)).toBeUndefined();
    // Of one day several values are one.
    expect(trendOf([...few, { day: 0.5, value: 3 }])).toBeUndefined();
    expect(trendOf([...few, { day: 200, value: 20 }])).toBeDefined();
  });

  it('leaves out a jump that stands out, and says so', () => {
    const trend = trendOf(days(60, (day) => 10 * day + (day >= 30 ? 5_000 : 0)))!;
    expect(trend).toMatchObject({ perDay: 10, steps: [{ day: 30, by: 5_000 }] });
    const bump = trendOf(days(60, (day) => 10 * day + (day === 30 ? 5_000 : 0)))!;
    expect(bump.perDay).toBe(10);
  });

  it('takes jumps for the growth where they come again and again, or nothing else moves', () => {
    const weekly = trendOf(days(84, (day) => Math.floor(day / 7) * 700))!;
    expect(weekly.steps).toEqual([]);
    expect(weekly.perDay).toBeGreaterThan(90);
    expect(weekly.perDay).toBeLessThan(110);
    const noisy = trendOf(days(84, (day) => Math.floor(day / 20) * 2_000 + (day % 3)))!;
    expect(noisy.steps).toEqual([]);
    expect(noisy.perDay).toBeGreaterThan(80);
    const once = trendOf(days(20, (day) => (day >= 10 ? 100 : 0)))!;
    expect(once.steps).toEqual([]);
    expect(once.highPerDay).toBeGreaterThan(0);
  });

  it('of what stands still is nothing', () => {
    expect(trendOf(days(30, () => 7))).toEqual({ perDay: 0, lowPerDay: 0, highPerDay: 0, steps: [] });
  });

  it('is the less certain the more is beside it', () => {
    const width = (noise: number) => {
      const trend = trendOf(days(60, (day) => 10 * day + noise * Math.sin(day * 12.9898) ** 3))!;
      return trend.highPerDay - trend.lowPerDay;
    };
    expect(width(0)).toBeLessThan(1e-9);
    expect(width(200)).toBeGreaterThan(width(20));
    expect(width(20)).toBeGreaterThan(0);
    // What wanders says less than what is scattered about the trend.
    const wandering = trendOf(days(60, (day) => 10 * day + 20 * Math.sin(day / 8)))!;
    expect(wandering.highPerDay - wandering.lowPerDay).toBeGreaterThan(width(20));
  });

  it('costs little, however long the history', () => {
    const long = days(20_000, (day) => day * 3 + (day % 7));
    const began = performance.now();
    expect(trendOf(long)!.perDay).toBeCloseTo(3, 2);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
