/** Snapshots of consistency groups, of one moment, and the full copies of their volumes. */
import type { z } from 'zod';
import type { ResourceRecord } from '../../engine/model/record.ts';
import { copySetKey } from '../../engine/operations/copy-types.ts';
import { Refusal } from '../refusal.ts';
import { list, urn } from '../wire/leaves.ts';
import { about, changed } from './changing.ts';
import { attachedCopies, type Snapshot, snapshot, volumeDocument } from './copy-documents.ts';
import {
  activated,
  activateOne,
  deactivateSet,
  fullCopyCreation,
  invokeAsList,
  invokeOne,
  invokeSet,
  makeFullCopies,
  named,
  snapset,
  snapshotCreation,
  takeSnapshots,
  tasksAnswer,
} from './copying.ts';
import { type Found, find, inBody, inPath, isGone, PLACES } from './finding.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

type Copy = ResourceRecord<'volume'>;

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
  const [volumes, snapshots] = await Promise.all([
    find(engine, 'volume', { under: group }),
    find(engine, 'snapshot', { under: group }),
  ]);
  const sources = [...volumes.records, ...snapshots.records];
  return (await Promise.all(sources.map(({ record }) => attachedCopies(engine, record.urn)))).flat();
}

const noCopy = ({ params }: Asked<unknown>) =>
  new Refusal('notFound', `${params.copy} is no full copy of a volume of this group`);

async function copyGroup(asked: Asked<z.output<typeof fullCopyCreation>>): Promise<Answer> {
  const group = await ofGroup(asked);
  const { records } = await find(asked.engine, 'volume', { under: group.urn });
  const members = records.filter((found) => !isGone(found) && groupOf(found.record) === group.urn);
  if (members.length === 0) throw new Refusal('badRequest', `consistency group ${group.name} has no volumes`);
  return makeFullCopies(asked, group, members.length);
}

/** The copy that is named, and all of the group. */
async function copyUnder(asked: Asked<unknown>) {
  const all = await copiesUnder(asked);
  const copy = all.find(({ record }) => record.urn === asked.params.copy);
  if (!copy) throw noCopy(asked);
  return { copy, all };
}

/** The copy that is named, then those that were made with it. */
async function copiesWith(asked: Asked<unknown>): Promise<Copy[]> {
  const under = await copyUnder(asked);
  const all = under.all.map(({ record }) => record as Copy);
  const copy = under.copy.record as Copy;
  const { records } = await find(asked.engine, 'snapshot', { urns: all.map(({ spec }) => spec.copyOf!) });
  const snapshots = new Map(records.map(({ record }) => [record.urn, record as Snapshot]));
  const keyOf = (each: Copy) => {
    const source = snapshots.get(each.spec.copyOf!);
    return source && copySetKey(each, source);
  };
  const key = keyOf(copy);
  return [copy, ...all.filter((other) => other !== copy && key !== undefined && keyOf(other) === key)];
}

/** The one that is named brings those with it that it was made with. The tasks are of the volumes that change. */
const copied = async (asked: Asked<unknown>, verb: 'restore' | 'resynchronise'): Promise<Answer> =>
  invokeSet(asked, verb, (await copyUnder(asked)).copy.record);

const isOneOf = (ids: readonly string[], resource: unknown) => ids.includes((resource as { readonly id: string }).id);

const VERBS: Readonly<Record<string, (asked: Asked<unknown>) => Promise<Answer>>> = {
  activate: async (asked) =>
    tasksAnswer(await Promise.all((await copiesWith(asked)).map((copy) => activated(asked, copy)))),
  detach: async (asked) => invokeAsList(asked, 'detach', ...(await copiesWith(asked))),
  restore: (asked) => copied(asked, 'restore'),
  resynchronize: (asked) => copied(asked, 'resynchronise'),
  deactivate: async (asked) => {
    const copies = await copiesWith(asked);
    const addresses = copies.map(({ urn: id }) => id);
    const remove = () => asked.engine.call('resource.remove', { addresses });
    const tasks = await changed(asked, about('delete volume', ...copies), remove);
    // Those of the snapshots that go along, too, are nobody's who has named copies.
    return tasksAnswer(tasks.filter(({ resource }) => isOneOf(addresses, resource)));
  },
};

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
      const { copy } = await copyUnder(asked);
      return { root: 'volume', body: await volumeDocument(asked.engine, copy) };
    },
  }),
  route({ method: 'POST', path: COPIES, right: 'provision', body: fullCopyCreation, run: copyGroup }),
  ...Object.entries(VERBS).map(([verb, run]) =>
    route({ method: 'POST', path: `${COPIES}/:copy/${verb}`, right: 'provision', run }),
  ),
];
