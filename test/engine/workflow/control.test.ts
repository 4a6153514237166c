/** Asking running workflows to stop: freeze, suspend, cancel; and what a person says when a device can't be asked. */
import { describe, expect, it } from 'vitest';
import type { Unit } from '../../../src/engine/planner/plan.ts';
import { attest } from '../../../src/engine/workflow/attest.ts';
import { breakHold } from '../../../src/engine/workflow/break-claims.ts';
import { freeze, requestStop, thaw } from '../../../src/engine/workflow/control.ts';
import { openWorkflowIds } from '../../../src/engine/workflow/open-workflows.ts';
import { recoverAll, recoverWorkflow } from '../../../src/engine/workflow/recover.ts';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import { readTasks } from '../../../src/engine/workflow/tasks.ts';
import { expectSettled, snapshot } from './invariants.ts';
import { createVolumeUnit, deleteVolumeUnit, exportUnit, fullUnits, planOf, quarantineUnit } from './plans.ts';
import { ACTOR, createWorld, type World } from './world.ts';

const NO_WAIT = { claimWaitMs: 0 };
const FREEZE = { by: ACTOR, atMs: 1, why: 'firmware upgrade' };

/** Runs `then` once, right before the `number`-th changing call of the array. */
function beforeChange(world: World, number: number, then: () => Promise<unknown>): void {
  let seen = 0;
  world.onCall = async (operation) => {
    if (/^(identify|list|read|find|poll|sample)/.test(operation) || ++seen !== number) return;
    await then();
  };
}

describe('freeze', () => {
  it('lets no step begin any more, whichever is under way, and what is open goes on after thaw', async () => {
    for (let number = 1; number <= 8; number++) {
      const world = await createWorld();
      let changesAtFreeze = -1;
      beforeChange(world, number, async () => {
        await freeze(world.store, FREEZE);
        changesAtFreeze = world.changes.length;
      });
      const { env } = await world.start();
      const result = await runPlan({ ...env, pace: { unitsInFlight: 1 } }, await planOf(world, fullUnits()), NO_WAIT);
      world.onCall = undefined;
      // The call before which it was frozen had its intent already, and ends.
      expect(world.changes.length).toBeLessThanOrEqual(changesAtFreeze + 1);
      expect(result.status).toBe(number === 8 ? 'done' : 'frozen');
      const { env: other } = await world.start();
      const made = world.changes.length;
      const recovered = await recoverAll(other);
      if (result.status === 'frozen') expect(recovered).toMatchObject([{ result: 'frozen' }]);
      expect(world.changes).toHaveLength(made);
      expect(await thaw(world.store)).toEqual(FREEZE);
      await recoverAll(other);
      expect(snapshot(world).volumes).toHaveLength(3);
      await expectSettled(world);
    }
  });

  it('keeps a plan from beginning, and says who froze it and why', async () => {
    const world = await createWorld();
    await freeze(world.store, FREEZE);
    expect(await freeze(world.store, { ...FREEZE, why: 'something else' })).toEqual(FREEZE);
    const { env } = await world.start();
    const result = await runPlan(env, await planOf(world, fullUnits()), NO_WAIT);
    expect(result).toMatchObject({ status: 'frozen', diagnostics: [{ code: 'COPRHD-APPLY-009' }] });
    expect(result.diagnostics[0]!.detail).toContain('firmware upgrade');
    expect(world.changes).toEqual([]);
    await expectSettled(world);
  });
});

describe('a running workflow that is asked', () => {
  it('to suspend keeps everything as it is until a person decides', async () => {
    const world = await createWorld();
    beforeChange(world, 2, async () => {
      const [id] = await openWorkflowIds(world.store);
      await requestStop(world.store, id!, { want: 'suspend', units: 'all', by: ACTOR, atMs: 1 });
    });
    const { env } = await world.start();
    const result = await runPlan({ ...env, pace: { unitsInFlight: 1 } }, await planOf(world, fullUnits()), NO_WAIT);
    expect(result.status).toBe('suspended');
    expect((await readTasks(env)).map(({ state }) => state)).toContain('suspended_no_error');
    world.onCall = undefined;
    const { env: other } = await world.start();
    expect(await recoverAll(other)).toMatchObject([{ result: 'suspended' }]);
    expect(await recoverWorkflow(other, result.workflow, { by: 'anna' })).toMatchObject({ result: 'finished' });
    await expectSettled(world);
  });

  it('to cancel undoes what runs and begins nothing more; what is done stays', async () => {
    for (let number = 1; number <= 8; number++) {
      const world = await createWorld();
      beforeChange(world, number, async () => {
        const [id] = await openWorkflowIds(world.store);
        await requestStop(world.store, id!, { want: 'cancel', units: 'all', by: ACTOR, atMs: 1 });
      });
      const { env } = await world.start();
      const result = await runPlan({ ...env, pace: { unitsInFlight: 1 } }, await planOf(world, fullUnits()), NO_WAIT);
      const states = result.units.map(({ state }) => state);
      for (const state of states) expect(['done', 'undone', 'not-started']).toContain(state);
      if (result.status === 'partial') {
        const tasks = await readTasks(env);
        const cancelled = tasks.filter(({ serviceError }) => serviceError?.code === 'COPRHD-APPLY-007');
        expect(cancelled.length).toBeGreaterThan(0);
        expect(cancelled[0]!.serviceError!.details).toContain(`cancelled by ${ACTOR.name}`);
      }
      await expectSettled(world);
    }
  });

  it('to cancel one unit leaves the others alone', async () => {
    const world = await createWorld();
    beforeChange(world, 1, async () => {
      const [id] = await openWorkflowIds(world.store);
      await requestStop(world.store, id!, { want: 'cancel', units: ['export.ora'], by: ACTOR, atMs: 1 });
    });
    const { env } = await world.start();
    const units = [createVolumeUnit(1), exportUnit([1], ['volume.data-1']), createVolumeUnit(2)];
    const result = await runPlan(env, await planOf(world, units), NO_WAIT);
    expect(result.units.map(({ state }) => state)).toEqual(['done', 'not-started', 'done']);
    await expectSettled(world);
  });
});

describe('a person who says what became of a step', () => {
  const silent = (world: World) => world.fault({ operation: '*', before: 'transient' });

  async function unknownOutcome(took = true): Promise<{ world: World; workflow: string }> {
    const world = await createWorld();
    world.fault({
      operation: 'ensureVolume',
      ...(took ? { after: true } : { before: 'ambiguous' as const }),
      times: 1,
    });
    world.onCall = (operation) => {
      if (operation === 'ensureVolume') silent(world);
    };
    const { env } = await world.start();
    const result = await runPlan(env, await planOf(world, [createVolumeUnit(1)]), NO_WAIT);
    world.onCall = undefined;
    return { world, workflow: result.workflow };
  }

  it('is believed where the device does not answer', async () => {
    const { world, workflow } = await unknownOutcome();
    const { env } = await world.start();
    const result = await recoverWorkflow(env, workflow, {
      by: 'anna',
      rollback: 'all',
      attest: (run) => attest(run, run.plan.units[0]!, 'absent', 'anna'),
    });
    expect(result).toMatchObject({ result: 'partial' });
    expect(result!.steps.map(({ verdict }) => verdict).join()).toContain('absent, said anna');
    expect((await openWorkflowIds(world.store)).length).toBe(0);
  });

  it('to suspend what has an unknown outcome waits for a decision, as everything that somebody suspended', async () => {
    const { world, workflow } = await unknownOutcome(false);
    world.clearFaults();
    await requestStop(world.store, workflow, { want: 'suspend', units: 'all', by: ACTOR, atMs: 1 });
    const { env } = await world.start();
    expect(await recoverWorkflow(env, workflow)).toMatchObject({ result: 'suspended' });
    // Nobody goes on before that.
    expect(await recoverWorkflow((await world.start()).env, workflow)).toMatchObject({
      result: 'suspended',
      steps: [],
    });
    expect(await recoverWorkflow((await world.start()).env, workflow, { by: 'anna' })).toMatchObject({
      result: 'finished',
    });
    await expectSettled(world);
  });

  it('ends a removal of which the undo got stuck because the array is gone', async () => {
    const world = await createWorld();
    const { env: first } = await world.start();
    await runPlan(first, await planOf(world, [createVolumeUnit(1)]), NO_WAIT);
    const plan = await planOf(world, [await deleteVolumeUnit(world, 1)]);
    silent(world);
    const { env } = await world.start();
    const stuck = await runPlan(env, plan, NO_WAIT);
    expect(stuck.status).toBe('unknown');
    const { env: other } = await world.start();
    const result = await recoverWorkflow(other, stuck.workflow, {
      by: 'anna',
      forward: new Set(['volume.data-1']),
      attest: (run) => attest(run, run.plan.units[0]!, 'absent', 'anna'),
    });
    expect(result).toMatchObject({ result: 'finished' });
    expect((await openWorkflowIds(world.store)).length).toBe(0);
  });

  it('is not believed where the device answers', async () => {
    const { world, workflow } = await unknownOutcome();
    world.clearFaults();
    const { env } = await world.start();
    const result = await recoverWorkflow(env, workflow, {
      by: 'anna',
      rollback: 'all',
      attest: (run) => attest(run, run.plan.units[0]!, 'absent', 'anna'),
    });
    expect(result!.steps.map(({ verdict }) => verdict).join()).not.toContain('said');
    expect(snapshot(world).volumes).toEqual([]);
    await expectSettled(world);
  });
});

describe('a unit that has done what can not be undone', () => {
  /** Deletes volume 1, and then renames volume 2: a unit as no planner makes it today. */
  async function deletingUnit(world: World): Promise<Unit> {
    const { env } = await world.start();
    const plan = await planOf(world, [createVolumeUnit(1), createVolumeUnit(2)]);
    expect((await runPlan(env, plan, NO_WAIT)).status).toBe('done');
    const [gone, renamed] = [await deleteVolumeUnit(world, 1), await quarantineUnit(world, 2)];
    return { ...gone, writes: [...gone.writes, ...renamed.writes], steps: [...gone.steps, ...renamed.steps] };
  }

  it('is not cancelled any more: it goes forward', async () => {
    const world = await createWorld();
    const unit = await deletingUnit(world);
    beforeChange(world, 1, async () => {
      const [id] = await openWorkflowIds(world.store);
      await requestStop(world.store, id!, { want: 'cancel', units: 'all', by: ACTOR, atMs: 1 });
    });
    const { env } = await world.start();
    const result = await runPlan(env, await planOf(world, [unit]), NO_WAIT);
    expect(result.units.map(({ state }) => state)).toEqual(['done']);
    await expectSettled(world);
  });

  it('stays as it is when a later step fails, for a person to go on with', async () => {
    const world = await createWorld();
    const unit = await deletingUnit(world);
    world.fault({ operation: 'renameVolume', before: 'invalid', times: 1 });
    const { env } = await world.start();
    const result = await runPlan(env, await planOf(world, [unit]), NO_WAIT);
    expect(result.status).toBe('suspended');
    const { env: other } = await world.start();
    expect(await recoverWorkflow(other, result.workflow, { by: 'anna' })).toMatchObject({ result: 'finished' });
    await expectSettled(world);
  });
});

describe('the hold of a process', () => {
  it('is broken only when it is dead or somebody insists, and then it writes nothing more', async () => {
    const world = await createWorld();
    const holder = await world.start();
    let answer: string[] = [];
    beforeChange(world, 1, async () => {
      const { env } = await world.start();
      const [id] = await openWorkflowIds(world.store);
      answer = [await breakHold(env, id!, false), await breakHold(env, id!, true)];
    });
    const run = runPlan(holder.env, await planOf(world, fullUnits()), NO_WAIT);
    await run;
    expect(answer).toEqual(['alive', 'broken']);
    const made = world.changes.length;
    expect(made).toBeLessThanOrEqual(2);
    world.onCall = undefined;
    const { env } = await world.start();
    expect(await recoverAll(env)).toMatchObject([{ result: 'finished' }]);
    await expectSettled(world);
  });
});
