/** Many resources in one request: each as GET by its id shows it, whoever isn't there or isn't the caller's left out. */
import path from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { PLACES } from '../../src/daemon/coprhd/finding.ts';
import { COPRHD_ROUTES } from '../../src/daemon/coprhd/routes.ts';
import { LIMITS } from '../../src/lib/limits.ts';
import { clientOf, fromXml, inside, type Json, many } from './client.ts';
import { useRestEstate } from './estate.ts';

const estate = useRestEstate();
const { client: json, ended, named, volumes } = estate;
const xml = clientOf((asked) => estate.daemon.send(asked), 'xml');

/** As in CoprHD's BulkRep types. */
const BULK: Readonly<Record<string, readonly [root: string, key: string]>> = {
  '/compute/clusters': ['bulk_clusters', 'cluster'],
  '/compute/hosts': ['bulk_hosts', 'host'],
  '/compute/initiators': ['bulk-initiators', 'initiators'],
  '/compute/ip-interfaces': ['bulk_ip_interfaces', 'ip_interface'],
  '/projects': ['bulk_projects', 'project'],
  '/tenants': ['bulk_tenants', 'tenant'],
  '/vdc/network-systems': ['bulk_network_systems', 'network_system'],
  '/vdc/networks': ['bulk_networks', 'network'],
  '/vdc/storage-pools': ['bulk_storage_pools', 'storage_pool'],
  '/vdc/storage-ports': ['bulk_storage_ports', 'storage_port'],
  '/vdc/storage-systems': ['bulk_storage_systems', 'storage_system'],
  '/vdc/varrays': ['bulk_varrays', 'varray'],
  '/block/vpools': ['bulk_block_vpools', 'block_vpool'],
  '/block/exports': ['bulk_exportgroups', 'exportgroup'],
  '/block/snapshots': ['bulk_block_snapshots', 'block_snapshot'],
  '/block/volumes': ['bulk_volumes', 'volume'],
  '/vdc/tasks': ['bulk_tasks', 'task'],
  '/vdc/workflows': ['bulk_workflows', 'workflow'],
};
const SAN = (sim: string) => `
kind: infrastructure
stack: san
networkSystems:
  sw-a: { driver: simulator, mode: manage, configuration: { directory: ${sim}, fabric: fabric-a }, scope: { fabrics: [net-a] } }
networks:
  net-a: { transport: fc, networkSystem: sw-a, fabric: fabric-a, configuration: legacy }
  unused: { transport: ip, subnets: [192.168.0.0/24] }
hosts:
  h3: { type: linux, initiators: [{ iqn: "iqn.2026-01.com.example:h3", network: san }], interfaces: [{ address: 10.0.0.3 }] }
clusters: { c1: { hosts: [h2, h3] } }
`;

beforeAll(async () => {
  const directory = path.join(estate.daemon.directory, 'fabrics');
  const generate = { arrays: 1, fabrics: 1, hosts: 2, zones: 4, seed: 1 };
  await estate.daemon.local.call('sim', { verb: 'up', arguments: { directory, generate } });
  await estate.apply(SAN(directory));
  const [one, two, three, four] = await volumes('bulk-of', 4);
  const { vpool: _vpool, ...ids } = estate.ids;
  const [host, cluster] = [await named('/compute/hosts', 'host', 'h1'), await clusterId()];
  const exported = (name: string, more: Json) => json.post('/block/exports', '', { name, ...ids, ...more });
  await ended(exported('to-host', { type: 'Host', hosts: [host], volumes: [{ id: one }] }));
  await ended(exported('to-cluster', { type: 'Cluster', clusters: [cluster], volumes: [{ id: two }, { id: three }] }));
  await ended(exported('to-cluster-too', { type: 'Cluster', clusters: [cluster], volumes: [{ id: four }] }));
  await ended(json.post(`/block/volumes/${one}/protection/snapshots`, '', { name: 'bulk-of' }));
});

const clusterId = async () => (await json.get('/compute/clusters/search?name=c1')).body.resource[0].id as string;
const idsAt = async (at: string) => (await json.get(`${at}/bulk`)).body.id as string[];
const unknown = (id: string) => id.replace(/[0-9a-f]{12}(?=:[^:]*$)/, '000000000000');

describe('POST bulk', () => {
  it('is there for all that has GET bulk and GET by id', () => {
    const has = (method: string, where: string) =>
      COPRHD_ROUTES.some((route) => route.method === method && route.path === where);
    const places = new Set([...Object.values(PLACES).map((place) => place.path), '/vdc/tasks', '/vdc/workflows']);
    // Of what switches show, one by one.
    const lacking = [...places].filter((at) => has('GET', `${at}/bulk`) && !has('POST', `${at}/bulk`));
    expect(lacking).toEqual([PLACES.fcPort.path]);
  });

  it.each(Object.entries(BULK))('of %s: what GET shows of each, in the order asked for', async (at, [root, key]) => {
    const ids = (await idsAt(at)).reverse();
    expect(ids.length).toBeGreaterThan(0);
    const asked = [unknown(ids[0]!), ...ids, 'urn:storageos:Volume:nonsense:vdc1', '', 'x'.repeat(80)];
    for (const client of [json, xml]) {
      const each = await Promise.all(ids.map(async (id) => (await client.get(`${at}/${id}`)).body));
      const { status, body } = await client.post(`${at}/bulk`, 'ids', { id: asked });
      expect([status, Object.keys(body)]).toEqual([200, [key]]);
      expect(many(body[key])).toEqual(each);
      expect(many(body[key]).map(({ id }) => id)).toEqual(ids);
      expect(many((await client.post(`${at}/bulk`, 'ids', { id: [unknown(ids[0]!)] })).body[key])).toEqual([]);
    }
    const headers = { 'x-sds-auth-token': 'admin', accept: 'application/xml', 'content-type': 'application/xml' };
    const body = `<ids><id>${ids[0]}</id></ids>`;
    const { text } = await estate.daemon.send({ method: 'POST', path: `${at}/bulk`, headers, body });
    expect(text).toMatch(new RegExp(`^<\\?xml[^>]*\\?><${root}><${key}><id>.*</${key}></${root}>$`));
    expect(many(fromXml(text)[key])).toHaveLength(1);
    const large = { id: Array.from({ length: LIMITS.bulkMax + 1 }, () => ids[0]) };
    const refused = await json.post(`${at}/bulk`, '', large);
    expect([refused.status, refused.body.code]).toEqual([400, 1031]);
    const wrong = await json.post(`${at}/bulk`, '', { ids });
    expect([wrong.status, wrong.body.code]).toEqual([400, 1013]);
    expect((await json.post(`${at}/bulk`, '', {})).body).toEqual({ [key]: [] });
  });

  it('shows what is inside them', async () => {
    const bulk = async (at: string) =>
      (await json.post(`${at}/bulk`, '', { id: await idsAt(at) })).body[BULK[at]![1]] as Json[];
    const groups = await bulk('/block/exports');
    expect(
      groups.map(({ name, type, hosts, clusters, volumes: shown }) => [
        name,
        type,
        hosts.length,
        clusters.length,
        shown.length,
      ]),
    ).toEqual([
      ['to-cluster', 'Cluster', 2, 1, 2],
      ['to-cluster-too', 'Cluster', 2, 1, 1],
      ['to-host', 'Host', 1, 0, 1],
    ]);
    const networks = await bulk('/vdc/networks');
    const fields = (name: string) => networks.find((each) => each.name === name)!;
    expect(fields('san')).toMatchObject({ transport_type: 'IP', assigned_varrays: [estate.ids.varray] });
    expect(fields('unused')).toMatchObject({ assigned_varrays: [], endpoints: ['192.168.0.0/24'] });
    expect(fields('net-a')).toMatchObject({ transport_type: 'FC', native_id: 'fabric-a', routed_networks: [] });
    const initiators = await bulk('/compute/initiators');
    expect(initiators).toContainEqual(
      expect.objectContaining({ initiator_port: 'iqn.2026-01.com.example:h3', hostname: 'h3' }),
    );
    const listed = await xml.post('/compute/clusters/bulk', 'ids', { id: [await clusterId()] });
    expect(many(listed.body.cluster)).toMatchObject([{ name: 'c1', tags: '' }]);
    expect(inside((await xml.get('/vdc/networks/bulk')).body.id, 'id')).toHaveLength(networks.length);
  });

  it('asks of a whole kind, of switches and of a cluster once, however many are asked for', async () => {
    const { local } = estate.daemon;
    const { as } = local;
    const calls: string[] = [];
    const counted = vi.spyOn(local, 'as').mockImplementation((asker) => {
      const engine = as.call(local, asker);
      return {
        ...engine,
        call: (name, input, options) => {
          calls.push(`${name} ${JSON.stringify(input)}`);
          return engine.call(name, input, options);
        },
      };
    });
    for (const at of Object.keys(BULK)) {
      const ids = await idsAt(at);
      calls.length = 0;
      await json.post(`${at}/bulk`, '', { id: [...ids, ...ids, ...ids] });
      const whole = calls.filter((call) =>
        /"all":true|"refresh"|^history|:Cluster:.*"under"|"under".*:Cluster:/.test(call),
      );
      expect([at, whole]).toEqual([at, [...new Set(whole)]]);
    }
    counted.mockRestore();
  });
});
