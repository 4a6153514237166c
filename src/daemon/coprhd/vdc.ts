/** The data centre, to be read: virtual arrays and pools, storage systems, pools and ports, networks. */

import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { networkSystem, storagePool, storagePort, storageSystem, virtualArray, virtualPool } from './documents.ts';
import { bulkIds, inPath, listOf, PLACES, type Place, searched } from './finding.ts';
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

export const VDC_ROUTES: readonly Route[] = [
  ...collection(PLACES.varray, 'varray', 'varray', virtualArray, 'read'),
  ...collection(PLACES.vpool, 'virtualpool', 'block_vpool', virtualPool, 'read'),
  ...collection(PLACES.system, 'storage_system', 'storage_system', storageSystem, 'monitor'),
  ...collection(PLACES.pool, 'storage_pool', 'storage_pool', storagePool, 'monitor'),
  ...collection(PLACES.port, 'storage_port', 'storage_port', storagePort, 'monitor'),
  ...collection(PLACES.networkSystem, 'network_system', 'network_system', networkSystem, 'monitor'),
  ...collection(PLACES.network, 'network', 'network', networkDocument, 'monitor', listNetworks),
  ofSystem(PLACES.pool, 'storage-pools', 'storage_pool'),
  ofSystem(PLACES.port, 'storage-ports', 'storage_port'),
];
