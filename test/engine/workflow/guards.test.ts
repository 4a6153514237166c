/** What the executor refuses to do to a device, and what it looks at before it destroys. */
import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import type { Unit } from '../../../src/engine/planner/plan.ts';
import { recoverAll } from '../../../src/engine/workflow/recover.ts';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import { expectSettled, snapshot } from './invariants.ts';
import {
  changed,
  createVolumeUnit,
  deleteVolumeUnit,
  expandUnit,
  exportUnit,
  planOf,
  quarantineUnit,
  replaceInitiatorUnit,
  unexportUnit,
} from './plans.ts';
import { createWorld, GIB, IQN, Killed, SYSTEM, urnOf, type World } from './world.ts';

async function run(world: World, units: readonly Unit[]) {
  const process = await world.start();
  const result = await runPlan(process.env, await planOf(world, units, { predicates: [] }), { claimWaitMs: 0 });
  return { ...result, events: process.events, states: result.units.map(({ state }) => state) };
}

async function withExport(): Promise<World> {
  const world = await createWorld();
  expect((await run(world, [createVolumeUnit(1), exportUnit([1], ['volume.data-1'])])).status).toBe('done');
  return world;
}

describe('what is looked at again before it is destroyed', () => {
  it.each(['other-installation', 'no mark'])('a volume with %s is not deleted', async (what) => {
    const world = await createWorld();
    await run(world, [createVolumeUnit(1)]);
    const tag =
      what === 'no mark'
        ? null
        : JSON.stringify({ installation: 'x', urn: 'y', nativeIdentity: 'vol-000001', epoch: 1 });
    const unit = await deleteVolumeUnit(world, 1);
    world.edit({ edit: 'tag-volume', volume: 'data-1-abcd', tag });
    const { states, diagnostics } = await run(world, [unit]);
    expect(states).toEqual(['undone']);
    expect(diagnostics[0]?.code).toBe('COPRHD-HELD-011');
    expect(world.changes).toEqual(['ensureVolume']);
    expect((await world.get(urnOf('volume', 1)))?.record.status.phase).toBe('ready');
  });

  it('a volume whose identity differs from the record is not deleted', async () => {
    const world = await createWorld();
    await run(world, [createVolumeUnit(1)]);
    const { record } = (await world.get(urnOf('volume', 1)))!;
    const device = { ...record.status.device!, wwn: '6'.repeat(32) };
    await world.put({ ...record, status: { ...record.status, device } });
    const { states, diagnostics } = await run(world, [await deleteVolumeUnit(world, 1)]);
    expect(states).toEqual(['undone']);
    expect(diagnostics[0]?.code).toBe('COPRHD-HELD-011');
    expect(world.changes).toEqual(['ensureVolume']);
  });

  it.each([
    ['deleted', deleteVolumeUnit],
    ['quarantined', quarantineUnit],
  ] as const)('a volume that is still mapped is not %s, and its holder is named', async (_what, unitOf) => {
    const world = await withExport();
    const { states, diagnostics } = await run(world, [await unitOf(world, 1)]);
    expect(states).toEqual(['undone']);
    expect(diagnostics[0]).toMatchObject({ code: 'COPRHD-HELD-004', detail: expect.stringContaining('mask-') });
    expect(snapshot(world).volumes[0]).toMatchObject({ quarantined: false });
    await expectSettled(world);
  });

  it('idle evidence does not outlive a login, attested evidence does', async () => {
    const world = await withExport();
    world.edit({ edit: 'login', initiator: IQN });
    const refused = await run(world, [await unexportUnit(world, [1], 'idle')]);
    expect(refused.states).toEqual(['undone']);
    expect(refused.diagnostics[0]?.code).toBe('COPRHD-HELD-005');
    expect(snapshot(world).masks[0]?.mappings).toHaveLength(1);
    await expectSettled(world);
    const unit = await unexportUnit(world, [1], 'attested');
    world.edit({ edit: 'logout', initiator: IQN });
    expect((await run(world, [unit])).states).toEqual(['done']);
  });

  it('an initiator that has logged in meanwhile is not taken out of its mask, unless somebody vouched for it', async () => {
    const world = await withExport();
    world.edit({ edit: 'login', initiator: IQN });
    const refused = await run(world, [await replaceInitiatorUnit(world, 'idle')]);
    expect(refused.states).toEqual(['undone']);
    expect(refused.diagnostics[0]?.code).toBe('COPRHD-HELD-005');
    expect(snapshot(world).masks[0]?.initiators).toEqual([IQN]);
    expect((await run(world, [await replaceInitiatorUnit(world, 'attested')])).states).toEqual(['done']);
    expect(snapshot(world).masks[0]?.initiators).toEqual([`${IQN}-new`]);
  });

  it('another volume at the HLU is left alone', async () => {
    const world = await withExport();
    world.edit({ edit: 'add-volume', name: 'foreign', pool: 'fast', sizeBytes: GIB });
    const unit = await unexportUnit(world, [1]);
    world.edit({ edit: 'delete-mapping', mask: 'ora-1-abcd', hlu: 1 });
    world.edit({ edit: 'add-mapping', mask: 'ora-1-abcd', volume: 'foreign', hlu: 1 });
    const { states } = await run(world, [unit]);
    expect(states).toEqual(['undone']);
    expect(snapshot(world).masks[0]?.mappings).toMatchObject([{ hlu: 1, volume: expect.any(String) }]);
    expect(world.changes).not.toContain('removeMapping');
  });

  it('a volume that is gone is not made again by growing it', async () => {
    const world = await createWorld();
    await run(world, [createVolumeUnit(1)]);
    const unit = await expandUnit(world, 1, 2 * GIB);
    world.edit({ edit: 'delete-volume', volume: 'data-1-abcd' });
    const { states, diagnostics } = await run(world, [unit]);
    expect(states).toEqual(['undone']);
    expect(diagnostics[0]?.code).toBe('COPRHD-HELD-001');
    expect(snapshot(world).volumes).toEqual([]);
  });

  it('a new thick volume is not shown to anybody before it is zeroed', async () => {
    const world = await createWorld();
    const unit = createVolumeUnit(1, true);
    const unzeroed = { ...unit, steps: unit.steps.slice(0, 1) };
    const { states, diagnostics } = await run(world, [unzeroed, exportUnit([1], ['volume.data-1'])]);
    expect(states).toEqual(['done', 'undone']);
    expect(diagnostics[0]?.detail).toContain('not zeroed');
    await expectSettled(world);
  });
});

it('what lost our mark under an open intent is neither taken for done nor deleted', async () => {
  const world = await createWorld();
  const process = await world.start({
    crashPoint: (name) => {
      if (name === 'step:after-call:volume.create') throw new Killed(name);
    },
  });
  const plan = await planOf(world, [createVolumeUnit(1)]);
  await expect(runPlan(process.env, plan, { claimWaitMs: 0 })).rejects.toThrow(Killed);
  process.kill();
  world.edit({ edit: 'tag-volume', volume: 'data-1-abcd', tag: null });
  const recovered = await recoverAll((await world.start()).env);
  expect(recovered).toMatchObject([{ result: 'partial', steps: [{ verdict: 'not-done' }] }]);
  expect(world.changes).not.toContain('deleteVolume');
  expect(snapshot(world).volumes).toHaveLength(1);
  expect((await world.get(urnOf('volume', 1)))?.record.status.phase).toBe('suspect');
});

describe('a device that may not be changed', () => {
  const setSystem = async (world: World, change: (system: ResourceRecord<'storageSystem'>) => ResourceRecord) => {
    await world.put(change((await world.get<'storageSystem'>(SYSTEM))!.record));
  };

  it.each([
    ['observe', 'COPRHD-HELD-006'],
    ['propose', 'COPRHD-HELD-006'],
  ] as const)('in mode %s is not called', async (mode, code) => {
    const world = await createWorld();
    await setSystem(world, (system) => ({ ...system, spec: { ...system.spec, mode } }));
    const { states, diagnostics } = await run(world, [createVolumeUnit(1)]);
    expect([states, diagnostics[0]?.code]).toEqual([['undone'], code]);
    expect(world.changes).toEqual([]);
    await expectSettled(world);
  });

  it.each([
    [{}, 'COPRHD-HELD-007'],
    [{ pools: ['other'] }, 'COPRHD-HELD-007'],
  ] as const)('with scope %o is not called', async (scope, code) => {
    const world = await createWorld();
    await run(world, [createVolumeUnit(2)]);
    world.changes.length = 0;
    await setSystem(
      world,
      (system) => ({ ...system, spec: { ...system.spec, scope: { ...scope } } }) as ResourceRecord,
    );
    const units = [createVolumeUnit(1), await expandUnit(world, 2, 2 * GIB)];
    const { states, diagnostics } = await run(world, units);
    expect([states, diagnostics.map((d) => d.code)]).toEqual([
      ['undone', 'undone'],
      [code, code],
    ]);
    expect(world.changes).toEqual([]);
  });
});

describe('a job', () => {
  it('that the device lost is started again', async () => {
    const world = await createWorld();
    let polls = 0;
    world.onCall = (operation) => {
      if (operation === 'pollZeroing' && polls++ === 0) world.edit({ edit: 'restart' });
    };
    expect((await run(world, [createVolumeUnit(1, true)])).status).toBe('done');
    expect(world.changes).toEqual(['ensureVolume', 'startZeroing', 'startZeroing']);
    await expectSettled(world);
  });

  it('reports progress and survives polls that fail', async () => {
    const world = await createWorld();
    world.fault({ operation: 'pollZeroing', before: 'transient', times: 2 });
    const { status, events } = await run(world, [createVolumeUnit(1, true)]);
    expect(status).toBe('done');
    expect(events.some(({ type }) => type === 'step.progress')).toBe(true);
  });
});

it('an imported volume is marked, and the mark comes off again when the unit fails', async () => {
  const world = await createWorld();
  world.edit({ edit: 'add-volume', name: 'old', pool: 'fast', sizeBytes: GIB });
  const [found] = snapshot(world).volumes;
  const record = createVolumeUnit(1).writes[0]!;
  const mark = {
    id: 'mark',
    system: SYSTEM,
    form: 'call',
    kind: 'volume.mark',
    args: { volume: record.urn, nativeId: found!.id, wwn: found!.wwn!, unmarked: true },
  } as const;
  const rename = {
    id: 'rename',
    system: SYSTEM,
    form: 'call',
    kind: 'volume.rename',
    args: { volume: record.urn, from: 'old', to: 'new', quarantined: false },
  } as const;
  const unit = { ...createVolumeUnit(1), action: 'adopt' as const, steps: [mark, rename] };
  world.fault({ operation: 'renameVolume', before: 'invalid', times: 1 });
  expect((await run(world, [unit])).states).toEqual(['undone']);
  expect(snapshot(world).volumes[0]?.tag).toBeUndefined();
  await expectSettled(world);
  expect((await run(world, [unit])).states).toEqual(['done']);
  expect((await world.get(record.urn))?.record.status.device).toMatchObject({ origin: 'imported', label: 'new' });
  await expectSettled(world);
  const write = await changed(world, record.urn, 'deleting', (r) => ({
    ...r,
    status: { phase: 'deleted', sinceMs: 9 },
  }));
  const unmark = {
    id: 'unmark',
    system: SYSTEM,
    form: 'call',
    kind: 'volume.unmark',
    args: { volume: record.urn },
  } as const;
  const { releases } = await deleteVolumeUnit(world, 1);
  expect(
    (await run(world, [{ ...unit, writes: [write], steps: [unmark], reservations: [], releases }])).states,
  ).toEqual(['done']);
  expect(snapshot(world).volumes).toMatchObject([{ name: 'new', id: found!.id }]);
  await expectSettled(world);
});
