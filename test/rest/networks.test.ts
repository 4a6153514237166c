/** CoprHD's API for networks: which ports and addresses are in one, and in which virtual arrays it is. */
import { describe, expect, it } from 'vitest';
import { type Json, many } from './client.ts';
import { useRestEstate } from './estate.ts';

const estate = useRestEstate();
const { client, ended, named } = estate;

describe('administrators', () => {
  it('say which ports are in a Fibre Channel network, by WWPN, and in which virtual arrays it is', async () => {
    const [one, two] = ['50:00:00:00:00:00:00:01', '50:00:00:00:00:00:00:02'];
    const body = { name: 'fabric-a', transport_type: 'FC', endpoints: [one.toUpperCase()] };
    const made = await client.post('/vdc/networks', '', body);
    expect([made.status, made.body]).toMatchObject([
      200,
      { transport_type: 'FC', discovered: false, endpoints: [one] },
    ]);
    const at = `/vdc/networks/${made.body.id}`;
    const put = async (where: string, changes: Json) => (await client.send('PUT', where, '', changes)).body;
    const bare = two.replaceAll(':', '');
    expect((await put(`${at}/endpoints`, { endpoints: [bare, two], op: 'add' })).endpoints).toEqual([one, two]);
    // What is so already is no change.
    expect((await put(`${at}/endpoints`, { endpoints: [two], op: 'add' })).endpoints).toEqual([one, two]);
    expect((await put(`${at}/endpoints`, { endpoints: [bare], op: 'remove' })).endpoints).toEqual([one]);
    const varray = (await client.post('/vdc/varrays', '', { name: 'dc3' })).body.id;
    const other = (await client.post('/vdc/varrays', '', { name: 'dc4' })).body.id;
    const changed = await put(at, {
      varray_assignment_changes: { add: { varrays: [varray] } },
      endpoint_changes: { add: { endpoints: [two] }, remove: { endpoints: [one] } },
    });
    expect(changed.endpoints).toEqual([two]);
    expect((await client.get(at)).body.endpoints).toEqual([two]);
    const networks = async (id: string) => many((await client.get(`/vdc/varrays/${id}/networks`)).body.network);
    expect(await networks(varray)).toMatchObject([{ name: 'fabric-a' }]);
    await put(at, { varrays: [other] });
    expect([await networks(varray), (await networks(other)).length]).toEqual([[], 1]);
    const b = { name: 'fabric-b', transport_type: 'FC' };
    const taken = await client.post('/vdc/networks', '', { ...b, endpoints: [two] });
    expect([taken.status, taken.body.details]).toEqual([400, expect.stringContaining('network.fabric-a')]);
    for (const [what, where, changes, code] of [
      ['no WWPN', `${at}/endpoints`, { endpoints: ['10.0.0.1'], op: 'add' }, 1008],
      ['an operation that is none', `${at}/endpoints`, { endpoints: [one], op: 'swap' }, 1008],
      ['another name', at, { name: 'fabric-z' }, 1008],
      ['nothing', at, {}, 1005],
    ] as [string, string, Json, number][]) {
      expect([what, (await client.send('PUT', where, '', changes)).body.code]).toEqual([what, code]);
    }
    const gone = await client.send('PUT', `${at}/endpoints`, '', { endpoints: [one], op: 'remove' });
    expect([gone.status, gone.body.details]).toEqual([400, expect.stringContaining(`${one} is not in the endpoints`)]);
    // An initiator is in the network of which its WWPN is an endpoint, though there are two.
    const second = (await client.post('/vdc/networks', '', b)).body.id;
    await ended(client.post('/compute/hosts', '', { type: 'Linux', name: 'on-fabric', host_name: 'on-fabric' }));
    const host = await named('/compute/hosts', 'host', 'on-fabric');
    await ended(client.post(`/compute/hosts/${host}/initiators`, '', { initiator_port: two.replaceAll(':', '') }));
    expect((await estate.daemon.local.call('show', { address: host })).resources[0]!.children).toMatchObject([
      { kind: 'initiator', attributes: { portName: two, network: 'fabric-a' } },
    ]);
    const elsewhere = { initiator_port: one };
    const unknown = await client.post(`/compute/hosts/${host}/initiators`, '', elsewhere);
    expect([unknown.status, unknown.body.code]).toEqual([400, 1005]);
    expect((await ended(client.post(`/compute/hosts/${host}/deactivate`))).state).toBe('ready');
    expect((await client.post(`/vdc/networks/${second}/deactivate`)).status).toBe(200);
    await put(at, { varrays: [] });
    expect((await client.post(`${at}/deactivate`)).status).toBe(200);
    // The WWPN is free again.
    const next = await client.post('/vdc/networks', '', { ...b, endpoints: [two] });
    expect(next.body.endpoints).toEqual([two]);
    for (const where of [`/vdc/networks/${next.body.id}`, `/vdc/varrays/${varray}`, `/vdc/varrays/${other}`])
      expect((await client.post(`${where}/deactivate`)).status).toBe(200);
  });

  it('say which addresses are in an IP network', async () => {
    const body = { name: 'lan-2', transport_type: 'IP', endpoints: ['10.0.0.21', 'fd00::21'] };
    const made = (await client.post('/vdc/networks', '', body)).body;
    expect(made.endpoints).toEqual(['10.0.0.21', 'fd00::21']);
    const change = { endpoint_changes: { add: { endpoints: ['10.0.0.22'] }, remove: { endpoints: ['fd00::21'] } } };
    const changed = await client.send('PUT', `/vdc/networks/${made.id}`, '', change);
    expect(changed.body.endpoints).toEqual(['10.0.0.21', '10.0.0.22']);
    const wide = await named('/vdc/networks', 'network', 'san');
    expect((await client.get(`/vdc/networks/${wide}`)).body.endpoints).toEqual(['10.0.0.0/8']);
    expect((await client.post(`/vdc/networks/${made.id}/deactivate`)).status).toBe(200);
  });
});

describe('IP interfaces of a host', () => {
  it('are told, shown, found, changed and taken away', async () => {
    const home = (await client.get('/tenant')).body.id;
    const host = await named(`/tenants/${home}/hosts`, 'host', 'h1');
    const at = `/compute/hosts/${host}/ip-interfaces`;
    const first = await client.post(at, '', { protocol: 'IPV4', ip_address: '10.1.2.3', netmask: '24', name: null });
    // The host is declared in a file, which says what it has.
    expect([first.status, first.body.details]).toEqual([400, expect.stringContaining('is declared in')]);
    const task = await estate.ended(client.post('/compute/hosts', '', { type: 'Linux', name: 'nfs-1' }));
    const own = `/compute/hosts/${task.resource.id}/ip-interfaces`;
    const v4 = await client.post(own, '', { protocol: 'IPV4', ip_address: '10.1.2.3', netmask: '24', name: null });
    expect([v4.status, v4.body]).toMatchObject([
      200,
      { name: '10.1.2.3', ip_address: '10.1.2.3', netmask: 24, protocol: 'IPV4', host: { id: task.resource.id } },
    ]);
    const v6 = await client.post(own, '', { protocol: 'ipv6', ip_address: 'FD00:0:0:0::1', prefix_length: 64 });
    expect(v6.body).toMatchObject({ ip_address: 'fd00::1', prefix_length: 64, protocol: 'IPV6' });
    expect((await client.get(own)).body.ip_interface.map(({ name }: Json) => name)).toEqual(['10.1.2.3', 'fd00::1']);
    const where = `/compute/ip-interfaces/${v4.body.id}`;
    expect((await client.get(where)).body).toEqual(v4.body);
    expect((await client.get('/compute/ip-interfaces/search?name=10.1')).body.resource).toMatchObject([
      { id: v4.body.id },
    ]);
    expect((await client.get('/compute/ip-interfaces/bulk')).body.id.length).toBe(2);
    for (const [what, code] of [
      [{ protocol: 'IPV4', ip_address: '10.1.2.3' }, 1015],
      [{ protocol: 'IPV6', ip_address: 'fd00:0::1' }, 1008],
      [{ protocol: 'IPV4', ip_address: 'fd00::2' }, 1008],
      [{ protocol: 'IPV4', ip_address: 'nonsense' }, 1008],
      [{ protocol: 'IPV4', ip_address: '10.1.2.4', prefix_length: 3 }, 1008],
      [{ protocol: 'IPV4', ip_address: '10.1.2.4', netmask: 33 }, 1014],
      [{ protocol: 'IPV4' }, 1005],
    ] as const) {
      expect([what, (await client.post(own, '', what)).body.code]).toEqual([what, code]);
    }
    expect((await client.send('PUT', where, '', { netmask: 25 })).body).toMatchObject({ id: v4.body.id, netmask: 25 });
    expect((await client.send('PUT', where, '', { ip_address: '10.9.9.9' })).body.code).toBe(1008);
    const gone = await estate.ended(client.post(`${where}/deactivate`));
    expect([gone.state, (await client.get(where)).status]).toEqual(['ready', 404]);
    expect((await client.get(`/compute/ip-interfaces/${v6.body.id}/tasks/${gone.id}`)).status).toBe(200);
    const host2 = await estate.ended(client.post(`/compute/hosts/${task.resource.id}/deactivate`));
    expect([host2.state, (await client.get(`/compute/ip-interfaces/${v6.body.id}`)).status]).toEqual(['ready', 404]);
  });
});
