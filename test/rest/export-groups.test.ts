/** Export groups of several hosts, of clusters, of initiators, and of nobody, as CoprHD's clients make and change them. */
import { describe, expect, it } from 'vitest';
import { clientOf, finished, inside, type Json, many, wrapped } from './client.ts';
import { useRestEstate } from './estate.ts';

const estate = useRestEstate();

describe.each(['json', 'xml'] as const)('export groups in %s', (form) => {
  const client = clientOf((asked) => estate.daemon.send(asked), form);
  const { volumes } = estate;
  const ended = async (asked: Promise<{ status: number; body: Json }>) => {
    const { status, body } = await asked;
    expect([status, body.details]).toEqual([expect.toSatisfy((code) => code === 202 || code === 200), undefined]);
    const task = await finished(client, `/vdc/tasks/${body.id}`);
    expect([task.state, task.message]).toEqual(['ready', expect.anything()]);
    return task;
  };
  const host = (name: string) => estate.named('/compute/hosts', 'host', name);
  const initiatorsOf = async (id: string) =>
    many((await client.get(`/compute/hosts/${id}/initiators`)).body.initiator).map((each) => each.id as string);
  const post = (name: string, body: Json) =>
    client.post('/block/exports', 'block_export_create', {
      name: `${name}-${form}`,
      project: estate.ids.project,
      varray: estate.ids.varray,
      ...body,
    });
  const made = async (name: string, body: Json) => (await ended(post(name, body))).resource.id as string;
  const lists = { host: 'host_changes', cluster: 'cluster_changes', initiator: 'initiator_changes' } as const;
  const changes = (add: Json, remove: Json): Json => {
    const body: Json = {};
    for (const [item, field] of Object.entries(lists)) {
      const part: Json = {};
      if (add[item]) part.add = wrapped(client, item, add[item]);
      if (remove[item]) part.remove = wrapped(client, item, remove[item]);
      body[field] = part;
    }
    const part: Json = {};
    if (add.volume)
      part.add = wrapped(
        client,
        'volume',
        add.volume.map((id: string) => ({ id })),
      );
    if (remove.volume) part.remove = wrapped(client, 'volume', remove.volume);
    return { ...body, volume_changes: part };
  };
  const put = (id: string, add: Json, remove: Json = {}) =>
    client.send('PUT', `/block/exports/${id}`, 'block_export_update', changes(add, remove));
  const refused = async (asked: Promise<{ status: number; body: Json }>) => {
    const { status, body } = await asked;
    return [status, Number(body.code), body.details];
  };
  const ids = (list: Json | Json[], item: string) =>
    inside(list ?? [], item)
      .map((each) => each.id as string)
      .sort();
  const shown = async (id: string) => {
    const { body } = await client.get(`/block/exports/${id}`);
    return {
      type: body.type,
      hosts: ids(body.hosts, 'host'),
      clusters: ids(body.clusters, 'cluster'),
      initiators: ids(body.initiators, 'initiator'),
      volumes: inside(body.volumes ?? [], 'volume').map((each) => `${each.id} ${each.lun}`),
    };
  };
  const rows = async (volume: string) =>
    many((await client.get(`/block/volumes/${volume}/exports`)).body.itl)
      .map((each) => `${each.initiator.port.replace(/.*:/, '')} ${each.hlu}`)
      .sort();
  const found = async (query: string) =>
    many((await client.get(`/block/exports/search?${query}`)).body.resource).map(({ id }) => id);
  const gone = async (group: string, ...used: string[]) => {
    await ended(client.post(`/block/exports/${group}/deactivate`));
    for (const id of used) await estate.ended(estate.client.post(`/block/volumes/${id}/deactivate`));
  };

  it('show a volume to several hosts under one number, which come and go with volumes in one request', async () => {
    const lun = { json: 55, xml: 66 }[form];
    const [a, b] = await volumes(`several-${form}`, 2);
    const [h1, h2] = [await host('h1'), await host('h2')];
    const group = await made('several', { type: 'Host', hosts: [h1], volumes: [{ id: a, lun }] });
    await ended(put(group, { host: [h2], volume: [b] }));
    const all = [...(await initiatorsOf(h1)), ...(await initiatorsOf(h2))].sort();
    expect(await shown(group)).toMatchObject({ type: 'Host', hosts: [h1, h2].sort(), clusters: [], initiators: all });
    const [bRows, aRows] = [await rows(b!), await rows(a!)];
    expect(new Set(aRows)).toEqual(new Set([`h1 ${lun}`, `h2a ${lun}`, `h2b ${lun}`]));
    expect(new Set(bRows.map((row) => row.split(' ')[1])).size).toBe(1);
    await ended(put(group, {}, { host: [h1], volume: [a] }));
    expect(await shown(group)).toMatchObject({ hosts: [h2], initiators: (await initiatorsOf(h2)).sort() });
    expect([await rows(a!), new Set((await rows(b!)).map((row) => row.split(' ')[0]))]).toEqual([
      [],
      new Set(['h2a', 'h2b']),
    ]);
    await gone(group, a!, b!);
  });

  it('let go of a volume while its host is logged in, again and again, and of its number at once: who asks vouches for it', async () => {
    const [a, b] = await volumes(`busy-${form}`, 2);
    const h1 = await host('h1');
    const login = { edit: 'login', initiator: 'iqn.2026-01.com.example:h1' };
    const group = await made('busy', { type: 'Host', hosts: [h1], volumes: [] });
    await ended(put(group, { volume: [a] }));
    const edit = { directory: estate.sim, array: 'sim-1', edit: login };
    await estate.daemon.local.call('sim', { verb: 'edit', arguments: edit });
    const first = await rows(a!);
    for (let round = 0; round < 4; round++) {
      const [is, was] = round % 2 === 0 ? [b, a] : [a, b];
      await ended(put(group, {}, { volume: [was] }));
      await ended(put(group, { volume: [is] }));
      expect([await rows(is!), await rows(was!)]).toEqual([first, []]);
    }
    await gone(group);
    const { local } = estate.daemon;
    const past = (await local.call('history', { limit: 3 })).workflows;
    const told = await Promise.all(past.map(({ workflow }) => local.call('history', { workflow })));
    expect(told.flatMap(({ workflows }) => workflows.flatMap(({ units = [] }) => units))).toContainEqual(
      expect.objectContaining({ address: `export.busy-${form}`, attestedBy: 'admin' }),
    );
    await gone(await made('spare', { type: 'Host', hosts: [h1], volumes: [] }), a!, b!);
  });

  it('of several hosts do not go with one of them, and nothing else does while it is in one', async () => {
    const name = `going-${form}`;
    const body = { type: 'Linux', name, host_name: name };
    const id = (await ended(client.post('/compute/hosts', 'host_create', body))).resource.id as string;
    const port = { protocol: 'iSCSI', initiator_port: `iqn.2026-01.com.example:${name}` };
    await ended(client.post(`/compute/hosts/${id}/initiators`, 'initiator_create', port));
    const [own, both] = [
      await made('own', { type: 'Host', hosts: [id] }),
      await made('both', { type: 'Host', hosts: [id, await host('h1')] }),
    ];
    const detach = () => client.post(`/compute/hosts/${id}/deactivate?detach_storage=true`);
    expect(await refused(detach())).toEqual([400, 1020, expect.stringContaining(`both-${form}`)]);
    expect((await shown(own)).hosts).toEqual([id]);
    await ended(put(both, {}, { host: [id] }));
    await ended(detach());
    expect((await client.get(`/block/exports/${own}`)).status).toBe(404);
    expect((await shown(both)).hosts).toEqual([await host('h1')]);
    await gone(both);
  });

  it('may be of nobody, and keep volumes until somebody sees them', async () => {
    const [a] = await volumes(`none-${form}`, 1);
    const [h1, h2] = [await host('h1'), await host('h2')];
    const group = await made('none', { type: 'Host' });
    expect(await shown(group)).toEqual({ type: 'Host', hosts: [], clusters: [], initiators: [], volumes: [] });
    // Clients look for groups by it.
    expect((await client.get(`/block/exports/${group}`)).body.varray.id).toBe(estate.ids.varray);
    await ended(put(group, { volume: [a] }));
    expect((await shown(group)).volumes).toEqual([`${a} -1`]);
    expect(await rows(a!)).toEqual([]);
    const used = await estate.client.post(`/block/volumes/${a}/deactivate`);
    expect(JSON.stringify(used.body)).toContain(`none-${form}`);
    await ended(put(group, { host: [h1] }));
    const [first] = await rows(a!);
    const number = first!.replace('h1 ', '');
    await ended(put(group, { host: [h2] }, { host: [h1] }));
    expect(new Set(await rows(a!))).toEqual(new Set([`h2a ${number}`, `h2b ${number}`]));
    await ended(put(group, {}, { host: [h2] }));
    expect(await shown(group)).toMatchObject({ hosts: [], initiators: [], volumes: [`${a} -1`] });
    await gone(group, a!);
  });

  it('are of clusters where their type says so', async () => {
    const [a] = await volumes(`clusters-${form}`, 1);
    const [h1, h2] = [await host('h1'), await host('h2')];
    const tenant = (await client.get('/tenant')).body.id as string;
    const clusters: string[] = [];
    for (const [index, id] of [h1, h2].entries()) {
      const body = { name: `c${index}-${form}` };
      const cluster = (await client.post(`/tenants/${tenant}/clusters`, 'cluster_create', body)).body.id as string;
      await ended(client.send('PUT', `/compute/hosts/${id}`, 'host_update', { cluster }));
      clusters.push(cluster);
    }
    const [c1, c2] = clusters as [string, string];
    const group = await made('clusters', { type: 'Cluster', clusters: [c1, c2], volumes: [{ id: a }] });
    expect(await shown(group)).toMatchObject({ type: 'Cluster', clusters: [c1, c2].sort(), hosts: [h1, h2].sort() });
    expect((await shown(group)).initiators).toHaveLength(3);
    expect(new Set((await rows(a!)).map((row) => row.split(' ')[0]))).toEqual(new Set(['h1', 'h2a', 'h2b']));
    expect(await found(`host=${h1}`)).toEqual([group]);
    expect(await found(`host=${h1}&self_only=true`)).toEqual([]);
    expect(await found(`cluster=${c2}`)).toEqual([group]);
    expect(await refused(put(group, {}, { host: [h2] }))).toEqual([
      400,
      1008,
      expect.stringContaining('by its cluster'),
    ]);
    await ended(put(group, {}, { cluster: [c2] }));
    expect(await refused(put(group, { host: [h2] }))).toEqual([400, 1008, expect.stringContaining('in no cluster')]);
    expect(new Set((await rows(a!)).map((row) => row.split(' ')[0]))).toEqual(new Set(['h1']));
    await gone(group, a!);
    for (const id of clusters) await ended(client.post(`/compute/clusters/${id}/deactivate`));
  });

  it('are of initiators of several hosts, all of each', async () => {
    const [a] = await volumes(`initiators-${form}`, 1);
    const [h1, h2] = [await host('h1'), await host('h2')];
    const [own, [x, y]] = [await initiatorsOf(h1), await initiatorsOf(h2)];
    expect(await refused(post('some', { type: 'Initiator', initiators: [...own, x] }))).toEqual([
      400,
      1008,
      expect.stringContaining('host h2 has more of them'),
    ]);
    const group = await made('initiators', { type: 'Initiator', initiators: [...own, x, y], volumes: [{ id: a }] });
    expect(await shown(group)).toMatchObject({ type: 'Initiator', hosts: [h1, h2].sort() });
    expect(await found(`initiator=${x}`)).toEqual([group]);
    expect(await found(`initiator=${x}&self_only=true&project=${estate.ids.project}`)).toEqual([group]);
    expect(await refused(put(group, {}, { initiator: [y] }))).toEqual([
      400,
      1008,
      expect.stringContaining('which would lose the volumes too'),
    ]);
    await ended(put(group, {}, { initiator: [x, y] }));
    expect(await shown(group)).toMatchObject({ type: 'Initiator', hosts: [h1], initiators: own });
    await ended(put(group, {}, { initiator: own }));
    expect(await shown(group)).toMatchObject({ type: 'Initiator', hosts: [], initiators: [] });
    await ended(put(group, { initiator: [x, y] }));
    expect(new Set((await rows(a!)).map((row) => row.split(' ')[0]))).toEqual(new Set(['h2a', 'h2b']));
    await gone(group, a!);
  });

  it('have only what their type has, and are searched by what they are of', async () => {
    const [h1, h2] = [await host('h1'), await host('h2')];
    const own = await initiatorsOf(h1);
    const cluster = 'urn:storageos:Cluster:00000000-0000-4000-8000-000000000009:vdc1';
    const wrong: [Json, string][] = [
      [{ type: 'Host', hosts: [h1], clusters: [cluster] }, 'type Host has no clusters'],
      [{ type: 'Initiator', hosts: [h1] }, 'type Initiator has initiators only'],
      [{ type: 'Exclusive', hosts: [h1, h2] }, 'of one host, not of 2'],
      [{ type: 'Cluster', hosts: [h1] }, 'in no cluster of the export group'],
    ];
    for (const [body, why] of wrong)
      expect(await refused(post('wrong', body))).toEqual([400, 1008, expect.stringContaining(why)]);
    const group = await made('alone', { type: 'Exclusive', hosts: [h1] });
    expect(await refused(put(group, { host: [h2] }))).toEqual([400, 1008, expect.stringContaining('one host')]);
    expect(await refused(put(group, { cluster: [cluster] }))).toEqual([400, 1008, expect.anything()]);
    expect((await refused(put(group, {}, { host: [h2] })))[0]).toBe(400);
    await ended(put(group, { host: [h2] }, { host: [h1] }));
    expect(await shown(group)).toMatchObject({ type: 'Exclusive', hosts: [h2] });
    expect(await found(`name=alone-${form}`)).toEqual([group]);
    expect([await found(`host=${h2}&self_only=true`), await found(`host=${h1}`)]).toEqual([[group], []]);
    expect(await found(`initiator=${own[0]}`)).toEqual([]);
    expect((await client.get('/block/exports/search?host=x&name=alone')).status).toBe(400);
    await gone(group);
  });
});
