/** `capacity --forecast` and `reclaim report`: flags to questions, outcomes to exit codes. */
import { describe, expect, it } from 'vitest';
import { parseSpan } from '../../src/commands/_base/flags.ts';
import Capacity from '../../src/commands/capacity.ts';
import ReclaimReport from '../../src/commands/reclaim/report.ts';
import { FORECAST, FULL_SOON } from '../views/fixtures/forecast.ts';
import { CAPACITY } from '../views/fixtures/inventory.ts';
import { RECLAIM } from '../views/fixtures/reclaim.ts';
import { run } from './harness.ts';

const DAY_MS = 86_400_000;

describe('capacity', () => {
  const answers = { capacity: CAPACITY, 'capacity.forecast': FORECAST };

  it.each([
    { argv: [], name: 'capacity', input: {} },
    { argv: ['--forecast'], name: 'capacity.forecast', input: {} },
    { argv: ['--forecast', '--within', '90d'], name: 'capacity.forecast', input: { withinMs: 90 * DAY_MS } },
    { argv: ['--within', '2w'], name: 'capacity.forecast', input: { withinMs: 14 * DAY_MS } },
  ])('$argv asks $name for $input', async ({ argv, name, input }) => {
    const ran = await run(Capacity, argv, { answers });
    expect([ran.code, ran.calls]).toEqual([0, [{ name, input }]]);
  });

  it('ends with 2 only where something is full within the time that was asked for', async () => {
    const full = { 'capacity.forecast': FULL_SOON };
    expect((await run(Capacity, ['--forecast', '--within', '90d'], { answers: full })).code).toBe(2);
    const none = { 'capacity.forecast': { ...FULL_SOON, outcome: 'ok', rows: [] } } as const;
    expect((await run(Capacity, ['--forecast', '--within', '90d'], { answers: none })).code).toBe(0);
  });

  it.each([
    ['--forecast', '--within', '90'],
    ['--forecast', '--within', 'soon'],
  ])('%j %j %j is refused', async (...argv) => {
    const ran = await run(Capacity, argv, { answers });
    expect([ran.code, ran.calls]).toEqual([64, []]);
  });

  it('as JSON is the result, times in milliseconds', async () => {
    const ran = await run(Capacity, ['--forecast', '--json'], { answers });
    expect(JSON.parse(ran.stdout)).toEqual({ schemaVersion: 1, ...FORECAST });
  });
});

describe('reclaim report', () => {
  const answers = { 'reclaim.report': RECLAIM };

  it.each([
    { argv: [], input: {} },
    { argv: ['--project', 'p', '--system', 'a'], input: { project: 'p', system: 'a' } },
    {
      argv: ['--reason', 'unmapped', '--reason', 'no-login', '--older-than', '30d'],
      input: { reasons: ['unmapped', 'no-login'], olderThanMs: 30 * DAY_MS },
    },
  ])('$argv asks for $input', async ({ argv, input }) => {
    const ran = await run(ReclaimReport, argv, { answers });
    expect([ran.code, ran.calls]).toEqual([0, [{ name: 'reclaim.report', input }]]);
    expect(ran.stderr).toContain('COPRHD-DEVICE-009');
  });

  it('prints some of each owner, all, or only how much it is', async () => {
    const many = RECLAIM.items.flatMap((item) => Array.from({ length: 12 }, () => item));
    const long = { 'reclaim.report': { ...RECLAIM, items: many } };
    const printed = async (...argv: string[]) =>
      (await run(ReclaimReport, ['--human', ...argv], { answers: long })).stdout;
    const count = (text: string) => text.split('ora/volume.data-01 ').length - 1;
    expect(count(await printed())).toBe(10);
    expect(await printed()).toContain('more: --detail full');
    expect(count(await printed('--detail', 'full'))).toBe(12);
    expect(count(await printed('--detail', 'summary'))).toBe(0);
  });

  it('is refused with a reason that there is not', async () => {
    expect((await run(ReclaimReport, ['--reason', 'ugly'], { answers })).code).toBe(64);
  });
});

it.each([
  ['12h', DAY_MS / 2],
  ['90d', 90 * DAY_MS],
  ['8w', 56 * DAY_MS],
])('%s is %i ms', (text, ms) => expect(parseSpan(text, 'x')).toBe(ms));

it.each(['', '0d', '90', '1.5d', '-1d', '5 d', '999999999w'])('%j is no time', (text) => {
  expect(() => parseSpan(text, 'x')).toThrow('is no time');
});
