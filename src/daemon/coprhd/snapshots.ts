/** Snapshots of volumes: taken, found, shown, restored and removed. */
import type { ResourceRecord } from '../../engine/model/record.ts';
import { bulkRoutes, bulkShown } from './bulk.ts';
import { type Snapshot, snapshot } from './copy-documents.ts';
import {
  activateOne,
  copiesOf,
  deactivateSet,
  fullCopyCreation,
  invokeOne,
  makeFullCopies,
  named,
  snapshotCreation,
  takeSnapshots,
} from './copying.ts';
import { find, inPath, PLACES, searched } from './finding.ts';
import { BULK_OF_PATHS, rowsOf } from './itl.ts';
import { type Asked, type Route, refused, route } from './route.ts';

type Asking = Pick<Asked<unknown>, 'engine' | 'params'>;

const ofVolume = async ({ engine, params }: Asking) => (await inPath(engine, PLACES.volume, params.id!)).found.record;
const ofSnapshot = async ({ engine, params }: Asking) => (await inPath(engine, PLACES.snapshot, params.id!)).found;
const recordOf = async (asking: Asking) => (await ofSnapshot(asking)).record as ResourceRecord as Snapshot;

const REFUSED: Readonly<Record<string, string>> = {
  resynchronize: 'a snapshot holds what its volume held when it was taken, for ever: take another one',
  expand: 'a snapshot is as large as its volume was when it was taken: make a full copy of it, and expand that',
  expose: 'a snapshot is exported as it is: add it to an export group',
};

const OF_VOLUMES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/block/volumes/:id/protection/snapshots',
    right: 'read',
    run: async (asked) => {
      const { urn } = await ofVolume(asked);
      const { records } = await find(asked.engine, 'snapshot', { under: urn });
      return named('snapshots', 'snapshot', PLACES.snapshot, records);
    },
  }),
  route({
    method: 'POST',
    path: '/block/volumes/:id/protection/snapshots',
    right: 'provision',
    body: snapshotCreation,
    run: async (asked) => takeSnapshots(asked, await ofVolume(asked), { name: asked.body.name }),
  }),
];

export const SNAPSHOT_ROUTES: readonly Route[] = [
  ...OF_VOLUMES,
  ...bulkRoutes(PLACES.snapshot, {
    root: 'bulk_block_snapshots',
    key: 'block_snapshot',
    show: (engine) => (found) => snapshot(engine, found),
  }),
  bulkShown(PLACES.snapshot, '/block/snapshots/exports/bulk', BULK_OF_PATHS),
  route({
    method: 'GET',
    path: '/block/snapshots/search',
    right: 'read',
    run: (asked) => searched(asked, PLACES.snapshot),
  }),
  route({
    method: 'GET',
    path: '/block/snapshots/:id',
    right: 'read',
    run: async (asked) => ({
      root: 'block_snapshot',
      body: await snapshot(asked.engine, await ofSnapshot(asked)),
    }),
  }),
  route({
    method: 'GET',
    path: '/block/snapshots/:id/exports',
    right: 'read',
    run: async (asked) => {
      const { record } = await ofSnapshot(asked);
      return { root: 'itls', body: { itl: await rowsOf(asked.engine, record) } };
    },
  }),
  route({
    method: 'POST',
    path: '/block/snapshots/:id/deactivate',
    right: 'provision',
    run: async (asked) => deactivateSet(asked, await recordOf(asked)),
  }),
  // What was made inactive begins with them: here it is active from the first.
  ...['activate', 'start'].map((verb) =>
    route({
      method: 'POST',
      path: `/block/snapshots/:id/${verb}`,
      right: 'provision',
      run: async (asked) => activateOne(asked, await recordOf(asked)),
    }),
  ),
  ...Object.entries(REFUSED).map(([verb, why]) => refused('POST', `/block/snapshots/:id/${verb}`, why, 'provision')),
  refused(
    'POST',
    '/block/consistency-groups/:id/protection/snapshots/:snapshot/resynchronize',
    REFUSED.resynchronize!,
    'provision',
  ),
  route({
    method: 'POST',
    path: '/block/snapshots/:id/restore',
    right: 'provision',
    run: async (asked) => invokeOne(asked, 'restore', await recordOf(asked)),
  }),
  route({
    method: 'GET',
    path: '/block/snapshots/:id/protection/full-copies',
    right: 'read',
    run: async (asked) => copiesOf(asked, (await ofSnapshot(asked)).record.urn),
  }),
  route({
    method: 'POST',
    path: '/block/snapshots/:id/protection/full-copies',
    right: 'provision',
    body: fullCopyCreation,
    run: async (asked) => makeFullCopies(asked, (await ofSnapshot(asked)).record),
  }),
];
