/** Full copies of volumes: made, found, detached, and copied in both directions. They are volumes. */
import type { ResourceRecord } from '../../engine/model/record.ts';
import { Refusal } from '../refusal.ts';
import { bulkRoutes } from './bulk.ts';
import { volumeDocument, volumeDocuments } from './copy-documents.ts';
import {
  activateAsList,
  activateOne,
  copiesOf,
  fullCopyCreation,
  invokeAsList,
  invokeOne,
  makeFullCopies,
} from './copying.ts';
import { type Found, inPath, PLACES, searched } from './finding.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

const ofVolume = ({ engine, params }: Pick<Asked<unknown>, 'engine' | 'params'>): Promise<Found> =>
  inPath(engine, PLACES.volume, params.id!);

const sourceOf = ({ spec }: ResourceRecord) => (spec as { readonly copyOf?: string }).copyOf;

async function copy({ engine, params }: Asked<unknown>): Promise<Found['found']> {
  const { found } = await inPath(engine, PLACES.fullCopy, params.id!);
  if (sourceOf(found.record) !== undefined) return found;
  throw new Refusal('invalid', `${found.record.name} is no full copy`);
}

/** The one that is named under its source. */
async function copyUnder(asked: Asked<unknown>): Promise<Found['found']> {
  const { urn, name } = (await ofVolume(asked)).found.record;
  const { found } = await inPath(asked.engine, PLACES.volume, asked.params.copy!);
  if (sourceOf(found.record) === urn) return found;
  throw new Refusal('notFound', `${found.record.name} is no full copy of ${name}`);
}

type Run = (asked: Asked<unknown>, copy: Found['found']) => Promise<Answer>;

const shown: Run = async ({ engine }, found) => ({ root: 'volume', body: await volumeDocument(engine, found) });

/** Verbs on copies by their own id. */
const VERBS: Readonly<Record<string, Run>> = {
  activate: (asked, { record }) => activateAsList(asked, record),
  // What was made inactive begins with it: here it is filled from the first.
  start: (asked, { record }) => activateAsList(asked, record),
  detach: (asked, { record }) => invokeAsList(asked, 'detach', record),
  restore: (asked, { record }) => invokeAsList(asked, 'restore', record),
  resynchronize: (asked, { record }) => invokeAsList(asked, 'resynchronise', record),
  'check-progress': shown,
};

const VERBS_UNDER: Readonly<Record<string, Run>> = {
  activate: (asked, { record }) => activateOne(asked, record),
  detach: (asked, { record }) => invokeOne(asked, 'detach', record),
  'check-progress': shown,
};

const rightTo = (verb: string): Route['right'] => (verb === 'check-progress' ? 'read' : 'provision');

/** It has a source, which it doesn't follow. */
const isCopy = ({ record }: Found['found']): boolean =>
  sourceOf(record) !== undefined && (record.spec as { readonly continuous?: boolean }).continuous !== true;

export const FULL_COPY_ROUTES: readonly Route[] = [
  ...bulkRoutes(PLACES.fullCopy, { root: 'bulk_volumes', key: 'volume', show: volumeDocuments, only: isCopy }),
  route({
    method: 'GET',
    path: `${PLACES.fullCopy.path}/search`,
    right: 'read',
    run: (asked) => searched(asked, PLACES.fullCopy, { only: isCopy }),
  }),
  route({
    method: 'GET',
    path: '/block/volumes/:id/protection/full-copies',
    right: 'read',
    run: async (asked) => copiesOf(asked, (await ofVolume(asked)).found.record.urn),
  }),
  route({
    method: 'POST',
    path: '/block/volumes/:id/protection/full-copies',
    right: 'provision',
    body: fullCopyCreation,
    run: async (asked) => makeFullCopies(asked, (await ofVolume(asked)).found.record),
  }),
  ...Object.entries(VERBS_UNDER).map(([verb, run]) =>
    route({
      method: 'POST',
      path: `/block/volumes/:id/protection/full-copies/:copy/${verb}`,
      right: rightTo(verb),
      run: async (asked) => run(asked, await copyUnder(asked)),
    }),
  ),
  ...Object.entries(VERBS).map(([verb, run]) =>
    route({
      method: 'POST',
      path: `${PLACES.fullCopy.path}/:id/${verb}`,
      right: rightTo(verb),
      run: async (asked) => run(asked, await copy(asked)),
    }),
  ),
];
