/** Virtual pool and virtual array of volumes over CoprHD's API. */
import { expect, it } from 'vitest';
import { many } from './client.ts';
import { INFRASTRUCTURE, useRestEstate } from './estate.ts';

const estate = useRestEstate();
const { client, apply, array, ended, volumes, named } = estate;

const MORE = `virtualPools:
  silver: { type: block, protocols: [iscsi], virtualArrays: [dc1, dc2], multiVolumeConsistency: true }
  fat: { type: block, protocols: [iscsi], virtualArrays: [dc1], provisioning: thick }
`;

it('volumes say where they could belong, and go there, without a byte being moved', async () => {
  const infrastructure = INFRASTRUCTURE(estate.sim)
    .replace('virtualPools:\n', MORE)
    .replace('virtualArrays: { dc1:', 'virtualArrays: { dc2: { networks: [san], storageSystems: [sim-1] }, dc1:');
  await apply(infrastructure);
  const [one, two] = (await volumes('movable', 2)) as [string, string];
  const vpool = (name: string) => named('/block/vpools', 'virtualpool', name);
  const [gold, silver, fat] = [await vpool('gold'), await vpool('silver'), await vpool('fat')];
  const dc2 = await named('/vdc/varrays', 'varray', 'dc2');
  const before = JSON.stringify(await array());

  const list = (await client.get(`/block/volumes/${one}/vpool-change/vpool`)).body.vpool_change;
  const changes = Object.fromEntries(many(list).map((each) => [each.id, each]));
  expect(Object.keys(changes).sort()).toEqual([fat, silver].sort());
  expect(changes[silver]).toMatchObject({ name: 'silver', allowed: true, allowed_change_operation: [{}] });
  expect(changes[fat]).toMatchObject({ allowed: false, allowed_change_operation: [] });
  expect(changes[fat]!.not_allowed_reason).toContain('thick');
  const both = await client.post(`/block/vpools/${silver}/vpool-change/vpool`, '', { id: [one, two] });
  expect(many(both.body.vpool_change).map((each) => [each.volume.id, each.allowed])).toEqual([
    [one, true],
    [two, true],
  ]);

  await ended(client.send('PUT', `/block/volumes/${one}/vpool`, '', { vpool: silver }));
  const tasks = await client.post('/block/volumes/vpool-change', '', { volumes: [two], vpool: silver });
  expect(tasks.status).toBe(202);
  await ended(Promise.resolve(tasks));
  const of = async (id: string) => {
    const { vpool: pool, varray } = (await client.get(`/block/volumes/${id}`)).body;
    return [pool.id, varray.id];
  };
  expect([(await of(one))[0], (await of(two))[0]]).toEqual([silver, silver]);
  const refused = await client.send('PUT', `/block/volumes/${one}/vpool`, '', { vpool: fat });
  expect([refused.status, refused.body.details]).toEqual([400, expect.stringContaining('are thick')]);

  const where = `/block/volumes/varray-change?project=${estate.ids.project}&targetVarray=${dc2}`;
  expect(
    many((await client.get(where)).body.volume)
      .map(({ id }) => id)
      .sort(),
  ).toEqual([one, two].sort());
  await ended(client.send('PUT', `/block/volumes/${one}/varray`, '', { varray: dc2 }));
  await ended(client.post('/block/volumes/varray-change', '', { volumes: [two], varray: dc2 }));
  expect([await of(one), await of(two)]).toEqual([
    [silver, dc2],
    [silver, dc2],
  ]);
  expect(many((await client.get(where)).body.volume)).toEqual([]);
  expect((await client.send('PUT', `/block/volumes/${one}/vpool`, '', { vpool: gold })).status).toBe(400);
  expect(JSON.stringify(await array())).toBe(before);
  await ended(client.post('/block/volumes/deactivate', '', { id: [one, two] }));
});
