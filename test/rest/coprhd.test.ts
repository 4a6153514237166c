/** CoprHD's API, as its clients use it: the same walk in JSON and in XML, searches, and bodies that are right and wrong. */
import path from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WRAPPED } from '../../src/daemon/wire/xml.ts';
import { type Answer, startTestDaemon, type TestDaemon } from './support.ts';

const IQN = 'iqn.2026-01.com.example:db-1';
const TEXTS = (sim: string) => `
kind: infrastructure
networks: { san: { transport: ip, subnets: [10.0.0.0/8] } }
storageSystems:
  sim-1:
    driver: simulator
    mode: manage
    configuration: { directory: ${JSON.stringify(sim)}, array: sim-1 }
    scope: { pools: [bulk, fast] }
virtualArrays: { dc1: { networks: [san], storageSystems: [sim-1] } }
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

// biome-ignore lint/suspicious/noExplicitAny: whatever a server answers; what is read of it is compared
type Json = Record<string, any>;
interface Client {
  readonly form: 'json' | 'xml';
  get(where: string): Promise<{ status: number; body: Json }>;
  post(where: string, root?: string, body?: Json): Promise<{ status: number; body: Json }>;
}

/** As a client that speaks only one of them; what it reads is put into one shape, and texts stay texts. */
function clientOf(form: 'json' | 'xml', token = 'admin'): Client {
  const headers = { 'x-sds-auth-token': token, accept: `application/${form}`, 'content-type': `application/${form}` };
  const read = ({ status, text }: Answer) => ({
    status,
    body: form === 'json' ? (JSON.parse(text) as Json) : fromXml(text),
  });
  return {
    form,
    get: async (where) => read(await daemon.send({ path: where, headers })),
    post: async (where, root = '', body) => {
      const text = body === undefined ? undefined : form === 'json' ? JSON.stringify(body) : toXml(root, body);
      return read(
        await daemon.send({ method: 'POST', path: where, headers, ...(text === undefined ? {} : { body: text }) }),
      );
    },
  };
}

const parser = new XMLParser({ parseTagValue: false });
/** One element of a list in XML doesn't show that it is one. */
const many = (value: unknown): Json[] => [value ?? []].flat() as Json[];

/** Of a list in a wrapper. */
const inside = (value: Json | Json[], item: string): Json[] => many(Array.isArray(value) ? value : value[item]);

function fromXml(text: string): Json {
  expect(text).toMatch(
    /^<\?xml version="1.0" encoding="UTF-8" standalone="yes"\?><[a-z_]+>|^<\?xml[^>]*\?><[a-z_]+\/>/,
  );
  const { '?xml': _declaration, ...document } = parser.parse(text) as Json;
  return (Object.values(document)[0] || {}) as Json;
}
const toXml = (root: string, body: unknown): string => `<?xml version="1.0"?>${element(root, body)}`;
function element(name: string, value: unknown): string {
  if (Array.isArray(value)) {
    const item = WRAPPED[name];
    const each = value.map((one) => element(item ?? name, one)).join('');
    return item === undefined ? each : `<${name}>${each}</${name}>`;
  }
  const text =
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([key, field]) => element(key, field))
          .join('')
      : String(value);
  return `<${name}>${text}</${name}>`;
}

/** Polls as clients do, until it isn't pending any more. */
async function finished(client: Client, where: string): Promise<Json> {
  for (let polls = 0; polls < 500; polls++) {
    const { status, body } = await client.get(where);
    expect(status).toBe(200);
    if (!['pending', 'queued'].includes(body.state)) return body;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${where} never ends`);
}

const shown = async () =>
  (await daemon.local.call('sim', { verb: 'show', arguments: { directory: sim, name: 'sim-1' } })) as Json;

describe.each(['json', 'xml'] as const)('a walk in %s', (form) => {
  const client = clientOf(form);
  const project = `walk-${form}`;
  // One that was freed is kept free for some time.
  const lun = { json: 7, xml: 8 }[form];

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

  it('makes volumes, sees them at once, grows one, exports show up, and all goes again', async () => {
    const ids = await references(client, project);
    const begun = await client.post('/block/volumes', 'volume_create', {
      name: `data-${form}`,
      size: '1GB',
      count: 3,
      ...ids,
    });
    expect([begun.status, many(begun.body.task).length]).toEqual([202, 3]);
    const [task] = many(begun.body.task) as [Json];
    const volume = task.resource.id as string;
    expect((await client.get(`/block/volumes/${volume}`)).status).toBe(200);
    for (const { id, op_id: operation, resource } of many(begun.body.task)) {
      const byTask = await finished(client, `/block/volumes/${resource.id}/tasks/${id}`);
      const byOperation = await finished(client, `/block/volumes/${resource.id}/tasks/${operation}`);
      expect(await finished(client, `/vdc/tasks/${id}`)).toEqual(byTask);
      expect([byTask.state, byOperation.id, String(byTask.progress)]).toEqual(['ready', id, '100']);
    }
    const { body } = await client.get(`/block/volumes/${volume}`);
    expect(body).toMatchObject({
      id: volume,
      name: `data-${form}-1`,
      provisioned_capacity_gb: '1.00',
      requested_capacity_gb: '1.00',
      project: { id: ids.project },
      vpool: { id: ids.vpool },
      varray: { id: ids.varray },
      link: { rel: 'self', href: `/block/volumes/${volume}` },
      wwn: expect.stringMatching(/^6[0-9A-F]{31}$/),
    });
    expect(String(body.inactive)).toBe('false');
    expect(form === 'json' ? typeof body.creation_time : body.creation_time).toEqual(
      form === 'json' ? 'number' : expect.stringMatching(/^2\d{3}-\d\d-\d\dT/),
    );
    const byProject = many((await client.get(`/block/volumes/search?project=${ids.project}`)).body.resource);
    expect(byProject.map(({ match }) => match)).toEqual([1, 2, 3].map((n) => `data-${form}-${n}`));
    const byName = many((await client.get(`/block/volumes/search?name=DATA-${form}-2&requestToken=x`)).body.resource);
    expect(byName.map(({ match }) => match)).toEqual([`data-${form}-2`]);
    const bulk = await client.post('/block/volumes/bulk', 'ids', { id: byProject.map(({ id }) => id) });
    expect(many(bulk.body.volume).map(({ name }) => name)).toEqual([1, 2, 3].map((n) => `data-${form}-${n}`));

    const grown = await client.post(`/block/volumes/${volume}/expand`, 'volume_expand', { new_size: '2GB' });
    expect(grown.status).toBe(202);
    await finished(client, `/block/volumes/${volume}/tasks/${grown.body.id}`);
    expect((await client.get(`/block/volumes/${volume}`)).body.provisioned_capacity_gb).toBe('2.00');

    const tenant = (await client.get('/tenant')).body.id as string;
    const [host] = many((await client.get(`/compute/hosts?tenant=${tenant}`)).body.host) as [Json];
    const asked = {
      name: `e-${form}`,
      type: 'Host',
      project: ids.project,
      varray: ids.varray,
      hosts: [host.id],
      volumes: [{ id: volume, lun }],
    };
    const exported = await client.post('/block/exports', 'block_export_create', asked);
    expect([exported.status, exported.body.details]).toEqual([202, undefined]);
    await finished(client, `/block/exports/${exported.body.resource.id}/tasks/${exported.body.op_id}`);
    const group = (await client.get(`/block/exports/${exported.body.resource.id}`)).body;
    expect(group).toMatchObject({
      name: `e-${form}`,
      type: 'Host',
      project: { id: ids.project },
      varray: { id: ids.varray },
    });
    expect(inside(group.initiators, 'initiator').map((each) => each.initiator_port)).toEqual([IQN]);
    expect(inside(group.volumes, 'volume').map((each) => [each.id, String(each.lun)])).toEqual([[volume, String(lun)]]);
    const groups = many((await client.get(`/block/exports/search?project=${ids.project}`)).body.resource);
    expect(groups.map(({ match }) => match)).toEqual([`e-${form}`]);
    const rows = many((await client.get(`/block/volumes/${volume}/exports`)).body.itl);
    expect(rows.length).toBeGreaterThanOrEqual(1);
    for (const row of rows) {
      expect(row).toMatchObject({
        initiator: { port: IQN },
        export: { name: `e-${form}` },
        device: { id: volume, wwn: body.wwn },
        target: { ip_address: expect.stringMatching(/^10\./), tcp_port: '3260', port: expect.stringMatching(/^iqn\./) },
      });
      expect(Number(row.hlu)).toBe(lun);
    }
    const inUse = await client.post(`/block/volumes/${volume}/deactivate`);
    expect([inUse.status, String(inUse.body.code)]).toEqual([400, '1020']);
    const unexported = await client.post(`/block/exports/${exported.body.resource.id}/deactivate`);
    expect((await finished(client, `/vdc/tasks/${unexported.body.id}`)).state).toBe('ready');
    expect(many((await client.get(`/block/volumes/${volume}/exports`)).body.itl)).toEqual([]);

    const names = (await shown()).volumes?.length;
    expect(names ?? 3).toBeGreaterThanOrEqual(3);
    for (const { id } of byProject) {
      const gone = await client.post(`/block/volumes/${id}/deactivate`);
      expect(gone.status).toBe(202);
      expect((await finished(client, `/vdc/tasks/${gone.body.id}`)).state).toBe('ready');
    }
    const after = await client.get(`/block/volumes/${volume}`);
    expect([after.status, String(after.body.code)]).toEqual([404, '2001']);
    const left = (await client.get(`/block/volumes/search?project=${ids.project}`)).body;
    expect(left.resource ?? []).toEqual([]);
    expect((await client.post(`/projects/${ids.project}/deactivate`)).status).toBe(200);
  });
});

async function references(client: Client, project = 'p') {
  const named = async (where: string, key: string, name: string) =>
    many((await client.get(where)).body[key]).find((each) => each.name === name)!.id as string;
  const tenant = (await client.get('/tenant')).body.id as string;
  return {
    project: await named(`/tenants/${tenant}/projects`, 'project', project),
    varray: await named('/vdc/varrays', 'varray', 'dc1'),
    vpool: await named('/block/vpools', 'virtualpool', 'gold'),
  };
}

describe('searches', () => {
  const client = clientOf('json');

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
  const client = clientOf('json');

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
  const client = clientOf('json');

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
      ['more than there is', { ...good, size: '999TB' }, 1034],
      ['a taken name', { ...good, name: 'bytes' }, 1015],
    ];
    for (const [what, body, code] of cases) {
      const { status, body: error } = await client.post('/block/volumes', '', body);
      expect([what, status, error.code]).toEqual([what, 400, code]);
      expect(error).toEqual({ code, description: expect.any(String), details: expect.any(String), retryable: false });
    }
    const nearest = (await client.post('/block/volumes', '', { ...good, size: '999TB' })).body;
    expect(nearest).toMatchObject({ code: 1034, details: expect.stringMatching(/sim-1\/\w+/) });
    expect(await records()).toEqual(before);
  });

  it('of export groups are looked at as closely', async () => {
    const { project, varray } = await references(client);
    const tenant = (await client.get('/tenant')).body.id as string;
    const [host] = (await client.get(`/compute/hosts?tenant=${tenant}`)).body.host as [Json];
    const [{ id }] = (await client.get(`/block/volumes/search?project=${project}`)).body.resource as [Json];
    const good = { name: 'refused', project, varray, type: 'Host', hosts: [host.id], volumes: [{ id }] };
    for (const [what, body, code] of [
      ['no volumes', { ...good, volumes: [] }, 1005],
      ['no host', { ...good, hosts: [] }, 1005],
      ['no cluster', { ...good, type: 'Cluster' }, 1005],
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
