import { expect, it } from 'vitest';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { exportState, importState } from '../../../src/engine/state/transfer.ts';
import { createEstate, type Estate, GIB } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const INFRASTRUCTURE = infrastructure({ arrays: ['array-1', 'array-2'] });
const FIRST = stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } });
const MORE = stack({
  volumes: { a: null, b: null, c: null },
  exports: { e: 'host: h1, volumes: [a, b]', f: 'host: h3, volumes: [c]' },
});

/** The state is an older copy of itself: b, c, the mask of h3 and the mapping of b are forgotten. */
async function restored(): Promise<Estate> {
  // Pools with so little room that one is filled after the other: b has to be where a is.
  const estate = await createEstate({ poolBytes: 100 * GIB, arrays: [{}, {}] });
  await estate.applied([INFRASTRUCTURE, FIRST]);
  const { document } = await exportState(estate.engine.store);
  await estate.applied([INFRASTRUCTURE, MORE]);
  const { installation } = await importState(estate.engine.store, document, { replace: true });
  estate.setEpoch(installation.epoch);
  return estate;
}

it('there are none where all is recorded, foreign things included', async () => {
  const estate = await createEstate({ arrays: [{}, {}] });
  await estate.applied([INFRASTRUCTURE, MORE]);
  estate.edit({ edit: 'add-volume', name: 'theirs', pool: 'fast', sizeBytes: GIB, provisioning: 'thin' });
  expect(await estate.run('orphans', {})).toMatchObject({ outcome: 'ok', orphans: [], diagnostics: [] });
});

it('what a restored state has forgotten is listed with size, place and mark, and nothing is changed', async () => {
  const estate = await restored();
  const before = [await estate.revision(), estate.changes.length];
  const found = await estate.run('orphans', {});
  expect([await estate.revision(), estate.changes.length]).toEqual(before);
  expect(found.outcome).toBe('changes');
  expect(found.orphans.map(({ kind }) => kind).sort()).toEqual(['exportMask', 'lunMap', 'volume', 'volume']);
  const volumes = found.orphans.filter(({ kind }) => kind === 'volume');
  for (const volume of volumes) {
    expect(volume).toMatchObject({
      system: expect.stringMatching(/^array-[12]$/),
      sizeBytes: 10 * GIB,
      epoch: 1,
      stateIsOld: false,
      urn: expect.stringMatching(/^urn:storageos:Volume:/),
      wwn: expect.stringMatching(/^6[0-9a-f]{31}$/),
    });
    expect(volume.mappedBy).toHaveLength(1);
    expect(volume.recorded).toBeUndefined();
  }
  const mask = found.orphans.find(({ kind }) => kind === 'exportMask');
  expect(mask).toMatchObject({ initiators: ['iqn.2026-01.com.example:h3'], mappings: [{ hlu: 1 }] });
  const mapping = found.orphans.find(({ kind }) => kind === 'lunMap');
  expect(mapping?.mappings).toEqual([{ hlu: 2, volume: volumes.find(({ name }) => /^b/.test(name))?.nativeId }]);
  const only = await estate.run('orphans', { system: mask!.system });
  expect(only.orphans).toEqual(found.orphans.filter(({ system }) => system === mask!.system));
});

it('what state still knows of one is told: who made it, and when it was given up', async () => {
  const estate = await createEstate({ arrays: [{}, {}] });
  await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: null } })]);
  const recorded = await estate.record('volume', 'a');
  const status = { phase: 'deleted', sinceMs: 5 } as const;
  await estate.put({ ...recorded.record, status } as ResourceRecord, recorded);
  const [orphan] = (await estate.run('orphans', {})).orphans;
  expect(orphan?.recorded).toMatchObject({
    address: 's/volume.a',
    phase: 'deleted',
    createdAtMs: recorded.record.createdAtMs,
    createdBy: recorded.record.createdBy,
    sinceMs: 5,
  });
});

it('marks of a later epoch say that this state is the old one', async () => {
  const estate = await restored();
  estate.setEpoch(0);
  const { orphans } = await estate.run('orphans', {});
  expect(orphans.filter(({ kind }) => kind === 'volume').map(({ stateIsOld }) => stateIsOld)).toEqual([true, true]);
});

it('a device that could not be read is no device without orphans', async () => {
  const estate = await createEstate({ arrays: [{}, {}] });
  await estate.applied([INFRASTRUCTURE, FIRST]);
  estate.takeDown('sim-2', new DriverError({ class: 'transient', message: 'refused' }));
  const found = await estate.run('orphans', {});
  expect(found).toMatchObject({ outcome: 'error', orphans: [], diagnostics: [{ code: 'COPRHD-DEVICE-001' }] });
});

it('nothing that is being made right now counts', async () => {
  const estate = await createEstate({ arrays: [{}, {}] });
  await estate.applied([INFRASTRUCTURE, FIRST]);
  const seen: unknown[] = [];
  estate.wrap = (array) => ({
    ...array,
    ensureVolume: async (ctx, args) => {
      const made = await array.ensureVolume(ctx, args);
      seen.push((await estate.run('orphans', {})).orphans);
      return made;
    },
  });
  await estate.applied([INFRASTRUCTURE, MORE]);
  expect(seen).toEqual([[], []]);
});
