/**
 * The life of copies for a client of CoprHD's API: a consistency group, its snapshot of one moment, a volume made of a snapshot, a clone
 * that is detached, a restore. What volumes hold is written and read where hosts do it.
 */
import { expect } from 'vitest';
import { type Client, finished, type Json, many, references } from './client.ts';

export interface CopiesPlace {
  readonly project: string;
  readonly host: string;
  readonly iqn: string;
  /** Names of what is in the storage pool, of others too. */
  readonly objects: () => Promise<readonly string[]>;
  /** Over the path that the rows of an export tell; logged in only meanwhile. */
  readonly write: (row: Json, pattern: number) => Promise<void>;
  readonly holds: (row: Json, pattern: number) => Promise<void>;
  /** Somebody is logged in while this goes on. */
  readonly loggedIn: <T>(row: Json, work: () => Promise<T>) => Promise<T>;
}

const [A, B] = [0x41, 0x42];

export async function walkCopies(client: Client, place: CopiesPlace): Promise<void> {
  const { project: name, write, holds } = place;
  const ended = async (asked: Promise<{ status: number; body: Json }>): Promise<Json[]> => {
    const { status, body } = await asked;
    expect([status, body.details]).toEqual([expect.toSatisfy((code) => code === 200 || code === 202), undefined]);
    const tasks = body.op_id === undefined ? many(body.task) : [body];
    for (const { id } of tasks) {
      const { state, service_error: error } = await finished(client, `/vdc/tasks/${id}`);
      expect([state, error]).toEqual(['ready', undefined]);
    }
    return tasks;
  };
  const shown = async (where: string): Promise<Json> => {
    const { status, body } = await client.get(where);
    expect([where, status]).toEqual([where, 200]);
    return body;
  };
  const [before, tenant] = [await place.objects(), (await shown('/tenant')).id as string];
  await client.post(`/tenants/${tenant}/projects`, 'project_create', { name });
  const ids = await references(client, name);
  const { project, varray } = ids;

  // Two volumes of one group, seen by a host.
  const grouping = { name: `cg-${name}`, project, array_consistency: 'true' };
  const group = (await client.post('/block/consistency-groups', 'consistency_group_create', grouping)).body.id;
  const wanted = { name: `db-${name}`, size: '32MB', count: 2, consistency_group: group, ...ids };
  const members = (await ended(client.post('/block/volumes', 'volume_create', wanted))).map((each) => each.resource.id);
  const host = { type: 'Linux', name: place.host, host_name: place.host, tenant, discoverable: 'false' };
  const [{ resource: hostRef }] = (await ended(client.post('/compute/hosts', 'host_create', host))) as [Json];
  const initiator = { protocol: 'iSCSI', initiator_port: place.iqn };
  await ended(client.post(`/compute/hosts/${hostRef.id}/initiators`, 'initiator_create', initiator));
  const showing = { name: `e-${name}`, type: 'Host', project, varray, hosts: [hostRef.id] };
  const exported = { ...showing, volumes: members.map((id) => ({ id })) };
  const [{ resource: exportRef }] = (await ended(client.post('/block/exports', 'block_export_create', exported))) as [
    Json,
  ];
  const rowOf = async (id: string, what = 'volumes') => many((await shown(`/block/${what}/${id}/exports`)).itl)[0]!;
  const rows = [await rowOf(members[0]), await rowOf(members[1])] as const;
  for (const row of rows) await write(row, A);

  // The snapshot of the group has what was there, whatever is written then.
  const snapshotsAt = `/block/consistency-groups/${group}/protection/snapshots`;
  const taken = await ended(client.post(snapshotsAt, 'consistency_group_snapshot_create', { name: `s-${name}` }));
  expect(taken.map(({ resource }) => resource.name).sort()).toEqual([`s-${name}-1`, `s-${name}-2`]);
  for (const row of rows) await write(row, B);
  const listed = many((await shown(snapshotsAt)).snapshot).map(({ id }) => id as string);
  const snapshotOf = async (volume: string) => {
    for (const id of listed) if ((await shown(`/block/snapshots/${id}`)).parent.id === volume) return id;
    throw new Error(`no snapshot of ${volume}`);
  };
  const snapshot = await snapshotOf(members[0]);

  // A volume that is made of it is a disk of its own.
  const copying = { name: `from-${name}`, count: 1 };
  const [{ resource: fromRef }] = (await ended(
    client.post(`/block/snapshots/${snapshot}/protection/full-copies`, 'volume_full_copy_create', copying),
  )) as [Json];
  const replica = async (id: string) => (await shown(`/block/volumes/${id}`)).protection?.full_copies;
  expect(await replica(fromRef.id)).toMatchObject({
    replicaState: 'SYNCHRONIZED',
    associated_source_volume: { id: snapshot },
  });
  await ended(client.post(`/block/full-copies/${fromRef.id}/detach`));
  expect((await replica(fromRef.id)).replicaState).toBe('DETACHED');
  await ended(
    client.send('PUT', `/block/exports/${exportRef.id}`, 'block_export_update', {
      volume_changes: { add: [{ id: fromRef.id }] },
    }),
  );
  const copied = await rowOf(fromRef.id);
  expect(copied.device.wwn).not.toBe(rows[0].device.wwn);
  await holds(copied, A);
  await write(copied, B);

  // Restored while nobody uses it, and not before.
  const refused = await place.loggedIn(rows[0], () => client.post(`/block/snapshots/${snapshot}/restore`));
  expect([refused.status, String(refused.body.code)]).toEqual([400, '1020']);
  await holds(rows[0], B);
  await ended(client.post(`/block/snapshots/${snapshot}/restore`));
  await holds(rows[0], A);
  await holds(rows[1], B);
  await holds(copied, B);

  // And all of it goes again.
  await ended(client.post(`/block/exports/${exportRef.id}/deactivate`));
  await ended(client.post(`/compute/hosts/${hostRef.id}/deactivate`));
  for (const member of members) {
    const at = `/block/volumes/${member}/protection/snapshots`;
    for (let left = many((await shown(at)).snapshot); left.length > 0; left = many((await shown(at)).snapshot))
      await ended(client.post(`/block/snapshots/${left[0]!.id}/deactivate`));
  }
  await ended(client.post('/block/volumes/deactivate', 'volume_deactivate', { id: [...members, fromRef.id] }));
  await ended(client.post(`/block/consistency-groups/${group}/deactivate`));
  await client.post(`/projects/${project}/deactivate`);
  expect(await place.objects()).toEqual(before);
}
