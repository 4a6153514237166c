/** Changes over CoprHD's API beyond the walk: groups, clusters, what a plan file declares, failures of the array. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVERYTHING } from '../long-only.ts';
import { clientOf, finished, type Json, many, references } from './client.ts';
import { startTestDaemon, type TestDaemon } from './support.ts';

const INFRASTRUCTURE = (sim: string) => `
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
  gold: { type: block, protocols: [iscsi], virtualArrays: [dc1], multiVolumeConsistency: true }
tenants: { finance: { use: { virtualArrays: [dc1], virtualPools: [gold] } } }
hosts:
  h1: { type: linux, initiators: [{ iqn: "iqn.2026-01.com.example:h1", network: san }] }
  h2: { type: linux, initiators: [{ iqn: "iqn.2026-01.com.example:h2a", network: san }, { iqn: "iqn.2026-01.com.example:h2b", network: san }] }
projects: { p: {} }
`;
const STACK = (size: string) => `
kind: stack
stack: web
project: p
volumes: { declared: { size: ${size}, virtualPool: gold, virtualArray: dc1, protect: false, onRemove: delete } }
`;

let daemon: TestDaemon;
let sim: string;
let ids: Awaited<ReturnType<typeof references>>;
const client = clientOf((asked) => daemon.send(asked), 'json');

const sourceOf = (...texts: string[]) => ({
  texts: texts.map((text, index) => ({ file: `${index}.yaml`, text })),
  variables: {},
});
const apply = async (...texts: string[]) => {
  const { outcome } = await daemon.local.call('apply', { source: sourceOf(...texts), skipHeld: false, claimWaitMs: 0 });
  expect(outcome).toBe('ok');
};
const array = async () =>
  ((await daemon.local.call('sim', { verb: 'show', arguments: { directory: sim, name: 'sim-1' } })) as Json).output;
const fault = (add: Json) =>
  daemon.local.call('sim', { verb: 'fault', arguments: { directory: sim, array: 'sim-1', add } });
const noFaults = () =>
  daemon.local.call('sim', { verb: 'fault', arguments: { directory: sim, array: 'sim-1', clear: 'all' } });

beforeAll(async () => {
  daemon = await startTestDaemon();
  sim = path.join(daemon.directory, 'sim');
  await daemon.local.call('sim', { verb: 'up', arguments: { directory: sim, generate: { arrays: 1 } } });
  await apply(INFRASTRUCTURE(sim), STACK('1GiB'));
  ids = await references(client);
});
afterAll(async () => {
  await daemon.end();
  expect(daemon.errors).toEqual([]);
});

const ended = async (asked: Promise<{ status: number; body: Json }>): Promise<Json> => {
  const { status, body } = await asked;
  expect([status, body.details]).toEqual([expect.toSatisfy((code) => code === 202 || code === 200), undefined]);
  const tasks = await Promise.all(
    (body.task ? many(body.task) : [body]).map(({ id }) => finished(client, `/vdc/tasks/${id}`)),
  );
  return body.task ? { task: tasks } : tasks[0]!;
};
const volumes = async (name: string, count: number, more: Json = {}): Promise<string[]> => {
  const done = await ended(client.post('/block/volumes', '', { name, size: '64MB', count, ...ids, ...more }));
  const tasks = many(done.task);
  expect(tasks.map(({ state }) => state)).toEqual(tasks.map(() => 'ready'));
  return tasks.map(({ resource }) => resource.id as string);
};
const named = async (where: string, key: string, name: string) =>
  many((await client.get(where)).body[key]).find((each) => each.name === name)!.id as string;

describe('consistency groups', () => {
  it('are made empty, filled, emptied and removed', async () => {
    const made = await client.post('/block/consistency-groups', '', {
      name: 'cg',
      project: ids.project,
      array_consistency: 'true',
    });
    expect([made.status, made.body]).toMatchObject([200, { name: 'cg', inactive: false, volumes: [] }]);
    const group = made.body.id as string;
    const [inIt] = await volumes('grouped', 1, { consistency_group: group });
    const [joins] = await volumes('joins', 1);
    const groupAt = `/block/consistency-groups/${group}`;
    const members = async () => many((await client.get(groupAt)).body.volumes).map(({ id }) => id);
    expect(await members()).toEqual([inIt]);
    const added = await client.send('PUT', groupAt, '', { add_volumes: { volume: [joins] } });
    expect([added.status, added.body.resource]).toMatchObject([200, { id: group, name: 'cg' }]);
    expect((await finished(client, `${groupAt}/tasks/${added.body.id}`)).state).toBe('ready');
    expect((await members()).sort()).toEqual([inIt, joins].sort());
    expect((await client.get(`/block/volumes/${joins}`)).body.consistency_group.id).toBe(group);
    expect((await client.get(`/block/consistency-groups/search?project=${ids.project}`)).body.resource).toMatchObject([
      { id: group, match: 'cg' },
    ]);
    const refused = await client.post(`${groupAt}/deactivate`);
    expect(refused.status).toBe(400);
    await ended(client.send('PUT', groupAt, '', { remove_volumes: { volume: [joins, inIt] } }));
    expect((await client.send('PUT', groupAt, '', { remove_volumes: { volume: [joins] } })).body.code).toBe(1008);
    expect((await client.send('PUT', groupAt, '', {})).status).toBe(400);
    expect(await members()).toEqual([]);
    expect((await ended(client.post(`${groupAt}/deactivate`))).state).toBe('ready');
    expect((await client.get(groupAt)).status).toBe(404);
    await ended(client.post('/block/volumes/deactivate', '', { id: [joins, inIt] }));
  });
});

describe('hosts and clusters', () => {
  it('are made as clients make them; and a host joins a cluster', async () => {
    const tenant = await named(`/tenants/${(await client.get('/tenant')).body.id}/subtenants`, 'subtenant', 'finance');
    const cluster = await client.post(`/tenants/${tenant}/clusters`, '', { name: 'c1' });
    expect([cluster.status, cluster.body]).toMatchObject([200, { name: 'c1', inactive: false }]);
    const host = await client.post(`/tenants/${tenant}/hosts`, '', {
      type: 'Other',
      name: 'n1',
      host_name: 'n1.example.com',
      port_number: '8111',
      user_name: 'u',
      password: 'p',
      use_ssl: null,
      cluster: cluster.body.id,
    });
    expect([host.status, host.body.details, host.body.resource?.name]).toEqual([202, undefined, 'n1']);
    const id = host.body.resource.id as string;
    await finished(client, `/compute/hosts/${id}/tasks/${host.body.id}`);
    expect((await client.get(`/compute/clusters/${cluster.body.id}/hosts`)).body.host).toMatchObject([{ id }]);
    expect((await client.get(`/compute/hosts?tenant=${tenant}`)).body.host).toMatchObject([{ id, name: 'n1' }]);
    const dump = (await daemon.local.call('state.export', {})).document;
    expect(dump).not.toContain('user_name');
    expect((await ended(client.post(`/compute/clusters/${cluster.body.id}/deactivate`))).state).toBe('ready');
    expect((await ended(client.post(`/compute/hosts/${id}/deactivate`))).state).toBe('ready');
  });

  it('go with their exports only when that is asked for', async () => {
    await ended(client.post('/compute/hosts', '', { type: 'Linux', name: 'shown', host_name: 'shown' }));
    const host = await named('/compute/hosts', 'host', 'shown');
    await ended(
      client.post(`/compute/hosts/${host}/initiators`, '', { initiator_port: 'iqn.2026-01.com.example:shown' }),
    );
    const [volume] = await volumes('seen', 1);
    const body = { name: 'seen', type: 'Host', ...ids, vpool: undefined, hosts: [host], volumes: [{ id: volume }] };
    await ended(client.post('/block/exports', '', body));
    const refused = await client.post(`/compute/hosts/${host}/deactivate`);
    expect([refused.status, refused.body.code]).toEqual([400, 1020]);
    expect((await ended(client.post(`/compute/hosts/${host}/deactivate?detach_storage=true`))).state).toBe('ready');
    expect((await client.get(`/block/volumes/${volume}/exports`)).body).toEqual({ itl: [] });
    await ended(client.post(`/block/volumes/${volume}/deactivate`));
  });

  it('that clients get wrong are refused', async () => {
    const h1 = await named('/compute/hosts', 'host', 'h1');
    for (const [what, where, body, code] of [
      ['a type that is none', '/compute/hosts', { type: 'Toaster', name: 'x', host_name: 'x' }, 1008],
      ['to be discovered', '/compute/hosts', { type: 'Linux', name: 'x', host_name: 'x', discoverable: 'true' }, 1008],
      ['no name', '/compute/hosts', { type: 'Linux' }, 1005],
      ['a taken name', '/compute/hosts', { type: 'Linux', name: 'h1', host_name: 'h1' }, 1015],
      [
        "another's initiator",
        `/compute/hosts/${h1}/initiators`,
        { initiator_port: 'iqn.2026-01.com.example:h2a' },
        1013,
      ],
      ['no port name', `/compute/hosts/${h1}/initiators`, { initiator_port: 'x' }, 1013],
    ] as [string, string, Json, number][]) {
      const { status, body: error } = await client.post(where, '', body);
      expect([what, status]).toEqual([what, 400]);
      // h1 is declared in a file: whatever is to be changed of it is refused for that.
      expect([what, error.code]).toEqual([what, code]);
    }
  });
});

describe('export groups', () => {
  it('are of whole hosts, and of one', async () => {
    const [volume] = await volumes('whole', 1);
    const h1 = await named('/compute/hosts', 'host', 'h1');
    const h2 = await named('/compute/hosts', 'host', 'h2');
    const initiators = many((await client.get(`/compute/hosts/${h2}/initiators`)).body.initiator).map(({ id }) => id);
    const body = {
      name: 'whole',
      type: 'Initiator',
      project: ids.project,
      varray: ids.varray,
      volumes: [{ id: volume }],
    };
    const some = await client.post('/block/exports', '', { ...body, initiators: initiators.slice(0, 1) });
    expect([some.status, some.body.code, some.body.details]).toEqual([400, 1008, expect.stringContaining('h2b')]);
    const made = await ended(client.post('/block/exports', '', { ...body, initiators }));
    expect(made.state).toBe('ready');
    const groupAt = `/block/exports/${made.resource.id}`;
    const put = async (changes: Json) => (await client.send('PUT', groupAt, '', changes)).body;
    expect((await put({ host_changes: { add: [h1] } })).details).toContain('make another one');
    expect((await put({ host_changes: { remove: [h2] } })).details).toContain('keeps its host');
    expect((await put({ host_changes: {}, volume_changes: {} })).code).toBe(1005);
    // It is so already: that is a task, too.
    const again = await ended(client.send('PUT', groupAt, '', { host_changes: { add: [h2] } }));
    expect([again.state, again.message]).toEqual(['ready', 'it is so already']);
    expect((await put({ volume_changes: { remove: [ids.vpool] } })).code).toBe(1008);
    expect((await ended(client.post(`${groupAt}/deactivate`))).state).toBe('ready');
    await ended(client.post(`/block/volumes/${volume}/deactivate`));
  });

  const times = EVERYTHING ? 300 : 30;
  it(`show and hide a volume ${times} times in a row under the same number, without a wait`, async () => {
    const [volume, other] = await volumes('often', 2);
    const h1 = await named('/compute/hosts', 'host', 'h1');
    const body = { name: 'often', type: 'Host', project: ids.project, varray: ids.varray, hosts: [h1] };
    const made = await ended(client.post('/block/exports', '', { ...body, volumes: [{ id: other }] }));
    const groupAt = `/block/exports/${made.resource.id}`;
    const numbers = new Set<number>();
    for (let n = 0; n < times; n++) {
      const added = await ended(client.send('PUT', groupAt, '', { volume_changes: { add: [{ id: volume }] } }));
      const [row] = (await client.get(`/block/volumes/${volume}/exports`)).body.itl as Json[];
      numbers.add(row!.hlu);
      const removed = await ended(client.send('PUT', groupAt, '', { volume_changes: { remove: [volume] } }));
      expect([added.state, removed.state]).toEqual(['ready', 'ready']);
    }
    expect(numbers.size).toBe(1);
    await ended(client.post(`${groupAt}/deactivate`));
    await ended(client.post('/block/volumes/deactivate', '', { id: [volume, other] }));
  });
});

describe('what a plan file declares', () => {
  it('can be grown: the next plan of the file says who did, and never shrinks it', async () => {
    const [declared] = (await client.get('/block/volumes/search?name=declared')).body.resource as Json[];
    expect((await ended(client.post(`/block/volumes/${declared!.id}/expand`, '', { new_size: '2GB' }))).state).toBe(
      'ready',
    );
    const options = { source: sourceOf(INFRASTRUCTURE(sim), STACK('1GiB')), skipHeld: false, claimWaitMs: 0 };
    const held = (await daemon.local.call('plan', options.source)).plan!.changes.flatMap((change) => change.held ?? []);
    expect(held.map(({ diagnostic }) => diagnostic)).toMatchObject([
      {
        code: 'COPRHD-HELD-017',
        summary: expect.stringMatching(/^web\/volume.declared was grown to 2 GiB by admin at /),
        fix: expect.stringContaining('size: 2GiB'),
      },
    ]);
    await apply(INFRASTRUCTURE(sim), STACK('2GiB'));
    expect((await array()).volumes.map(({ sizeBytes }: Json) => sizeBytes)).toEqual([2 * 1024 ** 3]);
  });

  it('is removed only by force', async () => {
    const [declared] = (await client.get('/block/volumes/search?name=declared')).body.resource as Json[];
    const refused = await client.post(`/block/volumes/${declared!.id}/deactivate`);
    expect([refused.status, refused.body.code, refused.body.details]).toEqual([
      400,
      1025,
      expect.stringContaining('was declared in'),
    ]);
    expect((await ended(client.post(`/block/volumes/${declared!.id}/deactivate?force=true`))).state).toBe('ready');
    expect((await array()).volumes).toEqual([]);
  });

  it('is left where it is when only the record is to go', async () => {
    const [volume] = await volumes('kept', 1);
    expect((await ended(client.post(`/block/volumes/${volume}/deactivate?type=VIPR_ONLY`))).state).toBe('ready');
    expect((await client.get(`/block/volumes/${volume}`)).status).toBe(404);
    expect((await array()).volumes.map(({ name }: Json) => name)).toEqual([expect.stringContaining('kept')]);
    expect((await client.post(`/block/volumes/${ids.vpool}/deactivate?type=SOME`)).status).toBe(400);
  });
});

describe('a storage system', () => {
  it('that is busy for a moment is asked again, and one that refuses leaves nothing', async () => {
    const before = (await array()).volumes.length as number;
    await fault({ operation: 'ensureVolume', before: 'busy', times: 2 });
    await volumes('patient', 1);
    await fault({ operation: 'ensureVolume', before: 'invalid', match: 'torn-2' });
    const { task } = await ended(client.post('/block/volumes', '', { name: 'torn', size: '64MB', count: 3, ...ids }));
    const failed = many(task).filter(({ state }) => state === 'error');
    expect(failed.map(({ resource }) => resource.name)).toContain('torn-2');
    expect(failed.find(({ resource }) => resource.name === 'torn-2')?.service_error).toMatchObject({
      code: 12_000,
      details: expect.stringContaining('COPRHD'),
    });
    await noFaults();
    const left = (await client.get('/block/volumes/search?name=torn')).body.resource as Json[];
    expect((await array()).volumes).toHaveLength(before + 1 + left.length);
    expect((await daemon.local.call('orphans', {})).outcome).toBe('ok');
    for (const { id } of left) await ended(client.post(`/block/volumes/${id}/deactivate`));
  });
});

describe('administrators', () => {
  it('make virtual arrays, networks and virtual pools, say who may use them, and take them away', async () => {
    const varray = (await client.post('/vdc/varrays', '', { name: 'dc2', block_settings: { auto_san_zoning: true } }))
      .body;
    expect(varray).toMatchObject({ name: 'dc2', inactive: false, auto_san_zoning: true });
    const body = { name: 'lan', transport_type: 'IP', endpoints: ['10.0.0.11', 'fd00::1'] };
    const network = await client.post(`/vdc/varrays/${varray.id}/networks`, '', body);
    expect([network.status, network.body]).toMatchObject([200, { name: 'lan', transport_type: 'IP' }]);
    expect((await client.get(`/vdc/varrays/${varray.id}/networks`)).body.network).toMatchObject([{ name: 'lan' }]);
    const vpool = await client.post('/block/vpools', '', {
      name: 'silver',
      description: 'cheap',
      protocols: ['iSCSI'],
      provisioning_type: 'Thin',
      varrays: [varray.id],
      max_paths: '4',
      min_paths: 2,
      system_type: 'NONE',
      multi_volume_consistency: 'false',
      expandable: true,
    });
    expect([vpool.status, vpool.body]).toMatchObject([
      200,
      { name: 'silver', num_paths: 4, min_paths: 2, paths_per_initiator: 1, provisioning_type: 'Thin' },
    ]);
    const tenant = await named(`/tenants/${(await client.get('/tenant')).body.id}/subtenants`, 'subtenant', 'finance');
    // That tenant is declared in a file, which says what it may use.
    const acl = await client.send('PUT', `/block/vpools/${vpool.body.id}/acl`, '', {
      add: [{ privilege: ['USE'], tenant }],
    });
    expect([acl.status, acl.body.details]).toEqual([400, expect.stringContaining('is declared in')]);
    await daemon.local
      .call('resource.create', { kind: 'tenant', resources: { t2: {} } })
      .then(({ plan }) => daemon.local.call('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0 }));
    const t2 = await named(`/tenants/${(await client.get('/tenant')).body.id}/subtenants`, 'subtenant', 't2');
    const put = (changes: Json) => client.send('PUT', `/block/vpools/${vpool.body.id}/acl`, '', changes);
    expect((await put({ add: [{ privilege: ['OWN'], tenant: t2 }] })).body.code).toBe(1008);
    await put({ add: [{ privilege: ['USE'], tenant: t2 }] });
    expect((await client.get(`/block/vpools/${vpool.body.id}/acl`)).body.acl).toEqual([
      { privilege: ['USE'], tenant: t2 },
    ]);
    await put({ remove: [{ privilege: ['USE'], tenant: t2 }] });
    expect((await client.get(`/block/vpools/${vpool.body.id}/acl`)).body.acl).toEqual([]);
    expect((await client.post(`/vdc/varrays/${varray.id}/deactivate`)).status).toBe(400);
    for (const where of [
      `/block/vpools/${vpool.body.id}`,
      `/vdc/varrays/${varray.id}`,
      `/vdc/networks/${network.body.id}`,
    ]) {
      const gone = await client.post(`${where}/deactivate`);
      expect([where, gone.status, gone.body.details]).toEqual([where, 200, undefined]);
      expect((await client.get(where)).status).toBe(404);
    }
  });

  it('get wrong what they say, and hear of it', async () => {
    for (const [what, where, body, code] of [
      ['a transport that is none', '/vdc/networks', { name: 'x', transport_type: 'Pigeon' }, 1008],
      [
        'an endpoint that is no address',
        '/vdc/networks',
        { name: 'x', transport_type: 'IP', endpoints: ['iqn.x'] },
        1008,
      ],
      [
        'endpoints of Fibre Channel',
        '/vdc/networks',
        { name: 'x', transport_type: 'FC', endpoints: ['10.0.0.1'] },
        1008,
      ],
      ['no virtual array', '/block/vpools', { name: 'x', protocols: ['FC'] }, 1008],
      [
        'paths without a maximum',
        '/block/vpools',
        { name: 'x', protocols: ['FC'], min_paths: 2, varrays: [ids.varray] },
        1005,
      ],
      ['a protocol that is none', '/block/vpools', { name: 'x', protocols: ['Pigeon'], varrays: [ids.varray] }, 1008],
      ['a taken name', '/vdc/varrays', { name: 'DC1' }, 1015],
    ] as [string, string, Json, number][]) {
      const { status, body: error } = await client.post(where, '', body);
      expect([what, status, error.code, error.details]).toEqual([what, 400, code, expect.any(String)]);
    }
  });

  it('have storage systems read, taken out of use and back', async () => {
    const system = await named('/vdc/storage-systems', 'storage_system', 'sim-1');
    const at = `/vdc/storage-systems/${system}`;
    expect((await ended(client.post(`${at}/discover`))).state).toBe('ready');
    expect((await ended(client.post('/vdc/storage-systems/discover'))).task).toMatchObject([{ state: 'ready' }]);
    await fault({ operation: '*', before: 'auth' });
    const failed = await ended(client.post(`${at}/discover`));
    expect([failed.state, failed.service_error?.details]).toEqual(['error', expect.stringContaining('COPRHD-')]);
    await noFaults();
    expect((await client.post(`${at}/deregister`)).body).toMatchObject({ registration_status: 'UNREGISTERED' });
    expect((await client.post(`${at}/register`)).body).toMatchObject({ registration_status: 'REGISTERED' });
    const pools = many((await client.get(`/block/vpools/${ids.vpool}/storage-pools`)).body.storage_pool);
    expect(pools.map(({ name }) => name)).toContain('sim-1/fast');
    expect((await client.get(`/vdc/varrays/${ids.varray}/storage-pools`)).body.storage_pool.length).toBeGreaterThan(1);
  });
});

describe('a tag of a version', () => {
  it('spares an answer that is known, and lets nobody change what somebody else has changed since', async () => {
    const [volume, other] = await volumes('tagged', 2);
    const at = `/block/volumes/${volume}`;
    const send = (method: string, where: string, headers: Readonly<Record<string, string>>, body?: Json) => {
      const all = { 'x-sds-auth-token': 'admin', accept: 'application/json', 'content-type': 'application/json' };
      const text = body === undefined ? {} : { body: JSON.stringify(body) };
      return daemon.send({ method, path: where, headers: { ...all, ...headers }, ...text });
    };
    const etag = (await send('GET', at, {})).headers.etag as string;
    expect(etag).toMatch(/^"\d+"$/);
    const known = await send('GET', at, { 'if-none-match': etag });
    expect([known.status, known.text]).toEqual([304, '']);
    const tags = (headers: Readonly<Record<string, string>>, tag: string) =>
      send('PUT', `${at}/tags`, headers, { add: [tag] });
    expect((await tags({ 'if-match': etag }, 'first')).status).toBe(200);
    const late = await tags({ 'if-match': etag }, 'second');
    expect([late.status, late.json.details]).toEqual([412, expect.stringContaining('has changed since it was read')]);
    expect((await client.get(`${at}/tags`)).body.tag).toEqual(['first']);
    for (const [method, where, body] of [
      ['POST', `${at}/deactivate`, undefined],
      ['POST', `${at}/expand`, { new_size: '1GB' }],
    ] as const) {
      expect((await send(method, where, { 'if-match': etag }, body)).status).toBe(412);
    }
    expect((await send('POST', `${at}/deactivate`, { 'if-match': 'x' })).status).toBe(412);
    // What isn't of its path can't be guarded so, and is not done.
    const bulk = await send('POST', '/block/volumes/deactivate', { 'if-match': etag }, { id: [other] });
    expect([bulk.status, bulk.json.code]).toEqual([400, 1008]);
    const now = (await send('GET', at, {})).headers.etag as string;
    expect((await send('POST', `${at}/deactivate`, { 'if-match': now })).status).toBe(202);
    await ended(client.post(`/block/volumes/${other}/deactivate`));
  });
});

describe('quotas', () => {
  it('of a project are shown, set and taken away', async () => {
    const tenant = (await client.get('/tenant')).body.id as string;
    const project = (await client.post(`/tenants/${tenant}/projects`, '', { name: 'q' })).body.id as string;
    const at = `/projects/${project}/quota`;
    expect((await client.get(at)).body).toMatchObject({ enabled: false, limited_resource: { name: 'q' } });
    const set = await client.send('PUT', at, '', { quota_enabled: 'true', quota_gb: '5' });
    expect([set.status, set.body]).toMatchObject([200, { enabled: true, quota_gb: 5 }]);
    const over = await client.post('/block/volumes', '', { name: 'over', size: '6GB', ...ids, project });
    expect([over.status, over.body.code, over.body.details]).toEqual([
      400,
      1032,
      expect.stringContaining('quota of project q'),
    ]);
    await client.send('PUT', at, '', { quota_enabled: false });
    expect((await client.get(at)).body.enabled).toBe(false);
    expect((await client.send('PUT', at, '', { quota_enabled: true })).body.code).toBe(1005);
    const declared = await client.send('PUT', `/projects/${ids.project}/quota`, '', { quota_enabled: false });
    expect([declared.status, declared.body.details]).toEqual([400, expect.stringContaining('is declared in')]);
    expect((await client.get(`/tenants/${tenant}/quota`)).body).toMatchObject({ enabled: false });
  });
});

describe('tasks and workflows', () => {
  it('are listed, counted and found by what they are about', async () => {
    const [volume] = await volumes('listed', 1);
    const [task] = (await client.get(`/block/volumes/${volume}/tasks`)).body.task as Json[];
    expect(task).toMatchObject({ state: 'ready', resource: { id: volume } });
    const [newest] = (await client.get('/vdc/tasks?max_count=1')).body.task as Json[];
    expect(newest!.id).toBe(task!.id);
    expect((await client.get('/vdc/tasks?max_count=0')).body.code).toBe(1014);
    expect((await client.get('/vdc/tasks?startTime=soon')).body.code).toBe(1008);
    expect((await client.get(`/vdc/tasks?startTime=${Date.now() + 60_000}`)).body).toEqual({ task: [] });
    expect((await client.get('/vdc/tasks/stats')).body).toMatchObject({ pending: 0, suspended_error: 0 });
    const workflow = task!.workflow.id as string;
    expect((await client.get(`/vdc/workflows/${workflow}`)).body).toMatchObject({
      id: workflow,
      completed: true,
      completion_state: 'SUCCESS',
    });
    expect((await client.get(`/vdc/workflows/${workflow}/steps`)).body.workflow_step).toMatchObject([
      { state: 'SUCCESS', description: 'volume.listed' },
    ]);
    const listed = async (which: string) => many((await client.get(which)).body.workflow).map(({ id }) => id);
    expect(await listed('/vdc/workflows/completed')).toContain(workflow);
    expect(await listed('/vdc/workflows/recent?min=5')).toContain(workflow);
    expect(await listed('/vdc/workflows/active')).toEqual([]);
    expect((await client.send('PUT', `/vdc/workflows/${workflow}/resume`)).body.code).toBe(1008);
    expect((await client.post(`/vdc/tasks/${task!.id}/resume`)).body.code).toBe(1008);
    await ended(client.post(`/block/volumes/${volume}/deactivate`));
  });

  // What goes back waits until no late call of who began it can come any more.
  const decisions = EVERYTHING ? (['resume', 'rollback'] as const) : (['resume'] as const);
  it.each(decisions)('that are suspended %s when they are told to', async (word) => {
    await fault({ operation: 'ensureVolume', before: 'invalid', times: 1 });
    const stack = `kind: stack\nstack: halted-${word}\nproject: p\nvolumes: { h-${word}: { size: 1GiB, virtualPool: gold, virtualArray: dc1, protect: false, onRemove: delete } }\n`;
    const input = { source: sourceOf(stack), skipHeld: false, claimWaitMs: 0, onError: 'suspend' as const };
    const { workflow } = await daemon.local.call('apply', input);
    await noFaults();
    const at = `/vdc/workflows/urn:storageos:Workflow:${workflow}:vdc1`;
    expect((await client.get(at)).body).toMatchObject({ completed: false, completion_state: 'SUSPENDED_ERROR' });
    const [step] = (await client.get('/vdc/tasks')).body.task as Json[];
    const asked = await client.send('PUT', `${at}/${word}`);
    expect([asked.status, asked.body.id]).toEqual([200, step!.id]);
    for (;;) {
      const { completed, completion_state: state } = (await client.get(at)).body;
      if (!completed) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      expect(state).toBe(word === 'resume' ? 'SUCCESS' : 'ERROR');
      break;
    }
    const found = (await client.get(`/block/volumes/search?name=h-${word}`)).body.resource as Json[];
    expect(found).toHaveLength(word === 'resume' ? 1 : 0);
  });
});

describe('what is asked about', () => {
  it('is said: room of a virtual pool, who may use it, networks', async () => {
    const room = (await client.get(`/block/vpools/${ids.vpool}/varrays/${ids.varray}/capacity`)).body;
    expect(Number(room.free_gb)).toBeGreaterThan(1);
    expect(Object.keys(room)).toEqual([
      'free_gb',
      'net_free_gb',
      'used_gb',
      'provisioned_gb',
      'percent_used',
      'percent_provisioned',
    ]);
    const tenant = await named(`/tenants/${(await client.get('/tenant')).body.id}/subtenants`, 'subtenant', 'finance');
    expect((await client.get(`/block/vpools/${ids.vpool}/acl`)).body).toEqual({
      acl: [{ privilege: ['USE'], tenant }],
    });
    expect((await client.get(`/vdc/varrays/${ids.varray}/acl`)).body.acl).toHaveLength(1);
    expect((await client.get('/vdc/networks')).body.network).toMatchObject([{ name: 'san' }]);
    expect((await client.get('/block/exports')).body.code).toBe(1005);
    expect((await client.get('/block/exports?initiators=iqn.2026-01.com.example:h1')).body).toEqual({ itl: [] });
  });
});
