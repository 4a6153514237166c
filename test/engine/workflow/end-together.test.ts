/** Ends of units on one pool: written together, counted exactly once, also against another process on the same ledger. */
import { expect, it } from 'vitest';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import type { WorkflowEnv } from '../../../src/engine/workflow/types.ts';
import { expectSettled } from './invariants.ts';
import { createVolumeUnit, planOf } from './plans.ts';
import { createWorld, type World } from './world.ts';

const unitsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => createVolumeUnit(first + index));

/** Counts transactions that were tried and write a ledger with the end of a unit; all together, and those in vain. */
function counting(env: WorkflowEnv): { env: WorkflowEnv; tried: () => number; lost: () => number } {
  const count = { tried: 0, lost: 0 };
  const txn: typeof env.store.txn = async (request) => {
    const result = await env.store.txn(request);
    const keys = request.success.map((operation) => ('key' in operation ? operation.key : ''));
    if (keys.some((key) => key.startsWith('l/')) && keys.some((key) => key.endsWith('/~state'))) {
      count.tried++;
      if (!result.succeeded) count.lost++;
    }
    return result;
  };
  return { env: { ...env, store: { ...env.store, txn } }, tried: () => count.tried, lost: () => count.lost };
}

async function committed(world: World): Promise<number> {
  return (await world.ledger())?.committed.volumes ?? 0;
}

it('units that end at the same time share a transaction', async () => {
  const world = await createWorld();
  const { env, tried, lost } = counting((await world.start()).env);
  const result = await runPlan(env, await planOf(world, unitsFrom(1, 24)), { claimWaitMs: 0 });
  expect(result.status).toBe('done');
  expect(await committed(world)).toBe(24);
  expect(lost()).toBe(0);
  expect(tried()).toBeLessThan(24);
  await expectSettled(world);
});

it('two processes on one pool count every unit once', async () => {
  const world = await createWorld();
  const [one, other] = [await world.start(), await world.start()];
  const plans = [await planOf(world, unitsFrom(1, 12)), await planOf(world, unitsFrom(13, 12))];
  const results = await Promise.all([
    runPlan(one.env, plans[0]!, { claimWaitMs: 0 }),
    runPlan(other.env, plans[1]!, { claimWaitMs: 0 }),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['done', 'done']);
  expect(await committed(world)).toBe(24);
  await expectSettled(world);
});

it('units that come to nothing give back what they reserved, beside those that are done', async () => {
  const world = await createWorld();
  const { env } = await world.start();
  world.onCall = () => undefined;
  world.array.handle({
    operation: 'addFault',
    args: { operation: 'ensureVolume', before: 'invalid', count: 5 },
    nowMs: world.clock.nowMs(),
  } as never);
  const result = await runPlan(env, await planOf(world, unitsFrom(1, 12)), { claimWaitMs: 0 });
  const states = result.units.map(({ state }) => state);
  const done = states.filter((state) => state === 'done').length;
  expect(done).toBeLessThan(12);
  expect(states.filter((state) => state === 'undone').length).toBe(12 - done);
  expect(await committed(world)).toBe(done);
  await expectSettled(world);
});
