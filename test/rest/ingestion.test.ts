/** Volumes that somebody made by hand, over CoprHD's API: discovered, listed, shown, and taken over, with the host that sees them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf, finished, type Json, many } from './client.ts';
import { useRestEstate } from './estate.ts';

const estate = useRestEstate();
const NOBODY = 'urn:storageos:UnManagedVolume:00000000-0000-4000-8000-000000000000:vdc1';
const MIB = 1024 ** 2;

const edit = (edit: Json) =>
  estate.daemon.local.call('sim', { verb: 'edit', arguments: { directory: estate.sim, array: 'sim-1', edit } });

let system: string;
let hosts: string;
beforeAll(async () => {
  hosts = `/tenants/${(await estate.client.get('/tenant')).body.id}/hosts`;
  system = await estate.named('/vdc/storage-systems', 'storage_system', 'sim-1');
});

describe.each(['json', 'xml'] as const)('in %s', (form) => {
  const client: Client = clientOf((asked) => estate.daemon.send(asked), form);
  const name = (word: string) => `${word}-${form}`;
  const host = form === 'json' ? 'h1' : 'h2';
  const initiators = form === 'json' ? ['h1'] : ['h2a', 'h2b'];
  const shown = async (where: string) => {
    const { status, body } = await client.get(where);
    expect([where, status, body.details]).toEqual([where, 200, undefined]);
    return body;
  };
  const refusedWith = async (asked: Promise<{ status: number; body: Json }>) => {
    const { status, body } = await asked;
    return [status, Number(body.code)];
  };
  const listed = async (where: string, key = 'unmanaged_volume') => many((await shown(where))[key]);
  const idOf = async (word: string) => {
    const all = await listed(`/vdc/storage-systems/${system}/unmanaged/volumes`);
    return all.find((each) => each.name === name(word))?.id as string;
  };
  /** Each task by the name of its volume: ready, or the code and what was said. */
  async function ended(asked: Promise<{ status: number; body: Json }>): Promise<Record<string, unknown>> {
    const { status, body } = await asked;
    expect([status, body.details]).toEqual([202, undefined]);
    const tasks = await Promise.all(many(body.task).map(({ id }) => finished(client, `/vdc/tasks/${id}`)));
    return Object.fromEntries(
      tasks.map(({ state, resource, service_error: error }) => [
        resource.name,
        state === 'ready' ? 'ready' : `${error.code} ${error.details}`,
      ]),
    );
  }
  const into = () => ({ vpool: estate.ids.vpool, varray: estate.ids.varray, project: estate.ids.project });
  const ingest = (ids: readonly string[], more: Json = {}) => {
    const what = more.host === undefined && more.cluster === undefined ? 'ingest' : 'ingest-exported';
    const root = what === 'ingest' ? 'volume_ingest' : 'exported_volumes_ingest';
    return client.post(`/vdc/unmanaged/volumes/${what}`, root, { ...into(), ...more, unmanaged_volume_list: ids });
  };
  const found = async (word: string) =>
    many((await shown(`/block/volumes/search?name=${name(word)}`)).resource).map(({ id }) => id as string);

  let hostId: string;
  let pool: string;

  beforeAll(async () => {
    hostId = await estate.named(hosts, 'host', host);
    const { pools } = (await estate.array()) as { pools: { name: string }[] };
    pool = pools[0]!.name;
    for (const word of ['free', 'data', 'log', 'thick'])
      await edit({
        ...{ edit: 'add-volume', name: name(word), pool, sizeBytes: 64 * MIB },
        provisioning: word === 'thick' ? 'thick' : 'thin',
      });
    await edit({
      ...{
        edit: 'add-mask',
        name: name('mask'),
        initiators: initiators.map((each) => `iqn.2026-01.com.example:${each}`),
      },
      mappings: [
        { volume: name('data'), hlu: 5 },
        { volume: name('log'), hlu: 6 },
      ],
    });
    await client.post(`/vdc/storage-systems/${system}/discover?namespace=UNMANAGED_VOLUMES`);
  });

  it('what is there and is not ours is listed after a discovery, by its storage system, virtual pool and host', async () => {
    const names = async (where: string, key?: string) => (await listed(where, key)).map((each) => each.name).sort();
    const mine = (all: string[]) => all.filter((each) => each.endsWith(form));
    const of = `/vdc/storage-systems/${system}/unmanaged`;
    expect(mine(await names(`${of}/volumes`))).toEqual(['data', 'free', 'log', 'thick'].map(name));
    const fitting = `${of}/${estate.ids.vpool}/volumes`;
    expect(mine(await names(fitting))).toEqual(['data', 'free', 'log'].map(name));
    expect(mine(await names(`${fitting}?exportType=EXPORTED`))).toEqual(['data', 'log'].map(name));
    expect(mine(await names(`${fitting}?exportType=unexported`))).toEqual([name('free')]);
    expect(await refusedWith(client.get(`${fitting}?exportType=SOME`))).toEqual([400, 1008]);
    expect(await names(`/compute/hosts/${hostId}/unmanaged-volumes`)).toEqual(['data', 'log'].map(name));
    expect(await names(`/compute/hosts/${hostId}/unmanaged-export-masks`, 'unmanaged_export_mask')).toEqual([
      name('mask'),
    ]);
    const ids = many((await shown('/vdc/unmanaged/volumes/bulk')).id);
    expect(ids).toContain(await idOf('free'));
    const search = await shown(`/vdc/unmanaged/volumes/search?name=${name('fre')}`.replace(`-${form}`, ''));
    expect(many(search.resource).map(({ match }) => match)).toContain(name('free'));
  });

  it('is shown with all that tells whether and how it can be taken over', async () => {
    const id = await idOf('data');
    const volume = await shown(`/vdc/unmanaged/volumes/${id}`);
    expect(volume).toMatchObject({ id, name: name('data'), storage_system: { id: system } });
    expect(volume.storage_pool.id).toContain(':StoragePool:');
    const inList = (key: string, item: string) =>
      form === 'json' ? volume[key] : many((volume[key] as Json | undefined)?.[item]);
    const pairs = inList('unmanaged_volumes_characterstics', 'unmanaged_volume_characterstic') as Json[];
    const flags = Object.fromEntries(pairs.map(({ key, value }) => [key, String(value)]));
    expect(flags).toMatchObject({ IS_INGESTABLE: 'TRUE', IS_VOLUME_EXPORTED: 'TRUE', IS_THINLY_PROVISIONED: 'TRUE' });
    const infos = inList('unmanaged_volumes_info', 'unmanaged_volume_info') as Json[];
    expect(many(infos.find(({ key }) => key === 'PROVISIONED_CAPACITY')!.value).map(String)).toEqual([
      String(64 * MIB),
    ]);
    const [mask] = inList('unmanaged_export_masks', 'unmanaged_export_mask') as string[];
    expect(inList('supported_virtual_pools', 'virtual_pool')).toEqual([estate.ids.vpool]);
    expect(inList('initiators', 'initiator')).toEqual(initiators.map((each) => `iqn.2026-01.com.example:${each}`));
    expect((await shown(`/vdc/unmanaged/export-masks/${mask}`)).name).toBe(name('mask'));
    const bulk = await client.post('/vdc/unmanaged/volumes/bulk', 'ids', { id: [id, NOBODY] });
    expect(many(bulk.body.unmanaged_volume).map((each) => each.id)).toEqual([id]);
    const masks = await client.post('/vdc/unmanaged/export-masks/bulk', 'ids', { id: [mask!] });
    expect(many(masks.body.unmanaged_export_mask).map((each) => each.name)).toEqual([name('mask')]);
    expect(await refusedWith(client.get(`/vdc/unmanaged/volumes/${NOBODY}`))).toEqual([404, 2000]);
    expect(await refusedWith(client.get(`/vdc/unmanaged/volumes/${mask}`))).toEqual([400, 1008]);
  });

  it('what nobody sees is taken over; of what can not be, the task says why', async () => {
    const ids = await Promise.all(['free', 'thick', 'data'].map(idOf));
    expect(await ended(ingest(ids))).toEqual({
      [name('free')]: 'ready',
      [name('thick')]: expect.stringMatching(/^64000 COPRHD-IMPORT-001: it is thick, virtual pool gold is thin/),
      [name('data')]: expect.stringMatching(/^64000 COPRHD-IMPORT-001: it is exported; name the host/),
    });
    const [volume] = await found('free');
    expect(await shown(`/block/volumes/${volume}`)).toMatchObject({
      name: name('free'),
      inactive: form === 'json' ? false : 'false',
    });
    // It is none of these any more, and grows like any other.
    await client.post(`/vdc/storage-systems/${system}/discover`);
    expect(await idOf('free')).toBeUndefined();
    const grown = await client.post(`/block/volumes/${volume}/expand`, 'volume_expand', { new_size: '128MB' });
    expect(grown.status).toBe(202);
    expect((await finished(client, `/vdc/tasks/${grown.body.id}`)).state).toBe('ready');
  });

  it('what is exported is taken over with its host: it keeps its LUN number, and can be unexported afterwards', async () => {
    const ids = await Promise.all(['data', 'log'].map(idOf));
    const other = await estate.named(hosts, 'host', form === 'json' ? 'h2' : 'h1');
    const wrong = await ended(ingest(ids, { host: other }));
    expect(Object.values(wrong)).toEqual(Array(2).fill(expect.stringContaining(`shows it to host ${host}`)));
    expect(await ended(ingest(ids, { host: hostId }))).toEqual({ [name('data')]: 'ready', [name('log')]: 'ready' });
    const [data] = await found('data');
    const rows = many((await shown(`/block/volumes/${data}/exports`)).itl);
    expect(new Set(rows.map(({ hlu }) => Number(hlu)))).toEqual(new Set([5]));
    expect([...new Set(rows.map(({ initiator }) => initiator.port))].sort()).toEqual(
      initiators.map((each) => `iqn.2026-01.com.example:${each}`),
    );
    const [group] = many((await shown(`/block/exports/search?name=${host}`)).resource);
    const gone = await client.post(`/block/exports/${group!.id}/deactivate`);
    expect((await finished(client, `/vdc/tasks/${gone.body.id}`)).state).toBe('ready');
    const { masks } = (await estate.array()) as { masks: { name: string }[] };
    expect(masks.map((mask) => mask.name)).not.toContain(name('mask'));
  });

  it('requests that name nothing, nobody, or two are refused, and change nothing', async () => {
    const thick = await idOf('thick');
    const both = { host: hostId, cluster: hostId };
    expect(await refusedWith(ingest([thick], both))).toEqual([400, 1013]);
    expect(await refusedWith(ingest([NOBODY]))).toEqual([400, 1004]);
    expect(await refusedWith(ingest([estate.ids.vpool]))).toEqual([400, 1008]);
    const nobody = { ...into(), unmanaged_volume_list: [thick] };
    const exported = '/vdc/unmanaged/volumes/ingest-exported';
    expect(await refusedWith(client.post(exported, 'exported_volumes_ingest', nobody))).toEqual([400, 1013]);
    expect(await refusedWith(client.post('/vdc/unmanaged/volumes/ingest', 'volume_ingest', into()))).toEqual([
      400, 1005,
    ]);
  });
});
