/** Copies over CoprHD's API, as its clients use them: snapshots, volumes from snapshots, clones, groups; in JSON and in XML. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf, finished, inside, type Json, many, wrapped } from './client.ts';
import { useRestEstate } from './estate.ts';

const estate = useRestEstate();
const { array, named } = estate;
const NOBODY = '00000000-0000-4000-8000-000000000000';

const stored = async (name: string) =>
  many((await array()).volumes).find((volume) => String(volume.name).startsWith(`${name}-`));
const content = async (name: string) => (await stored(name))?.content;
const edit = (edit: Json) =>
  estate.daemon.local.call('sim', { verb: 'edit', arguments: { directory: estate.sim, array: 'sim-1', edit } });
const write = async (name: string, text: string) =>
  edit({ edit: 'write-content', volume: (await stored(name))!.name, content: text });

/** Answers of one form, in which numbers and booleans are text. */
const said = (value: unknown): string => String(value);

describe.each(['json', 'xml'] as const)('in %s', (form) => {
  const client: Client = clientOf((asked) => estate.daemon.send(asked), form);
  const name = (word: string) => `${word}-${form}`;
  /** One that was freed is kept free for some time. */
  const hlu = form === 'json' ? 20 : 40;

  /** Polled where clients poll: tasks by their own id. */
  async function ended(asked: Promise<{ status: number; body: Json }>): Promise<Json[]> {
    const { status, body } = await asked;
    expect([status, body.details]).toEqual([expect.toSatisfy((code) => code === 200 || code === 202), undefined]);
    const tasks = body.op_id === undefined ? many(body.task) : [body];
    for (const { id } of tasks) {
      const { state, service_error } = await finished(client, `/vdc/tasks/${id}`);
      expect([state, service_error]).toEqual(['ready', undefined]);
    }
    return tasks;
  }
  const refusedWith = async (asked: Promise<{ status: number; body: Json }>) => {
    const { status, body } = await asked;
    return [status, Number(body.code)];
  };
  const made = async (word: string, more: Json = {}) => {
    const body = { name: name(word), size: '64MB', ...estate.ids, ...more };
    const [task] = await ended(client.post('/block/volumes', 'volume_create', body));
    return task!.resource.id as string;
  };
  const shown = async (where: string) => {
    const { status, body } = await client.get(where);
    expect([where, status]).toEqual([where, 200]);
    return body;
  };
  const copiesOf = async (where: string) => many((await shown(where)).volume).map(({ id }) => id);
  const replica = async (volume: string) => (await shown(`/block/volumes/${volume}`)).protection?.full_copies;

  let volume: string;
  let snapshot: string;
  let before: string[];

  beforeAll(async () => {
    before = many((await array()).volumes).map((each) => each.name as string);
    volume = await made('data');
    await write(name('data'), 'A');
  });

  it('a snapshot is taken, found, tagged and shown', async () => {
    const found = `/block/snapshots/search?name=${name('snap')}`;
    expect(many((await shown(found)).resource)).toEqual([]);
    const body = { name: name('snap'), type: null, create_inactive: form === 'json' ? null : 'false' };
    const path = `/block/volumes/${volume}/protection/snapshots`;
    const [task] = await ended(client.post(path, 'volume_snapshot_create', body));
    snapshot = task!.resource.id as string;
    expect(snapshot).toContain(':BlockSnapshot:');
    expect(many((await shown(path)).snapshot)).toMatchObject([{ id: snapshot, name: name('snap') }]);
    const at = `/block/snapshots/${snapshot}`;
    for (const id of [task!.id, task!.op_id]) expect((await shown(`${at}/tasks/${id}`)).state).toBe('ready');
    const document = await shown(at);
    const source = await shown(`/block/volumes/${volume}`);
    expect(document).toMatchObject({
      ...{ id: snapshot, name: name('snap'), snapset_label: name('snap'), technology_type: 'NATIVE' },
      ...{ parent: { id: volume }, project: { id: estate.ids.project }, varray: { id: estate.ids.varray } },
      ...{ source_native_id: source.native_id, volume_native_id: source.native_id, provisioned_capacity_gb: '0.06' },
      link: { href: at },
    });
    expect([said(document.inactive), said(document.is_sync_active)]).toEqual(['false', 'true']);
    expect(document.wwn).toMatch(/^6[0-9A-F]{31}$/);
    expect(document.wwn).not.toBe(source.wwn);
    const tag = `OpenStack:id:${name('snap')}`;
    await client.send('PUT', `${at}/tags`, 'tag_changes', { add: wrapped(client, 'tag', [tag]), remove: null });
    expect(many((await shown(`${at}/tags`)).tag)).toEqual([tag]);
    const byTag = await shown(`/block/snapshots/search?tag=${tag}`);
    expect(many(byTag.resource)).toMatchObject([{ id: snapshot, match: tag }]);
    const inProject = many((await shown(`/block/snapshots/search?project=${estate.ids.project}`)).resource);
    expect(inProject.map(({ id }) => id)).toContain(snapshot);
    expect(many((await shown('/block/snapshots/bulk')).id)).toContain(snapshot);
    const bulk = await client.post('/block/snapshots/bulk', 'ids', { id: [snapshot] });
    expect(many(bulk.body.block_snapshot)).toMatchObject([{ id: snapshot, parent: { id: volume } }]);
    await ended(client.post(`${at}/activate`));
    await ended(client.post(`${at}/start`));
    for (const verb of ['resynchronize', 'expand', 'expose'])
      expect(await refusedWith(client.post(`${at}/${verb}`))).toEqual([405, 1007]);
    expect(await refusedWith(client.post(`/block/volumes/${volume}/deactivate`))).toEqual([400, 1020]);
  });

  it('where a volume is, and who reaches many, is told at once', async () => {
    const { storage_pool: pool } = await shown(`/block/volumes/${volume}/storage-pool`);
    expect((pool as { id: string }).id).toMatch(/:StoragePool:/);
    const ids = { id: [volume, volume.replace(/[0-9a-f]{12}/, '000000000000')] };
    for (const what of ['volumes', 'snapshots'])
      expect(many((await client.post(`/block/${what}/exports/bulk`, 'ids', ids)).body.itl)).toEqual([]);
  });

  it('a volume is made of the snapshot, and has what the source had then', async () => {
    await write(name('data'), 'B');
    const path = `/block/snapshots/${snapshot}/protection/full-copies`;
    const body = { name: name('from'), type: null, count: 1 };
    const [task] = await ended(client.post(path, 'volume_full_copy_create', body));
    const id = task!.resource.id as string;
    expect([await content(name('from')), await content(name('snap'))]).toEqual(['A', 'A']);
    expect(await copiesOf(path)).toEqual([id]);
    const copied = await replica(id);
    expect(copied).toMatchObject({ replicaState: 'SYNCHRONIZED', associated_source_volume: { id: snapshot } });
    expect(await refusedWith(client.post(`/block/snapshots/${snapshot}/deactivate`))).toEqual([400, 1020]);
    const [detached] = await ended(client.post(`/block/full-copies/${id}/detach`));
    expect(detached!.resource.id).toBe(id);
    expect(await replica(id)).toEqual({ replicaState: 'DETACHED' });
    expect(await copiesOf(path)).toEqual([]);
    await ended(client.post(`/block/volumes/${id}/deactivate`));
  });

  it('a clone says how it is with its source, follows it, and goes its own way', async () => {
    const path = `/block/volumes/${volume}/protection/full-copies`;
    expect(await replica(volume)).toBeUndefined();
    const body = { name: name('clone'), count: form === 'json' ? null : 1, create_inactive: 'false' };
    const [task] = await ended(client.post(path, 'volume_full_copy_create', body));
    const id = task!.resource.id as string;
    const whole = { replicaState: 'SYNCHRONIZED', associated_source_volume: { id: volume } };
    const synchronised = await replica(id);
    expect([synchronised, said(synchronised.percent_synced)]).toMatchObject([whole, '100']);
    expect(inside((await replica(volume)).volumes, 'volume').map((each) => each.id)).toEqual([id]);
    expect(await copiesOf(path)).toEqual([id]);
    const all = many((await shown('/block/full-copies/bulk')).id);
    expect(all).toContain(id as never);
    expect(all).not.toContain(volume as never);
    const some = await client.post('/block/full-copies/bulk', 'ids', { id: [id, volume] });
    expect(many(some.body.volume).map((each) => each.id)).toEqual([id]);
    const named = await shown(`/block/full-copies/search?name=${name('clone')}`);
    expect(many(named.resource).map((each) => each.id)).toEqual([id]);
    await ended(client.post(`/block/full-copies/${id}/start`));
    expect((await client.post(`${path}/${id}/check-progress`)).body.protection.full_copies).toMatchObject(whole);
    expect((await client.post(`/block/full-copies/${id}/check-progress`)).body.id).toBe(id);
    await ended(client.post(`${path}/${id}/activate`));
    await ended(client.post(`/block/full-copies/${id}/activate`));
    await write(name('data'), 'C');
    const [resynchronised] = await ended(client.post(`/block/full-copies/${id}/resynchronize`));
    const { op_id: request } = resynchronised!;
    expect((await shown(`/block/full-copies/${id}/tasks/${request}`)).state).toBe('ready');
    expect(await content(name('clone'))).toBe('C');
    await write(name('clone'), 'D');
    const [restored] = await ended(client.post(`/block/full-copies/${id}/restore`));
    expect((await shown(`/block/volumes/${volume}/tasks/${restored!.id}`)).state).toBe('ready');
    expect(await content(name('data'))).toBe('D');
    await ended(client.post(`${path}/${id}/detach`));
    expect((await replica(id)).replicaState).toBe('DETACHED');
    expect((await client.post(`/block/full-copies/${id}/resynchronize`)).status).toBe(400);
    for (const safety of many((await shown(`/block/volumes/${id}/protection/snapshots`)).snapshot))
      await ended(client.post(`/block/snapshots/${safety.id}/deactivate`));
    await ended(client.post(`/block/volumes/${id}/deactivate`));
  });

  it('a snapshot is exported like a volume, also beside its source', async () => {
    const host = await named('/compute/hosts', 'host', 'h1');
    const { project, varray } = estate.ids;
    const volumes = wrapped(client, 'volume', [{ id: volume, lun: hlu }, { id: snapshot }]);
    const body = { name: name('e'), type: 'Host', project, varray, hosts: wrapped(client, 'host', [host]), volumes };
    const [task] = await ended(client.post('/block/exports', 'block_export_create', body));
    const at = `/block/exports/${task!.resource.id}`;
    const rows = many((await shown(`/block/snapshots/${snapshot}/exports`)).itl);
    const { wwn } = await shown(`/block/snapshots/${snapshot}`);
    const device = { id: snapshot, wwn, link: { href: `/block/snapshots/${snapshot}` } };
    expect(rows[0]).toMatchObject({ device, export: { name: name('e') } });
    const ofPort = many((await shown('/block/exports?initiators=iqn.2026-01.com.example:h1')).itl);
    expect(new Set(ofPort.map((row) => row.device.id))).toEqual(new Set([volume, snapshot]));
    const ids = async () => inside((await shown(at)).volumes, 'volume').map(({ id }) => id);
    expect((await ids()).sort()).toEqual([snapshot, volume].sort());
    const changes = (volume_changes: Json) => client.send('PUT', at, 'block_export_update', { volume_changes });
    await ended(changes({ remove: wrapped(client, 'volume', [snapshot]) }));
    expect(await ids()).toEqual([volume]);
    expect(many((await shown(`/block/snapshots/${snapshot}/exports`)).itl)).toEqual([]);
    await ended(changes({ add: wrapped(client, 'volume', [{ id: snapshot, lun: hlu + 1 }]) }));
    expect(many((await shown(`/block/snapshots/${snapshot}/exports`)).itl).map((row) => Number(row.hlu))).toContain(
      hlu + 1,
    );
    await ended(changes({ remove: wrapped(client, 'volume', [snapshot]) }));
  });

  it('a snapshot is not restored while a host uses its volume, and then is', async () => {
    const restore = () => client.post(`/block/snapshots/${snapshot}/restore`);
    await edit({ edit: 'login', initiator: 'iqn.2026-01.com.example:h1' });
    const inUse = await restore();
    expect([inUse.status, said(inUse.body.code), inUse.body.details]).toEqual([
      ...[400, '1020'],
      expect.stringContaining('is in use'),
    ]);
    await edit({ edit: 'logout', initiator: 'iqn.2026-01.com.example:h1' });
    const [task] = await ended(restore());
    expect(task!.resource).toMatchObject({ id: snapshot, name: name('snap') });
    for (const id of [task!.id, task!.op_id])
      expect((await finished(client, `/block/snapshots/${snapshot}/tasks/${id}`)).state).toBe('ready');
    expect(await content(name('data'))).toBe('A');
    const safety = many((await shown(`/block/volumes/${volume}/protection/snapshots`)).snapshot).filter(
      ({ id }) => id !== snapshot,
    );
    expect(safety.map((each) => each.name)).toContainEqual(expect.stringMatching(/-before-restore-/));
  });

  it('a group has snapshots of one moment, which are restored and go together', async () => {
    const body = { name: name('cg'), project: estate.ids.project, array_consistency: 'true' };
    const group = (await client.post('/block/consistency-groups', 'consistency_group_create', body)).body.id as string;
    const members = [await made('m-b', { consistency_group: group }), await made('m-a', { consistency_group: group })];
    await write(name('m-a'), 'A1');
    await write(name('m-b'), 'B1');
    const bulk = await client.post('/block/consistency-groups/bulk', 'ids', { id: [group] });
    expect(many(bulk.body.consistency_group)).toMatchObject([{ id: group, name: body.name }]);
    const path = `/block/consistency-groups/${group}/protection/snapshots`;
    const root = 'consistency_group_snapshot_create';
    const tasks = await ended(client.post(path, root, { name: name('set'), create_inactive: false }));
    // As CoprHD's clients look for them: a number behind the name.
    const [one, two] = [`${name('set')}-1`, `${name('set')}-2`];
    expect(tasks.map(({ resource }) => resource.name).sort()).toEqual([one, two]);
    const listed = many((await shown(path)).snapshot);
    expect(listed.map((each) => each.name)).toEqual([one, two]);
    expect(tasks.map(({ resource }) => resource.id).sort()).toEqual(listed.map(({ id }) => id).sort());
    for (const { id, resource } of tasks)
      expect((await shown(`/block/snapshots/${resource.id}/tasks/${id}`)).state).toBe('ready');
    const [first, second] = listed.map(({ id }) => id as string) as [string, string];
    const document = await shown(`${path}/${first}`);
    expect(document).toMatchObject({ consistency_group: { id: group }, snapset_label: name('set') });
    expect(document.parent.id).toBe(members[1]);
    await ended(client.post(`${path}/${first}/activate`));
    await write(name('m-a'), 'A2');
    await write(name('m-b'), 'B2');
    const [restored] = await ended(client.post(`${path}/${first}/restore`));
    const all = await finished(client, `/block/consistency-groups/${group}/tasks/${restored!.op_id}`);
    expect(all.state).toBe('ready');
    expect([await content(name('m-a')), await content(name('m-b'))]).toEqual(['A1', 'B1']);
    expect(await refusedWith(client.get(`${path}/${snapshot}`))).toEqual([404, 2000]);
    expect(await refusedWith(client.post(`${path}/${first}/resynchronize`))).toEqual([405, 1007]);

    const alone = { name: name('alone'), volumes: wrapped(client, 'volume', [members[0]!]) };
    const [only] = await ended(client.post(path, root, alone));
    expect((await shown(`/block/snapshots/${only!.resource.id}`)).parent.id).toBe(members[0]);
    const strange = { name: name('strange'), volumes: wrapped(client, 'volume', [volume]) };
    expect(await refusedWith(client.post(path, root, strange))).toEqual([400, 1008]);

    const copies = `/block/consistency-groups/${group}/protection/full-copies`;
    await write(name('m-a'), 'A3');
    await write(name('m-b'), 'B3');
    const dev = await ended(client.post(copies, 'volume_full_copy_create', { name: name('dev'), count: 1 }));
    expect(dev.map(({ resource }) => resource.name).sort()).toEqual([`${name('dev')}-1`, `${name('dev')}-2`]);
    await write(name('m-a'), 'A4');
    expect([await content(`${name('dev')}-1`), await content(`${name('dev')}-2`)]).toEqual(['A3', 'B3']);
    const devIds = dev.map(({ resource }) => resource.id as string);
    expect((await copiesOf(copies)).sort()).toEqual([...devIds].sort());
    const ofDev = `${copies}/${devIds[0]}`;
    expect((await ended(client.post(`${ofDev}/activate`))).length).toBe(2);
    // All of the set, whichever is named; the tasks are of the volumes that change.
    const brought = await ended(client.post(`${ofDev}/resynchronize`));
    expect(brought.map(({ resource }) => resource.id).sort()).toEqual([...devIds].sort());
    for (const { id, resource } of brought)
      expect((await shown(`/block/volumes/${resource.id}/tasks/${id}`)).state).toBe('ready');
    expect([await content(`${name('dev')}-1`), await content(`${name('dev')}-2`)]).toEqual(['A4', 'B3']);
    await write(name('m-a'), 'A5');
    await write(name('m-b'), 'B5');
    const back = await ended(client.post(`${copies}/${devIds[1]}/restore`));
    expect(back.map(({ resource }) => resource.id).sort()).toEqual([...members].sort());
    expect([await content(name('m-a')), await content(name('m-b'))]).toEqual(['A4', 'B3']);
    expect(await refusedWith(client.post(`${copies}/${volume}/restore`))).toEqual([404, 2000]);
    // What was overwritten is kept until somebody removes it.
    for (const id of devIds) {
      const [kept] = many((await shown(`/block/volumes/${id}/protection/snapshots`)).snapshot);
      expect(kept!.name).toContain('before-resynchronise');
      await ended(client.post(`/block/snapshots/${kept!.id}/deactivate`));
    }
    // All of them, and the snapshots that were taken for them go along.
    const detached = await ended(client.post(`${ofDev}/detach`));
    expect(detached.map(({ resource }) => resource.id).sort()).toEqual([...devIds].sort());
    expect([await copiesOf(copies), await replica(devIds[1]!)]).toEqual([[], { replicaState: 'DETACHED' }]);
    await ended(client.post('/block/volumes/deactivate', 'volume_deactivate', { id: devIds }));
    // Of several of the group at once, those that were made together go together, and no others.
    const twice = { name: name('gone'), count: 2 };
    const gone2 = await ended(client.post(copies, 'volume_full_copy_create', twice));
    for (const number of [2, 1]) {
      const own = gone2.filter(({ resource }) => String(resource.name).endsWith(`-${number}`));
      expect(own).toHaveLength(2);
      const ids = own.map(({ resource }) => resource.id).sort();
      const ended2 = await ended(client.post(`${copies}/${ids[0]}/deactivate`));
      expect(ended2.map(({ resource }) => resource.id).sort()).toEqual(ids);
    }
    const sources = many((await shown(path)).snapshot).filter((each) => String(each.name).includes('source'));
    expect([await copiesOf(copies), sources]).toEqual([[], []]);
    const clones = `/block/volumes/${members[0]}/protection/full-copies`;
    const [clone] = await ended(client.post(clones, 'volume_full_copy_create', { name: name('member-clone') }));
    expect(await copiesOf(copies)).toEqual([clone!.resource.id]);
    expect((await shown(`${copies}/${clone!.resource.id}`)).name).toBe(name('member-clone'));
    expect(await refusedWith(client.get(`${copies}/${volume}`))).toEqual([404, 2000]);
    await ended(client.post(`/block/volumes/${clone!.resource.id}/deactivate`));

    const gone = await ended(client.post(`${path}/${first}/deactivate`));
    expect(gone.map(({ resource }) => resource.id).sort()).toEqual([first, second].sort());
    expect(await refusedWith(client.get(`/block/snapshots/${second}`))).toEqual([404, 2001]);
    for (const left of many((await shown(path)).snapshot)) {
      if (many((await shown(path)).snapshot).some(({ id }) => id === left.id))
        await ended(client.post(`/block/snapshots/${left.id}/deactivate`));
    }
    expect(many((await shown(path)).snapshot)).toEqual([]);
    await ended(client.post('/block/volumes/deactivate', 'volume_deactivate', { id: members }));
    await ended(client.post(`/block/consistency-groups/${group}/deactivate`));
  });

  it('there are no snapshot sessions, and none is made', async () => {
    const group = (
      await client.post('/block/consistency-groups', 'consistency_group_create', {
        ...{ name: name('empty'), project: estate.ids.project },
      })
    ).body.id;
    for (const of of [`volumes/${volume}`, `consistency-groups/${group}`]) {
      const path = `/block/${of}/protection/snapshot-sessions`;
      expect(many((await shown(path)).snapshot_session)).toEqual([]);
      expect(await refusedWith(client.post(path, 'snapshot_session_create', { name: 'x' }))).toEqual([405, 1007]);
    }
    const nobody = `/block/volumes/urn:storageos:Volume:${NOBODY}:vdc1/protection/snapshot-sessions`;
    expect(await refusedWith(client.get(nobody))).toEqual([404, 2000]);
    expect(many((await shown('/block/snapshot-sessions/bulk')).id)).toEqual([]);
    expect(many((await shown('/block/snapshot-sessions/search?name=none')).resource)).toEqual([]);
    await ended(client.post(`/block/consistency-groups/${group}/deactivate`));
  });

  it('what is not possible is refused with its reason', async () => {
    const at = (id: string, what: string) => `/block/volumes/${id}/protection/${what}`;
    const inactive = { name: name('no'), create_inactive: true };
    const why = 'is of the moment at which it is made';
    for (const [what, root] of [
      ['snapshots', 'volume_snapshot_create'],
      ['full-copies', 'volume_full_copy_create'],
    ] as const) {
      const { status, body } = await client.post(at(volume, what), root, inactive);
      expect([status, said(body.code), body.details]).toEqual([400, '1008', expect.stringContaining(why)]);
      expect(await refusedWith(client.post(at(volume, what), root, { create_inactive: false }))).toEqual([400, 1005]);
      expect(await refusedWith(client.post(at(volume, what), root, { name: 'x', type: 'rp' }))).toEqual([400, 1008]);
      const nobody = `urn:storageos:Volume:${NOBODY}:vdc1`;
      expect(await refusedWith(client.post(at(nobody, what), root, { name: 'x' }))).toEqual([404, 2000]);
    }
    const many101 = { name: name('no'), count: 101 };
    expect((await client.post(at(volume, 'full-copies'), 'volume_full_copy_create', many101)).status).toBe(400);
    expect(await refusedWith(client.post(`/block/full-copies/${volume}/detach`))).toEqual([400, 1008]);
    expect(await refusedWith(client.post(`${at(volume, 'full-copies')}/${volume}/detach`))).toEqual([404, 2000]);
    const taken = await client.post(at(volume, 'snapshots'), 'volume_snapshot_create', { name: name('snap') });
    expect(taken.status).toBe(400);
    expect(await refusedWith(client.post(`/block/snapshots/${snapshot}/deactivate?type=SOME`))).toEqual([400, 1008]);
  });

  it('a snapshot is restored and deleted only as it was read, where that is asked for', async () => {
    const at = `/block/snapshots/${snapshot}`;
    const headers = { 'x-sds-auth-token': 'admin' };
    const { etag } = (await estate.daemon.send({ path: at, headers })).headers;
    await client.send('PUT', `${at}/tags`, 'tag_changes', { add: wrapped(client, 'tag', ['changed since']) });
    for (const what of ['restore', 'deactivate']) {
      const asked = { method: 'POST', path: `${at}/${what}`, headers: { ...headers, 'if-match': String(etag) } };
      expect([what, (await estate.daemon.send(asked)).status]).toEqual([what, 412]);
    }
  });

  it('all of it goes again', async () => {
    const exported = many((await shown(`/block/exports/search?project=${estate.ids.project}`)).resource);
    for (const { id } of exported) await ended(client.post(`/block/exports/${id}/deactivate`));
    for (const { id } of many((await shown(`/block/volumes/${volume}/protection/snapshots`)).snapshot))
      await ended(client.post(`/block/snapshots/${id}/deactivate`));
    expect(await refusedWith(client.get(`/block/snapshots/${snapshot}`))).toEqual([404, 2001]);
    await ended(client.post(`/block/volumes/${volume}/deactivate`));
    expect(many((await array()).volumes).map((each) => each.name)).toEqual(before);
  });
});
