/**
 * A call that nobody saw the end of may still take effect until its deadline. Who goes on may repeat it at once; nothing
 * that it makes is undone or removed before.
 */
import { describe, expect, it } from 'vitest';
import { recoverAll } from '../../../src/engine/workflow/recover.ts';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { createEstate, type Estate } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';
import { expectSettled } from './invariants.ts';
import { createVolumeUnit, exportUnit, planOf } from './plans.ts';
import { createWorld, Killed } from './world.ts';

const NO_WAIT = { claimWaitMs: 0 };
const units = () => [createVolumeUnit(1, true), exportUnit([1], ['volume.data-1'])];

describe('an undo', () => {
  it('waits from the death of who called, however long that one had read after its intent', async () => {
    const world = await createWorld();
    const process = await world.start({
      crashPoint: (name) => {
        if (name !== 'step:before-call:volume.create') return;
        world.clock.advance(5_000);
        throw new Killed(name);
      },
    });
    await expect(runPlan(process.env, await planOf(world, units()), NO_WAIT)).rejects.toThrow(Killed);
    process.kill();
    world.fault({ operation: 'ensureVolume', before: 'invalid' });
    const diedAtMs = world.clock.nowMs();
    expect(await recoverAll((await world.start()).env)).toMatchObject([{ result: 'partial' }]);
    expect(world.clock.nowMs() - diedAtMs).toBeGreaterThanOrEqual(LIMITS.deviceCallDeadlineMs);
    await expectSettled(world);
  });

  it('waits for a call that whoever undoes had given up', async () => {
    const world = await createWorld();
    const { env } = await world.start();
    world.fault({ operation: 'ensureVolume', before: 'ambiguous', times: 1 });
    world.fault({ operation: 'ensureVolume', before: 'invalid' });
    const startedMs = world.clock.nowMs();
    expect(await runPlan(env, await planOf(world, units()), NO_WAIT)).toMatchObject({ status: 'partial' });
    expect(world.clock.nowMs() - startedMs).toBeGreaterThanOrEqual(LIMITS.deviceCallDeadlineMs);
    await expectSettled(world);
  });

  it('waits for nothing when all calls were answered', async () => {
    const world = await createWorld();
    const { env } = await world.start();
    world.fault({ operation: 'ensureVolume', before: 'invalid' });
    const startedMs = world.clock.nowMs();
    expect(await runPlan(env, await planOf(world, units()), NO_WAIT)).toMatchObject({ status: 'partial' });
    expect(world.clock.nowMs() - startedMs).toBeLessThan(1_000);
  });
});

describe('what a recovery has made', () => {
  /** Resolves with the time from the death of who made it to when the volume was deleted. */
  async function removedAfter(point: string): Promise<number> {
    const estate = await createEstate();
    await estate.applied(infrastructure());
    const declared = stack({ volumes: { a: 'onRemove: delete', b: null } });
    const diedAtMs = await killedAt(estate, point, declared);
    expect((await estate.run('recover', {})).outcome).toBe('ok');
    // At once: nobody else had to wait for it.
    expect(estate.clock.nowMs() - diedAtMs).toBeLessThan(LIMITS.deviceCallDeadlineMs);
    let deletedAtMs = 0;
    estate.crashPoint = (name) => {
      if (name === 'step:before-call:volume.delete') deletedAtMs = estate.clock.nowMs();
    };
    await estate.applied(stack({ volumes: { b: null } }));
    return deletedAtMs - diedAtMs;
  }

  async function killedAt(estate: Estate, point: string, declared: ReturnType<typeof stack>): Promise<number> {
    estate.crashPoint = (name) => {
      if (name === point) throw new Killed(name);
    };
    await expect(estate.apply(declared)).rejects.toThrow(Killed);
    const diedAtMs = estate.clock.nowMs();
    estate.crashPoint = () => {};
    estate.restart();
    return diedAtMs;
  }

  it('is removed only when no call of the dead can make it again', async () => {
    const afterMs = await removedAfter('step:before-call:volume.create');
    expect(afterMs).toBeGreaterThanOrEqual(LIMITS.deviceCallDeadlineMs);
  });

  it('is removed at once when all calls of the dead were answered', async () => {
    expect(await removedAfter('unit:before-end')).toBeLessThan(LIMITS.deviceCallDeadlineMs);
  });
});
