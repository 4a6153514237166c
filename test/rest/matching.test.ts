/** CoprHD's API for which storage pools a virtual pool may use, and for what is in a pool or a project. */
import { beforeAll, describe, expect, it } from 'vitest';
import { clientOf, type Json, many, wrapped } from './client.ts';
import { INFRASTRUCTURE, STACK, useRestEstate } from './estate.ts';

const estate = useRestEstate();
const client = estate.client;
const pool: Record<string, string> = {};

beforeAll(async () => {
  const system = await estate.named('/vdc/storage-systems', 'storage_system', 'sim-1');
  for (const { id, name } of many((await client.get(`/vdc/storage-systems/${system}/storage-pools`)).body.storage_pool))
    pool[`sim-1/${name}`] = id;
});

const names = (list: unknown) =>
  many(list)
    .map(({ name }) => name)
    .sort();

describe.each(['json', 'xml'] as const)('administrators, in %s,', (form) => {
  const asked = clientOf((request) => estate.daemon.send(request), form);
  const made: Json = {};

  it('see which pools would match a virtual pool before they make it', async () => {
    const said = {
      name: `would-be-${form}`,
      protocols: wrapped(asked, 'protocol', ['iSCSI']),
      provisioning_type: 'Thin',
      varrays: wrapped(asked, 'varray', [estate.ids.varray]),
    };
    const matching = async (more: Json = {}) => {
      const { status, body } = await asked.post('/block/vpools/matching-pools', 'block_vpool_create', {
        ...said,
        ...more,
      });
      return [status, names(body.storage_pool)];
    };
    expect(await matching()).toEqual([200, ['sim-1/bulk', 'sim-1/fast']]);
    expect(await matching({ name: null, use_matched_pools: false })).toEqual([200, ['sim-1/bulk', 'sim-1/fast']]);
    expect(await matching({ drive_type: 'TAPE' })).toEqual([200, []]);
    expect(await matching({ system_type: 'nothing' })).toEqual([200, []]);
    expect(await matching({ varrays: null })).toEqual([200, []]);
    const { body } = await asked.post('/block/vpools/matching-pools', 'block_vpool_create', said);
    expect(many(body.storage_pool)[0]).toEqual({
      id: expect.stringContaining(':StoragePool:'),
      name: expect.stringContaining('sim-1/'),
      link: { rel: 'self', href: expect.stringMatching('^/vdc/storage-pools/') },
    });
    // Nothing was made.
    expect(names((await asked.get('/block/vpools')).body.virtualpool)).toEqual(['gold']);
    for (const [what, more, code] of [
      ['no protocol', { protocols: null }, 1005],
      ['a protocol that is none', { protocols: wrapped(asked, 'protocol', ['smoke']) }, 1008],
      ['a virtual array that is none', { varrays: wrapped(asked, 'varray', [estate.ids.vpool]) }, 1008],
      ['a field that is none', { colour: 'blue' }, 1013],
    ] as [string, Json, number][]) {
      const refused = await asked.post('/block/vpools/matching-pools', 'block_vpool_create', { ...said, ...more });
      expect([what, refused.status, Number(refused.body.code)]).toEqual([what, 400, code]);
    }
  });

  it('assign pools to a virtual pool, which then uses these only', async () => {
    const create = {
      name: `silver-${form}`,
      protocols: wrapped(asked, 'protocol', ['iSCSI']),
      varrays: wrapped(asked, 'varray', [estate.ids.varray]),
    };
    const none = await asked.post('/block/vpools', 'block_vpool_create', { ...create, use_matched_pools: false });
    expect([none.status, String(none.body.use_matched_pools)]).toEqual([200, 'false']);
    const { body } = none;
    made.vpool = body.id;
    const at = `/block/vpools/${body.id}`;
    const assign = (changes: Json) =>
      asked.send('PUT', `${at}/assign-matched-pools`, 'vpool_pool_update', { assigned_pool_changes: changes });
    const uses = async () => names((await asked.get(`${at}/storage-pools`)).body.storage_pool);
    const matched = async () => names((await asked.get(`${at}/refresh-matched-pools`)).body.storage_pool);
    expect([await uses(), await matched()]).toEqual([[], ['sim-1/bulk', 'sim-1/fast']]);
    const first = await assign({ add: { storage_pool: [pool['sim-1/fast']] } });
    expect([first.status, first.body]).toMatchObject([200, { id: body.id, name: `silver-${form}` }]);
    expect(String(first.body.use_matched_pools)).toBe('false');
    expect(JSON.stringify(first.body.assigned_storage_pools)).toContain(pool['sim-1/fast']);
    expect(JSON.stringify(first.body.assigned_storage_pools)).not.toContain(pool['sim-1/bulk']);
    expect([await uses(), await matched()]).toEqual([['sim-1/fast'], ['sim-1/bulk', 'sim-1/fast']]);
    // It matches the other one all the same.
    const of = async (name: string) =>
      names((await asked.get(`/vdc/storage-pools/${pool[name]}/matched-vpools`)).body.virtualpool);
    expect(await of('sim-1/bulk')).toContain(`silver-${form}`);
    const both = await assign({
      add: { storage_pool: [pool['sim-1/bulk']] },
      remove: { storage_pool: [pool['sim-1/fast']] },
    });
    expect([both.status, await uses()]).toEqual([200, ['sim-1/bulk']]);
    for (const [what, changes, code] of [
      ['one that is not assigned', { remove: { storage_pool: [pool['sim-1/fast']] } }, 1008],
      ['no pool', { add: { storage_pool: [estate.ids.vpool] } }, 1008],
      [
        'one that is not there',
        { add: { storage_pool: ['urn:storageos:StoragePool:00000000-0000-4000-8000-000000000000:vdc1'] } },
        1004,
      ],
      ['nothing', {}, 1005],
    ] as [string, Json, number][]) {
      const { status, body: answer } = await assign(changes);
      expect([what, status, Number(answer.code)]).toEqual([what, 400, code]);
    }
    expect(await uses()).toEqual(['sim-1/bulk']);
    const all = await asked.send('PUT', at, 'block_vpool_update', { use_matched_pools: true });
    expect([all.status, String(all.body.use_matched_pools), await uses()]).toEqual([
      200,
      'true',
      ['sim-1/bulk', 'sim-1/fast'],
    ]);
    const off = await asked.send('PUT', at, 'block_vpool_update', { use_matched_pools: false });
    expect([off.status, await uses()]).toEqual([200, []]);
    expect((await assign({ add: { storage_pool: [pool['sim-1/bulk']] } })).status).toBe(200);
    expect((await assign({ remove: { storage_pool: [pool['sim-1/bulk']] } })).status).toBe(200);
    expect(await uses()).toEqual([]);
  });

  it('are told why a pool can not be assigned', async () => {
    const body = { drive_type: 'tape' };
    expect((await asked.send('PUT', `/block/vpools/${made.vpool}`, 'block_vpool_update', body)).status).toBe(200);
    const changes = { assigned_pool_changes: { add: { storage_pool: [pool['sim-1/fast']] } } };
    const at = `/block/vpools/${made.vpool}`;
    const refused = await asked.send('PUT', `${at}/assign-matched-pools`, 'vpool_pool_update', changes);
    expect([refused.status, refused.body.details]).toEqual([
      400,
      expect.stringMatching(/sim-1\/fast: drive type: needs tape/),
    ]);
    expect(names((await asked.get(`${at}/refresh-matched-pools`)).body.storage_pool)).toEqual([]);
    expect(
      names((await asked.get(`/vdc/storage-pools/${pool['sim-1/fast']}/matched-vpools`)).body.virtualpool),
    ).toEqual(['gold']);
    expect((await asked.post(`${at}/deactivate`)).status).toBe(200);
  });

  it('see what is in a pool, and everybody what is in his project', async () => {
    const at = `/projects/${estate.ids.project}/resources`;
    const resources = many((await asked.get(at)).body.project_resource);
    expect(resources.map(({ name, resource_type: type }) => [name, type])).toContainEqual(['declared', 'volume']);
    const volume = resources.find(({ name }) => name === 'declared')!;
    expect(volume.link.href).toBe(`/block/volumes/${volume.id}`);
    const { storage_pool: held } = (await asked.get(`/block/volumes/${volume.id}/storage-pool`)).body;
    const inside = many((await asked.get(`/vdc/storage-pools/${held.id}/resources`)).body.storage_resource);
    expect(inside).toContainEqual({ ...volume, resource_type: 'volume' });
    const other = Object.values(pool).find((id) => id !== held.id)!;
    const elsewhere = many((await asked.get(`/vdc/storage-pools/${other}/resources`)).body.storage_resource);
    expect(elsewhere.map(({ name }) => name)).not.toContain('declared');
  });
});

it('all kinds of a project are among its resources', async () => {
  const { ids, ended } = estate;
  const host = await estate.named('/compute/hosts', 'host', 'h1');
  const group = (await client.post('/block/consistency-groups', '', { name: 'cg', project: ids.project })).body.id;
  const [volume] = await estate.volumes('one', 1, { consistency_group: group });
  await ended(client.post(`/block/volumes/${volume}/protection/snapshots`, '', { name: 'before' }));
  const shown = { name: 'seen', type: 'Host', hosts: [host], volumes: [{ id: volume }] };
  await ended(client.post('/block/exports', '', { ...shown, project: ids.project, varray: ids.varray }));
  const { project_resource: resources } = (await client.get(`/projects/${ids.project}/resources`)).body;
  const typed = many(resources).map(({ name, resource_type: type }) => `${type} ${name}`);
  expect(typed.sort()).toEqual([
    'block_consistency_group cg',
    'block_export seen',
    'block_snapshot before',
    'volume declared',
    'volume one',
  ]);
});

it('the pools of a virtual pool that a plan file declares are changed there', async () => {
  const at = `/block/vpools/${estate.ids.vpool}/assign-matched-pools`;
  const changes = { assigned_pool_changes: { add: { storage_pool: [pool['sim-1/fast']] } } };
  const refused = await client.send('PUT', at, '', changes);
  expect([refused.status, refused.body.details]).toEqual([400, expect.stringContaining('is declared in')]);
  const text = INFRASTRUCTURE(estate.sim).replace('gold: {', "gold: { pools: ['sim-1/*'],");
  await estate.apply(text, STACK('1GiB'));
  const removed = { assigned_pool_changes: { remove: { storage_pool: [pool['sim-1/fast']] } } };
  const { body } = await client.send('PUT', at, '', removed);
  expect([body.code, body.details]).toEqual([1008, expect.stringContaining('sim-1/* stands for')]);
});
