/** What becomes of a plan when a step fails for good: --on-error, --atomic, and what a person decides afterwards. */
import { describe, expect, it } from 'vitest';
import type { Unit } from '../../../src/engine/planner/plan.ts';
import { readOpenWorkflows } from '../../../src/engine/workflow/open-workflows.ts';
import { previewRollback } from '../../../src/engine/workflow/preview.ts';
import { recoverAll, recoverWorkflow } from '../../../src/engine/workflow/recover.ts';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import { readTasks } from '../../../src/engine/workflow/tasks.ts';
import type { RunPolicy } from '../../../src/engine/workflow/types.ts';
import { expectSettled, snapshot } from './invariants.ts';
import { createVolumeUnit, exportUnit, fullUnits, laterMapUnit, planOf } from './plans.ts';
import { createWorld, Killed, type World } from './world.ts';

/** Volumes 1 and 2, an export of both, and a third volume that has nothing to do with them. */
const units = (): Unit[] => [
  createVolumeUnit(1),
  createVolumeUnit(2),
  exportUnit([1, 2], ['volume.data-1', 'volume.data-2']),
  createVolumeUnit(3),
];

async function run(world: World, policy: Partial<RunPolicy>, plan = units()) {
  const process = await world.start();
  const full = { onError: 'rollback', atomic: false, ...policy } as const;
  const result = await runPlan(process.env, await planOf(world, plan), { claimWaitMs: 0, policy: full });
  const states = Object.fromEntries(result.units.map(({ id, state }) => [id, state]));
  return { ...result, process, states };
}

const failMask = (world: World) => world.fault({ operation: 'ensureMask', before: 'invalid' });
const volumesOf = (world: World) => snapshot(world).volumes.length;

describe('a step that fails for good', () => {
  it('has its unit undone, and everything else goes on, unless something else was asked for', async () => {
    const world = await createWorld();
    failMask(world);
    const { status, states } = await run(world, {});
    expect(status).toBe('partial');
    expect(states).toMatchObject({ 'export.ora': 'undone', 'volume.data-1': 'done', 'volume.data-3': 'done' });
    await expectSettled(world);
  });

  it('stops everything with --on-error suspend, and nobody goes on before a person says so', async () => {
    const world = await createWorld();
    world.fault({ operation: 'ensureVolume', before: 'invalid', times: 1 });
    const { status, states, workflow } = await run(world, { onError: 'suspend' });
    expect(status).toBe('suspended');
    expect(Object.values(states).filter((state) => state === 'failed')).toHaveLength(1);
    expect(states['export.ora']).toBe('not-started');
    const { env } = await world.start();
    expect(await recoverAll(env)).toMatchObject([{ workflow, result: 'suspended' }]);
    expect(await recoverWorkflow(env, workflow, { by: 'anna' })).toMatchObject({ result: 'finished' });
    expect(volumesOf(world)).toBe(3);
    await expectSettled(world);
  });

  it('leaves its unit as it is with --on-error continue, and what does not depend on it finishes', async () => {
    const world = await createWorld();
    world.fault({ operation: 'ensureMapping', before: 'invalid' });
    const { status, states, workflow } = await run(world, { onError: 'continue' });
    expect(status).toBe('suspended');
    expect(states).toMatchObject({ 'export.ora': 'failed', 'volume.data-3': 'done', 'volume.data-1': 'done' });
    expect(snapshot(world).masks).toHaveLength(1);
    const { env } = await world.start();
    const rolled = await recoverWorkflow(env, workflow, { by: 'anna', rollback: 'all' });
    expect(rolled).toMatchObject({ result: 'partial' });
    expect(snapshot(world).masks).toEqual([]);
    expect(volumesOf(world)).toBe(3);
    await expectSettled(world);
  });

  it('shows what a rollback would undo, after asking the device, and changes nothing by it', async () => {
    const world = await createWorld();
    world.fault({ operation: 'ensureMapping', before: 'invalid' });
    const { workflow } = await run(world, { onError: 'continue' });
    const { env } = await world.start();
    const [open] = await readOpenWorkflows(env);
    const before = JSON.stringify([...world.array.kv.texts]);
    const revision = (await env.store.range({ prefix: 'w/' })).revision;
    expect(await previewRollback(env, open!)).toMatchObject([
      { step: 'map-1', verdict: 'not-done', action: 'nothing' },
      { step: 'mask', verdict: 'done', action: 'undo' },
    ]);
    world.edit({ edit: 'delete-mask', mask: 'ora-1-abcd' });
    expect(await previewRollback(env, open!)).toMatchObject([
      {},
      { step: 'mask', verdict: 'not-done', action: 'nothing' },
    ]);
    expect((await env.store.range({ prefix: 'w/' })).revision).toBe(revision);
    expect(before).toContain('ora-1-abcd');
    await recoverWorkflow(env, workflow, { by: 'anna', rollback: 'all' });
    await expectSettled(world);
  });

  it('a decision to roll back survives the death of who carries it out', async () => {
    for (let at = 0; ; at++) {
      const world = await createWorld();
      world.fault({ operation: 'ensureMapping', before: 'invalid' });
      const { workflow } = await run(world, { onError: 'suspend' });
      let seen = 0;
      const victim = await world.start({
        crashPoint: (point) => {
          if (seen++ === at) {
            victim.kill();
            throw new Killed(point);
          }
        },
      });
      const died = await recoverWorkflow(victim.env, workflow, { by: 'anna', rollback: 'all' }).then(
        () => false,
        () => true,
      );
      const { env } = await world.start();
      const [open] = await readOpenWorkflows(env);
      // Before it was written nothing was decided.
      if (open?.workflow.waitsFor) await recoverWorkflow(env, workflow, { by: 'anna', rollback: 'all' });
      else await recoverAll(env);
      expect(snapshot(world).masks).toEqual([]);
      await expectSettled(world);
      if (!died) {
        expect(at).toBeGreaterThan(5);
        break;
      }
    }
  });
});

describe('an atomic plan', () => {
  it('comes about as a whole', async () => {
    const world = await createWorld();
    const { status, states } = await run(world, { atomic: true }, fullUnits());
    expect(status).toBe('done');
    expect(new Set(Object.values(states))).toEqual(new Set(['done']));
    await expectSettled(world);
  });

  it('leaves nothing of it when one step fails, in whatever unit', async () => {
    for (const operation of ['ensureVolume', 'startZeroing', 'ensureMask', 'ensureMapping'] as const) {
      const world = await createWorld();
      const before = JSON.stringify(snapshot(world));
      world.fault({ operation, before: 'invalid' });
      const { status, states } = await run(world, { atomic: true }, fullUnits());
      expect(status).toBe('partial');
      expect(Object.values(states)).not.toContain('done');
      expect(JSON.stringify(snapshot(world))).toBe(before);
      expect((await world.ledger())?.committed.volumes ?? 0).toBe(0);
      await expectSettled(world);
    }
  });

  it('can be suspended, and then finished or taken back as a whole', async () => {
    for (const rollback of [false, true]) {
      const world = await createWorld();
      world.fault({ operation: 'ensureMapping', before: 'invalid', times: 1 });
      const plan = [createVolumeUnit(1), exportUnit([1], ['volume.data-1'])];
      const { status, states, workflow } = await run(world, { atomic: true, onError: 'suspend' }, plan);
      expect(status).toBe('suspended');
      expect(states).toEqual({ 'volume.data-1': 'prepared', 'export.ora': 'failed' });
      const { env } = await world.start();
      const decision = rollback ? ({ by: 'anna', rollback: 'all' } as const) : { by: 'anna' };
      const { result } = (await recoverWorkflow(env, workflow, decision))!;
      expect(result).toBe(rollback ? 'partial' : 'finished');
      expect(volumesOf(world)).toBe(rollback ? 0 : 1);
      await expectSettled(world);
    }
  });

  it.each([false, true])('is all or nothing wherever it is killed (a step fails: %s)', async (fails) => {
    for (let at = 0; ; at++) {
      const world = await createWorld();
      if (fails) world.fault({ operation: 'ensureMapping', before: 'invalid' });
      let seen = 0;
      const victim = await world.start({
        crashPoint: (point) => {
          if (seen++ === at) {
            victim.kill();
            throw new Killed(point);
          }
        },
      });
      const plan = await planOf(world, [
        createVolumeUnit(1),
        exportUnit([1], ['volume.data-1']),
        createVolumeUnit(3),
        laterMapUnit(3, 3, ['volume.data-3', 'export.ora']),
      ]);
      const policy = { onError: 'rollback', atomic: true } as const;
      const died = await runPlan(victim.env, plan, { claimWaitMs: 0, policy }).then(
        () => false,
        () => true,
      );
      const { env } = await world.start();
      await recoverAll(env);
      await expectSettled(world);
      const there = volumesOf(world);
      expect(there === 0 || (!fails && there === 2), `killed at point ${at}: ${there} volumes`).toBe(true);
      expect(snapshot(world).masks.length).toBe(there === 0 ? 0 : 1);
      if (!died) {
        expect(at).toBeGreaterThan(20);
        break;
      }
    }
  });
});

describe('tasks', () => {
  it('are one a unit, with what became of it, while it runs and for a week afterwards', async () => {
    const world = await createWorld();
    world.fault({ operation: 'ensureMapping', before: 'invalid' });
    const { workflow, process } = await run(world, { onError: 'continue' });
    const open = await readTasks(process.env);
    expect(
      open.map(({ name, state, progress, allowedOperations }) => [name, state, progress, allowedOperations]),
    ).toEqual([
      ['create volume', 'ready', 100, 'none_specified'],
      ['create volume', 'ready', 100, 'none_specified'],
      ['create export', 'suspended_error', 33, 'retry_rollback'],
      ['create volume', 'ready', 100, 'none_specified'],
    ]);
    expect(open[2]!.serviceError).toMatchObject({ code: 'COPRHD-DEVICE-002', retryable: true });
    expect(new Set(open.map(({ id }) => id)).size).toBe(4);
    const { env } = await world.start();
    await recoverWorkflow(env, workflow, { by: 'bert', rollback: 'all' });
    const after = await readTasks(env, { workflow });
    expect(after.map(({ id }) => id)).toEqual(open.map(({ id }) => id));
    expect(after[2]).toMatchObject({ state: 'error', serviceError: { code: 'COPRHD-APPLY-007' } });
    expect(after[2]!.serviceError!.details).toContain('rolled back by bert');
  });
});
