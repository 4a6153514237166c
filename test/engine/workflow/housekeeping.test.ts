/** What a finished workflow leaves behind goes in time, and not before. */
import { expect, it } from 'vitest';
import { keys } from '../../../src/engine/state/keys.ts';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import { sweepTombstones } from '../../../src/engine/workflow/tombstones.ts';
import { forgetExpiredPlans } from '../../../src/engine/workflow/used-plans.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { createVolumeUnit, exportUnit, planOf, unexportUnit } from './plans.ts';
import { createWorld, urnOf, type World } from './world.ts';

async function keysUnder(world: World, prefix: string): Promise<string[]> {
  return (await world.store.range({ prefix, keysOnly: true })).items.map(({ key }) => key);
}

async function unexported(): Promise<{ world: World; nowMs: () => number }> {
  const world = await createWorld();
  const process = await world.start();
  const run = async (units: Parameters<typeof planOf>[1]) =>
    expect(
      (await runPlan(process.env, await planOf(world, units, { predicates: [] }), { claimWaitMs: 0 })).status,
    ).toBe('done');
  await run([createVolumeUnit(1), exportUnit([1], ['volume.data-1'])]);
  await run([await unexportUnit(world, [1])]);
  return { world, nowMs: () => process.env.clock.nowMs() };
}

it('a tombstone and the HLU that it keeps go after a week, with their keys', async () => {
  const { world, nowMs } = await unexported();
  const map = urnOf('lunMap', 1);
  const ended = (await world.get(map))!.record.status.sinceMs;
  await sweepTombstones(world.store, ended + LIMITS.tombstoneTtlMs - 1);
  expect((await world.get(map))?.record.status.phase).toBe('deleted');
  await sweepTombstones(world.store, Math.max(nowMs(), ended) + LIMITS.tombstoneTtlMs);
  expect(await world.get(map)).toBeUndefined();
  expect(await keysUnder(world, 'u/lunMap/')).toEqual([]);
  expect(await keysUnder(world, keys.tombstones)).toEqual([]);
});

it('a record that came to life again is not swept', async () => {
  const { world } = await unexported();
  const map = urnOf('lunMap', 1);
  const { record } = (await world.get(map))!;
  await world.put({ ...record, status: { ...record.status, phase: 'ready', sinceMs: record.status.sinceMs + 1 } });
  await sweepTombstones(world.store, record.status.sinceMs + LIMITS.tombstoneTtlMs);
  expect((await world.get(map))?.record.status.phase).toBe('ready');
  expect(await keysUnder(world, keys.tombstones)).not.toContain(keys.tombstone(record.status.sinceMs, map));
});

it('a used plan is remembered until it has expired, its blob only until it is done', async () => {
  const { world, nowMs } = await unexported();
  expect(await keysUnder(world, 'b/')).toEqual([]);
  expect(await keysUnder(world, keys.appliedPlan(''))).toHaveLength(2);
  await forgetExpiredPlans(world.store, nowMs());
  expect(await keysUnder(world, keys.appliedPlan(''))).toHaveLength(2);
  await forgetExpiredPlans(world.store, nowMs() + 2 * LIMITS.planTtlMs);
  expect(await keysUnder(world, keys.appliedPlan(''))).toEqual([]);
});

it('a plan that no workflow comes of leaves nothing: stale, claimed, or interrupted', async () => {
  const world = await createWorld();
  const { env } = await world.start();
  const plan = await planOf(world, [createVolumeUnit(1)]);
  const stale = { ...plan, id: 'stale' };
  expect((await runPlan(env, plan, { claimWaitMs: 0 })).status).toBe('done');
  expect((await runPlan(env, stale, { claimWaitMs: 0 })).status).toBe('stale');
  const stopped = await world.start();
  stopped.interrupt();
  const other = await planOf(world, [createVolumeUnit(2)]);
  expect((await runPlan(stopped.env, other, { claimWaitMs: 0 })).status).toBe('interrupted');
  expect(await keysUnder(world, 'b/')).toEqual([]);
});
