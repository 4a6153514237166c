/** CoprHD's paths-adjustment of an export group: previewed, added, and taken away once somebody says so; in JSON and XML. */
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientOf, type Json, many } from './client.ts';
import { useRestEstate } from './estate.ts';

const estate = useRestEstate();
const { client, ended, named } = estate;
const xml = clientOf((asked) => estate.daemon.send(asked), 'xml');

const SAN = (sim: string, hba: string) => `
kind: infrastructure
stack: san
networkSystems:
  sw-a: { driver: simulator, mode: manage, configuration: { directory: ${sim}, fabric: fabric-a }, scope: { fabrics: [net-a] } }
networks: { net-a: { transport: fc, networkSystem: sw-a, fabric: fabric-a, configuration: legacy } }
storageSystems:
  arr: { driver: simulator, mode: manage, configuration: { directory: ${sim}, array: sim-2 }, scope: { pools: [bulk, fast] } }
virtualArrays: { dc-fc: { networks: [net-a], storageSystems: [arr] } }
virtualPools: { fc: { type: block, protocols: [fc], virtualArrays: [dc-fc], paths: { min: 1, max: 1 } } }
hosts: { on-san: { type: linux, initiators: [{ wwpn: "${hba}", network: net-a }] } }
`;
const STACK = `
kind: stack
stack: on-san
project: p
volumes: { lun: { size: 64MiB, virtualPool: fc, virtualArray: dc-fc, protect: false, onRemove: delete } }
exports: { seen: { host: on-san, volumes: [lun] } }
`;

let at = '';
let system = '';
let initiator = '';
const ports: Record<string, string> = {};
const idOf = async (address: string) =>
  (await estate.daemon.local.call('show', { address })).resources[0]!.urn as string;
const pathsNow = async (): Promise<string[]> =>
  (await estate.daemon.local.call('path.list', { of: 'export.seen' })).paths
    .map(({ port }) => port.name.split('/').at(-1)!)
    .sort();

beforeAll(async () => {
  const sim = path.join(estate.daemon.directory, 'fabrics');
  const generate = { arrays: 2, fabrics: 2, hosts: 1, zones: 4, seed: 1 };
  await estate.daemon.local.call('sim', { verb: 'up', arguments: { directory: sim, generate } });
  await estate.apply(SAN(sim, '10:00:00:00:00:00:00:01').replace(/^hosts.*$/m, ''));
  const { contents } = await estate.daemon.local.call('network.fabrics', { contents: true, refresh: 'full' });
  const hba = contents![0]!.endpoints.map(({ nativeId }) => nativeId).find((wwpn) => wwpn.startsWith('10:'))!;
  await estate.apply(SAN(sim, hba), STACK);
  at = `/block/exports/${await idOf('export.seen')}`;
  system = await idOf('storageSystem.arr');
  for (const each of many((await client.get(`/vdc/storage-systems/${system}/storage-ports`)).body.storage_port))
    ports[each.name.split('/').at(-1)] = each.id;
  const host = await named('/compute/hosts', 'host', 'on-san');
  initiator = many((await client.get(`/compute/hosts/${host}/initiators`)).body.initiator)[0]!.id;
});

const wanted = (of: Json = {}) => ({ storage_system: system, path_parameters: { min_paths: 1 }, ...of });
const one = (port: string) => [{ initiator, storage_ports: [ports[port]] }];
const preview = async (of: Json) => (await client.post(`${at}/paths-adjustment-preview`, '', of)).body;
const adjust = (of: Json) => client.send('PUT', `${at}/paths-adjustment`, '', of);

describe('paths of an export group', () => {
  it('are previewed: what is there now, and what would take its place', async () => {
    const [now] = await pathsNow();
    const other = now === 'FC-A1' ? 'FC-B1' : 'FC-A1';
    expect(await preview(wanted())).toMatchObject({
      storage_system: system,
      adjusted_paths: [{ initiator: { id: initiator, hostname: 'on-san' }, storage_ports: [{ name: now }] }],
      removed_paths: [],
      affected_export_groups: [{ name: 'seen' }],
    });
    const moved = wanted({ path_parameters: { storage_ports: [ports[other]] } });
    expect(await preview(moved)).toMatchObject({
      adjusted_paths: [{ initiator: { id: initiator }, storage_ports: [{ id: ports[other], name: other }] }],
      removed_paths: [{ initiator: { id: initiator }, storage_ports: [{ id: ports[now!], name: now }] }],
      affected_export_groups: [{ name: 'seen' }],
    });
    const kept = await preview(wanted({ use_existing_paths: 'true' }));
    expect([kept.adjusted_paths.length, kept.removed_paths]).toEqual([1, []]);
    const text = (await estate.daemon.send({
      ...{ method: 'POST', path: `${at}/paths-adjustment-preview`, body: JSON.stringify(moved) },
      headers: { 'x-sds-auth-token': 'admin', accept: 'application/xml', 'content-type': 'application/json' },
    })) as { text: string };
    expect(text.text).toMatch(
      /^<\?xml[^>]*><export_paths_adjustment_preview>.*<adjusted_paths><adjustedPaths><initiator>/,
    );
    expect(await pathsNow()).toEqual([now]);
  });

  it('are added by one request and taken away by another, and by no request at once', async () => {
    const [now] = await pathsNow();
    const other = now === 'FC-A1' ? 'FC-B1' : 'FC-A1';
    const body = wanted({ adjusted_paths: one(other), removed_paths: one(now!) });
    const atOnce = await adjust(body);
    expect([atOnce.status, atOnce.body.details]).toEqual([400, expect.stringContaining('must be true while paths')]);
    expect(await pathsNow()).toEqual([now]);

    const inXml = {
      ...body,
      adjusted_paths: { initiator_path: { initiator, storage_ports: { storage_port: ports[other] } } },
      removed_paths: { initiator_path: { initiator, storage_ports: { storage_port: ports[now!] } } },
    };
    const added = await xml.send('PUT', `${at}/paths-adjustment`, 'block_export_paths_adjustment', {
      ...inXml,
      wait_before_remove_paths: 'true',
    });
    expect([added.status, added.body.details, added.body.resource?.name]).toEqual([200, undefined, 'seen']);
    const task = await client.get(`${at}/tasks/${added.body.id}`);
    expect(task.status).toBe(200);
    expect((await ended(client.get(`/vdc/tasks/${added.body.id}`))).state).toBe('ready');
    expect(await pathsNow()).toEqual([now, other].sort());

    const again = await ended(adjust({ ...body, wait_before_remove_paths: true }));
    expect([again.state, again.message]).toEqual(['ready', 'it is so already']);
    expect((await ended(adjust({ ...body, wait_before_remove_paths: false }))).state).toBe('ready');
    expect(await pathsNow()).toEqual([other]);
  });

  it('are refused outside the rules, and where they can not be', async () => {
    const [now] = await pathsNow();
    const before = await pathsNow();
    for (const [what, body, code, words] of [
      ['nothing', {}, 1005, 'missing'],
      ['another number of paths', { path_parameters: { max_paths: 4 } }, 1008, 'virtual pool fc has 1'],
      ['a port group', { path_parameters: { port_group: system } }, 1008, 'no port groups'],
      ['a port of the other fabric', { adjusted_paths: one('FC-A2'), removed_paths: one(now!) }, 0, 'no Fibre Channel'],
      ['none at all', { removed_paths: one(now!) }, 0, 'paths'],
      ['more than the maximum', { adjusted_paths: one(now === 'FC-A1' ? 'FC-B1' : 'FC-A1') }, 0, 'may have 1 at most'],
      ['what is no port', { adjusted_paths: [{ initiator, storage_ports: [system] }] }, 1008, 'StoragePort'],
    ] as const) {
      const { status, body: error } = await adjust(wanted(body));
      expect([what, status, error.details]).toEqual([what, 400, expect.stringContaining(words)]);
      if (code !== 0) expect([what, error.code]).toEqual([what, code]);
    }
    const other = await named('/vdc/storage-systems', 'storage_system', 'arr').then(async () =>
      many((await client.get('/vdc/storage-systems')).body.storage_system).find(({ id }) => id !== system),
    );
    const elsewhere = await client.post(`${at}/paths-adjustment-preview`, '', wanted({ storage_system: other!.id }));
    expect([elsewhere.status, elsewhere.body.details]).toEqual([400, expect.stringContaining('no paths')]);
    expect(await pathsNow()).toEqual(before);
  });
});
