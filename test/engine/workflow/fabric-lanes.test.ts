import { describe, expect, test } from 'vitest';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import { createFabricLanes } from '../../../src/engine/workflow/fabric-lanes.ts';
import type { DeltaOfZones } from '../../../src/engine/zoning/types.ts';
import { createVirtualClock } from '../../../src/lib/clock.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { urnOf } from './world.ts';

const FABRIC = urnOf('network', 1);
const zone = (name: string): DeltaOfZones => ({
  addAliases: [],
  removeAliases: [],
  add: [{ name, members: [{ type: 'wwpn', wwpn: `10:00:00:00:00:00:00:${name}` }] }],
  change: [],
  remove: [],
});

function fabric() {
  const clock = createVirtualClock(0);
  const lanes = createFabricLanes(clock);
  const calls: { readonly atMs: number; readonly zones: string[] }[] = [];
  const answers: (Error | undefined)[] = [];
  const want = (name: string, alike = '', network = FABRIC) =>
    lanes.apply(network, {
      delta: zone(name),
      alike,
      apply: async ({ add }) => {
        calls.push({ atMs: clock.nowMs(), zones: add.map((each) => each.name) });
        const answer = answers.shift();
        if (answer) throw answer;
      },
    });
  return { want, calls, answers };
}

const conflict = () => new DriverError({ class: 'conflict', message: 'no' });

describe('zones that are wanted on a fabric at the same time', () => {
  test('go into effect by one activation', async () => {
    const { want, calls } = fabric();
    await Promise.all([want('a1'), want('b1'), want('c1')]);
    expect(calls.map(({ zones }) => zones)).toEqual([['a1', 'b1', 'c1']]);
  });

  test('of different fabrics do not wait for one another', async () => {
    const { want, calls } = fabric();
    await Promise.all([want('a1'), want('b1', '', urnOf('network', 2))]);
    expect(calls.map(({ zones }) => zones)).toEqual([['a1'], ['b1']]);
    expect(calls[0]!.atMs).toBe(calls[1]!.atMs);
  });

  test('that were reviewed with other edits of others go apart, at a distance', async () => {
    const { want, calls } = fabric();
    await Promise.all([want('a1', 'one'), want('b1', 'other'), want('c1', 'one')]);
    expect(calls.map(({ zones }) => zones)).toEqual([['a1', 'c1'], ['b1']]);
    expect(calls[1]!.atMs - calls[0]!.atMs).toBeGreaterThanOrEqual(LIMITS.fabricIntervalMs);
  });

  test('keep the distance to an activation that is over, too', async () => {
    const { want, calls } = fabric();
    await want('a1');
    await want('b1');
    expect(calls[1]!.atMs - calls[0]!.atMs).toBeGreaterThanOrEqual(LIMITS.fabricIntervalMs);
  });

  test('are asked for one by one when the device refuses them together, and only the refused one hears of it', async () => {
    const { want, calls, answers } = fabric();
    answers.push(conflict(), undefined, conflict(), undefined);
    const results = await Promise.allSettled([want('a1'), want('b1'), want('c1')]);
    expect(calls.map(({ zones }) => zones)).toEqual([['a1', 'b1', 'c1'], ['a1'], ['b1'], ['c1']]);
    const [, a, b, c] = calls.map(({ atMs }) => atMs);
    expect(Math.min(b! - a!, c! - b!)).toBeGreaterThanOrEqual(LIMITS.fabricIntervalMs);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('all hear of an answer that is lost', async () => {
    const { want, calls, answers } = fabric();
    answers.push(new DriverError({ class: 'ambiguous', message: 'lost' }));
    const results = await Promise.allSettled([want('a1'), want('b1')]);
    expect(calls).toHaveLength(1);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('go on when the run of the first has ended', async () => {
    const { want, calls, answers } = fabric();
    answers.push(new Error('its lease is lost'));
    const results = await Promise.allSettled([want('a1'), want('b1')]);
    expect(calls.map(({ zones }) => zones)).toEqual([['a1', 'b1'], ['b1']]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});
