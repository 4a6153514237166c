/** A storage system that was registered by `device add`, and a plan file that declares it. */
import { describe, expect, it } from 'vitest';
import { changeOf, codes, createEstate, lines } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

const REGISTERED = {
  name: 'array-1',
  driver: 'simulator',
  configuration: { directory: '/arrays', array: 'sim-1' },
  mode: 'manage',
  pools: ['fast'],
} as const;

async function registered(name = 'array-1') {
  const estate = await createEstate();
  const { plan } = await estate.run('device.add', { ...REGISTERED, name, pools: ['fast'] });
  await estate.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0 });
  return estate;
}

describe('a registered storage system', () => {
  it('is taken over by a declaration with its name, shown as a move, and keeps identity, pools and ports', async () => {
    const estate = await registered();
    const before = await estate.record('storageSystem', 'array-1');
    const pools = (await estate.records('pool')).map(({ record }) => record.urn).sort();
    const texts = [infrastructure(), stack({ volumes: { a: null } })];
    const plan = await estate.planned(texts);
    expect(changeOf(plan, 'infrastructure/storageSystem.array-1')).toMatchObject({
      action: 'move',
      movedFrom: 'storageSystem.array-1',
      reason: 'taken over by infrastructure.yaml',
      urn: before.record.urn,
    });
    await estate.applied(texts);
    const { record } = await estate.record('storageSystem', 'array-1');
    expect(record.owner).toMatchObject({ type: 'stack', name: 'infrastructure' });
    expect(record.status.identity).toEqual(before.record.status.identity);
    expect((await estate.records('pool')).map(({ record: pool }) => pool.urn).sort()).toEqual(pools);
    expect(lines(await estate.planned(texts))).toEqual([]);
  });

  it('is taken over under another name by movedFrom, as the complaint says', async () => {
    const estate = await registered('old');
    const refused = await estate.plan(infrastructure());
    expect(codes(refused)).toEqual(['COPRHD-STATE-006']);
    expect(refused.diagnostics[0]?.fix).toContain('movedFrom: storageSystem.old');
    const moved = infrastructure().replace('array-1: { driver', 'array-1: { movedFrom: storageSystem.old, driver');
    await estate.applied(moved);
    expect((await estate.record('storageSystem', 'array-1')).record.owner.type).toBe('stack');
    expect(lines(await estate.planned(moved))).toEqual([]);
  });

  it('is not taken over when another device answers, and not by a second registration', async () => {
    const estate = await registered();
    const other = infrastructure().replace('array: sim-1', 'array: sim-2');
    expect(codes(await estate.plan(other))).toEqual(['COPRHD-DEVICE-005']);
    const again = await estate.run('device.add', { ...REGISTERED, pools: ['fast'] });
    expect(new Set(again.diagnostics.map(({ code }) => code))).toEqual(new Set(['COPRHD-STATE-006']));
  });
});
