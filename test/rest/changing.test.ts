/** Changes over CoprHD's API beyond the walk: groups, clusters, export groups, what a plan file declares, a failing array. */
import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../long-only.ts';
import { finished, type Json, many } from './client.ts';
import { INFRASTRUCTURE, STACK, sourceOf, useRestEstate } from './estate.ts';

const estate = useRestEstate();
const { client, apply, array, fault, noFaults, ended, volumes, named } = estate;

describe('consistency groups', () => {
  it('are made empty, filled, emptied and removed', async () => {
    const made = await client.post('/block/consistency-groups', '', {
      name: 'cg',
      project: estate.ids.project,
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
    expect(
      (await client.get(`/block/consistency-groups/search?project=${estate.ids.project}`)).body.resource,
    ).toMatchObject([{ id: group, match: 'cg' }]);
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
    const dump = (await estate.daemon.local.call('state.export', {})).document;
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
    const body = {
      name: 'seen',
      type: 'Host',
      ...estate.ids,
      vpool: undefined,
      hosts: [host],
      volumes: [{ id: volume }],
    };
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
  it('are of whole hosts', async () => {
    const [volume] = await volumes('whole', 1);
    const h2 = await named('/compute/hosts', 'host', 'h2');
    const initiators = many((await client.get(`/compute/hosts/${h2}/initiators`)).body.initiator).map(({ id }) => id);
    const body = {
      name: 'whole',
      type: 'Initiator',
      project: estate.ids.project,
      varray: estate.ids.varray,
      volumes: [{ id: volume }],
    };
    const some = await client.post('/block/exports', '', { ...body, initiators: initiators.slice(0, 1) });
    expect([some.status, some.body.code, some.body.details]).toEqual([400, 1008, expect.stringContaining('h2b')]);
    const made = await ended(client.post('/block/exports', '', { ...body, initiators }));
    expect(made.state).toBe('ready');
    const groupAt = `/block/exports/${made.resource.id}`;
    const put = async (changes: Json) => (await client.send('PUT', groupAt, '', changes)).body;
    const less = await put({ initiator_changes: { remove: initiators.slice(1) } });
    expect([less.code, less.details]).toEqual([1008, expect.stringContaining('h2a')]);
    expect((await put({ host_changes: { add: [h2] } })).details).toContain('has initiators only');
    expect((await put({ host_changes: {}, volume_changes: {} })).code).toBe(1005);
    // It is so already: that is a task, too.
    const again = await ended(client.send('PUT', groupAt, '', { initiator_changes: { add: initiators.slice(0, 1) } }));
    expect([again.state, again.message]).toEqual(['ready', 'it is so already']);
    expect((await put({ volume_changes: { remove: [estate.ids.vpool] } })).code).toBe(1008);
    expect((await ended(client.post(`${groupAt}/deactivate`))).state).toBe('ready');
    await ended(client.post(`/block/volumes/${volume}/deactivate`));
  });

  const times = EVERYTHING ? 300 : 30;
  it(`show and hide a volume ${times} times in a row under the same number, without a wait`, async () => {
    const [volume, other] = await volumes('often', 2);
    const h1 = await named('/compute/hosts', 'host', 'h1');
    const body = { name: 'often', type: 'Host', project: estate.ids.project, varray: estate.ids.varray, hosts: [h1] };
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
    const options = { source: sourceOf(INFRASTRUCTURE(estate.sim), STACK('1GiB')), skipHeld: false, claimWaitMs: 0 };
    const held = (await estate.daemon.local.call('plan', options.source)).plan!.changes.flatMap(
      (change) => change.held ?? [],
    );
    expect(held.map(({ diagnostic }) => diagnostic)).toMatchObject([
      {
        code: 'COPRHD-HELD-017',
        summary: expect.stringMatching(/^web\/volume.declared was grown to 2 GiB by admin at /),
        fix: expect.stringContaining('size: 2GiB'),
      },
    ]);
    await apply(INFRASTRUCTURE(estate.sim), STACK('2GiB'));
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
    expect((await client.post(`/block/volumes/${estate.ids.vpool}/deactivate?type=SOME`)).status).toBe(400);
  });
});

describe('a storage system', () => {
  it('that is busy for a moment is asked again, and one that refuses leaves nothing', async () => {
    const before = (await array()).volumes.length as number;
    await fault({ operation: 'ensureVolume', before: 'busy', times: 2 });
    await volumes('patient', 1);
    await fault({ operation: 'ensureVolume', before: 'invalid', match: 'torn-2' });
    const { task } = await ended(
      client.post('/block/volumes', '', { name: 'torn', size: '64MB', count: 3, ...estate.ids }),
    );
    const failed = many(task).filter(({ state }) => state === 'error');
    expect(failed.map(({ resource }) => resource.name)).toContain('torn-2');
    expect(failed.find(({ resource }) => resource.name === 'torn-2')?.service_error).toMatchObject({
      code: 12_000,
      details: expect.stringContaining('COPRHD'),
    });
    await noFaults();
    const left = (await client.get('/block/volumes/search?name=torn')).body.resource as Json[];
    expect((await array()).volumes).toHaveLength(before + 1 + left.length);
    expect((await estate.daemon.local.call('orphans', {})).outcome).toBe('ok');
    for (const { id } of left) await ended(client.post(`/block/volumes/${id}/deactivate`));
  });
});
