/** The data centre: virtual arrays and pools, storage systems, pools and ports. Read only for now. */
import { storagePool, storagePort, storageSystem, virtualArray, virtualPool } from './documents.ts';
import { bulkIds, inPath, listOf, PLACES, type Place, searched } from './finding.ts';
import { type Route, route } from './route.ts';

type Document = (found: Parameters<typeof virtualArray>[0]) => object;

/** List, one, bulk and search of a kind that hangs off nothing. */
function collection(place: Place, key: string, root: string, document: Document): Route[] {
  const { path } = place;
  return [
    route({ method: 'GET', path, right: 'read', run: ({ engine }) => listOf(engine, place, key, { all: true }) }),
    route({ method: 'GET', path: `${path}/bulk`, right: 'read', run: ({ engine }) => bulkIds(engine, place) }),
    route({ method: 'GET', path: `${path}/search`, right: 'read', run: (asked) => searched(asked, place) }),
    route({
      method: 'GET',
      path: `${path}/:id`,
      right: 'read',
      run: async ({ engine, params }) => ({ root, body: document((await inPath(engine, place, params.id!)).found) }),
    }),
  ];
}

/** What belongs to a storage system. */
const ofSystem = (place: Place, name: string, key: string): Route =>
  route({
    method: 'GET',
    path: `/vdc/storage-systems/:id/${name}`,
    right: 'read',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.system, params.id!);
      return listOf(engine, place, key, { under: found.record.urn });
    },
  });

export const VDC_ROUTES: readonly Route[] = [
  ...collection(PLACES.varray, 'varray', 'varray', virtualArray),
  ...collection(PLACES.vpool, 'virtualpool', 'block_vpool', virtualPool),
  ...collection(PLACES.system, 'storage_system', 'storage_system', storageSystem),
  ...collection(PLACES.pool, 'storage_pool', 'storage_pool', storagePool),
  ...collection(PLACES.port, 'storage_port', 'storage_port', storagePort),
  ofSystem(PLACES.pool, 'storage-pools', 'storage_pool'),
  ofSystem(PLACES.port, 'storage-ports', 'storage_port'),
];
