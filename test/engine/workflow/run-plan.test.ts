/** Running one plan: what is recorded and made, and when it is refused before anything is promised. */
import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import { recoverAll } from '../../../src/engine/workflow/recover.ts';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import { expectSettled, snapshot } from './invariants.ts';
import {
  changed,
  createVolumeUnit,
  EXPORT,
  expandUnit,
  exportUnit,
  fullUnits,
  laterMapUnit,
  MASK,
  planOf,
  unexportUnit,
  wwnOf,
} from './plans.ts';
import { createWorld, GIB, HOST, IQN, POOL, SYSTEM, urnOf, type World } from './world.ts';

const NO_WAIT = { claimWaitMs: 0 };

async function applied(world: World, units = fullUnits()) {
  const { env } = await world.start();
  const result = await runPlan(env, await planOf(world, units), NO_WAIT);
  expect(result.diagnostics).toEqual([]);
  expect(result.status).toBe('done');
}

const touch = (record: ResourceRecord): ResourceRecord => ({ ...record, tags: [...(record.tags ?? []), 'touched'] });

describe('a plan that goes through', () => {
  it('makes the objects, records what the device said, and leaves nothing behind', async () => {
    const world = await createWorld();
    await applied(world);
    await expectSettled(world);
    const volume = (await world.get(urnOf('volume', 1)))?.record;
    expect(volume?.status).toMatchObject({
      phase: 'ready',
      device: { system: SYSTEM, nativeId: 'vol-000001', wwn: wwnOf(urnOf('volume', 1)), provisionedBytes: GIB },
    });
    expect((await world.get(MASK))?.record.status.device).toMatchObject({ origin: 'created', label: 'ora-1-abcd' });
    const [mask] = snapshot(world).masks;
    expect(mask?.initiators).toEqual([IQN]);
    expect(mask?.mappings.map(({ hlu }) => hlu)).toEqual([1, 2, 3]);
    expect((await world.ledger())?.committed).toEqual({
      allocatedBytes: GIB,
      subscribedBytes: 3 * GIB,
      volumes: 3,
    });
  });

  it('puts its journal into the log', async () => {
    const world = await createWorld();
    await applied(world);
    const entries = await world.log.read('workflows');
    expect(entries[0]).toMatchObject({ operation: 'apply', counts: { done: 5 } });
    expect(entries.filter(({ state }) => state === 'done')).toHaveLength(5 + 8);
  });

  it('is used once', async () => {
    const world = await createWorld();
    const { env } = await world.start();
    const plan = await planOf(world, [createVolumeUnit(1)]);
    expect((await runPlan(env, plan, NO_WAIT)).status).toBe('done');
    const again = await runPlan(env, plan, NO_WAIT);
    expect(again.status).toBe('already-applied');
    expect(again.diagnostics.map(({ code }) => code)).toEqual(['COPRHD-PLAN-002']);
    expect(snapshot(world).volumes).toHaveLength(1);
  });

  it('moves an address to its new name and frees the old one', async () => {
    const world = await createWorld();
    await applied(world, [createVolumeUnit(1)]);
    const write = await changed(world, urnOf('volume', 1), 'updating', (record) => ({ ...record, name: 'moved' }));
    const unit = { ...createVolumeUnit(1), action: 'move' as const, writes: [write], steps: [], reservations: [] };
    await applied(world, [unit]);
    await expectSettled(world);
    const { items } = await world.store.range({ prefix: 'a/' });
    expect(items.map(({ key }) => key.slice(key.lastIndexOf('/') + 1))).toEqual(['moved']);
  });

  it('can swap the names of two resources', async () => {
    const world = await createWorld();
    await applied(world, [createVolumeUnit(1), createVolumeUnit(2)]);
    const rename = async (number: number, name: string) => ({
      ...createVolumeUnit(number),
      writes: [await changed(world, urnOf('volume', number), 'updating', (record) => ({ ...record, name }))],
      steps: [],
      reservations: [],
    });
    await applied(world, [await rename(1, 'data-2'), await rename(2, 'data-1')]);
    await expectSettled(world);
    const item = await world.store.get(keys.unique('volume', '00000000-0000-4000-8000-000000000001', 'data-1'));
    expect(item?.value).toBe(urnOf('volume', 2));
  });

  it('keeps the claim on a mask until the last unit that maps through it has ended', async () => {
    const world = await createWorld();
    const seen: (string | undefined)[] = [];
    const process = await world.start();
    world.onCall = async (operation) => {
      if (operation !== 'ensureMapping') return;
      const { items } = await world.store.range({ prefix: keys.recordsOf('exportMask') });
      seen.push((JSON.parse(items[0]?.value ?? '{}') as ResourceRecord).claim?.workflow);
    };
    const result = await runPlan(process.env, await planOf(world, fullUnits()), NO_WAIT);
    expect(seen).toEqual([result.workflow, result.workflow, result.workflow]);
    await expectSettled(world);
  });

  it('lets go of what no unit needs any more while others still run', async () => {
    const world = await createWorld();
    const claims: boolean[] = [];
    world.onCall = async (operation) => {
      if (operation !== 'pollZeroing') return;
      const mask = await world.get(MASK);
      claims.push(mask?.record.claim !== undefined);
    };
    // Slow enough to be still at it when the export has long been made.
    world.fault({ operation: 'pollZeroing', before: 'transient', times: 5 });
    const later = laterMapUnit(1, 1, ['export.ora', 'volume.data-1']);
    await applied(world, [createVolumeUnit(1), exportUnit([], []), later, createVolumeUnit(2, true)]);
    expect(claims.at(-1)).toBe(false);
    await expectSettled(world);
  });

  it('keeps calls to one device within what its driver allows', async () => {
    const world = await createWorld();
    let inFlight = 0;
    let most = 0;
    world.onCall = async () => {
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight--;
    };
    await applied(
      world,
      Array.from({ length: 10 }, (_, index) => createVolumeUnit(index + 1)),
    );
    expect(most).toBe(2);
  });

  it('claims and ends more records than one transaction holds', async () => {
    const world = await createWorld();
    await applied(
      world,
      Array.from({ length: 150 }, (_, index) => createVolumeUnit(index + 1)),
    );
    await expectSettled(world);
    expect(snapshot(world).volumes).toHaveLength(150);
  });
});

describe('a stale plan', () => {
  it('is refused when a record it changes has changed, naming both revisions', async () => {
    const world = await createWorld();
    await applied(world, [createVolumeUnit(1)]);
    const plan = await planOf(world, [await expandUnit(world, 1, 2 * GIB)]);
    const before = await world.get(urnOf('volume', 1));
    await world.put(touch(before!.record));
    const after = await world.get(urnOf('volume', 1));
    const { env } = await world.start();
    const result = await runPlan(env, plan, NO_WAIT);
    expect(result.status).toBe('stale');
    expect(result.diagnostics[0]).toMatchObject({ code: 'COPRHD-PLAN-001', address: 'erp/volume.data-1' });
    expect(result.diagnostics[0]?.detail).toContain(`${before?.revision}`);
    expect(result.diagnostics[0]?.detail).toContain(`${after?.revision}`);
    expect(snapshot(world).volumes[0]?.sizeBytes).toBe(GIB);
    await expectSettled(world);
  });

  it('is refused when a name it takes is taken, and what it had claimed is put back', async () => {
    const world = await createWorld();
    const plan = await planOf(world, [createVolumeUnit(1), createVolumeUnit(2)]);
    const other = await world.start();
    const twin = createVolumeUnit(9);
    const write = twin.writes[0]!;
    const named = { ...write, final: { ...write.final, name: 'data-2' }, intent: { ...write.intent, name: 'data-2' } };
    await runPlan(other.env, await planOf(world, [{ ...twin, writes: [named] }]), NO_WAIT);
    const { env } = await world.start();
    const result = await runPlan(env, plan, NO_WAIT);
    expect(result).toMatchObject({ status: 'stale', diagnostics: [{ code: 'COPRHD-PLAN-001' }] });
    expect(await world.get(urnOf('volume', 1))).toBeUndefined();
    await expectSettled(world);
  });

  it('is refused when something it relies on is gone', async () => {
    const world = await createWorld();
    const plan = await planOf(world, fullUnits());
    const host = (await world.get(HOST))!.record;
    await world.put({ ...host, status: { phase: 'deleted', sinceMs: 2 } });
    const { env } = await world.start();
    expect((await runPlan(env, plan, NO_WAIT)).status).toBe('stale');
    await expectSettled(world);
    expect(snapshot(world).volumes).toEqual([]);
  });

  it.each([
    ['mode', 'COPRHD-HELD-006'],
    ['firmware', 'COPRHD-PLAN-001'],
    ['epoch', 'COPRHD-HELD-006'],
  ])('is refused when the %s of its device is another one now', async (what, code) => {
    const world = await createWorld();
    const plan = await planOf(world, [createVolumeUnit(1)]);
    const system = (await world.get<'storageSystem'>(SYSTEM))!.record;
    const identity = { ...system.status.identity! };
    if (what === 'firmware') identity.firmwareVersion = '2';
    if (what === 'epoch') identity.reviewedEpoch = 1;
    const spec = what === 'mode' ? { ...system.spec, mode: 'observe' as const } : system.spec;
    await world.put({ ...system, spec, status: { ...system.status, identity } });
    const { env } = await world.start();
    expect(await runPlan(env, plan, NO_WAIT)).toMatchObject({ status: 'stale', diagnostics: [{ code }] });
    await expectSettled(world);
  });

  it('is refused when the capacity has gone, and reserves nothing', async () => {
    const world = await createWorld();
    const full = {
      pool: POOL,
      reservations: {},
      committed: { allocatedBytes: 0, subscribedBytes: 1023.5 * GIB, volumes: 0 },
    };
    await world.store.txn({ success: [{ type: 'put', key: keys.ledger(POOL), value: JSON.stringify(full) }] });
    const { env } = await world.start();
    const result = await runPlan(env, await planOf(world, [createVolumeUnit(1)]), NO_WAIT);
    expect(result).toMatchObject({ status: 'stale', diagnostics: [{ code: 'COPRHD-PLACE-002' }] });
    expect(result.diagnostics[0]?.summary).toContain('512 MiB');
    await expectSettled(world);
  });

  it.each([
    [{ installation: 'another' }, 'COPRHD-PLAN-005'],
    [{ epoch: 1 }, 'COPRHD-PLAN-005'],
    [{ expiresAtMs: 1 }, 'COPRHD-PLAN-003'],
  ])('is refused with %o', async (fields, code) => {
    const world = await createWorld();
    const { env } = await world.start();
    const plan = await planOf(world, [createVolumeUnit(1)], fields);
    expect(await runPlan(env, plan, NO_WAIT)).toMatchObject({ status: 'stale', diagnostics: [{ code }] });
  });
});

describe('an interrupt', () => {
  it('starts no new steps, and recovery goes on where it stopped', async () => {
    const world = await createWorld();
    const process = await world.start();
    world.onCall = (operation) => {
      if (operation === 'ensureMask') process.interrupt();
    };
    const result = await runPlan(process.env, await planOf(world, fullUnits()), NO_WAIT);
    expect(result.status).toBe('interrupted');
    expect(result.units.find(({ id }) => id === 'export.ora')?.error).toContain('recover');
    expect(world.changes.at(-1)).toBe('ensureMask');
    // The process still lives: it has let go of the workflow.
    const next = await world.start();
    expect(await recoverAll(next.env)).toMatchObject([{ result: 'finished' }]);
    expect(snapshot(world).masks[0]?.mappings).toHaveLength(3);
    await expectSettled(world);
  });

  it('does not wait for a job, which recovery re-attaches to', async () => {
    const world = await createWorld();
    const process = await world.start();
    world.onCall = (operation) => {
      if (operation === 'pollZeroing') process.interrupt();
    };
    const result = await runPlan(process.env, await planOf(world, [createVolumeUnit(1, true)]), NO_WAIT);
    expect(result.status).toBe('interrupted');
    world.onCall = undefined;
    const [recovered] = await recoverAll((await world.start()).env);
    expect(recovered).toMatchObject({ result: 'finished', steps: [{ step: 'zero', verdict: 're-attached' }] });
    expect(world.changes).toEqual(['ensureVolume', 'startZeroing']);
    await expectSettled(world);
  });

  it('before the commit leaves nothing and lets the plan be used', async () => {
    const world = await createWorld();
    const process = await world.start({ crashPoint: (name) => name === 'claim:reserved' && process.interrupt() });
    const plan = await planOf(world, [createVolumeUnit(1)]);
    expect((await runPlan(process.env, plan, NO_WAIT)).status).toBe('interrupted');
    await expectSettled(world);
    expect((await runPlan((await world.start()).env, plan, NO_WAIT)).status).toBe('done');
  });
});

describe('removal', () => {
  it('takes mappings and mask away and leaves tombstones that hold no claim', async () => {
    const world = await createWorld();
    await applied(world);
    await applied(world, [await unexportUnit(world, [1, 2, 3])]);
    expect(snapshot(world).masks).toEqual([]);
    expect((await world.get(EXPORT))?.record.status).toEqual({ phase: 'deleted', sinceMs: expect.any(Number) });
    await expectSettled(world);
  });
});

it('a record that the planner got wrong is a bug, not a mess', async () => {
  const world = await createWorld();
  const { env } = await world.start();
  const unit = createVolumeUnit(1);
  const twice = await planOf(world, [unit, { ...unit, id: 'again' }]);
  await expect(runPlan(env, twice, NO_WAIT)).rejects.toThrow('twice');
  const circle = await planOf(world, [
    { ...unit, dependsOn: ['volume.data-2'] },
    { ...createVolumeUnit(2), dependsOn: ['volume.data-1'] },
  ]);
  await expect(runPlan(env, circle, NO_WAIT)).rejects.toThrow('circle');
});
