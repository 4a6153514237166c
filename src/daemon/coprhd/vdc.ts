/** The data centre, to be read: virtual arrays and pools, storage systems, pools and ports, networks. */

import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { gigabytes } from '../wire/leaves.ts';
import {
  networkSystem,
  percent,
  storagePool,
  storagePort,
  storageSystem,
  virtualArray,
  virtualPool,
} from './documents.ts';
import { bulkIds, inPath, listOf, PLACES, type Place, poolsOf, searched } from './finding.ts';
import { listNetworks, networkDocument } from './networks.ts';
import { type Route, route } from './route.ts';

type Document = (found: FoundRecord, engine: EngineClient) => object | Promise<object>;

/** List, one, bulk and search of a kind that hangs off nothing. */
function collection(
  place: Place,
  key: string,
  root: string,
  document: Document,
  right: Route['right'],
  list: Route['run'] = ({ engine }) => listOf(engine, place, key, { all: true }),
): Route[] {
  const { path } = place;
  return [
    route({ method: 'GET', path, right, run: list }),
    route({ method: 'GET', path: `${path}/bulk`, right, run: ({ engine }) => bulkIds(engine, place) }),
    route({ method: 'GET', path: `${path}/search`, right, run: (asked) => searched(asked, place) }),
    route({
      method: 'GET',
      path: `${path}/:id`,
      right,
      run: async ({ engine, params }) => ({
        root,
        body: await document((await inPath(engine, place, params.id!)).found, engine),
      }),
    }),
  ];
}

/** What belongs to a storage system. */
const ofSystem = (place: Place, name: string, key: string): Route =>
  route({
    method: 'GET',
    path: `/vdc/storage-systems/:id/${name}`,
    right: 'monitor',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.system, params.id!);
      return listOf(engine, place, key, { under: found.record.urn });
    },
  });

/** What is left of a virtual pool in one virtual array: its pools there, as they were last seen. */
const capacityOf = route({
  method: 'GET',
  path: '/block/vpools/:id/varrays/:varray/capacity',
  right: 'read',
  run: async ({ engine, params }) => {
    const vpool = (await inPath(engine, PLACES.vpool, params.id!)).found.record.name;
    const varray = (await inPath(engine, PLACES.varray, params.varray!)).found.record.name;
    const mine = await poolsOf(engine, { vpool, varray });
    const sum = (what: 'totalBytes' | 'freeBytes' | 'usedBytes' | 'subscribedBytes') =>
      mine.reduce((total, { capacity }) => total + (capacity?.[what] ?? 0), 0);
    const total = sum('totalBytes');
    const body = {
      free_gb: gigabytes(sum('freeBytes')),
      net_free_gb: gigabytes(sum('freeBytes')),
      used_gb: gigabytes(sum('usedBytes')),
      provisioned_gb: gigabytes(sum('subscribedBytes')),
      percent_used: String(percent(sum('usedBytes'), total)),
      percent_provisioned: String(percent(sum('subscribedBytes'), total)),
    };
    return { root: 'capacity', body };
  },
});

export const VDC_ROUTES: readonly Route[] = [
  ...collection(PLACES.varray, 'varray', 'varray', virtualArray, 'read'),
  ...collection(PLACES.vpool, 'virtualpool', 'block_vpool', virtualPool, 'read'),
  ...collection(PLACES.system, 'storage_system', 'storage_system', storageSystem, 'monitor'),
  ...collection(PLACES.pool, 'storage_pool', 'storage_pool', storagePool, 'monitor'),
  ...collection(PLACES.port, 'storage_port', 'storage_port', storagePort, 'monitor'),
  ...collection(PLACES.networkSystem, 'network_system', 'network_system', networkSystem, 'monitor'),
  ...collection(PLACES.network, 'network', 'network', networkDocument, 'monitor', listNetworks),
  capacityOf,
  ofSystem(PLACES.pool, 'storage-pools', 'storage_pool'),
  ofSystem(PLACES.port, 'storage-ports', 'storage_port'),
];
