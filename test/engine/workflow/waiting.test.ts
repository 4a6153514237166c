/** Steps that wait for something to be so on a device: here, for hosts to log out of what they lose. */
import { describe, expect, it } from 'vitest';
import type { Step, Unit } from '../../../src/engine/planner/plan.ts';
import { requestStop } from '../../../src/engine/workflow/control.ts';
import { openWorkflowIds } from '../../../src/engine/workflow/open-workflows.ts';
import { recoverAll } from '../../../src/engine/workflow/recover.ts';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import { expectSettled, snapshot } from './invariants.ts';
import { createVolumeUnit, exportUnit, MASK, planOf, unexportUnit } from './plans.ts';
import { ACTOR, createWorld, IQN, Killed, SYSTEM, type TestProcess, type World } from './world.ts';

const PATIENCE_MS = 600_000;

async function exported(): Promise<World> {
  const world = await createWorld();
  const { env } = await world.start();
  const plan = await planOf(world, [createVolumeUnit(1), exportUnit([1], ['volume.data-1'])]);
  expect((await runPlan(env, plan, { claimWaitMs: 0 })).status).toBe('done');
  world.edit({ edit: 'login', initiator: IQN });
  return world;
}

async function waitingUnit(world: World): Promise<Unit> {
  const unit = await unexportUnit(world, [1]);
  const wait: Step = {
    id: 'wait',
    system: SYSTEM,
    form: 'wait',
    kind: 'mask.await-idle',
    args: { mask: MASK, name: 'ora-1-abcd', initiators: [IQN], patienceMs: PATIENCE_MS },
  };
  return { ...unit, steps: [wait, ...unit.steps] };
}

/** Calls `then` at the `number`-th look. */
function atLook(world: World, number: number, then: () => void | Promise<void>): void {
  let looks = 0;
  world.onCall = async (operation) => {
    if (operation === 'readMask' && ++looks === number) await then();
  };
}

const unexport = async (world: World, process: TestProcess) =>
  runPlan(process.env, await planOf(world, [await waitingUnit(world)]), { claimWaitMs: 0 });

describe('an unexport that waits for its host', () => {
  it('goes on when the host has logged out, and keeps its access until then', async () => {
    const world = await exported();
    const mapped: number[] = [];
    atLook(world, 5, () => {
      mapped.push(snapshot(world).masks[0]!.mappings.length);
      world.edit({ edit: 'logout', initiator: IQN });
    });
    const result = await unexport(world, await world.start());
    expect(result.status).toBe('done');
    expect(mapped).toEqual([1]);
    expect(snapshot(world).masks).toEqual([]);
    await expectSettled(world);
  });

  it('is given up when nobody logs out for so long, and nothing was changed', async () => {
    const world = await exported();
    const before = world.changes.length;
    const startedMs = world.clock.nowMs();
    const result = await unexport(world, await world.start());
    expect(result).toMatchObject({ status: 'partial', diagnostics: [{ code: 'COPRHD-HELD-005' }] });
    expect(result.diagnostics[0]!.detail).toContain(IQN);
    expect(world.clock.nowMs() - startedMs).toBeGreaterThanOrEqual(PATIENCE_MS);
    expect(world.changes).toHaveLength(before);
    await expectSettled(world);
  });

  it('does not begin to wait anew when another process goes on with it', async () => {
    const world = await exported();
    const startedMs = world.clock.nowMs();
    let looks = 0;
    const victim = await world.start({
      crashPoint: (point) => {
        // Half of its patience is over by then.
        if (point === 'wait:look:mask.await-idle' && ++looks === 160) {
          victim.kill();
          throw new Killed(point);
        }
      },
    });
    await expect(unexport(world, victim)).rejects.toThrow(Killed);
    const waitedMs = world.clock.nowMs() - startedMs;
    expect(waitedMs).toBeGreaterThan(PATIENCE_MS / 4);
    const { env } = await world.start();
    const takenOverMs = world.clock.nowMs();
    expect(await recoverAll(env)).toMatchObject([{ result: 'partial' }]);
    expect(world.clock.nowMs() - takenOverMs).toBeLessThan(PATIENCE_MS - waitedMs + 60_000);
    await expectSettled(world);
  });

  it('can be cancelled while it waits', async () => {
    const world = await exported();
    atLook(world, 4, async () => {
      const [id] = await openWorkflowIds(world.store);
      await requestStop(world.store, id!, { want: 'cancel', units: 'all', by: ACTOR, atMs: 1 });
    });
    const result = await unexport(world, await world.start());
    expect(result).toMatchObject({ status: 'partial', diagnostics: [{ code: 'COPRHD-APPLY-007' }] });
    expect(snapshot(world).masks).toHaveLength(1);
    await expectSettled(world);
  });
});
