/** Who sees by an export that was made by name: hosts and clusters come and go as its volumes do. */
import { describe, expect, it } from 'vitest';
import { createEstate, type Estate, TIB } from '../planner/estate.ts';
import { maps } from '../planner/exports-support.ts';
import { infrastructure } from '../planner/texts.ts';
import { change, create, done, estateWith, remove, volumes } from './by-name.ts';

const SHARED = { sharedAccess: 'cluster-aware' };
const attributes = async (estate: Estate) =>
  (await estate.run('show', { address: 'export.e' })).resources[0]!.attributes;

async function withExport(body: object): Promise<Estate> {
  const estate = await estateWith();
  await create(estate, { kind: 'volume', project: 'p', resources: volumes('v', 'w') });
  await create(estate, { kind: 'export', project: 'p', resources: { e: body } });
  return estate;
}

describe('an export made by name', () => {
  it('gains hosts and loses them, from one to several and back, and is shown with them', async () => {
    const estate = await withExport({ host: 'h1', volumes: ['v'] });
    const alone = await change(estate, 'export.e', { add: { hosts: ['h2'] } });
    expect(alone).toMatchObject({ diagnostics: [{ code: 'COPRHD-CONFIG-016' }] });
    await done(estate, await change(estate, 'export.e', { set: SHARED, add: { hosts: ['h2'], volumes: ['w'] } }));
    expect(await maps(estate)).toEqual(['h1 v@1', 'h1 w@2', 'h2 v@1', 'h2 w@2']);
    expect(await attributes(estate)).toMatchObject({ hosts: ['h1', 'h2'] });
    expect(Object.keys(await attributes(estate))).not.toContain('seers');
    await done(estate, await change(estate, 'export.e', { remove: { hosts: ['h1'], volumes: ['v'] } }));
    expect(await maps(estate)).toEqual(['h2 w@2']);
    expect(await attributes(estate)).toMatchObject({ host: 'h2' });
    expect(Object.keys(await attributes(estate))).not.toContain('hosts');
    await expect(change(estate, 'export.e', { remove: { hosts: ['h1'] } })).rejects.toThrow('h1 is not in the hosts');
    await remove(estate, ['export.e']);
    expect(await maps(estate)).toEqual([]);
  });

  it('of nobody keeps its volumes with their numbers, and becomes of hosts or of clusters', async () => {
    const estate = await withExport({ hosts: [], volumes: [{ volume: 'v', hlu: 9 }] });
    expect(await attributes(estate)).toMatchObject({ hosts: [], waiting: ['v (LUN 9)'] });
    await done(estate, await change(estate, 'export.e', { add: { volumes: ['w'] } }));
    expect(await attributes(estate)).toMatchObject({ waiting: ['v (LUN 9)', 'w'] });
    await expect(remove(estate, ['volume.w'])).rejects.toThrow();
    await done(estate, await change(estate, 'export.e', { add: { clusters: ['c1'] } }));
    expect(await maps(estate)).toEqual(['h1 v@9', 'h1 w@1', 'h2 v@9', 'h2 w@1']);
    await done(estate, await change(estate, 'export.e', { remove: { clusters: ['c1'] } }));
    expect(await maps(estate)).toEqual([]);
    await done(estate, await change(estate, 'export.e', { add: { hosts: ['h3'] } }));
    expect(await maps(estate)).toHaveLength(2);
    expect(await change(estate, 'export.e', { add: { clusters: ['c1'] } })).toMatchObject({
      diagnostics: [{ code: 'COPRHD-CONFIG-004' }],
    });
  });

  it('loses a host that is logged in where somebody attests that it is not in use', async () => {
    const estate = await withExport({ hosts: ['h1', 'h2'], ...SHARED, volumes: ['v'] });
    estate.edit({ edit: 'login', initiator: 'iqn.2026-01.com.example:h2' });
    const less = { remove: { hosts: ['h2'] } };
    expect((await change(estate, 'export.e', less)).plan?.changes).toMatchObject([{ action: 'held' }]);
    await done(estate, await change(estate, 'export.e', { ...less, attestOffline: 'anna' }));
    expect(await maps(estate)).toEqual(['h1 v@1']);
  });

  it('lets a LUN number go at once where who unexports vouches for it, and the next plan that takes it says so', async () => {
    const estate = await withExport({ host: 'h1', volumes: ['v'] });
    estate.edit({ edit: 'login', initiator: 'iqn.2026-01.com.example:h1' });
    const less = { remove: { volumes: ['v'] }, attestUnexports: 'ada' };
    const planned = await change(estate, 'export.e', less);
    expect(planned.plan!.changes.map(({ facts }) => facts.attestedBy)).toEqual(['ada']);
    await done(estate, planned);
    const { workflows } = await estate.run('history', { limit: 1 });
    const [past] = (await estate.run('history', { workflow: workflows[0]!.workflow })).workflows;
    expect(past!.units).toMatchObject([{ attestedBy: 'ada' }]);
    const more = await change(estate, 'export.e', { add: { volumes: ['w'] } });
    expect(more.diagnostics).toMatchObject([
      { code: 'COPRHD-PATH-004', severity: 'warning', detail: expect.stringContaining('ada attested') },
    ]);
    await done(estate, more);
    expect(await maps(estate)).toEqual(['h1 w@1']);
    // It says nothing of numbers that were freed otherwise.
    estate.edit({ edit: 'logout', initiator: 'iqn.2026-01.com.example:h1' });
    await done(estate, await change(estate, 'export.e', { remove: { volumes: ['w'] } }));
    await done(estate, await change(estate, 'export.e', { add: { volumes: ['v'] }, attestUnexports: 'ada' }));
    expect(await maps(estate)).toEqual(['h1 v@2']);
  });

  it('never runs out of LUN numbers, however many volumes come and go', async () => {
    const estate = await createEstate({ poolBytes: 10 * TIB });
    await estate.applied([infrastructure().replaceAll('type: linux', 'type: windows')]);
    await create(estate, { kind: 'export', project: 'p', resources: { e: { host: 'h1', volumes: [] } } });
    for (const round of ['a', 'b', 'c']) {
      const names = Array.from({ length: 90 }, (_, index) => `${round}${index}`);
      await create(estate, { kind: 'volume', project: 'p', resources: volumes(...names) });
      await done(estate, await change(estate, 'export.e', { add: { volumes: names } }));
      const less = { remove: { volumes: names }, attestUnexports: 'ada' };
      await done(estate, await change(estate, 'export.e', less));
    }
    // 254 are all that Windows finds.
    expect(await maps(estate)).toEqual([]);
  });
});
