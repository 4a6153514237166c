/**
 * The walk of a client of CoprHD's API from a new project to its end, in JSON or XML; after each step the storage system is
 * asked what it has.
 */
import { expect } from 'vitest';
import { type Client, finished, inside, type Json, many, references, wrapped } from './client.ts';

/** What the storage system itself says; of others' objects nothing. */
export interface Device {
  /** Sizes, sorted. */
  volumes(): Promise<readonly number[]>;
  /** Who sees what, sorted by number. `wwn` lower case. */
  luns(): Promise<readonly { readonly initiators: readonly string[]; readonly hlu: number; readonly wwn: string }[]>;
}

export interface Place {
  readonly project: string;
  readonly host: string;
  readonly iqn: string;
  /** LUN number to be chosen; one that was freed is kept free for some time. */
  readonly hlu: number;
  readonly device: Device;
  /** Does something with the volume that the rows say how to reach. */
  readonly use?: (rows: readonly Json[]) => Promise<void>;
}

const MB = 1024 ** 2;

export async function walk(client: Client, place: Place): Promise<void> {
  const { project: name, host: hostName, iqn, hlu, device, use } = place;
  const done = async (where: string, task: Json): Promise<Json> => {
    const found = await finished(client, `${where}/${task.resource.id}/tasks/${task.id}`);
    expect([found.state, found.service_error]).toEqual(['ready', undefined]);
    return found;
  };
  const ok = async (asked: Promise<{ status: number; body: Json }>, status: number): Promise<Json> => {
    const answer = await asked;
    expect([answer.status, answer.body.details]).toEqual([status, undefined]);
    return answer.body;
  };
  const before = await device.volumes();

  // Tenant and project.
  const tenant = (await client.get('/tenant')).body.id as string;
  await ok(client.post(`/tenants/${tenant}/projects`, 'project_create', { name }), 200);
  const ids = await references(client, name);
  const [vpool] = many((await client.get('/block/vpools/search?name=gold')).body.resource);
  expect(vpool?.id).toBe(ids.vpool);

  // Three volumes.
  const wanted = { name: `data-${name}`, size: '64MB', count: 3, ...ids };
  const { task: tasks } = await ok(client.post('/block/volumes', 'volume_create', wanted), 202);
  expect(many(tasks)).toHaveLength(3);
  for (const task of many(tasks)) {
    expect((await client.get(`/block/volumes/${task.resource.id}`)).status).toBe(200);
    const byTask = await done('/block/volumes', task);
    const byOperation = await finished(client, `/block/volumes/${task.resource.id}/tasks/${task.op_id}`);
    expect([byOperation.id, await finished(client, `/vdc/tasks/${task.id}`)]).toEqual([task.id, byTask]);
  }
  const volumes = many((await client.get(`/block/volumes/search?project=${ids.project}`)).body.resource);
  expect(volumes.map(({ match }) => match)).toEqual([1, 2, 3].map((n) => `data-${name}-${n}`));
  const [first, second, third] = volumes.map(({ id }) => id as string) as [string, string, string];
  const { wwn, ...shown } = (await client.get(`/block/volumes/${first}`)).body;
  expect(shown).toMatchObject({
    id: first,
    name: `data-${name}-1`,
    provisioned_capacity_gb: '0.06',
    project: { id: ids.project },
    vpool: { id: ids.vpool },
    varray: { id: ids.varray },
    link: { rel: 'self', href: `/block/volumes/${first}` },
  });
  expect(wwn).toMatch(/^6[0-9A-F]{31}$/);
  expect(String(shown.inactive)).toBe('false');
  expect(await device.volumes()).toEqual([...before, 64 * MB, 64 * MB, 64 * MB].sort((a, b) => a - b));

  // Tags, as OpenStack sets them.
  const tag = `OpenStack:id:${name}`;
  const where = `/block/volumes/${first}/tags`;
  await ok(
    client.send('PUT', where, 'tag_changes', { add: wrapped(client, 'tag', [tag, 'a <b>']), remove: null }),
    200,
  );
  expect(many((await client.get(where)).body.tag).sort()).toEqual([tag, 'a <b>']);
  const tagged = await ok(
    client.send('PUT', where, 'tag_changes', { add: null, remove: wrapped(client, 'tag', ['a <b>']) }),
    200,
  );
  expect(many(tagged.tag)).toEqual([tag]);
  const byTag = many((await client.get(`/block/volumes/search?tag=${tag}`)).body.resource);
  expect(byTag.map(({ id, match }) => [id, match])).toEqual([[first, tag]]);

  // A host with its initiator, and an export group that is empty at first.
  const body = { type: 'Linux', name: hostName, host_name: hostName, tenant, port_number: null, discoverable: 'false' };
  const host = await ok(client.post('/compute/hosts', 'host_create', { ...body, use_ssl: 'false' }), 202);
  await done('/compute/hosts', host);
  const initiatorBody = { protocol: 'iSCSI', initiator_port: iqn, initiator_node: null };
  const initiatorsAt = `/compute/hosts/${host.resource.id}/initiators`;
  const initiator = await ok(client.post(initiatorsAt, 'initiator_create', initiatorBody), 202);
  await done('/compute/initiators', initiator);
  const [mine] = many((await client.get(initiatorsAt)).body.initiator);
  expect([mine?.name, mine?.id]).toEqual([iqn, initiator.resource.id]);
  const { project, varray } = ids;
  const empty = { name: `e-${name}`, type: 'Host', project, varray, hosts: [host.resource.id] };
  const group = await ok(client.post('/block/exports', 'block_export_create', empty), 202);
  await done('/block/exports', group);
  const groupAt = `/block/exports/${group.resource.id}`;
  const luns = await device.luns();

  // One volume under the number that is asked for, one under any.
  const update = async (changes: Json) => {
    const task = await ok(client.send('PUT', groupAt, 'block_export_update', { volume_changes: changes }), 200);
    await done('/block/exports', task);
  };
  await update({ add: wrapped(client, 'volume', [{ id: first, lun: hlu }]) });
  await update({ add: wrapped(client, 'volume', [{ id: second }]) });
  const rows = async (volume: string) => many((await client.get(`/block/volumes/${volume}/exports`)).body.itl);
  const ofFirst = await rows(first);
  const [row] = ofFirst;
  expect(row).toMatchObject({
    initiator: { id: mine!.id, port: iqn },
    export: { id: group.resource.id, name: `e-${name}` },
    device: { id: first, wwn },
    target: { ip_address: expect.any(String), tcp_port: expect.any(String), port: expect.stringMatching(/^iqn\./) },
  });
  expect(Number(row!.hlu)).toBe(hlu);
  const chosen = Number((await rows(second))[0]!.hlu);
  const both = await device.luns();
  const now = both.filter(({ wwn: id }) => !luns.some((old) => old.wwn === id));
  expect(now.map((lun) => [lun.hlu, lun.initiators])).toEqual(
    [hlu, chosen].sort((a, b) => a - b).map((number) => [number, [iqn]]),
  );
  expect(now.find((lun) => lun.hlu === hlu)?.wwn).toBe(String(wwn).toLowerCase());
  const byPort = many((await client.get(`/block/exports?initiators=${iqn}`)).body.itl);
  expect(new Set(byPort.map(({ device: { id } }) => id))).toEqual(new Set([first, second]));
  const shownGroup = (await client.get(groupAt)).body;
  expect(shownGroup).toMatchObject({
    name: `e-${name}`,
    type: 'Host',
    project: { id: project },
    varray: { id: varray },
  });
  expect(inside(shownGroup.initiators, 'initiator').map((each) => each.initiator_port)).toEqual([iqn]);
  expect(
    inside(shownGroup.volumes, 'volume')
      .map(({ id }) => id)
      .sort(),
  ).toEqual([first, second].sort());

  await use?.(ofFirst);

  // Of one host alone.
  const alone = { name: `x-${name}`, type: 'Exclusive', project, varray, hosts: [host.resource.id] };
  const withCluster = { ...alone, clusters: [host.resource.id] };
  expect((await client.post('/block/exports', 'block_export_create', withCluster)).status).toBe(400);
  const own = await ok(client.post('/block/exports', 'block_export_create', alone), 202);
  await done('/block/exports', own);
  const ownAt = `/block/exports/${own.resource.id}`;
  expect((await client.get(ownAt)).body.type).toBe('Exclusive');
  await done('/block/exports', await ok(client.post(`${ownAt}/deactivate`), 202));

  // Larger, while it is exported.
  const expand = await ok(client.post(`/block/volumes/${first}/expand`, 'volume_expand', { new_size: '96MB' }), 202);
  await done('/block/volumes', expand);
  expect(await device.volumes()).toEqual([...before, 64 * MB, 64 * MB, 96 * MB].sort((a, b) => a - b));

  // And back again.
  const inUse = await client.post(`/block/volumes/${first}/deactivate`);
  expect([inUse.status, String(inUse.body.code)]).toEqual([400, '1020']);
  await update({ remove: wrapped(client, 'volume', [second]) });
  expect((await rows(second)).length).toBe(0);
  expect((await device.luns()).length).toBe(luns.length + 1);
  await done('/block/exports', await ok(client.post(`${groupAt}/deactivate`), 202));
  expect([await rows(first), await device.luns()]).toEqual([[], luns]);
  await done('/compute/initiators', await ok(client.post(`/compute/initiators/${mine!.id}/deactivate`), 202));
  await done('/compute/hosts', await ok(client.post(`/compute/hosts/${host.resource.id}/deactivate`), 202));
  await done('/block/volumes', await ok(client.post(`/block/volumes/${first}/deactivate`), 202));
  const bulk = await ok(client.post('/block/volumes/deactivate', 'volume_deactivate', { id: [second, third] }), 202);
  for (const task of many(bulk.task)) await finished(client, `/vdc/tasks/${task.id}`);
  expect(await device.volumes()).toEqual(before);
  const after = await client.get(`/block/volumes/${first}`);
  expect([after.status, String(after.body.code)]).toEqual([404, '2001']);
  const left = (await client.get(`/block/volumes/search?project=${project}`)).body;
  expect(left.resource ?? []).toEqual([]);
  await ok(client.post(`/projects/${project}/deactivate`), 200);
}
