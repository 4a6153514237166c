/** Many at once, by their ids: who isn't there, or is gone, or isn't the caller's, is left out. */
import { z } from 'zod';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { list, text } from '../wire/leaves.ts';
import { bulkIds, find, isGone, type Names, type Place } from './finding.ts';
import { type Route, route } from './route.ts';

export interface BulkOf {
  /** Root element of the XML document. */
  readonly root: string;
  readonly key: string;
  /** Asked for once a request: what its documents have in common is looked up once, however many there are. */
  readonly show: (engine: EngineClient) => Show;
  /** Of a collection that has not all of its kind. */
  readonly only?: (found: FoundRecord) => boolean;
}

/** One document, or the rows that there are of one. */
type Show = (found: FoundRecord, names: Names) => object | readonly object[] | Promise<object | readonly object[]>;

const ids = z.strictObject({ id: list('id', text).optional() });
type Right = Extract<Route['right'], 'read' | 'monitor'>;

/** POST of ids, whose documents `shown` says. */
export const bulkOf = (
  path: string,
  { root, key }: Pick<BulkOf, 'root' | 'key'>,
  shown: (engine: EngineClient, ids: readonly string[]) => Promise<readonly object[]>,
  right: Right = 'read',
): Route =>
  route({
    method: 'POST',
    path,
    right,
    body: ids,
    run: async ({ engine, body: { id = [] } }) => {
      if (id.length > LIMITS.bulkMax) throw new Refusal('limit', `${id.length} ids, at most ${LIMITS.bulkMax}`);
      return { root, body: { [key]: await shown(engine, id) } };
    },
  });

/** POST: the documents of these ids. */
export const bulkShown = (place: Place, path: string, of: BulkOf, right: Right = 'read'): Route =>
  bulkOf(
    path,
    of,
    async (engine, urns) => {
      const { only = () => true, show } = of;
      const { records, names } = await find(engine, place.kind, { urns });
      const shown = show(engine);
      const live = records.filter((found) => !isGone(found) && only(found));
      return (await Promise.all(live.map((found) => shown(found, names)))).flat();
    },
    right,
  );

/** GET: all ids; POST: the documents of some. */
export const bulkRoutes = (place: Place, of: BulkOf, right: Right = 'read'): readonly Route[] => [
  route({ method: 'GET', path: `${place.path}/bulk`, right, run: ({ engine }) => bulkIds(engine, place, of) }),
  bulkShown(place, `${place.path}/bulk`, of, right),
];
