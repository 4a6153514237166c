/** The data centre, to be read: virtual arrays and pools, storage systems, pools and ports, networks. */

import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { bulkRoutes } from './bulk.ts';
import { networkSystem, storagePool, storagePort, storageSystem, virtualArray, virtualPool } from './documents.ts';
import { inPath, listOf, PLACES, type Place, searched } from './finding.ts';
import { networkDocuments } from './network-documents.ts';
import { listNetworks } from './networks.ts';
import { type Route, route } from './route.ts';

interface Collected {
  /** In lists of references. */
  readonly key: string;
  /** Of one. */
  readonly root: string;
  readonly show: (engine: EngineClient) => (found: FoundRecord) => object | Promise<object>;
  readonly right: 'read' | 'monitor';
  /** Of many, whose key is that root. */
  readonly bulk: string;
  readonly list?: Route['run'];
}

/** List, one, bulk and search of a kind that hangs off nothing. */
function collection(place: Place, { key, root, show, right, bulk, ...of }: Collected): Route[] {
  const { path } = place;
  const { list = ({ engine }) => listOf(engine, place, key, { all: true }) } = of;
  return [
    route({ method: 'GET', path, right, run: list }),
    ...bulkRoutes(place, { root: bulk, key: root, show }, right),
    route({ method: 'GET', path: `${path}/search`, right, run: (asked) => searched(asked, place) }),
    route({
      method: 'GET',
      path: `${path}/:id`,
      right,
      run: async ({ engine, params }) => ({
        root,
        body: await show(engine)((await inPath(engine, place, params.id!)).found),
      }),
    }),
  ];
}

/** Which has the same word for one everywhere. */
const ofInstallation = (place: Place, word: string, show: Collected['show'], list?: Route['run']): Route[] =>
  collection(place, {
    ...{ key: word, root: word, bulk: `bulk_${word}s`, show, right: 'monitor' },
    ...(list ? { list } : {}),
  });

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
  ...collection(PLACES.varray, {
    ...{ key: 'varray', root: 'varray', bulk: 'bulk_varrays' },
    ...{ show: () => virtualArray, right: 'read' },
  }),
  ...collection(PLACES.vpool, {
    ...{ key: 'virtualpool', root: 'block_vpool', bulk: 'bulk_block_vpools' },
    ...{ show: () => virtualPool, right: 'read' },
  }),
  ...ofInstallation(PLACES.system, 'storage_system', () => storageSystem),
  ...ofInstallation(PLACES.pool, 'storage_pool', () => storagePool),
  ...ofInstallation(PLACES.port, 'storage_port', () => storagePort),
  ...ofInstallation(PLACES.networkSystem, 'network_system', () => networkSystem),
  ...ofInstallation(PLACES.network, 'network', networkDocuments, listNetworks),
  ofSystem(PLACES.pool, 'storage-pools', 'storage_pool'),
  ofSystem(PLACES.port, 'storage-ports', 'storage_port'),
];
