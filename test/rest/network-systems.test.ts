/** CoprHD's API for network systems: registered, discovered, taken out of use, and what they show of their fabrics. */
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientOf, inside, type Json, many } from './client.ts';
import { useRestEstate } from './estate.ts';

const estate = useRestEstate();
const { client, ended, named } = estate;
const xml = clientOf((asked) => estate.daemon.send(asked), 'xml');

let sim = '';
const SAN = () => `
kind: infrastructure
stack: san
networkSystems:
  sw-a: { driver: simulator, mode: manage, configuration: { directory: ${sim}, fabric: fabric-a }, scope: { fabrics: [net-a] } }
networks: { net-a: { transport: fc, networkSystem: sw-a, fabric: fabric-a, configuration: legacy } }
`;
const simulator = (verb: 'edit' | 'up', more: Json) =>
  estate.daemon.local.call('sim', { verb, arguments: { directory: sim, ...more } });
const systemAt = async (name = 'sw-a') =>
  `/vdc/network-systems/${await named('/vdc/network-systems', 'network_system', name)}`;

beforeAll(async () => {
  sim = path.join(estate.daemon.directory, 'fabrics');
  await simulator('up', { generate: { arrays: 2, fabrics: 2, hosts: 2, zones: 4, seed: 1 } });
  await estate.apply(SAN());
});

describe('administrators', () => {
  it('register network systems, which are managed with all their fabrics, and take them away', async () => {
    const body = {
      ...{ name: 'core-b', system_type: 'simulator', ip_address: 'local' },
      configuration: { directory: sim, fabric: 'fabric-b' },
    };
    const task = await ended(client.post('/vdc/network-systems', '', body));
    expect([task.state, task.resource.name]).toEqual(['ready', 'core-b']);
    const at = `/vdc/network-systems/${task.resource.id}`;
    expect((await client.get(at)).body).toMatchObject({
      ...{ name: 'core-b', system_type: 'simulator', registration_status: 'REGISTERED' },
      ...{ serial_number: expect.any(String), version: expect.any(String) },
    });
    const { devices } = await estate.daemon.local.call('device.list', {});
    expect(devices.find(({ name }) => name === 'core-b')).toMatchObject({
      mode: 'manage',
      scope: expect.arrayContaining(['fabric-b']),
    });
    const twice = await client.post('/vdc/network-systems', '', { ...body, name: 'again' });
    expect([twice.status, twice.body.code]).toEqual([400, 1015]);
    for (const [what, changes, code] of [
      ['another name', { name: 'other' }, 1008],
      ['another address', { ip_address: '10.0.0.1' }, 1008],
      ['nothing', {}, 1005],
    ] as const) {
      expect([what, (await client.send('PUT', at, '', changes)).body.code]).toEqual([what, code]);
    }
    const smis = { name: 'x', system_type: 'brocade', smis_provider_ip: '10.0.0.9' };
    const noAddress = await client.post('/vdc/network-systems', '', smis);
    expect([noAddress.status, noAddress.body.details]).toEqual([400, expect.stringContaining('over SSH or HTTPS')]);
    expect((await ended(client.post(`${at}/deactivate`))).state).toBe('ready');
    expect((await client.get(at)).status).toBe(404);
  });

  it('are told which networks are routed to each other', async () => {
    const other = { directory: sim, fabric: 'fabric-b' };
    const core = { name: 'core-b', system_type: 'simulator', ip_address: 'local', configuration: other };
    const system = (await ended(client.post('/vdc/network-systems', '', core))).resource.id;
    const same = { name: 'net-b', transport_type: 'FC', network_system: system, fabric_id: 'fabric-b' };
    const made = (await client.post('/vdc/networks', '', same)).body.id as string;
    const at = `/vdc/networks/${await named('/vdc/networks', 'network', 'net-a')}`;
    expect((await client.get(at)).body.routed_networks).toEqual([]);
    await simulator('edit', { array: 'fabric-b', edit: { edit: 'route', to: 'fabric-a' } });
    await ended(client.post(`/vdc/network-systems/${system}/discover`));
    await ended(client.post(`${await systemAt()}/discover`));
    expect((await client.get(at)).body.routed_networks).toEqual([made]);
    expect(inside((await xml.get(`/vdc/networks/${made}`)).body.routed_networks, 'routed_network')).toEqual([
      at.split('/').at(-1),
    ]);
    for (const where of [`/vdc/networks/${made}`, `/vdc/network-systems/${system}`]) {
      expect((await client.post(`${where}/deactivate`)).status).toBeLessThan(300);
    }
  });

  it('have them discovered, taken out of use and back, and find them', async () => {
    const at = await systemAt();
    const task = await ended(client.post(`${at}/discover`));
    expect([task.state, task.resource.name]).toEqual(['ready', 'sw-a']);
    expect((await client.get(`${at}/tasks/${task.id}`)).body).toMatchObject({ state: 'ready' });
    expect((await client.post(`${at}/deregister`)).body).toMatchObject({ registration_status: 'UNREGISTERED' });
    const network = await named('/vdc/networks', 'network', 'net-a');
    const status = async () => (await client.get(`/vdc/networks/${network}`)).body.registration_status;
    expect(await status()).toBe('UNREGISTERED');
    expect((await client.post(`${at}/register`)).body).toMatchObject({ registration_status: 'REGISTERED' });
    expect(await status()).toBe('REGISTERED');
    const id = at.split('/').at(-1);
    expect((await client.get('/vdc/network-systems/bulk')).body.id).toEqual([id]);
    expect((await client.get('/vdc/network-systems/search?name=sw')).body.resource).toMatchObject([{ id }]);
    expect((await client.get(`${at}/tags`)).body).toEqual({ tag: [] });
  });

  it('make a network of a fabric, and are told which initiators and ports are in it', async () => {
    const id = (await systemAt()).split('/').at(-1);
    const same = { name: 'net-b', transport_type: 'FC', network_system: id, fabric_id: 'fabric-a' };
    const taken = await client.post('/vdc/networks', '', same);
    expect([taken.status, taken.body.code]).toEqual([400, 1015]);
    const wrong = await client.post('/vdc/networks', '', { ...same, fabric_id: '77' });
    expect([wrong.status, wrong.body.code]).toEqual([400, 1008]);
    const nobody = await client.post('/vdc/networks', '', { ...same, network_system: null });
    expect([nobody.status, nobody.body.code]).toEqual([400, 1005]);
    const other = { directory: sim, fabric: 'fabric-b' };
    const core = { name: 'core-b', system_type: 'simulator', ip_address: 'local', configuration: other };
    const system = (await ended(client.post('/vdc/network-systems', '', core))).resource.id;
    const made = await client.post('/vdc/networks', '', { ...same, network_system: system, fabric_id: 'fabric-b' });
    expect([made.status, made.body]).toMatchObject([
      200,
      { network_systems: [system], fabric_id: 'fabric-b', discovered: true, registration_status: 'REGISTERED' },
    ]);
    const [first] = made.body.endpoints as string[];
    expect(made.body.endpoints_discovered[0]).toEqual({ name: first, value: 'true' });
    const found = await client.get(`/vdc/networks?wwn=${first!.toUpperCase()}`);
    expect(many(found.body.network).map(({ name }) => name)).toEqual(['net-b']);
    expect((await client.get('/vdc/networks?wwn=x')).status).toBe(400);
    const host = (await ended(client.post('/compute/hosts', '', { type: 'Linux', name: 'fc-1', host_name: 'fc-1' })))
      .resource.id;
    const initiator = await ended(
      client.post(`/compute/hosts/${host}/initiators`, '', { initiator_port: first, protocol: 'FC' }),
    );
    expect(initiator.state).toBe('ready');
    const at = `/vdc/networks/${made.body.id}`;
    expect((await client.get(`${at}/initiators`)).body.initiator).toMatchObject([{ name: first }]);
    // Endpoints that come by hand, too, leave it the fabric that it is.
    const byHand = '50:00:00:00:00:00:0a:01';
    for (const op of ['add', 'remove']) {
      const changed = await client.send('PUT', `${at}/endpoints`, '', { endpoints: [byHand], op });
      expect([op, changed.status, changed.body]).toMatchObject([
        ...[op, 200],
        { network_systems: [system], fabric_id: 'fabric-b', discovered: op === 'remove' },
      ]);
    }
    const san = await named('/vdc/networks', 'network', 'san');
    expect(many((await client.get(`/vdc/networks/${san}/storage-ports`)).body.storage_port).length).toBe(4);
    // The array of the other simulation has the same WWPNs.
    const ports = many((await client.get(`${at}/storage-ports`)).body.storage_port);
    expect(ports.map(({ name }) => name).sort()).toEqual(['sim-1/FC-A2', 'sim-1/FC-B2']);
    for (const where of [`/compute/hosts/${host}`, at, `/vdc/network-systems/${system}`]) {
      expect((await client.post(`${where}/deactivate`)).status).toBeLessThan(300);
    }
  });

  it('see which zone an initiator reaches a volume through, and which exports a zone is for', async () => {
    const contents = (await estate.daemon.local.call('network.fabrics', { contents: true })).contents ?? [];
    const hba = contents[0]!.endpoints.map(({ nativeId }) => nativeId).find((wwpn) => wwpn.startsWith('10:'))!;
    await estate.apply(
      `
kind: infrastructure
stack: fc
storageSystems:
  arr: { driver: simulator, mode: manage, configuration: { directory: ${sim}, array: sim-2 }, scope: { pools: [bulk, fast] } }
virtualArrays: { dc-fc: { networks: [net-a], storageSystems: [arr] } }
virtualPools: { fc: { type: block, protocols: [fc], virtualArrays: [dc-fc], paths: { min: 1, max: 1 } } }
hosts: { on-san: { type: linux, initiators: [{ wwpn: "${hba}", network: net-a }] } }
`,
      `
kind: stack
stack: on-san
project: p
volumes: { lun: { size: 64MiB, virtualPool: fc, virtualArray: dc-fc, protect: false, onRemove: delete } }
exports: { seen: { host: on-san, volumes: [lun] } }
`,
    );
    const { urn: volume } = (await estate.daemon.local.call('show', { address: 'volume.lun' })).resources[0]!;
    const rows = many((await client.get(`/block/volumes/${volume}/exports`)).body.itl);
    const network = (await estate.daemon.local.call('show', { address: 'network.net-a' })).resources[0]!;
    const zone = network.children[0]!.attributes.zoneName;
    expect(rows).toMatchObject([{ initiator: { port: hba }, san_zone_name: zone }]);
    const port = rows[0]!.target.port as string;
    const at = '/vdc/network-systems/san-references';
    const found = (await client.get(`${at}/${hba},${port.toUpperCase()}`)).body.fc_zone_reference;
    expect(found).toMatchObject([{ zoneName: zone, volumeUri: volume, fabricId: 'fabric-a' }]);
    expect((await client.get(`${at}/${hba},10:00:00:00:00:00:00:99`)).body.fc_zone_reference).toEqual([]);
    expect((await client.get(`${at}/x,y`)).body.code).toBe(1008);
  });

  it('make no zones or aliases by hand, nor activate what others have saved', async () => {
    const at = await systemAt();
    const fabrics = async () =>
      (await estate.daemon.local.call('network.fabrics', { contents: true, refresh: 'full' })).contents;
    await simulator('edit', {
      array: 'fabric-a',
      edit: { edit: 'create-zone', zone: 'theirs', members: ['10:00:00:00:00:00:00:01'], enable: false },
    });
    const before = await fabrics();
    const zone = { san_zone: [{ name: 'mine', members: ['10:00:00:00:00:00:00:02'] }] };
    const alias = { wwn_alias: [{ name: 'mine', address: '10:00:00:00:00:00:00:02' }] };
    for (const [method, where, body] of [
      ['POST', `${at}/san-fabrics/fabric-a/san-zones`, zone],
      ['PUT', `${at}/san-fabrics/fabric-a/san-zones`, zone],
      ['POST', `${at}/san-fabrics/fabric-a/san-zones/remove`, zone],
      ['POST', `${at}/san-fabrics/fabric-a/san-zones/activate`, {}],
      ['POST', `${at}/san-aliases`, alias],
      ['PUT', `${at}/san-aliases`, alias],
      ['POST', `${at}/san-aliases/remove`, alias],
    ] as const) {
      const { status, body: error } = await client.send(method, where, '', body);
      expect([where, status, error.code]).toEqual([where, 405, 1007]);
      expect(error.details).toMatch(/exports/);
    }
    expect((await fabrics())?.map(({ zones }) => zones)).toEqual(before?.map(({ zones }) => zones));
  });
});

describe.each([client, xml])('what a network system shows, $form', (asking) => {
  const get = async (where: string) => asking.get(`${await systemAt()}${where}`);

  it('are its fabrics, who is logged in, aliases, and zones in effect', async () => {
    expect(many((await get('/san-fabrics')).body.fabric)).toEqual(['fabric-a']);
    const endpoints = many((await get('/fc-endpoints?fabric-id=fabric-a')).body.fc_endpoint);
    const [first] = endpoints as [Json];
    expect(first).toMatchObject({
      ...{ fabric_id: 'fabric-a', switch_name: expect.stringMatching(/^fabric-a/), remote_port_name: first.name },
      networkDevice: { id: expect.stringContaining('NetworkSystem') },
    });
    expect(endpoints.length).toBeGreaterThan(2);
    const port = await asking.get(first.link.href);
    expect([port.status, port.body.remote_port_name]).toEqual([200, first.name]);
    expect(many((await get('/san-aliases')).body.wwn_alias)).toEqual([]);
    const zones = many((await get('/san-fabrics/fabric-a/san-zones')).body.san_zone);
    expect(zones.length).toBeGreaterThan(0);
    expect(zones.map(({ name }) => name)).not.toContain('theirs');
    const members = inside(zones[0]!.members, 'member');
    expect(members[0]).toEqual({ wwn: expect.stringMatching(/^[0-9a-f:]{23}$/) });
    const only = `?zone-name=${zones[0]!.name}&exclude-members=true`;
    const bare = many((await get(`/san-fabrics/${first.fabric_wwn}/san-zones${only}`)).body.san_zone);
    expect(bare).toEqual([{ name: zones[0]!.name }]);
    const missing = await get('/san-fabrics/nowhere/san-zones');
    expect([missing.status, Number(missing.body.code)]).toEqual([404, 2000]);
    expect(Number((await get('/fc-endpoints?fabric-id=nowhere')).body.code)).toBe(1008);
    const all = (await asking.get('/vdc/fc-port-connections')).body.fc_port_connection;
    expect(many(all).map(({ name }) => name)).toContain(first.name);
    expect((await asking.get('/vdc/fc-port-connections/bulk')).body.id).toHaveLength(many(all).length);
  });
});
