/** CoprHD's API, as its clients use it: the same walk in JSON and in XML, searches, and bodies that are right and wrong. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Estate } from '../engine/planner/estate.ts';
import { clientOf, finished, type Json, many, references } from './client.ts';
import { oneArray, startTestDaemon, type TestDaemon } from './support.ts';
import { walk } from './walk.ts';

const IQN = 'iqn.2026-01.com.example:db-1';
const TEXTS = (sim: string) => `
${oneArray(sim)}
virtualPools:
  gold: { type: block, protocols: [iscsi], driveType: ssd, virtualArrays: [dc1], paths: { min: 1, max: 2 } }
  goldfish: { type: block, protocols: [iscsi], driveType: ssd, virtualArrays: [dc1] }
hosts: { db-1: { type: linux, initiators: [{ iqn: "${IQN}", network: san }] } }
tenants: { finance: { use: { virtualArrays: [dc1], virtualPools: [gold] } } }
projects: { p: {} }
`;

let daemon: TestDaemon;
let sim: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
  sim = path.join(daemon.directory, 'sim');
  await daemon.local.call('sim', { verb: 'up', arguments: { directory: sim, generate: { arrays: 1 } } });
  const source = { texts: [{ file: 'a.yaml', text: TEXTS(sim) }], variables: {} };
  const { outcome } = await daemon.local.call('apply', { source, skipHeld: false, claimWaitMs: 0 });
  expect(outcome).toBe('ok');
});
afterAll(async () => {
  await daemon.end();
  expect(daemon.errors).toEqual([]);
});

const rest = (form: 'json' | 'xml') => clientOf((asked) => daemon.send(asked), form);

/** What the simulated array shows. */
async function array(): Promise<ReturnType<Estate['show']>> {
  const { output } = (await daemon.local.call('sim', {
    verb: 'show',
    arguments: { directory: sim, name: 'sim-1' },
  })) as Json;
  return output as ReturnType<Estate['show']>;
}

describe.each(['json', 'xml'] as const)('a walk in %s', (form) => {
  const client = rest(form);
  const project = `made-${form}`;

  it('finds who it is, what there is, and makes a project', async () => {
    const me = (await client.get('/user/whoami')).body;
    expect([me.common_name, me.tenant_name]).toEqual(['admin', 'root']);
    const home = (await client.get('/tenant')).body;
    expect(home.id).toBe(me.tenant);
    const tenant = (await client.get(`/tenants/${home.id}`)).body;
    expect([tenant.name, String(tenant.inactive), tenant.parent_tenant]).toEqual(['root', 'false', undefined]);
    expect(many((await client.get(`/tenants/${home.id}/subtenants`)).body.subtenant)).toMatchObject([
      { name: 'finance' },
    ]);
    const made = await client.post(`/tenants/${home.id}/projects`, 'project_create', { name: project });
    expect([made.status, made.body.name]).toEqual([200, project]);
    const listed = many((await client.get(`/tenants/${home.id}/projects`)).body.project);
    expect(listed.map(({ name }) => name)).toContain(project);
    expect((await client.get(`/projects/${made.body.id}`)).body).toMatchObject({
      name: project,
      tenant: { id: home.id },
    });
    const again = await client.post(`/tenants/${home.id}/projects`, 'project_create', { name: project });
    expect([again.status, String(again.body.code)]).toEqual([400, '1015']);
  });

  it('makes volumes, tags, a host and an export, changes them, and all goes again', async () => {
    await walk(client, {
      project: `walk-${form}`,
      host: `h-${form}`,
      iqn: `iqn.2026-01.com.example:h-${form}`,
      hlu: { json: 7, xml: 8 }[form],
      device: {
        volumes: async () => (await array()).volumes.map(({ sizeBytes }) => sizeBytes).sort((a, b) => a - b),
        luns: async () =>
          (await array()).masks.flatMap(({ initiators, mappings }) =>
            mappings.map(({ hlu, wwn = '' }) => ({ initiators, hlu, wwn })),
          ),
      },
    });
  });
});

describe('searches', () => {
  const client = rest('json');

  it('have the exact name first, and an empty list where nothing is', async () => {
    const { resource } = (await client.get('/block/vpools/search?name=gold')).body as { resource: Json[] };
    expect(resource.map(({ match }) => match)).toEqual(['gold', 'goldfish']);
    expect((await client.get('/block/vpools/search?name=nothing')).body).toEqual({ resource: [] });
    expect((await client.get('/block/volumes/search?tag=OpenStack:id:none')).body).toEqual({ resource: [] });
    expect((await client.get('/block/vpools/search?name=g')).body.code).toBe(1008);
    expect((await client.get('/block/vpools/search')).body.code).toBe(1013);
  });
});

describe('the data centre', () => {
  const client = rest('json');

  it('is shown with its systems, pools, ports, hosts and initiators', async () => {
    const [system] = (await client.get('/vdc/storage-systems')).body.storage_system as [Json];
    expect((await client.get(`/vdc/storage-systems/${system.id}`)).body).toMatchObject({
      name: 'sim-1',
      system_type: 'simulator',
      registration_status: 'REGISTERED',
      serial_number: expect.any(String),
    });
    const pools = (await client.get(`/vdc/storage-systems/${system.id}/storage-pools`)).body.storage_pool as Json[];
    const pool = (await client.get(`/vdc/storage-pools/${pools[0]!.id}`)).body;
    expect(pool).toMatchObject({
      storage_system: { id: system.id },
      total_gb: expect.any(Number),
      free_gb: expect.any(Number),
    });
    const ports = (await client.get(`/vdc/storage-systems/${system.id}/storage-ports`)).body.storage_port as Json[];
    const seen = await Promise.all(ports.map(async ({ id }) => (await client.get(`/vdc/storage-ports/${id}`)).body));
    expect(new Set(seen.map((port) => port.transport_type))).toEqual(new Set(['IP', 'FC']));
    expect(seen.every((port) => port.operational_status === 'OK' && port.storage_system.id === system.id)).toBe(true);
    for (const port of seen.filter(({ transport_type: type }) => type === 'IP')) {
      expect(port).toMatchObject({ ip_address: expect.stringMatching(/^10\./), tcp_port_number: 3_260 });
    }
    const tenant = (await client.get('/tenant')).body.id as string;
    const [host] = (await client.get(`/compute/hosts?tenant=${tenant}`)).body.host as [Json];
    expect((await client.get(`/compute/hosts/${host.id}`)).body).toMatchObject({
      name: 'db-1',
      inactive: false,
      type: 'Linux',
    });
    const { initiator } = (await client.get(`/compute/hosts/${host.id}/initiators`)).body as { initiator: Json[] };
    expect(initiator.map(({ name }) => name)).toEqual([IQN]);
    expect((await client.get(`/compute/initiators/${initiator[0]!.id}`)).body).toMatchObject({
      initiator_port: IQN,
      protocol: 'iSCSI',
    });
  });
});

describe('bodies', () => {
  const client = rest('json');

  it('may have numbers and booleans as text, null for what is absent, and sizes in bytes', async () => {
    const ids = await references(client);
    for (const [name, body] of Object.entries({
      bytes: { size: 1024 ** 3, count: 1, consistency_group: null },
      text: { size: '1073741824', count: '1' },
      short: { size: '1G' },
    })) {
      const begun = await client.post('/block/volumes', '', { name, ...ids, ...body });
      expect([name, begun.status, begun.body.details]).toEqual([name, 202, undefined]);
      const [task] = many(begun.body.task) as [Json];
      expect((await finished(client, `/vdc/tasks/${task.id}`)).state).toBe('ready');
    }
  });

  it('that are wrong are refused with CoprHD codes, and nothing is made', async () => {
    const ids = await references(client);
    const good = { name: 'refused', size: '1GB', ...ids };
    const records = async () =>
      (await daemon.local.call('state.export', {})).document.split('\n').filter((line) => line.startsWith('["r/'));
    const before = await records();
    const cases: [string, Json, number][] = [
      ['an unknown field', { ...good, colour: 'red' }, 1013],
      ['no name', { ...good, name: null }, 1005],
      ['no size', { ...good, size: undefined }, 1005],
      ['a size that is none', { ...good, size: '1KB' }, 1008],
      ['too many', { ...good, count: 101 }, 1014],
      ['a URN of another class', { ...good, vpool: ids.varray }, 1008],
      [
        'a URN of nothing',
        { ...good, project: 'urn:storageos:Project:00000000-0000-4000-8000-000000000000:global' },
        1004,
      ],
      ['no URN', { ...good, project: 'p' }, 1008],
      ['a taken name', { ...good, name: 'bytes' }, 1015],
    ];
    for (const [what, body, code] of cases) {
      const { status, body: error } = await client.post('/block/volumes', '', body);
      expect([what, status, error.code]).toEqual([what, 400, code]);
      expect(error).toEqual({ code, description: expect.any(String), details: expect.any(String), retryable: false });
    }
    expect(await records()).toEqual(before);
  });

  it('that ask for more room than there is end in tasks with the nearest miss', async () => {
    const ids = await references(client);
    const begun = await client.post('/block/volumes', '', { name: 'huge', size: '999TB', count: 2, ...ids });
    expect([begun.status, begun.body.task.length]).toEqual([202, 2]);
    for (const { id, resource } of begun.body.task as Json[]) {
      const task = await finished(client, `/block/volumes/${resource.id}/tasks/${id}`);
      expect(task).toMatchObject({
        state: 'error',
        resource: { name: expect.stringMatching(/^huge-[12]$/) },
        service_error: { code: 1034, retryable: false, details: expect.stringMatching(/COPRHD-PLACE.*sim-1\/\w+/) },
      });
      expect((await client.get(`/block/volumes/${resource.id}`)).status).toBe(404);
    }
    expect((await client.get('/block/volumes/search?name=huge')).body).toEqual({ resource: [] });
  });

  it('of export groups are looked at as closely', async () => {
    const { project, varray } = await references(client);
    const tenant = (await client.get('/tenant')).body.id as string;
    const [host] = (await client.get(`/compute/hosts?tenant=${tenant}`)).body.host as [Json];
    const [{ id }] = (await client.get(`/block/volumes/search?project=${project}`)).body.resource as [Json];
    const good = { name: 'refused', project, varray, type: 'Host', hosts: [host.id], volumes: [{ id }] };
    for (const [what, body, code] of [
      ['a host that is there no more', { ...good, hosts: [host.id.replace(/[0-9a-f]{12}/, '0'.repeat(12))] }, 1004],
      ['a host of no cluster of the group', { ...good, type: 'Cluster' }, 1008],
      ['a type that is none', { ...good, type: 'Everybody' }, 1008],
      ['a volume of another class', { ...good, volumes: [{ id: project }] }, 1008],
      ['an unknown field of a volume', { ...good, volumes: [{ id, hlu: 1 }] }, 1013],
      ['a LUN number that there is not', { ...good, volumes: [{ id, lun: 99_999 }] }, 1008],
    ] as [string, Json, number][]) {
      const { status, body: error } = await client.post('/block/exports', '', body);
      expect([what, status, error.code]).toEqual([what, 400, code]);
    }
    expect((await client.get(`/block/exports/search?project=${project}`)).body).toEqual({ resource: [] });
  });

  it('in XML have no entities, no depth and no crowd', async () => {
    const headers = { 'x-sds-auth-token': 'admin', accept: 'application/json', 'content-type': 'application/xml' };
    for (const [what, body] of Object.entries({
      entity: '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><volume_create><name>&e;</name></volume_create>',
      laughs: `<!DOCTYPE a [<!ENTITY a "${'x'.repeat(1000)}">]><volume_create><name>&a;</name></volume_create>`,
      deep: `${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}`,
      crowd: `<a>${'<b/>'.repeat(50_000)}</a>`,
      torn: '<volume_create><name>x</volume_create>',
      none: 'volume_create',
    })) {
      const { status, json } = await daemon.send({ method: 'POST', path: '/block/volumes', headers, body });
      expect([what, status, json.code]).toEqual([what, 400, 1013]);
    }
  });
});
