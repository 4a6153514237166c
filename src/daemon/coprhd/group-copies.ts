/** Snapshots of consistency groups, of one moment, and the full copies of their volumes. */
import type { z } from 'zod';
import type { ResourceRecord } from '../../engine/model/record.ts';
import { Refusal } from '../refusal.ts';
import { list, urn } from '../wire/leaves.ts';
import { attachedCopies, type Snapshot, snapshot, volumeDocument } from './copy-documents.ts';
import { activateOne, deactivateSet, invokeOne, named, snapset, snapshotCreation, takeSnapshots } from './copying.ts';
import { type Found, find, inBody, inPath, PLACES } from './finding.ts';
import { type Answer, type Asked, type Route, refused, route } from './route.ts';

const SNAPSHOTS = '/block/consistency-groups/:id/protection/snapshots';
const COPIES = '/block/consistency-groups/:id/protection/full-copies';

const creation = snapshotCreation.omit({ type: true }).extend({ volumes: list('volumes', urn).optional() });

const ofGroup = async ({ engine, params }: Pick<Asked<unknown>, 'engine' | 'params'>) =>
  (await inPath(engine, PLACES.group, params.id!)).found.record;

const groupOf = ({ spec }: ResourceRecord) => (spec as { readonly consistencyGroup?: string }).consistencyGroup;

async function takeOfGroup(asked: Asked<z.output<typeof creation>>): Promise<Answer> {
  const { engine, body } = asked;
  const group = await ofGroup(asked);
  const { name, volumes: ids = [] } = body;
  const volumes = await Promise.all(ids.map((id) => inBody(engine, PLACES.volume, 'volumes', id)));
  const stranger = volumes.find((volume) => groupOf(volume) !== group.urn);
  if (stranger) throw new Refusal('invalid', `volumes: ${stranger.name} is not in consistency group ${group.name}`);
  return takeSnapshots(asked, group, { name, ...(ids.length === 0 ? {} : { volumes: ids }) });
}

/** The one that is named under the group that it was taken of. */
async function snapshotUnder(asked: Asked<unknown>): Promise<Found['found']> {
  const group = await ofGroup(asked);
  const { found } = await inPath(asked.engine, PLACES.snapshot, asked.params.snapshot!);
  if (groupOf(found.record) === group.urn) return found;
  throw new Refusal('notFound', `${found.record.name} is no snapshot of consistency group ${group.name}`);
}

async function copiesUnder(asked: Asked<unknown>): Promise<Found['found'][]> {
  const { engine } = asked;
  const { urn: group } = await ofGroup(asked);
  const members = (await find(engine, 'volume', { under: group })).records;
  return (await Promise.all(members.map(({ record }) => attachedCopies(engine, record.urn)))).flat();
}

const recordUnder = async (asked: Asked<unknown>) => (await snapshotUnder(asked)).record as ResourceRecord as Snapshot;

export const GROUP_COPY_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: SNAPSHOTS,
    right: 'read',
    run: async (asked) => {
      const { urn: group } = await ofGroup(asked);
      const { records } = await find(asked.engine, 'snapshot', { under: group });
      return named('snapshots', 'snapshot', PLACES.snapshot, records);
    },
  }),
  route({ method: 'POST', path: SNAPSHOTS, right: 'provision', body: creation, run: takeOfGroup }),
  route({
    method: 'GET',
    path: `${SNAPSHOTS}/:snapshot`,
    right: 'read',
    run: async (asked) => ({ root: 'block_snapshot', body: await snapshot(asked.engine, await snapshotUnder(asked)) }),
  }),
  route({
    method: 'POST',
    path: `${SNAPSHOTS}/:snapshot/activate`,
    right: 'provision',
    run: async (asked) => activateOne(asked, await recordUnder(asked)),
  }),
  route({
    method: 'POST',
    path: `${SNAPSHOTS}/:snapshot/deactivate`,
    right: 'provision',
    run: async (asked) => deactivateSet(asked, await recordUnder(asked)),
  }),
  route({
    method: 'POST',
    path: `${SNAPSHOTS}/:snapshot/restore`,
    right: 'provision',
    // The group as it was: all of the set, or none of it.
    run: async (asked) => invokeOne(asked, 'restore', ...(await snapset(asked, await recordUnder(asked)))),
  }),
  route({
    method: 'GET',
    path: COPIES,
    right: 'read',
    run: async (asked) => named('volumes', 'volume', PLACES.volume, await copiesUnder(asked)),
  }),
  route({
    method: 'GET',
    path: `${COPIES}/:copy`,
    right: 'read',
    run: async (asked) => {
      const found = (await copiesUnder(asked)).find(({ record }) => record.urn === asked.params.copy);
      if (!found) throw new Refusal('notFound', `${asked.params.copy} is no full copy of a volume of this group`);
      return { root: 'volume', body: await volumeDocument(asked.engine, found) };
    },
  }),
  refused(
    'POST',
    COPIES,
    'full copies of a group are of one moment only when made of its snapshots: take a snapshot of the group, and copies of that',
  ),
];
