/** How much runs at once: the default, what the caller asks for, and never more than a driver allows. */
import { expect, it } from 'vitest';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import type { WorkflowEnv } from '../../../src/engine/workflow/types.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { createVolumeUnit, planOf } from './plans.ts';
import { createWorld } from './world.ts';

/** Of the driver in world.ts. */
const DRIVER_MAX = 2;

/** The most units, and the most calls on the device, that ran at once. */
async function mostAtOnce(pace: NonNullable<WorkflowEnv['pace']>) {
  const world = await createWorld();
  const most = { units: 0, calls: 0 };
  let [units, calls] = [0, 0];
  world.onCall = async () => {
    most.calls = Math.max(most.calls, ++calls);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    calls--;
  };
  const { env } = await world.start();
  const counted: WorkflowEnv = {
    ...env,
    pace,
    emit: (event) => {
      if (event.type === 'unit.started') most.units = Math.max(most.units, ++units);
      if (event.type === 'unit.finished') units--;
    },
  };
  const plan = await planOf(
    world,
    Array.from({ length: LIMITS.unitsInFlightMax + 4 }, (_, index) => createVolumeUnit(index + 1)),
  );
  expect((await runPlan(counted, plan, { claimWaitMs: 0 })).status).toBe('done');
  return most;
}

it('is bounded by the product and by the driver when nobody asks', async () => {
  const { units, calls } = await mostAtOnce({});
  expect(units).toBe(LIMITS.unitsInFlightMax);
  expect(calls).toBe(DRIVER_MAX);
});

it('is what --parallel says', async () => {
  expect((await mostAtOnce({ unitsInFlight: 1 })).units).toBe(1);
  expect((await mostAtOnce({ unitsInFlight: 3 })).units).toBe(3);
});

it('is what --device-limit says on each device, within the limit of its driver', async () => {
  expect(await mostAtOnce({ callsPerDevice: 1 })).toEqual({ units: LIMITS.unitsInFlightMax, calls: 1 });
  expect((await mostAtOnce({ callsPerDevice: 1_000 })).calls).toBe(DRIVER_MAX);
});
