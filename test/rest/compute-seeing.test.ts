/** CoprHD's API for what hosts, clusters and initiators see, and lose at once; and for what of them stays as it was made. */
import { beforeAll, describe, expect, it } from 'vitest';
import { clientOf, type Json, many, wrapped } from './client.ts';
import { useRestEstate } from './estate.ts';

const estate = useRestEstate();
let tenant = '';

beforeAll(async () => {
  tenant = (await estate.client.get('/tenant')).body.id;
});

describe.each(['json', 'xml'] as const)('in %s', (form) => {
  const client = clientOf((asked) => estate.daemon.send(asked), form);
  const { ended } = estate;
  const newHost = async (name: string, port = `iqn.2026-01.com.example:${name}-${form}`) => {
    const body = { type: 'Linux', name: `${name}-${form}`, host_name: `${name}-${form}` };
    const { id } = (await ended(client.post('/compute/hosts', 'host_create', body))).resource;
    const initiator = { protocol: 'iSCSI', initiator_port: port };
    await ended(client.post(`/compute/hosts/${id}/initiators`, 'initiator_create', initiator));
    return id as string;
  };
  const newExport = async (name: string, type: string, seers: Json, volumes: readonly string[]) => {
    const body = {
      ...{ name: `${name}-${form}`, project: estate.ids.project, varray: estate.ids.varray, type },
      ...seers,
      volumes: wrapped(
        client,
        'volume',
        volumes.map((id) => ({ id })),
      ),
    };
    return (await ended(client.post('/block/exports', 'block_export_create', body))).resource.id as string;
  };
  const hosts = (...ids: string[]) => ({ hosts: wrapped(client, 'host', ids) });
  const initiatorsOf = async (host: string) =>
    many((await client.get(`/compute/hosts/${host}/initiators`)).body.initiator).map(({ id }) => id as string);
  const seenBy = async (initiator: string) =>
    many((await client.get(`/compute/initiators/${initiator}/exports`)).body.itl);
  const status = async (where: string) => (await client.get(where)).status;

  it('an initiator is told what it sees, by which ports and under which numbers', async () => {
    const [volume] = await estate.volumes(`seen-${form}`, 1);
    const host = await newHost('seeing');
    const [initiator] = (await initiatorsOf(host)) as [string];
    expect(await seenBy(initiator)).toEqual([]);
    const group = await newExport('seen', 'Host', hosts(host, await estate.named('/compute/hosts', 'host', 'h1')), [
      volume!,
    ]);
    const rows = await seenBy(initiator);
    expect(rows.length).toBeGreaterThan(0);
    // Those of the volume that are of it, and none of the other host's.
    const all = many((await client.get(`/block/volumes/${volume}/exports`)).body.itl);
    expect(rows).toEqual(all.filter((row) => row.initiator.id === initiator));
    expect(all.length).toBeGreaterThan(rows.length);
    expect(rows[0]).toMatchObject({
      device: { id: volume },
      export: { id: group, name: `seen-${form}` },
      initiator: { id: initiator, port: `iqn.2026-01.com.example:seeing-${form}` },
      target: { ip_address: expect.stringMatching(/^10\./) },
    });
    // The group goes on without the one that is detached.
    const task = await ended(client.post(`/compute/hosts/${host}/detach-storage`));
    expect([task.state, task.resource.id, task.name]).toEqual(['ready', host, 'DETACH STORAGE OF HOST']);
    expect(await seenBy(initiator)).toEqual([]);
    expect(JSON.stringify((await client.get(`/block/exports/${group}`)).body.hosts)).not.toContain(host);
    expect(many((await client.get(`/block/volumes/${volume}/exports`)).body.itl).length).toBeGreaterThan(0);
    await ended(client.post(`/block/exports/${group}/deactivate`));
    await ended(client.post(`/compute/hosts/${host}/deactivate`));
  });

  it('a host loses all that it sees, and stays', async () => {
    const volumes = await estate.volumes(`lost-${form}`, 2);
    const host = await newHost('losing');
    const own = [
      await newExport('own-1', 'Host', hosts(host), [volumes[0]!]),
      await newExport('own-2', 'Exclusive', hosts(host), [volumes[1]!]),
    ];
    expect((await ended(client.post(`/compute/hosts/${host}/detach-storage`))).state).toBe('ready');
    expect(await Promise.all(own.map((id) => status(`/block/exports/${id}`)))).toEqual([404, 404]);
    expect([await status(`/compute/hosts/${host}`), await status(`/block/volumes/${volumes[0]}`)]).toEqual([200, 200]);
    // There is nothing left.
    expect((await ended(client.post(`/compute/hosts/${host}/detach-storage`))).state).toBe('ready');
    await ended(client.post(`/compute/hosts/${host}/deactivate`));
  });

  it('a cluster loses what it sees, and its hosts with it; a host of it alone does not', async () => {
    const [volume] = await estate.volumes(`shared-${form}`, 1);
    const host = await newHost('member');
    const made = await client.post(`/tenants/${tenant}/clusters`, 'cluster_create', { name: `c-${form}` });
    const cluster = made.body.id as string;
    await ended(client.send('PUT', `/compute/hosts/${host}`, 'host_update', { cluster }));
    const clusters = { clusters: wrapped(client, 'cluster', [cluster]) };
    const group = await newExport('of-cluster', 'Cluster', clusters, [volume!]);
    const [initiator] = (await initiatorsOf(host)) as [string];
    expect((await seenBy(initiator)).length).toBeGreaterThan(0);
    const alone = await client.post(`/compute/hosts/${host}/detach-storage`);
    expect([alone.status, Number(alone.body.code), alone.body.details]).toEqual([
      400,
      1008,
      expect.stringContaining(`by its cluster, too (of-cluster-${form})`),
    ]);
    const task = await ended(client.post(`/compute/clusters/${cluster}/detach-storage`));
    expect([task.state, task.resource.id]).toEqual(['ready', cluster]);
    expect([await status(`/block/exports/${group}`), await seenBy(initiator)]).toEqual([404, []]);
    expect(many((await client.get(`/compute/clusters/${cluster}/hosts`)).body.host).map(({ id }) => id)).toEqual([
      host,
    ]);
    const at = `/compute/clusters/${cluster}`;
    const put = (body: Json) => client.send('PUT', at, 'cluster_update', body);
    const same = await put({ name: `c-${form}`, auto_export_enabled: true, vcenter_data_center: 'null' });
    expect([same.status, same.body]).toEqual([200, (await client.get(at)).body]);
    for (const [what, body, code] of [
      ['nothing', {}, 1005],
      ['another name', { name: 'other' }, 1008],
      ['a project', { project: estate.ids.project }, 1008],
      ['a data centre', { vcenter_data_center: estate.ids.varray }, 1008],
      ['no automatic exports', { auto_export_enabled: false }, 1008],
      ['what is no field', { colour: 'blue' }, 1013],
    ] as [string, Json, number][]) {
      const { status: code400, body: answer } = await put(body);
      expect([what, code400, Number(answer.code)]).toEqual([what, 400, code]);
    }
    const catchUp = await client.post(`${at}/update-shared-exports`);
    expect([catchUp.status, Number(catchUp.body.code)]).toEqual([405, 1007]);
    await ended(client.post(`${at}/deactivate`));
    await ended(client.post(`/compute/hosts/${host}/deactivate`));
  });

  it('an initiator keeps its port, and is registered for as long as it is there', async () => {
    const host = await newHost('keeping');
    const [initiator] = (await initiatorsOf(host)) as [string];
    const at = `/compute/initiators/${initiator}`;
    const before = (await client.get(at)).body;
    const put = (body: Json) => client.send('PUT', at, 'initiator_update', body);
    const same = await put({ protocol: 'ISCSI', initiator_port: String(before.initiator_port).toUpperCase() });
    expect([same.status, same.body]).toEqual([200, before]);
    for (const [what, body, code] of [
      ['nothing', {}, 1005],
      ['another port', { initiator_port: 'iqn.2026-01.com.example:other' }, 1008],
      ['another protocol', { protocol: 'FC' }, 1008],
      ['another name', { name: 'other' }, 1008],
    ] as [string, Json, number][]) {
      const { status: code400, body: answer } = await put(body);
      expect([what, code400, Number(answer.code)]).toEqual([what, 400, code]);
    }
    for (const word of ['register', 'deregister']) {
      const refused = await client.post(`${at}/${word}`);
      expect([refused.status, refused.body.details]).toEqual([405, expect.stringContaining('for as long as')]);
    }
    await ended(client.post(`/compute/hosts/${host}/deactivate`));
  });

  it('a network has the interfaces whose addresses are in it', async () => {
    const task = await ended(client.post('/compute/hosts', 'host_create', { type: 'Linux', name: `nfs-${form}` }));
    const own = `/compute/hosts/${task.resource.id}/ip-interfaces`;
    const make = async (protocol: string, address: string) =>
      (await client.post(own, 'ip_interface_create', { protocol, ip_address: address })).body.id as string;
    const inside = await make('IPV4', '10.200.0.1');
    const outside = [await make('IPV4', '192.168.200.1'), await make('IPV6', 'fd00::200')];
    const network = await estate.named('/vdc/networks', 'network', 'san');
    const found = many((await client.get(`/vdc/networks/${network}/ip-interfaces`)).body.ip_interface);
    expect(found).toEqual([
      {
        id: inside,
        name: '10.200.0.1',
        link: { rel: 'self', href: `/compute/ip-interfaces/${inside}` },
      },
    ]);
    expect(outside).not.toContain(inside);
    const fc = { name: `fc-${form}`, transport_type: 'FC' };
    const fabric = (await client.post('/vdc/networks', 'network_create', fc)).body.id;
    expect(many((await client.get(`/vdc/networks/${fabric}/ip-interfaces`)).body.ip_interface)).toEqual([]);
    const refused = await client.post(`/vdc/networks/${fabric}/deregister`);
    expect([refused.status, refused.body.details]).toEqual([405, expect.stringContaining('network system')]);
    expect((await client.post(`/vdc/networks/${fabric}/deactivate`)).status).toBe(200);
    await ended(client.post(`/compute/hosts/${task.resource.id}/deactivate`));
  });
});

it('a host that a file has see something is detached there', async () => {
  const text = `
kind: stack
stack: shown
project: p
exports: { filed: { host: h1, volumes: [declared] } }
volumes: { declared: { size: 64MiB, virtualPool: gold, virtualArray: dc1, protect: false, onRemove: delete } }
`;
  await estate.apply(text.replaceAll('declared', 'filed-volume'));
  const host = await estate.named('/compute/hosts', 'host', 'h1');
  const { status, body } = await estate.client.post(`/compute/hosts/${host}/detach-storage`);
  expect([status, body.details]).toEqual([400, expect.stringContaining('export filed is declared in')]);
  expect(many((await estate.client.get(`/block/exports/search?host=${host}`)).body.resource).length).toBe(1);
});
