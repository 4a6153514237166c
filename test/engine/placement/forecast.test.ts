import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CapacityHistory } from '../../../src/engine/model/capacity-history.ts';
import { outlookOf, pointsOf, summedHistory } from '../../../src/engine/placement/forecast.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { type Trend, trendOf } from '../../../src/lib/trend.ts';

const DAY_MS = 24 * 3_600_000;
const NOW_MS = 20_000 * DAY_MS;

const trend = (perDay: number, low = perDay, high = perDay): Trend => ({
  perDay,
  lowPerDay: low,
  highPerDay: high,
  steps: [],
});
const level = (bytes: number, limitBytes?: number) => ({
  bytes,
  atMs: NOW_MS,
  ...(limitBytes === undefined ? {} : { limitBytes }),
});

describe('the outlook', () => {
  it('is a date with a range, by whole days', () => {
    expect(outlookOf(level(0, 1_000), trend(10, 8, 12.5), 90)).toEqual({
      state: 'filling',
      fullAtMs: NOW_MS + 100 * DAY_MS,
      earliestAtMs: NOW_MS + 80 * DAY_MS,
      latestAtMs: NOW_MS + 125 * DAY_MS,
      confidence: 'high',
    });
  });

  it('says what it can not say', () => {
    const state = (...[at, of, days]: Parameters<typeof outlookOf>) => outlookOf(at, of, days).state;
    expect(state(level(1_000, 1_000), undefined, 0)).toBe('reached');
    expect(state(level(1_000, 1_000), trend(-5), 90)).toBe('reached');
    expect(state(level(0, 1_000), undefined, 5)).toBe('not-enough-history');
    expect(state(level(0), undefined, 5)).toBe('not-enough-history');
    expect(state(level(0, 1_000), trend(0), 90)).toBe('not-growing');
    expect(state(level(0, 1_000), trend(-3), 90)).toBe('not-growing');
    expect(state(level(0), trend(3), 90)).toBe('no-limit');
    expect(state(level(0, LIMITS.forecastDaysMax + 1), trend(1), 90)).toBe('far');
  });

  it('is the less certain the wider the range, and the further it reaches beyond its history', () => {
    const confidence = (of: Trend, days: number) => {
      const outlook = outlookOf(level(0, 1_000), of, days);
      return outlook.state === 'filling' ? outlook.confidence : outlook.state;
    };
    expect(confidence(trend(10, 9, 11), 90)).toBe('high');
    expect(confidence(trend(10, 9, 11), 30)).toBe('medium');
    expect(confidence(trend(10, 9, 11), 15)).toBe('low');
    expect(confidence(trend(10, 7, 13), 90)).toBe('medium');
    expect(confidence(trend(10, 4, 16), 90)).toBe('low');
    const maybeNever = outlookOf(level(0, 1_000), trend(10, -1, 20), 90);
    expect(maybeNever).toMatchObject({ state: 'filling', confidence: 'low', earliestAtMs: NOW_MS + 50 * DAY_MS });
    expect(maybeNever).not.toHaveProperty('latestAtMs');
  });
});

const history = (from: number, values: readonly (number | undefined)[]): CapacityHistory =>
  values.flatMap((value, index) =>
    value === undefined
      ? []
      : [{ atMs: (from + index) * DAY_MS, totalBytes: 1_000, usedBytes: value, subscribedBytes: 2 * value }],
  );
const used = (histories: readonly CapacityHistory[]) => summedHistory(histories).map(({ usedBytes }) => usedBytes);

describe('several pools as one', () => {
  it('are added up by day; a gap is bridged, and a pool that was found is no growth', () => {
    expect(used([history(0, [1, 2, 3]), history(0, [10, undefined, 30])])).toEqual([11, 22, 33]);
    expect(used([history(0, [1, 2, 3]), history(2, [100])])).toEqual([101, 102, 103]);
    expect(used([history(0, [1, 2, 3]), []])).toEqual([1, 2, 3]);
    expect(used([])).toEqual([]);
  });

  it('grow by what they grow together, whatever days are missing of each', () => {
    const pool = fc.record({
      perDay: fc.integer({ min: 1, max: 1_000 }),
      gone: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
    });
    fc.assert(
      fc.property(fc.array(pool, { minLength: 1, maxLength: 5 }), (pools) => {
        const histories = pools.map(({ perDay, gone }) =>
          history(
            0,
            gone.map((isGone, day) => (isGone && day !== 0 && day !== 59 ? undefined : day * perDay)),
          ),
        );
        const perDay = pools.reduce((sum, each) => sum + each.perDay, 0);
        const found = trendOf(pointsOf(summedHistory(histories), 'usedBytes'));
        fc.pre(found !== undefined);
        expect(found!.perDay).toBeCloseTo(perDay, 6);
      }),
    );
  });
});
