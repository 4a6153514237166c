/** A change of a fabric is a dialogue of many commands: it may take long, but none is sent that the lease doesn't cover. */
import { expect, test } from 'vitest';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import type { NetworkSystem } from '../../../src/engine/driver/network-contract.ts';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import type { OpenNetwork } from '../../../src/engine/workflow/types.ts';
import { createFabricWorld, type FabricWorld, SWITCH, zoneUnit } from './fabric-world.ts';
import { planOf } from './plans.ts';
import type { TestProcess } from './world.ts';

const COMMANDS = 40;
const predicates = [{ type: 'managed', system: SWITCH, firmwareVersion: '1' }] as const;

/** The same fabric behind a switch that takes 500 ms for a command. */
async function onSlowSwitch(world: FabricWorld, process: TestProcess, sent: (atMs: number) => void) {
  const { devices } = process.env;
  const open: OpenNetwork = await devices.openNetwork(undefined as never);
  const network: NetworkSystem = {
    ...open.network,
    applyZoneDelta: async (ctx, delta) => {
      for (let command = 0; command < COMMANDS; command++) {
        if (ctx.nowMs() >= ctx.deadlineMs) throw new DriverError({ class: 'ambiguous', message: 'no time left' });
        sent(ctx.nowMs());
        await world.clock.sleep(500);
      }
      return open.network.applyZoneDelta(ctx, delta);
    },
  };
  const slow = { ...open, network };
  const all = { ...devices, openNetwork: async () => slow, reopenNetwork: async () => slow };
  return { ...process.env, devices: all };
}

test('a dialogue that takes 20 s goes on while the process has its lease', async () => {
  const world = await createFabricWorld();
  const sent: number[] = [];
  const env = await onSlowSwitch(world, await world.startOnFabric(), (atMs) => void sent.push(atMs));
  const plan = await planOf(world, [zoneUnit(world, 1)], { predicates });
  expect((await runPlan(env, plan, { claimWaitMs: 0 })).status).toBe('done');
  expect(sent.length).toBe(COMMANDS);
});

test('a process that loses its lease in the middle sends nothing after it', async () => {
  const world = await createFabricWorld();
  const sent: number[] = [];
  const process = await world.startOnFabric();
  let untilMs = 0;
  const env = await onSlowSwitch(world, process, (atMs) => {
    sent.push(atMs);
    if (sent.length !== 5) return;
    untilMs = process.env.process.leaseDeadlineMs();
    process.freeze();
  });
  const plan = await planOf(world, [zoneUnit(world, 1)], { predicates });
  expect((await runPlan(env, plan, { claimWaitMs: 0 })).status).toBe('unknown');
  expect(sent.length).toBeGreaterThanOrEqual(5);
  expect(sent.length).toBeLessThan(COMMANDS);
  expect(Math.max(...sent)).toBeLessThan(untilMs);
});
