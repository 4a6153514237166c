/** Many at once, by their ids: who isn't there, or is gone, or isn't the caller's, is left out. */
import { z } from 'zod';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { list, text } from '../wire/leaves.ts';
import { bulkIds, find, isGone, type Place } from './finding.ts';
import { type Route, route } from './route.ts';

export interface BulkOf {
  /** Root element of the XML document. */
  readonly root: string;
  readonly key: string;
  /** One document, or the rows that there are of one. */
  readonly show: (engine: EngineClient, found: FoundRecord) => Promise<object | readonly object[]>;
  /** Of a collection that has not all of its kind. */
  readonly only?: (found: FoundRecord) => boolean;
}

const ids = z.strictObject({ id: list('id', text).optional() });

/** POST: the documents of these ids. */
export const bulkShown = (place: Place, path: string, { root, key, show, only = () => true }: BulkOf): Route =>
  route({
    method: 'POST',
    path,
    right: 'read',
    body: ids,
    run: async ({ engine, body: { id = [] } }) => {
      if (id.length > LIMITS.bulkMax) throw new Refusal('limit', `${id.length} ids, at most ${LIMITS.bulkMax}`);
      const { records } = await find(engine, place.kind, { urns: id });
      const live = records.filter((found) => !isGone(found) && only(found));
      return { root, body: { [key]: (await Promise.all(live.map((found) => show(engine, found)))).flat() } };
    },
  });

/** GET: all ids; POST: the documents of some. */
export const bulkRoutes = (place: Place, of: BulkOf): readonly Route[] => [
  route({ method: 'GET', path: `${place.path}/bulk`, right: 'read', run: ({ engine }) => bulkIds(engine, place, of) }),
  bulkShown(place, `${place.path}/bulk`, of),
];
