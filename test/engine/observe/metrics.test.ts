/** Averages of port and processor load, with numbers computed by hand from CoprHD's rule. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HaDomainMetrics, PortMetrics, SystemMetrics } from '../../../src/engine/model/metrics.ts';
import type { Urn } from '../../../src/engine/model/urn.ts';
import {
  busyPercent,
  type MeasuredPort,
  measured,
  nextHaDomainMetrics,
  nextPortMetrics,
  portMetricPercent,
  systemBusyPercent,
} from '../../../src/engine/observe/metrics.ts';

const START_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
/** Of 8 Gbit/s: 8 × 131,072 KB a second. */
const KILOBYTES_PER_HOUR = 1_048_576 * 3_600;
const TICKS_PER_HOUR = 360_000;

interface Step {
  /** Since the last one. */
  readonly hours: number;
  readonly percent: number;
}

const FC = { transport: 'fc' } as const;
const at = (ms: number) => ({ sampledAtMs: ms, receivedAtMs: ms });

/** A port of 8 Gbit/s that was so busy in each step; the first sample is at START_MS. */
function portAfter(steps: readonly Step[]): PortMetrics {
  let kilobytesTransferred = 1_000_000;
  let nowMs = START_MS;
  let kept = nextPortMetrics(undefined, { nativeId: 'p', kilobytesTransferred }, at(nowMs), FC);
  for (const { hours, percent } of steps) {
    kilobytesTransferred += (KILOBYTES_PER_HOUR * hours * percent) / 100;
    nowMs += hours * HOUR_MS;
    kept = nextPortMetrics(kept, { nativeId: 'p', kilobytesTransferred }, at(nowMs), FC);
  }
  return kept;
}

const hourly = (...percents: number[]): Step[] => percents.map((percent) => ({ hours: 1, percent }));

describe('a port', () => {
  it('is not known to be busy after one sample', () => {
    const kept = portAfter([]);
    expect(kept).toEqual({ ...at(START_MS), kilobytesTransferred: 1_000_000 });
    expect(portMetricPercent(kept, START_MS)).toBeUndefined();
  });

  it('is as busy as what it moved is of what it could have moved', () => {
    // 943,718,400 KB in 3,600 s are 262,144 KB/s, a quarter of 8 Gbit/s.
    const first = nextPortMetrics(undefined, { nativeId: 'p', kilobytesTransferred: 5 }, at(START_MS), FC);
    const counters = { nativeId: 'p', kilobytesTransferred: 943_718_405 };
    const busyAt = (speedGbit: number | undefined, transport: 'fc' | 'ip') => {
      const speed = speedGbit === undefined ? {} : { speedGbit };
      return nextPortMetrics(first, { ...counters, ...speed }, at(START_MS + HOUR_MS), { transport }).busy?.lastPercent;
    };
    expect(busyAt(8, 'fc')).toBe(25);
    expect(busyAt(16, 'fc')).toBe(12.5);
    expect(busyAt(undefined, 'fc')).toBe(25);
    expect(busyAt(0, 'fc')).toBe(25);
    // An IP port of unknown speed has 1 Gbit/s: 200 %, clipped.
    expect(busyAt(undefined, 'ip')).toBe(100);
    expect(busyAt(0, 'ip')).toBe(100);
    expect(busyAt(10, 'ip')).toBe(20);
  });

  it('has the mean of the samples of its period as short average', () => {
    // 25; 50/2 + 1/2 × 25 = 37.5; 90/3 + 2/3 × 37.5 = 55.
    const after = (...percents: number[]) => portAfter(hourly(...percents)).busy!;
    expect(after(25)).toMatchObject({ averagePercent: 25, samples: 1, periodStartedAtMs: START_MS });
    expect(after(25, 50)).toMatchObject({ lastPercent: 50, averagePercent: 37.5, samples: 2 });
    expect(after(25, 50, 90).averagePercent).toBeCloseTo(55, 10);
    expect(after(25, 50, 90).longAveragePercent).toBeUndefined();
    expect(busyPercent(after(25, 50, 90))).toBeCloseTo(55, 10);
  });

  it('carries the short average into the long one when a day is over, and begins anew', () => {
    const [day, next] = [
      { hours: 22, percent: 15 },
      { hours: 1, percent: 20 },
    ];
    // 15/4 + 3/4 × 55 = 45, 25 hours after the period began: the first long average.
    const ended = portAfter([...hourly(25, 50, 90), day]).busy!;
    expect(ended.averagePercent).toBeCloseTo(45, 10);
    expect(ended.longAveragePercent).toBeCloseTo(45, 10);
    expect(ended).toMatchObject({ samples: 0, periodStartedAtMs: START_MS + 25 * HOUR_MS });
    expect(busyPercent(ended)).toBeCloseTo(45, 10);
    // 20/1 + 0 × 45 = 20; 0.6 × 20 + 0.4 × 45 = 30.
    const begun = portAfter([...hourly(25, 50, 90), day, next]).busy!;
    expect(begun).toMatchObject({ averagePercent: 20, samples: 1 });
    expect(busyPercent(begun)).toBeCloseTo(30, 10);
    // 40/2 + 1/2 × 20 = 30; 0.6 × 30 + 0.4 × 45 = 36; 0.6 × 30 + 0.4 × 36 = 32.4.
    const again = portAfter([...hourly(25, 50, 90), day, next, { hours: 24, percent: 40 }]).busy!;
    expect(again.averagePercent).toBeCloseTo(30, 10);
    expect(again.longAveragePercent).toBeCloseTo(36, 10);
    expect(busyPercent(again)).toBeCloseTo(32.4, 10);
  });

  it('goes on within a day to the minute: exactly a day is not over', () => {
    expect(portAfter([{ hours: 24, percent: 10 }]).busy!.samples).toBe(1);
    expect(portAfter([{ hours: 24.01, percent: 10 }]).busy!.samples).toBe(0);
  });

  it('skips a sample whose counter fell, and counts on from there', () => {
    const before = portAfter(hourly(25));
    const nowMs = START_MS + 2 * HOUR_MS;
    const fell = nextPortMetrics(before, { nativeId: 'p', kilobytesTransferred: 7 }, at(nowMs), FC);
    expect(fell).toEqual({ ...before, ...at(nowMs), kilobytesTransferred: 7 });
    const counters = { nativeId: 'p', kilobytesTransferred: 7 + KILOBYTES_PER_HOUR / 2 };
    expect(nextPortMetrics(fell, counters, at(nowMs + HOUR_MS), FC).busy).toMatchObject({
      lastPercent: 50,
      averagePercent: 37.5,
    });
  });

  it('makes nothing of a sample a year later, or of a clock that went back', () => {
    const before = portAfter(hourly(25));
    for (const elapsedMs of [YEAR_MS, -1]) {
      const nowMs = START_MS + HOUR_MS + elapsedMs;
      const counters = { nativeId: 'p', kilobytesTransferred: before.kilobytesTransferred + 9 };
      const next = nextPortMetrics(before, counters, at(nowMs), FC);
      expect(next).toEqual({ ...before, ...at(nowMs), kilobytesTransferred: counters.kilobytesTransferred });
    }
    const counters = { nativeId: 'p', kilobytesTransferred: before.kilobytesTransferred + 9 };
    const nearly = nextPortMetrics(before, counters, at(START_MS + HOUR_MS + YEAR_MS - 1), FC);
    expect(nearly.busy!.measuredAtMs).toBe(START_MS + HOUR_MS + YEAR_MS - 1);
  });

  it('keeps the earlier sample when the next one comes at once: the one after it tells of both', () => {
    const before = portAfter(hourly(25));
    const counters = { nativeId: 'p', kilobytesTransferred: before.kilobytesTransferred + 9_999_999 };
    expect(nextPortMetrics(before, counters, at(START_MS + HOUR_MS + 999), FC)).toEqual(before);
  });

  it('compares by the clock of the device, and ages by ours', () => {
    const first = nextPortMetrics(
      undefined,
      { nativeId: 'p', kilobytesTransferred: 0 },
      { sampledAtMs: 0, receivedAtMs: START_MS },
      FC,
    );
    const taken = { sampledAtMs: HOUR_MS, receivedAtMs: START_MS + 2 * HOUR_MS };
    const counters = { nativeId: 'p', kilobytesTransferred: KILOBYTES_PER_HOUR / 4 };
    const { busy } = nextPortMetrics(first, counters, taken, FC);
    expect(busy).toMatchObject({ lastPercent: 25, measuredAtMs: taken.receivedAtMs, periodStartedAtMs: START_MS });
  });
});

describe('a processor', () => {
  const sample = (hours: number, idlePercents: readonly number[]) => {
    const idle = idlePercents.reduce((sum, percent) => sum + (TICKS_PER_HOUR * percent) / 100, 0);
    return { name: 'SP-A', totalTicks: TICKS_PER_HOUR * hours, idleTicks: idle };
  };

  it('is busy in the ticks that are not idle ones, whatever the clock says', () => {
    // 360,000 ticks of which 90,000 idle: 75 %; then 30 %: 52.5 % on average.
    const first = nextHaDomainMetrics(undefined, sample(0, []), at(START_MS));
    const second = nextHaDomainMetrics(first, sample(1, [25]), at(START_MS + 5 * HOUR_MS));
    expect(second.busy).toMatchObject({ lastPercent: 75, averagePercent: 75 });
    const third = nextHaDomainMetrics(second, sample(2, [25, 70]), at(START_MS + 6 * HOUR_MS));
    expect(third.busy).toMatchObject({ lastPercent: 30, averagePercent: 52.5, samples: 2 });
  });

  it('skips what fell, and what did not count on', () => {
    const first: HaDomainMetrics = { name: 'SP-A', ...at(START_MS), totalTicks: 1_000, idleTicks: 500 };
    const next = (totalTicks: number, idleTicks: number) =>
      nextHaDomainMetrics(first, { name: 'SP-A', totalTicks, idleTicks }, at(START_MS + HOUR_MS)).busy;
    expect(next(999, 600)).toBeUndefined();
    expect(next(2_000, 499)).toBeUndefined();
    expect(next(1_000, 500)).toBeUndefined();
    // More idle ticks than ticks: two counters that are not read in the same moment.
    expect(next(1_100, 601)).toMatchObject({ lastPercent: 0 });
  });
});

describe('the metric of a port', () => {
  const metric = (portBusy: number, cpuBusyPercent?: number) =>
    portMetricPercent(
      { ...portAfter(hourly(portBusy)), ...(cpuBusyPercent === undefined ? {} : { cpuBusyPercent }) },
      START_MS + HOUR_MS,
    );

  it('is the mean of port and processor, of those that are not below their floors', () => {
    expect(metric(32)).toBe(32);
    expect(metric(32, 75)).toBe(53.5);
    expect(metric(32, 7.9)).toBe(32);
    expect(metric(32, 8)).toBe(20);
    expect(metric(2.9)).toBe(0);
    expect(metric(3)).toBeCloseTo(3, 10);
    expect(metric(2.9, 8)).toBe(4);
  });

  it('is unknown 48 hours after it was measured', () => {
    const kept = portAfter(hourly(32));
    expect(portMetricPercent(kept, START_MS + 49 * HOUR_MS)).toBe(32);
    expect(portMetricPercent(kept, START_MS + 49 * HOUR_MS + 1)).toBeUndefined();
  });
});

describe('a storage system', () => {
  const port = (nativeId: string, more: Partial<MeasuredPort> = {}): MeasuredPort => ({
    urn: `urn:storageos:StoragePort:${nativeId}:vdc1` as Urn,
    nativeId,
    transport: 'fc',
    haDomain: `SP-${nativeId[0]}`,
    usable: true,
    ...more,
  });
  interface Loads {
    /** Percent by native id. */
    readonly ports: Readonly<Record<string, number>>;
    readonly cpus?: Readonly<Record<string, number>>;
  }
  /** Samples an hour apart, each hour with these loads. */
  function after(ports: readonly MeasuredPort[], hours: readonly Loads[]) {
    let counted: Record<string, number> = {};
    let result = { ports, system: undefined as SystemMetrics | undefined, unrecorded: [] as readonly string[] };
    [{ ports: {} }, ...hours].forEach((loads: Loads, hour) => {
      const add = (key: string, amount: number) => {
        counted = { ...counted, [key]: (counted[key] ?? 0) + amount };
        return counted[key]!;
      };
      const all = hours[0]!;
      const sample = {
        sampledAtMs: START_MS + hour * HOUR_MS,
        ports: Object.keys(hour === 0 ? all.ports : loads.ports).map((nativeId) => {
          const kilobytesTransferred = add(nativeId, ((loads.ports[nativeId] ?? 0) / 100) * KILOBYTES_PER_HOUR);
          return { nativeId, kilobytesTransferred };
        }),
        haDomains: Object.keys(all.cpus ?? {}).map((name) => {
          const idle = hour === 0 ? 0 : TICKS_PER_HOUR * (1 - loads.cpus![name]! / 100);
          return { name, totalTicks: hour * TICKS_PER_HOUR, idleTicks: add(name, idle) };
        }),
      };
      const { ports: before, system } = result;
      const nowMs = START_MS + hour * HOUR_MS;
      result = measured({ sample, nowMs, ports: before, ...(system ? { system } : {}) });
    });
    return { ...result, system: result.system! };
  }
  const nowMs = START_MS + HOUR_MS;

  it('is as busy as its usable ports are on average', () => {
    // A1 40 with processor 60: 50; A2 10 with 60: 35; B1 20, its processor at 6 below the floor: 20. (50 + 35 + 20) / 3 = 35.
    const loads = { ports: { A1: 40, A2: 10, B1: 20, B2: 100 }, cpus: { 'SP-A': 60, 'SP-B': 6 } };
    const ports = [port('A1'), port('A2'), port('B1'), port('B2', { usable: false })];
    const { system } = after(ports, [loads]);
    expect(systemBusyPercent(system, nowMs)).toBeCloseTo(35, 10);
    expect(system.haDomains.map(({ name, busy }) => [name, Math.round(busy!.lastPercent)])).toEqual([
      ['SP-A', 60],
      ['SP-B', 6],
    ]);
    expect(systemBusyPercent(system, nowMs + 48 * HOUR_MS)).toBeCloseTo(35, 10);
    expect(systemBusyPercent(system, nowMs + 48 * HOUR_MS + 1)).toBeUndefined();
  });

  it('is unknown while a usable port was not measured, after the first sample, and without usable ports', () => {
    const loads = { ports: { A1: 40 } };
    expect(after([port('A1'), port('B1')], [loads]).system.usablePorts).toBeUndefined();
    expect(after([port('A1'), port('B1', { usable: false })], [loads]).system.usablePorts).toBeDefined();
    expect(after([port('A1', { usable: false })], [loads]).system.usablePorts).toBeUndefined();
    const sample = { sampledAtMs: START_MS, ports: [{ nativeId: 'A1', kilobytesTransferred: 1 }], haDomains: [] };
    expect(measured({ sample, nowMs: START_MS, ports: [port('A1')] }).system.usablePorts).toBeUndefined();
    expect(systemBusyPercent(undefined, START_MS)).toBeUndefined();
  });

  it('keeps what a sample leaves out as it was, and names what nobody has recorded', () => {
    const { ports, system, unrecorded } = after(
      [port('A1'), port('B1')],
      [{ ports: { A1: 40, B1: 30, Z9: 1 } }, { ports: { A1: 40 } }],
    );
    expect(ports.map(({ metrics }) => metrics!.busy!.measuredAtMs)).toEqual([nowMs + HOUR_MS, nowMs]);
    expect(system.usablePorts).toMatchObject({ measuredAtMs: nowMs });
    expect(unrecorded).toEqual([]);
    expect(after([port('A1')], [{ ports: { A1: 1, Z9: 1, B7: 1 } }]).unrecorded).toEqual(['B7', 'Z9']);
  });

  it('lets go of the directors that no port has any more', () => {
    const { system } = after([port('A1')], [{ ports: { A1: 40 }, cpus: { 'SP-A': 60, 'SP-B': 6 } }]);
    expect(system.haDomains.map(({ name }) => name)).toEqual(['SP-A']);
  });
});

describe('whatever is counted', () => {
  const steps = fc.array(
    fc.record({
      elapsedMs: fc.integer({ min: -HOUR_MS, max: 80 * HOUR_MS }),
      kilobytes: fc.integer({ min: -1e9, max: 1e12 }),
    }),
    { maxLength: 30 },
  );

  it('a port is between 0 and 100 % busy by every figure', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let kilobytesTransferred = 0;
        let nowMs = START_MS;
        let kept: PortMetrics | undefined;
        for (const { elapsedMs, kilobytes } of all) {
          kilobytesTransferred = Math.max(0, kilobytesTransferred + kilobytes);
          nowMs += elapsedMs;
          kept = nextPortMetrics(kept, { nativeId: 'p', kilobytesTransferred }, at(nowMs), FC);
          const { busy } = kept;
          if (!busy) continue;
          for (const percent of [
            busy.lastPercent,
            busy.averagePercent,
            busy.longAveragePercent ?? 0,
            busyPercent(busy),
          ]) {
            expect(percent).toBeGreaterThanOrEqual(0);
            expect(percent).toBeLessThanOrEqual(100);
          }
        }
      }),
    );
  });

  it('a steady load is its own average, however often it is sampled', () => {
    const hours = fc.array(fc.double({ min: 0.01, max: 60, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(hours, fc.double({ min: 0, max: 100, noNaN: true }), (intervals, percent) => {
        const { busy } = portAfter(intervals.map((each) => ({ hours: each, percent })));
        expect(busyPercent(busy!)).toBeCloseTo(percent, 3);
      }),
    );
  });

  it('within a day the short average is the mean of the samples', () => {
    const percents = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 24 });
    fc.assert(
      fc.property(percents, (all) => {
        const mean = all.reduce((sum, percent) => sum + percent, 0) / all.length;
        expect(portAfter(hourly(...all)).busy!.averagePercent).toBeCloseTo(mean, 3);
      }),
    );
  });
});
