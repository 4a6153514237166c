/** Single steps against a device that fails, lies or was edited by hand. */
import { describe, expect, it } from 'vitest';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import type { Unit } from '../../../src/engine/planner/plan.ts';
import { recoverAll } from '../../../src/engine/workflow/recover.ts';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { expectSettled, snapshot } from './invariants.ts';
import { createVolumeUnit, expandUnit, exportUnit, fullUnits, laterMapUnit, planOf, unexportUnit } from './plans.ts';
import { createWorld, GIB, SYSTEM, urnOf, type World } from './world.ts';

async function run(world: World, units: readonly Unit[]) {
  const process = await world.start();
  const result = await runPlan(process.env, await planOf(world, units, { predicates: [] }), { claimWaitMs: 0 });
  return { ...result, events: process.events, states: result.units.map(({ state }) => state) };
}

async function recover(world: World) {
  return recoverAll((await world.start()).env);
}

async function withExport(): Promise<World> {
  const world = await createWorld();
  expect((await run(world, [createVolumeUnit(1), exportUnit([1], ['volume.data-1'])])).status).toBe('done');
  return world;
}

describe('errors of a device', () => {
  it.each(['transient', 'busy'] as const)('%s: the call is repeated after a pause', async (errorClass) => {
    const world = await createWorld();
    world.fault({ operation: 'ensureVolume', before: errorClass, times: 3 });
    const { status, events } = await run(world, [createVolumeUnit(1)]);
    expect(status).toBe('done');
    expect(events.filter(({ type }) => type === 'step.retry')).toHaveLength(3);
    await expectSettled(world);
  });

  it('a bounded number of times', async () => {
    const world = await createWorld();
    world.fault({ operation: 'ensureVolume', before: 'busy' });
    const { status, states } = await run(world, [createVolumeUnit(1)]);
    expect([status, states]).toEqual(['partial', ['undone']]);
    expect(world.changes).toHaveLength(LIMITS.retryAttemptsMax);
    await expectSettled(world);
  });

  it.each(['invalid', 'unsupported', 'capacity', 'conflict', 'exists', 'not-found'] as const)(
    '%s: the unit fails at once and nothing is left of it',
    async (errorClass) => {
      const world = await createWorld();
      world.fault({ operation: 'ensureVolume', before: errorClass });
      const { status, states, diagnostics } = await run(world, [createVolumeUnit(1)]);
      expect([status, states]).toEqual(['partial', ['undone']]);
      expect(diagnostics[0]?.code).toBe('COPRHD-DEVICE-002');
      expect(world.changes).toHaveLength(1);
      await expectSettled(world);
    },
  );

  it('auth: the session is opened again, once', async () => {
    const world = await createWorld();
    world.fault({ operation: 'ensureVolume', before: 'auth', times: 1 });
    expect((await run(world, [createVolumeUnit(1)])).status).toBe('done');
    world.fault({ operation: 'ensureVolume', before: 'auth' });
    expect((await run(world, [createVolumeUnit(2)])).states).toEqual(['undone']);
    expect(world.changes).toHaveLength(4);
  });

  it('a driver that breaks is taken for "not known" and looked after', async () => {
    const world = await createWorld();
    let broken = 0;
    world.onCall = (operation) => {
      if (operation === 'ensureVolume' && broken++ === 0) throw new TypeError('x is not a function');
    };
    expect((await run(world, [createVolumeUnit(1)])).status).toBe('done');
    expect(snapshot(world).volumes).toHaveLength(1);
  });
});

describe('an answer that got lost', () => {
  it.each(['ensureVolume', 'ensureMask', 'ensureMapping', 'startZeroing'])(
    'after %s had its effect: found out, not repeated',
    async (operation) => {
      const world = await createWorld();
      world.fault({ operation, after: true, times: 1 });
      const units = [createVolumeUnit(1, true), exportUnit([1], ['volume.data-1'])];
      expect((await run(world, units)).status).toBe('done');
      // A zeroing job without a known handle is the one thing to start again: two starts are one job.
      const repeats = operation === 'startZeroing' ? 2 : 1;
      expect(world.changes.filter((name) => name === operation)).toHaveLength(repeats);
      await expectSettled(world);
    },
  );

  it('before the effect: done again', async () => {
    const world = await createWorld();
    world.fault({ operation: 'ensureVolume', before: 'ambiguous', times: 1 });
    expect((await run(world, [createVolumeUnit(1)])).status).toBe('done');
    expect(world.changes).toEqual(['ensureVolume', 'ensureVolume']);
    await expectSettled(world);
  });

  it('and a device that does not answer: suspended, and recovery finds out', async () => {
    const world = await createWorld();
    world.fault({ operation: 'ensureVolume', after: true, times: 1 });
    // The look before the first call still works, then nothing does.
    world.onCall = (operation) => {
      if (operation === 'ensureVolume') world.fault({ operation: 'findVolume', before: 'transient' });
    };
    const { status, states, workflow, diagnostics } = await run(world, [
      createVolumeUnit(1),
      exportUnit([1], ['volume.data-1']),
    ]);
    expect([status, states]).toEqual(['unknown', ['unknown', 'not-started']]);
    expect(diagnostics[0]).toMatchObject({ code: 'COPRHD-APPLY-002', address: 'erp/volume.data-1' });
    const record = (await world.get(urnOf('volume', 1)))?.record;
    expect(record).toMatchObject({ status: { phase: 'suspect' }, claim: { workflow } });

    world.onCall = undefined;
    expect(await recover(world)).toMatchObject([{ workflow, result: 'unknown' }]);
    world.clearFaults();
    const [recovered] = await recover(world);
    expect(recovered).toMatchObject({ result: 'finished', steps: [{ step: 'create', verdict: 'done' }] });
    expect(world.changes.filter((name) => name === 'ensureVolume')).toHaveLength(1);
    expect(snapshot(world).masks[0]?.mappings).toHaveLength(1);
    await expectSettled(world);
  });

  it('what waits for a suspended workflow is told so at once', async () => {
    const world = await createWorld();
    expect((await run(world, [createVolumeUnit(1)])).status).toBe('done');
    world.onCall = (operation) => {
      if (operation === 'expandVolume') world.fault({ operation: '*', before: 'ambiguous' });
    };
    const plan = await planOf(world, [await expandUnit(world, 1, 3 * GIB)]);
    expect((await run(world, [await expandUnit(world, 1, 2 * GIB)])).status).toBe('unknown');
    const startedMs = world.clock.nowMs();
    const result = await runPlan((await world.start()).env, plan, { claimWaitMs: 3_600_000 });
    expect(result).toMatchObject({ status: 'claimed', diagnostics: [{ code: 'COPRHD-APPLY-005' }] });
    expect(world.clock.nowMs() - startedMs).toBeLessThan(600_000);
  });
});

describe('undo', () => {
  it('takes the steps back in reverse and leaves other units alone', async () => {
    const world = await createWorld();
    world.fault({ operation: 'ensureMapping', before: 'invalid', match: '"hlu":2' });
    const { status, states } = await run(world, fullUnits());
    expect([status, states]).toEqual(['partial', ['done', 'done', 'undone', 'done', 'not-started']]);
    expect(world.changes.slice(-2)).toEqual(['removeMapping', 'deleteMask']);
    expect(snapshot(world).volumes).toHaveLength(3);
    await expectSettled(world);
  });

  it('removes what a lost answer had made', async () => {
    const world = await createWorld();
    const unit = createVolumeUnit(1, true);
    world.fault({ operation: 'ensureVolume', after: true, times: 1 });
    world.fault({ operation: 'startZeroing', before: 'unsupported' });
    expect((await run(world, [unit])).states).toEqual(['undone']);
    expect(snapshot(world).volumes).toEqual([]);
    await expectSettled(world);
  });

  it('leaves what was there before the plan came to it', async () => {
    const world = await createWorld();
    const units = [createVolumeUnit(1), createVolumeUnit(2), exportUnit([1], ['volume.data-1'])];
    expect((await run(world, units)).status).toBe('done');
    // Somebody mapped it by hand where the plan is about to.
    world.edit({ edit: 'add-mapping', mask: 'ora-1-abcd', volume: 'data-2-abcd', hlu: 2 });
    const later = laterMapUnit(2, 2, []);
    const bad = { ...later.steps[0]!, id: 'bad', args: { ...later.steps[0]!.args, hlu: 1 } } as Unit['steps'][number];
    const { states } = await run(world, [{ ...later, steps: [later.steps[0]!, bad] }]);
    expect(states).toEqual(['undone']);
    expect(snapshot(world).masks[0]?.mappings.map(({ hlu }) => hlu)).toEqual([1, 2]);
  });

  it('that fails leaves the unit suspect, and recovery tries it again', async () => {
    const world = await createWorld();
    world.fault({ operation: 'startZeroing', before: 'invalid' });
    world.fault({ operation: 'deleteVolume', before: 'conflict' });
    const { status, states, diagnostics } = await run(world, [createVolumeUnit(1, true)]);
    expect([status, states]).toEqual(['partial', ['failed']]);
    expect(diagnostics[0]?.code).toBe('COPRHD-APPLY-006');
    expect((await world.get(urnOf('volume', 1)))?.record.status.phase).toBe('suspect');
    world.clearFaults();
    expect(await recover(world)).toMatchObject([{ result: 'partial' }]);
    expect(snapshot(world).volumes).toEqual([]);
    await expectSettled(world);
  });

  it('never deletes a volume that somebody maps', async () => {
    const world = await createWorld();
    world.fault({ operation: 'startZeroing', before: 'invalid' });
    world.onCall = (operation) => {
      if (operation !== 'startZeroing') return;
      world.edit({ edit: 'add-mask', name: 'foreign', initiators: ['iqn.2026-01.example:other'] });
      world.edit({ edit: 'add-mapping', mask: 'foreign', volume: 'data-1-abcd', hlu: 7 });
    };
    const { states, units } = await run(world, [createVolumeUnit(1, true)]);
    expect(states).toEqual(['failed']);
    expect(units[0]?.error).toContain('still mapped');
    expect(snapshot(world).volumes).toHaveLength(1);
    expect(world.changes).not.toContain('deleteVolume');
  });

  it('leaves to a person what somebody has taken over in the meantime', async () => {
    const world = await createWorld();
    const tag = JSON.stringify({ installation: 'x', urn: 'y', nativeIdentity: 'vol-000001', epoch: 1 });
    world.onCall = (operation) => {
      if (operation !== 'startZeroing') return;
      world.edit({ edit: 'tag-volume', volume: 'data-1-abcd', tag });
      throw new DriverError({ class: 'invalid', message: 'no' });
    };
    const { states, units } = await run(world, [createVolumeUnit(1, true)]);
    expect(states).toEqual(['failed']);
    expect(units[0]?.error).toContain('mark of installation x');
    expect(world.changes).not.toContain('deleteVolume');
  });

  it('a mask that was removed comes back with its new native id', async () => {
    const world = await withExport();
    const before = (await world.get(urnOf('exportMask', 1)))?.record;
    const unit = await unexportUnit(world, [1]);
    const bad = {
      id: 'bad',
      system: SYSTEM,
      form: 'call',
      kind: 'volume.delete',
      args: { volume: urnOf('volume', 1) },
    } as const;
    world.fault({ operation: 'deleteVolume', before: 'invalid' });
    expect((await run(world, [{ ...unit, steps: [...unit.steps, bad] }])).states).toEqual(['undone']);
    const after = (await world.get(urnOf('exportMask', 1)))?.record;
    const [mask] = snapshot(world).masks;
    expect(mask?.mappings.map(({ hlu }) => hlu)).toEqual([1]);
    expect(after?.status.device?.nativeId).toBe(mask?.id);
    expect(after?.status.device?.nativeId).not.toBe(before?.status.device?.nativeId);
    await expectSettled(world);
  });
});
