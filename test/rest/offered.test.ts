/** CoprHD's API for what there is to choose from: attributes, policies and capacity of pools, types of storage systems, networks of ports. */
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientOf, inside, type Json, many } from './client.ts';
import { INFRASTRUCTURE, STACK, useRestEstate } from './estate.ts';

const estate = useRestEstate();
const at: Record<string, string> = {};

beforeAll(async () => {
  const { local, directory } = estate.daemon;
  const sim = path.join(directory, 'engines');
  await local.call('sim', {
    verb: 'up',
    arguments: { directory: sim, generate: { arrays: 2, models: ['unified', 'engines'], pools: 3 } },
  });
  const more = `  engines:
    driver: simulator
    mode: manage
    configuration: { directory: ${JSON.stringify(sim)}, array: sim-2 }
    scope: { pools: [srp-flash, srp-disk, srp-tiered] }
`;
  const text = INFRASTRUCTURE(estate.sim)
    .replace('storageSystems:\n', `storageSystems:\n${more}`)
    .replace('virtualArrays: {', 'virtualArrays: { dc2: { storageSystems: [engines] },');
  await estate.apply(text, STACK('1GiB'));
  for (const name of ['sim-1', 'engines'])
    at[name] = `/vdc/storage-systems/${await estate.named('/vdc/storage-systems', 'storage_system', name)}`;
  for (const name of ['dc1', 'dc2']) at[name] = `/vdc/varrays/${await estate.named('/vdc/varrays', 'varray', name)}`;
});

describe.each(['json', 'xml'] as const)('in %s', (form) => {
  const client = clientOf((asked) => estate.daemon.send(asked), form);
  const get = async (where: string) => {
    const { status, body } = await client.get(where);
    expect([where, status, body.details]).toEqual([where, 200, undefined]);
    return body;
  };
  const refusal = async (asked: Promise<{ status: number; body: Json }>) => {
    const { status, body } = await asked;
    return [status, Number(body.code)];
  };
  const names = (list: unknown) => many(list).map(({ name }) => name as string);

  it('a virtual array says which attributes its pools have, in the words that virtual pools are made with', async () => {
    const attributes = async (where: string) => {
      const { attribute } = await get(`${where}/available-attributes`);
      return Object.fromEntries(many(attribute).map(({ name, values }) => [name, inside(values || [], 'value')]));
    };
    expect(await attributes(at.dc1!)).toMatchObject({
      protocols: ['FC', 'iSCSI'],
      provisioning_type: ['Thick', 'Thin'],
      system_type: ['simulator'],
      auto_tiering_policy: [],
    });
    const second = await attributes(at.dc2!);
    expect(second).toMatchObject({
      protocols: ['FC'],
      provisioning_type: ['Thin'],
      raid_levels: ['RAID1', 'RAID5', 'RAID6'],
      drive_type: ['HDD', 'MIXED', 'SSD'],
      auto_tiering_policy: ['bronze', 'gold', 'silver'],
    });
    // What is said there makes a virtual pool that matches.
    const wanted = {
      protocols: form === 'json' ? ['FC'] : { protocol: ['FC'] },
      varrays: form === 'json' ? [at.dc2!.split('/').at(-1)] : { varray: [at.dc2!.split('/').at(-1)] },
      provisioning_type: 'Thin',
      drive_type: 'MIXED',
      auto_tiering_policy_name: 'gold',
    };
    const matching = await client.post('/block/vpools/matching-pools', 'block_vpool_create', wanted);
    expect(names(matching.body.storage_pool)).toEqual(['engines/srp-tiered']);
  });

  it('policies for moving data between tiers are listed, of storage systems and virtual arrays, and found', async () => {
    const policies = many((await get(`${at.engines}/auto-tier-policies`)).auto_tier_policy);
    expect(policies.map(({ name }) => name)).toEqual(['bronze', 'gold', 'silver']);
    expect(names((await get(`${at['sim-1']}/auto-tier-policies`)).auto_tier_policy)).toEqual([]);
    expect(names((await get(`${at.dc2}/auto-tier-policies`)).auto_tier_policy)).toEqual(['bronze', 'gold', 'silver']);
    expect(names((await get(`${at.dc1}/auto-tier-policies`)).auto_tier_policy)).toEqual([]);
    const all = '/vdc/auto-tier-policies';
    expect(many((await get(`${all}?unique_auto_tier_policy_names=true`)).auto_tier_policy)).toEqual(policies);
    expect(names((await get(`${all}?provisioning_type=Thick`)).auto_tier_policy)).toEqual([]);
    expect(names((await get(`${all}?provisioning_type=Thin`)).auto_tier_policy)).toHaveLength(3);
    const gold = policies[1]!;
    expect(gold.link.href).toBe(`${all}/${gold.id}`);
    const shown = await get(gold.link.href);
    expect(shown).toMatchObject({
      ...{ id: gold.id, name: 'gold', policy_name: 'gold', provisioning_type: 'Thin' },
      storage_system: { id: at.engines!.split('/').at(-1) },
    });
    const [pool] = inside(shown.storage_pools, 'storage_pool');
    expect((await get(`/vdc/storage-pools/${pool!.id}`)).pool_name).toBe('srp-tiered');
    expect(many((await get(`${all}/bulk`)).id)).toEqual(policies.map(({ id }) => id));
    const found = many((await get(`${all}/search?name=GO`)).resource);
    expect(found.map(({ id, match }) => [id, match])).toEqual([[gold.id, 'gold']]);
    expect(await refusal(client.get(`${all}/${gold.id.replace(/[0-9a-f]{12}:/, '000000000000:')}`))).toEqual([
      404, 2000,
    ]);
    expect(await refusal(client.get(`${all}/${at.dc1!.split('/').at(-1)}`))).toEqual([400, 1008]);
    expect(await refusal(client.get(`${all}/search`))).toEqual([400, 1013]);
  });

  it('the capacity of all is that of each virtual pool in each virtual array', async () => {
    const { varrays } = await get('/vdc/capacities');
    const rows = inside(varrays, 'varray');
    expect(rows).toHaveLength(2);
    const { vpool, varray } = estate.ids;
    const row = rows.find(({ id }) => id === varray)!;
    const [gold] = many(row.varray_vpool_capacity);
    expect(gold).toEqual({ id: vpool, capacity: await get(`/block/vpools/${vpool}/varrays/${varray}/capacity`) });
    expect(Number(gold!.capacity.free_gb)).toBeGreaterThan(0);
    expect(many(rows.find(({ id }) => id !== varray)!.varray_vpool_capacity)).toEqual([]);
  });

  it('types of storage systems are those that there are drivers for', async () => {
    const types = many((await get('/vdc/storage-system-types/type/block')).storagesystem_type);
    expect(types.map(({ name }) => name)).toContain('simulator');
    expect(types.map(({ name }) => name)).not.toContain('brocade');
    const simulator = types.find(({ name }) => name === 'simulator')!;
    expect(simulator).toMatchObject({ storage_type_name: 'simulator', storage_type_type: 'block' });
    expect(many((await get('/vdc/storage-system-types/type/all')).storagesystem_type)).toEqual(types);
    expect(many((await get('/vdc/storage-system-types/type/file')).storagesystem_type)).toEqual([]);
    expect(await refusal(client.get('/vdc/storage-system-types/type/tape'))).toEqual([400, 1008]);
    expect(await get(simulator.link.href)).toEqual(simulator);
    expect(many((await get('/vdc/storage-system-types/bulk')).id)).toEqual(types.map(({ id }) => id));
    expect(many((await get('/vdc/storage-system-types/search?name=simu')).resource)).toMatchObject([
      { id: simulator.id },
    ]);
  });

  it('a port is put into a network, by its address', async () => {
    const ports = many((await get(`${at.engines}/storage-ports`)).storage_port);
    const port = ports[form === 'json' ? 0 : 1]!.id as string;
    const made = { name: `fabric-${form}`, transport_type: 'FC' };
    const network = (await client.post('/vdc/networks', 'network_create', made)).body.id as string;
    const where = `/vdc/storage-ports/${port}`;
    const put = (body: Json) => client.send('PUT', where, 'storage_port_update', body);
    const inIt = async () => names((await get(`/vdc/networks/${network}/storage-ports`)).storage_port);
    expect(await inIt()).toEqual([]);
    const before = await get(where);
    for (let times = 0; times < 2; times++) {
      const { status, body } = await put({ network, port_network_id: String(before.port_network_id).toUpperCase() });
      expect([status, body]).toEqual([200, before]);
    }
    expect(await inIt()).toHaveLength(1);
    expect(JSON.stringify((await get(`/vdc/networks/${network}`)).endpoints)).toContain(before.port_network_id);
    const san = await estate.named('/vdc/networks', 'network', 'san');
    for (const [what, body, code] of [
      ['nothing', {}, 1005],
      ['a network of another kind', { network: san }, 1008],
      ['another address', { network, port_network_id: '50:00:00:00:00:00:00:01' }, 1008],
      ['virtual arrays', { varray_assignment_changes: { add: { varrays: [estate.ids.varray] } } }, 1008],
    ] as [string, Json, number][]) {
      expect([what, ...(await refusal(put(body)))]).toEqual([what, 400, code]);
    }
    expect((await client.post(`/vdc/networks/${network}/deactivate`)).status).toBe(200);
    const pools = many((await get(`${at['sim-1']}/storage-pools`)).storage_pool);
    const refused = await client.send('PUT', `/vdc/storage-pools/${pools[0]!.id}`, 'storage_pool_update', {});
    expect([refused.status, refused.body.details]).toEqual([405, expect.stringContaining('limits')]);
  });

  it('who looks for what there is not is told that there is none', async () => {
    const [volume] = (await estate.client.get('/block/volumes/bulk')).body.id;
    for (const [where, key] of [
      ['/block/migrations', 'migration'],
      ['/block/migrations/bulk', 'id'],
      ['/block/migrations/search?name=abc', 'resource'],
      [`/block/volumes/${volume}/migrations`, 'migration'],
      [`${at['sim-1']}/connectivity`, 'storage_connectivity'],
      [`${at.dc1}/connectivity`, 'varray_connectivity'],
    ] as [string, string][]) {
      expect([where, many((await get(where))[key])]).toEqual([where, []]);
    }
    const gone = `/block/volumes/${volume.replace(/[0-9a-f]{12}:/, '000000000000:')}/migrations`;
    expect(await refusal(client.get(gone))).toEqual([404, 2000]);
    expect(await refusal(client.get(`/block/migrations/${volume}`))).toEqual([404, 2000]);
    const body = { volume, source_storage_system: volume, target_storage_system: volume };
    expect(await refusal(client.post('/block/migrations', 'migration_create', body))).toEqual([405, 1007]);
    const nobody = 'urn:storageos:ExportGroup:00000000-0000-4000-8000-000000000000:vdc1';
    const group = client.send(
      'PUT',
      `/block/exports/${nobody}/change-port-group`,
      'block_export_change_port_group',
      {},
    );
    expect(await refusal(group)).toEqual([405, 1007]);
  });
});
