/** Consistency groups of more volumes than one request may name, or one transaction holds: what CoprHD's API does to the group is done to all of them. */
import { expect, it } from 'vitest';
import { many } from './client.ts';
import { useRestEstate } from './estate.ts';

const estate = useRestEstate();
const { client, ended } = estate;
const COUNT = 130;

const post = async (where: string, body: object = {}) => {
  const { task } = await ended(client.post(where, '', body));
  const tasks = many(task);
  expect(tasks.map(({ state }) => state)).toEqual(tasks.map(() => 'ready'));
  return tasks;
};
const listed = async (where: string, key: string) => many((await client.get(where)).body[key]).map(({ id }) => id);

it('are copied, restored, their copies detached and removed, as a whole', { timeout: 120_000 }, async () => {
  const asked = { name: 'large', project: estate.ids.project };
  const group = (await client.post('/block/consistency-groups', '', asked)).body.id as string;
  const first = await estate.volumes('first', 100, { consistency_group: group });
  const volumes = [...first, ...(await estate.volumes('more', COUNT - 100, { consistency_group: group }))];
  const protection = `/block/consistency-groups/${group}/protection`;

  const [snapshot] = await post(`${protection}/snapshots`, { name: 's' });
  expect(await listed(`${protection}/snapshots`, 'snapshot')).toHaveLength(COUNT);
  const set = `${protection}/snapshots/${snapshot!.resource.id}`;
  await ended(client.post(`${set}/restore`, '', {}));
  await post(`${protection}/full-copies`, { name: 'f' });
  const copies = await listed(`${protection}/full-copies`, 'volume');
  expect(copies).toHaveLength(COUNT);
  expect(await post(`${protection}/full-copies/${copies[0]}/detach`)).toHaveLength(COUNT);
  expect(await post(`${set}/deactivate`)).toHaveLength(COUNT);

  const change = async (body: object) =>
    expect((await ended(client.send('PUT', `/block/consistency-groups/${group}`, '', body))).state).toBe('ready');
  await change({ remove_volumes: { volume: volumes } });
  await change({ add_volumes: { volume: volumes } });
  // Nothing is left to do: still a task for it.
  await change({ add_volumes: { volume: volumes } });
  expect(await listed(`/block/consistency-groups/${group}/protection/full-copies`, 'volume')).toEqual([]);
});
