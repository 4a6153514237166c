/** What is left of virtual pools in virtual arrays: their pools there, as they were last seen. */
import type { EngineClient, ResultOf } from '../../engine/operations/types.ts';
import { gigabytes } from '../wire/leaves.ts';
import { percent } from './documents.ts';
import { find, inPath, membersOf, PLACES, poolsOf } from './finding.ts';
import { type Answer, type Route, route } from './route.ts';

type Pool = ResultOf<'pool.list'>['pools'][number];

function capacityOf(pools: readonly Pool[]): object {
  const sum = (what: 'totalBytes' | 'freeBytes' | 'usedBytes' | 'subscribedBytes') =>
    pools.reduce((total, { capacity }) => total + (capacity?.[what] ?? 0), 0);
  const total = sum('totalBytes');
  return {
    free_gb: gigabytes(sum('freeBytes')),
    net_free_gb: gigabytes(sum('freeBytes')),
    used_gb: gigabytes(sum('usedBytes')),
    provisioned_gb: gigabytes(sum('subscribedBytes')),
    percent_used: String(percent(sum('usedBytes'), total)),
    percent_provisioned: String(percent(sum('subscribedBytes'), total)),
  };
}

/** Of every virtual array, each virtual pool that is in it. */
async function capacities(engine: EngineClient): Promise<Answer> {
  const [arrays, vpools, pools] = await Promise.all([
    find(engine, 'virtualArray', { all: true }),
    find(engine, 'virtualPool', { all: true }),
    poolsOf(engine, {}),
  ]);
  const inside = await Promise.all(
    vpools.records.map(async ({ record }) => new Set(await membersOf(engine, record.urn, 'virtualArrays'))),
  );
  const varrays = arrays.records.map(({ record: { urn: id, name: varray } }) => ({
    id,
    varray_vpool_capacity: vpools.records
      .filter((_, index) => inside[index]!.has(id))
      .map(({ record: { urn, name } }) => ({
        id: urn,
        capacity: capacityOf(
          pools.filter((pool) => pool.virtualArrays.includes(varray) && pool.virtualPools.includes(name)),
        ),
      })),
  }));
  return { root: 'vdc_capacities', body: { varrays } };
}

export const CAPACITY_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/block/vpools/:id/varrays/:varray/capacity',
    right: 'read',
    run: async ({ engine, params }) => {
      const vpool = (await inPath(engine, PLACES.vpool, params.id!)).found.record.name;
      const varray = (await inPath(engine, PLACES.varray, params.varray!)).found.record.name;
      return { root: 'capacity', body: capacityOf(await poolsOf(engine, { vpool, varray })) };
    },
  }),
  route({ method: 'GET', path: '/vdc/capacities', right: 'monitor', run: ({ engine }) => capacities(engine) }),
];
