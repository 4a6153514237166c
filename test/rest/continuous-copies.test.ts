/** Continuous copies over CoprHD's API, as its clients use them; in JSON and in XML. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf, finished, type Json, many } from './client.ts';
import { useRestEstate } from './estate.ts';

const estate = useRestEstate();
const { array } = estate;
const NOBODY = 'urn:storageos:Volume:00000000-0000-4000-8000-000000000000:vdc1';

const stored = async (name: string) =>
  many((await array()).volumes).find((volume) => String(volume.name).startsWith(`${name}-`));
const content = async (name: string) => (await stored(name))?.content;
const edit = (edit: Json) =>
  estate.daemon.local.call('sim', { verb: 'edit', arguments: { directory: estate.sim, array: 'sim-1', edit } });
const write = async (name: string, text: string) =>
  edit({ edit: 'write-content', volume: (await stored(name))!.name, content: text });

describe.each(['json', 'xml'] as const)('in %s', (form) => {
  const client: Client = clientOf((asked) => estate.daemon.send(asked), form);
  const name = (word: string) => `${word}-${form}`;

  async function ended(asked: Promise<{ status: number; body: Json }>): Promise<Json[]> {
    const { status, body } = await asked;
    expect([status, body.details]).toEqual([202, undefined]);
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
  const shown = async (where: string) => {
    const { status, body } = await client.get(where);
    expect([where, status]).toEqual([where, 200]);
    return body;
  };
  const at = (volume: string) => `/block/volumes/${volume}/protection/continuous-copies`;
  const post = (verb: string, ...copy: Json[]) =>
    client.post(`${at(volume)}/${verb}`, 'copies', { copy: copy.length === 1 && form === 'xml' ? copy[0] : copy });
  const listed = async () => many((await shown(at(volume))).mirror).map((each) => each.id);
  const NATIVE = { type: 'NATIVE' };

  let volume: string;
  let mirror: string;
  let before: string[];

  beforeAll(async () => {
    before = many((await array()).volumes).map((each) => each.name as string);
    const body = { name: name('data'), size: '64MB', ...estate.ids };
    const [task] = await ended(client.post('/block/volumes', 'volume_create', body));
    volume = task!.resource.id;
    await write(name('data'), 'A');
  });

  it('one is begun, found and shown, and holds what its source holds', async () => {
    expect(await listed()).toEqual([]);
    const [task] = await ended(post('start', { ...NATIVE, name: name('mirror'), count: 1 }));
    mirror = task!.resource.id as string;
    expect(many((await shown(at(volume))).mirror)).toMatchObject([
      { id: mirror, name: name('mirror'), link: { href: `${at(volume)}/${mirror}` } },
    ]);
    expect(await shown(`${at(volume)}/${mirror}`)).toMatchObject({
      ...{
        id: mirror,
        name: name('mirror'),
        source: { id: volume, name: name('data') },
        provisioned_capacity_gb: '0.06',
      },
      ...{ syncState: 'SYNCHRONIZED', replica_state: 'SYNCHRONIZED', access_state: 'NOT_READY' },
      ...{ link: { href: `${at(volume)}/${mirror}` }, vpool: { id: estate.ids.vpool } },
    });
    const { protection } = await shown(`/block/volumes/${volume}`);
    expect(many(protection.continuous_copies.continuous_copy ?? protection.continuous_copies)).toMatchObject([
      { id: mirror },
    ]);
    expect(many((await shown(`/block/volumes/${volume}/protection/full-copies`)).volume)).toEqual([]);
    await write(name('data'), 'B');
    expect(await content(name('mirror'))).toBe('B');
    for (const id of [task!.id, task!.op_id])
      expect((await shown(`/block/volumes/${mirror}/tasks/${id}`)).state).toBe('ready');
  });

  it('it is paused, and follows again', async () => {
    const [paused] = await ended(post('pause', { ...NATIVE, copyID: mirror, sync: 'false' }));
    expect(paused!.resource.id).toBe(mirror);
    await write(name('data'), 'C');
    expect(await content(name('mirror'))).toBe('B');
    const fractured = await shown(`${at(volume)}/${mirror}`);
    expect([fractured.syncState, fractured.replica_state]).toEqual(['FRACTURED', undefined]);
    await ended(post('pause', { ...NATIVE, copyID: mirror }));
    // All of them, where none is named.
    await ended(post('resume', NATIVE));
    expect(await content(name('mirror'))).toBe('C');
    expect((await shown(`${at(volume)}/${mirror}`)).syncState).toBe('SYNCHRONIZED');
  });

  it('what can not be is refused with its reason', async () => {
    expect(await refusedWith(client.post(`/block/volumes/${volume}/deactivate`))).toEqual([400, 1020]);
    const expand = client.post(`/block/volumes/${volume}/expand`, 'volume_expand', { new_size: '128MB' });
    expect([(await expand).status, (await expand).body.details]).toEqual([
      400,
      expect.stringContaining(`volume.${name('mirror')} follows it and is smaller`),
    ]);
    const copied = { name: name('no'), count: 1 };
    const of = `/block/volumes/${mirror}/protection/full-copies`;
    expect(await refusedWith(client.post(of, 'volume_full_copy_create', copied))).toEqual([400, 1013]);
    expect(await refusedWith(client.post(`/block/full-copies/${mirror}/restore`))).toEqual([400, 1013]);
    for (const verb of ['start', 'stop', 'pause', 'resume', 'deactivate']) {
      for (const type of ['SRDF', 'RP', 'native2']) {
        const { status, body } = await post(verb, { type, copyID: mirror });
        expect([verb, status, Number(body.code), body.details]).toEqual([
          ...[verb, 400, 1008],
          expect.stringContaining('NATIVE'),
        ]);
      }
      expect([verb, ...(await refusedWith(post(verb, { name: 'x' })))]).toEqual([verb, 400, 1005]);
      const nobody = client.post(`${at(NOBODY)}/${verb}`, 'copies', { copy: [NATIVE] });
      expect([verb, ...(await refusedWith(nobody))]).toEqual([verb, 404, 2000]);
      if (verb === 'start') continue;
      const other = await refusedWith(post(verb, { ...NATIVE, copyID: volume }));
      expect([verb, ...other]).toEqual([verb, 400, 1004]);
    }
    expect(await refusedWith(post('deactivate', NATIVE))).toEqual([400, 1005]);
    expect(await refusedWith(client.get(`${at(volume)}/${volume}`))).toEqual([404, 2000]);
    expect(await refusedWith(post('start', { ...NATIVE, name: name('data') }))).toEqual([400, 1015]);
    expect(await listed()).toEqual([mirror]);
  });

  it('it grows before its source', async () => {
    for (const id of [mirror, volume])
      await ended(client.post(`/block/volumes/${id}/expand`, 'volume_expand', { new_size: '128MB' }));
    expect((await stored(name('data')))?.sizeBytes).toBe(128 * 1024 ** 2);
  });

  it('stopped it is a volume of its own, with what it held', async () => {
    await ended(post('stop', { ...NATIVE, copyID: mirror }));
    expect(await listed()).toEqual([]);
    expect(await refusedWith(client.get(`${at(volume)}/${mirror}`))).toEqual([404, 2000]);
    await write(name('data'), 'D');
    expect(await content(name('mirror'))).toBe('C');
    await write(name('mirror'), 'own');
    const { protection, access_state } = await shown(`/block/volumes/${mirror}`);
    expect([protection, access_state]).toEqual([undefined, 'READWRITE']);
    expect(await refusedWith(post('stop', NATIVE))).toEqual([400, 1008]);
    await ended(client.post(`/block/volumes/${mirror}/deactivate`));
  });

  it('several are begun together, and deleted while they follow', async () => {
    await ended(post('start', { ...NATIVE, name: name('two'), count: 2 }));
    const ids = await listed();
    expect(ids).toHaveLength(2);
    expect(await content(`${name('two')}-2`)).toBe('D');
    const tasks = await ended(post('deactivate', ...ids.map((copyID) => ({ ...NATIVE, copyID }))));
    expect(tasks.map(({ resource }) => resource.id).sort()).toEqual([...ids].sort());
    expect(await listed()).toEqual([]);
    await ended(client.post(`/block/volumes/${volume}/deactivate`));
    expect(many((await array()).volumes).map((each) => each.name)).toEqual(before);
  });
});

describe('the virtual pool of which they are', () => {
  it('is said by the one of their volume, and is one that can carry them', async () => {
    const client = clientOf((asked) => estate.daemon.send(asked), 'json');
    const { varray, vpool: gold } = estate.ids;
    const far = (await client.post('/vdc/varrays', '', { name: 'far' })).body.id as string;
    const made = (name: string, copies: Json) => {
      const body = { name, protocols: ['iSCSI'], varrays: [varray, far], protection: { continuous_copies: copies } };
      return client.post('/block/vpools', '', body);
    };
    expect((await made('bronze', { protection_mirror_vpool: gold })).body.code).toBe(1005);
    const created = await made('bronze', { protection_mirror_vpool: gold, max_native_continuous_copies: 1 });
    const { id, protection } = created.body;
    expect(protection.continuous_copies).toEqual({ max_native_continuous_copies: 1, protection_mirror_vpool: gold });
    expect((await client.get(`/block/vpools/${id}`)).body.protection).toEqual(protection);
    const [volume] = (await estate.volumes('of-bronze', 1, { vpool: id })) as [string];
    const copy = [{ type: 'NATIVE', name: 'mirror-of-it' }];
    const at = `/block/volumes/${volume}/protection/continuous-copies`;
    const [mirror] = (await estate.ended(client.post(`${at}/start`, '', { copy }))).task;
    expect((await client.get(`${at}/${mirror.resource.id}`)).body.vpool.id).toBe(gold);
    const put = async (body: Json) => {
      const { status, body: is } = await client.send('PUT', `/block/vpools/${id}`, '', body);
      return [status, is.details ?? is.protection.continuous_copies];
    };
    const mirrorsIn = (pool: string, more: Json = {}) =>
      put({ protection: { continuous_copies: { protection_mirror_vpool: pool, ...more } } });
    expect(await mirrorsIn('null')).toEqual([200, { max_native_continuous_copies: 1 }]);
    expect(await mirrorsIn(gold, { max_native_continuous_copies: 4 })).toEqual([
      200,
      { max_native_continuous_copies: 4, protection_mirror_vpool: gold },
    ]);
    // Nothing of it would be where those of gold are.
    expect(await put({ varray_changes: { remove: { varrays: [varray] } } })).toEqual([
      400,
      expect.stringContaining('they have no virtual array in common (far; dc1)'),
    ]);
    expect(await mirrorsIn(id)).toEqual([400, expect.stringContaining('that is itself')]);
    expect(await mirrorsIn('urn:storageos:VirtualPool:00000000-0000-4000-8000-000000000000:vdc1')).toEqual([
      400,
      expect.stringContaining('protection_mirror_vpool'),
    ]);
  });
});
