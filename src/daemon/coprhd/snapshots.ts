/** Snapshots of volumes: taken, found, shown, restored and removed. */
import { z } from 'zod';
import type { ResourceRecord } from '../../engine/model/record.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { list, text } from '../wire/leaves.ts';
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
import { bulkIds, find, inPath, isGone, PLACES, searched } from './finding.ts';
import { rowsOf } from './itl.ts';
import { type Asked, type Route, route } from './route.ts';

type Asking = Pick<Asked<unknown>, 'engine' | 'params'>;

const ofVolume = async ({ engine, params }: Asking) => (await inPath(engine, PLACES.volume, params.id!)).found.record;
const ofSnapshot = async ({ engine, params }: Asking) => (await inPath(engine, PLACES.snapshot, params.id!)).found;
const recordOf = async (asking: Asking) => (await ofSnapshot(asking)).record as ResourceRecord as Snapshot;

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
  route({
    method: 'GET',
    path: '/block/snapshots/bulk',
    right: 'read',
    run: ({ engine }) => bulkIds(engine, PLACES.snapshot),
  }),
  route({
    method: 'POST',
    path: '/block/snapshots/bulk',
    right: 'read',
    body: z.strictObject({ id: list('id', text).optional() }),
    run: async ({ engine, body: { id = [] } }) => {
      if (id.length > LIMITS.bulkMax) throw new Refusal('limit', `${id.length} ids, at most ${LIMITS.bulkMax}`);
      const live = (await find(engine, 'snapshot', { urns: id })).records.filter((found) => !isGone(found));
      const documents = await Promise.all(live.map((found) => snapshot(engine, found)));
      return { root: 'bulk_snapshots', body: { block_snapshot: documents } };
    },
  }),
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
  route({
    method: 'POST',
    path: '/block/snapshots/:id/activate',
    right: 'provision',
    run: async (asked) => activateOne(asked, await recordOf(asked)),
  }),
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
