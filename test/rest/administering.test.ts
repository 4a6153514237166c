/** CoprHD's API for who administers and looks after: virtual arrays and pools, versions, quotas, tasks, workflows. */
import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../long-only.ts';
import { finished, type Json, many } from './client.ts';
import { sourceOf, useRestEstate } from './estate.ts';

const estate = useRestEstate();
const { client, fault, noFaults, ended, volumes, named } = estate;

describe('administrators', () => {
  it('a volume goes into quarantine where its virtual pool says so, instead of being deleted', async () => {
    const fields = { type: 'block', protocols: ['iscsi'], provisioning: 'thin', virtualArrays: ['dc1'] };
    const resources = { kept: { ...fields, paths: { max: 2 }, onRemove: 'quarantine' } };
    const { plan, diagnostics } = await estate.daemon.local.call('resource.create', { kind: 'virtualPool', resources });
    expect(diagnostics).toEqual([]);
    await estate.daemon.local.call('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0 });
    const { project, varray } = estate.ids;
    const vpool = await named('/block/vpools', 'virtualpool', 'kept');
    // Who changes something else of it doesn't change that.
    expect((await client.send('PUT', `/block/vpools/${vpool}`, '', { max_paths: 3 })).status).toBe(200);
    const made = await client.post('/block/volumes', '', { name: 'kept', size: '64MB', project, varray, vpool });
    const task = many(made.body.task)[0]!;
    await finished(client, `/vdc/tasks/${task.id}`);
    const gone = await client.post(`/block/volumes/${task.resource.id}/deactivate`);
    expect((await finished(client, `/vdc/tasks/${gone.body.id}`)).state).toBe('ready');
    const { resources: found } = await estate.daemon.local.call('state.list', {});
    expect(found.find(({ urn }) => urn === task.resource.id)).toMatchObject({ phase: 'quarantined' });
  });

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
      protection: {
        snapshots: { max_native_snapshots: '5' },
        continuous_copies: { max_native_continuous_copies: '2' },
      },
    });
    expect([vpool.status, vpool.body]).toMatchObject([
      200,
      {
        ...{ name: 'silver', num_paths: 4, min_paths: 2, paths_per_initiator: 1, provisioning_type: 'Thin' },
        protection: {
          snapshots: { max_native_snapshots: 5 },
          continuous_copies: { max_native_continuous_copies: 2 },
        },
      },
    ]);
    const changed = await client.send('PUT', `/block/vpools/${vpool.body.id}`, '', {
      varray_changes: { add: { varrays: [estate.ids.varray] } },
      max_paths: 8,
      multi_volume_consistency: 'true',
      expandable: null,
      protection: { continuous_copies: { max_native_continuous_copies: 3 } },
    });
    expect([changed.status, changed.body]).toMatchObject([
      200,
      {
        ...{ num_paths: 8, min_paths: 2, multi_volume_consistency: true, protocols: ['iSCSI'] },
        protection: {
          snapshots: { max_native_snapshots: 5 },
          continuous_copies: { max_native_continuous_copies: 3 },
        },
      },
    ]);
    expect((await client.send('PUT', `/block/vpools/${vpool.body.id}`, '', {})).body.code).toBe(1005);
    const taken = { varray_changes: { remove: { varrays: [estate.ids.varray] } } };
    expect((await client.send('PUT', `/block/vpools/${vpool.body.id}`, '', taken)).status).toBe(200);
    const tags = await client.send('PUT', `/block/vpools/${vpool.body.id}/tags`, '', { add: ['cheap'] });
    expect(tags.body).toEqual({ tag: ['cheap'] });
    const tenant = await named(`/tenants/${(await client.get('/tenant')).body.id}/subtenants`, 'subtenant', 'finance');
    // That tenant is declared in a file, which says what it may use.
    const acl = await client.send('PUT', `/block/vpools/${vpool.body.id}/acl`, '', {
      add: [{ privilege: ['USE'], tenant }],
    });
    expect([acl.status, acl.body.details]).toEqual([400, expect.stringContaining('is declared in')]);
    await estate.daemon.local
      .call('resource.create', { kind: 'tenant', resources: { t2: {} } })
      .then(({ plan }) => estate.daemon.local.call('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0 }));
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
        { name: 'x', protocols: ['FC'], min_paths: 2, varrays: [estate.ids.varray] },
        1005,
      ],
      [
        'a protocol that is none',
        '/block/vpools',
        { name: 'x', protocols: ['Pigeon'], varrays: [estate.ids.varray] },
        1008,
      ],
      ['a taken name', '/vdc/varrays', { name: 'DC1' }, 1015],
    ] as [string, string, Json, number][]) {
      const { status, body: error } = await client.post(where, '', body);
      expect([what, status, error.code, error.details]).toEqual([what, 400, code, expect.any(String)]);
    }
  });

  it('make tenants, say whose home they are, how much they may have, and take them away', async () => {
    const home = (await client.get('/tenant')).body.id;
    const mapping = { domain: 'corp.example', groups: ['b', 'a'], attributes: [{ key: 'dept', value: ['it'] }] };
    const made = await client.post(`/tenants/${home}/subtenants`, '', { name: 'research', user_mappings: [mapping] });
    expect([made.status, made.body]).toMatchObject([
      200,
      { name: 'research', parent_tenant: { id: home }, user_mappings: [{ ...mapping, groups: ['a', 'b'] }] },
    ]);
    const at = `/tenants/${made.body.id}`;
    expect((await client.post(`${at}/subtenants`, '', { name: 'x', user_mappings: [] })).body.code).toBe(1008);
    const other = { domain: 'other.example' };
    const changed = await client.send('PUT', at, '', { user_mapping_changes: { add: [other], remove: [mapping] } });
    expect(changed.body.user_mappings).toMatchObject([{ domain: 'other.example', groups: [] }]);
    for (const where of [at, `/block/vpools/${estate.ids.vpool}`]) {
      const quota = (more: Json) => client.send('PUT', `${where}/quota`, '', more);
      const set = await quota({ quota_enabled: true, quota_gb: 100 });
      if (where === at)
        expect([set.status, set.body]).toMatchObject([200, { enabled: true, quota_gb: 100, current_capacity: 0 }]);
      // What a file declares is changed there.
      else expect([set.status, set.body.details]).toEqual([400, expect.stringContaining('is declared in')]);
    }
    expect((await client.get(`${at}/quota`)).body).toMatchObject({ enabled: true, quota_gb: 100 });
    expect((await client.get(`/block/vpools/${estate.ids.vpool}/quota`)).body).toMatchObject({ enabled: false });
    expect((await client.send('PUT', `${at}/quota`, '', { quota_enabled: false })).body.enabled).toBe(false);
    expect((await client.get(`${at}/quota`)).body.enabled).toBe(false);
    const { body: project } = await client.post(`${at}/projects`, '', { name: 'lab' });
    expect((await client.post(`${at}/deactivate`)).status).toBe(400);
    const acl = (changes: Json) => client.send('PUT', `/projects/${project.id}/acl`, '', changes);
    const both = {
      add: [
        { privilege: ['all', 'backup'], subject_id: 'Ann' },
        { privilege: ['OWN'], group: 'ops' },
      ],
    };
    expect((await acl(both)).body.acl).toEqual([
      { privilege: ['ALL', 'BACKUP'], subject_id: 'Ann' },
      { privilege: ['OWN'], group: 'ops' },
    ]);
    const less = await acl({
      remove: [
        { privilege: ['ALL'], subject_id: 'ann' },
        { privilege: ['OWN'], group: 'OPS' },
      ],
    });
    expect(less.body.acl).toEqual([{ privilege: ['BACKUP'], subject_id: 'Ann' }]);
    expect((await client.get(`/projects/${project.id}/acl`)).body).toEqual(less.body);
    expect((await acl({ add: [{ privilege: ['USE'], subject_id: 'x' }] })).body.code).toBe(1008);
    expect((await acl({ add: [{ privilege: ['ALL'] }] })).body.code).toBe(1008);
    expect((await acl({})).body.code).toBe(1005);
    expect((await client.send('PUT', `/projects/${project.id}`, '', { owner: 'ann' })).status).toBe(200);
    expect((await client.get(`/projects/${project.id}`)).body.owner).toBe('ann');
    expect((await client.send('PUT', `/projects/${project.id}`, '', { name: 'bar' })).body.code).toBe(1008);
    expect((await client.post(`/projects/${project.id}/deactivate`)).status).toBe(200);
    expect((await client.post(`${at}/deactivate`)).status).toBe(200);
    expect((await client.get(at)).status).toBe(404);
    const varray = `/vdc/varrays/${estate.ids.varray}`;
    expect((await client.send('PUT', varray, '', { auto_san_zoning: 'true' })).body.name).toBe('dc1');
    expect((await client.send('PUT', varray, '', { block_settings: { auto_san_zoning: false } })).body.code).toBe(1008);
    expect((await client.send('PUT', varray, '', { name: 'dc9' })).body.code).toBe(1008);
  });
});

describe('a tag of a version', () => {
  it('spares an answer that is known, and lets nobody change what somebody else has changed since', async () => {
    const [volume, other] = await volumes('tagged', 2);
    const at = `/block/volumes/${volume}`;
    const send = (method: string, where: string, headers: Readonly<Record<string, string>>, body?: Json) => {
      const all = { 'x-sds-auth-token': 'admin', accept: 'application/json', 'content-type': 'application/json' };
      const text = body === undefined ? {} : { body: JSON.stringify(body) };
      return estate.daemon.send({ method, path: where, headers: { ...all, ...headers }, ...text });
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
    const over = await client.post('/block/volumes', '', { name: 'over', size: '6GB', ...estate.ids, project });
    expect([over.status, over.body.code, over.body.details]).toEqual([
      400,
      1032,
      expect.stringContaining('quota of project q'),
    ]);
    await client.send('PUT', at, '', { quota_enabled: false });
    expect((await client.get(at)).body.enabled).toBe(false);
    expect((await client.send('PUT', at, '', { quota_enabled: true })).body.code).toBe(1005);
    const declared = await client.send('PUT', `/projects/${estate.ids.project}/quota`, '', { quota_enabled: false });
    expect([declared.status, declared.body.details]).toEqual([400, expect.stringContaining('is declared in')]);
    expect((await client.get(`/tenants/${tenant}/quota`)).body).toMatchObject({ enabled: false });
  });

  it('of a tenant are set and taken away, and its shares of virtual pools stay', async () => {
    const { local } = estate.daemon;
    const quota = { virtualPools: { gold: '7GiB' } };
    const { plan } = await local.call('resource.create', { kind: 'tenant', resources: { shared: { quota } } });
    await local.call('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0 });
    const tenant = await named(`/tenants/${(await client.get('/tenant')).body.id}/subtenants`, 'subtenant', 'shared');
    const at = `/tenants/${tenant}/quota`;
    const shares = async () =>
      ((await local.call('show', { address: tenant })).resources[0]!.attributes as Json)['quota.virtualPools'];
    expect((await client.get(at)).body).toMatchObject({ enabled: false, limited_resource: { name: 'shared' } });
    const set = await client.send('PUT', at, '', { quota_enabled: true, quota_gb: 5 });
    expect([set.status, set.body]).toMatchObject([200, { enabled: true, quota_gb: 5 }]);
    expect(await shares()).toEqual({ gold: 7 * 1024 ** 3 });
    expect((await client.send('PUT', at, '', { quota_enabled: false })).body).toMatchObject({ enabled: false });
    expect(await shares()).toEqual({ gold: 7 * 1024 ** 3 });
    const finance = await named(`/tenants/${(await client.get('/tenant')).body.id}/subtenants`, 'subtenant', 'finance');
    const declared = await client.send('PUT', `/tenants/${finance}/quota`, '', { quota_enabled: false });
    expect([declared.status, declared.body.details]).toEqual([400, expect.stringContaining('is declared in')]);
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
    const found = async (where: string) => many((await client.get(where)).body.resource).map(({ id }) => id);
    expect(await found(`/vdc/tasks/search?resource=${volume}`)).toEqual([task!.id]);
    expect(await found('/vdc/tasks/search?state=ready')).toContain(task!.id);
    expect((await client.get('/vdc/tasks/search')).body.code).toBe(1013);
    expect((await client.get('/vdc/tasks/bulk')).body.id).toContain(task!.id);
    expect((await client.get('/vdc/workflows/bulk')).body.id).toContain(workflow);
    expect(await found('/vdc/workflows/search?name=volume%20create')).toContain(workflow);
    expect(await found('/vdc/workflows/search?name=nothing')).toEqual([]);
    expect((await client.get('/vdc/workflows/search?name=x')).body.code).toBe(1008);
    expect((await client.get('/tenants/search?name=fin')).body.resource).toMatchObject([{ match: 'finance' }]);
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
    const { workflow } = await estate.daemon.local.call('apply', input);
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
    const room = (await client.get(`/block/vpools/${estate.ids.vpool}/varrays/${estate.ids.varray}/capacity`)).body;
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
    expect((await client.get(`/block/vpools/${estate.ids.vpool}/acl`)).body).toEqual({
      acl: [{ privilege: ['USE'], tenant }],
    });
    expect((await client.get(`/vdc/varrays/${estate.ids.varray}/acl`)).body.acl).toHaveLength(1);
    expect((await client.get('/vdc/networks')).body.network).toMatchObject([{ name: 'san' }]);
    expect((await client.get('/block/exports')).body.code).toBe(1005);
    expect((await client.get('/block/exports?initiators=iqn.2026-01.com.example:h1')).body).toEqual({ itl: [] });
  });
});
