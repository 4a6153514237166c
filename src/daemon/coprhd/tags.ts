/** Tags of whatever has them: shown, added and removed. Answered when they are there. */
import { z } from 'zod';
import { Refusal } from '../refusal.ts';
import { list, text } from '../wire/leaves.ts';
import { about, carryThrough } from './changing.ts';
import { type Collection, inPath, PLACES, type Place } from './finding.ts';
import { type Asked, type Route, refused, route } from './route.ts';

const TAG_LENGTH = { min: 2, max: 128 };
const TAGS_MAX = 100;

const tag = text.pipe(z.string().trim().min(TAG_LENGTH.min).max(TAG_LENGTH.max));
const change = z.strictObject({ add: list('tags', tag).optional(), remove: list('tags', text).optional() });

async function changeTags(asked: Asked<z.output<typeof change>>, place: Place) {
  const { engine, body, params } = asked;
  const { record } = (await inPath(engine, place, params.id!)).found;
  const removed = new Set(body.remove ?? []);
  const tags = [...new Set([...(record.tags ?? []).filter((each) => !removed.has(each)), ...(body.add ?? [])])];
  if (tags.length > TAGS_MAX) throw new Refusal('limit', `${tags.length} tags, at most ${TAGS_MAX}`);
  const addresses = [record.urn];
  if (!UNPLANNED.has(place)) {
    const input = { addresses, set: { tags } };
    await carryThrough(asked, about('update tags', record), () => engine.call('resource.change', input));
    return { root: 'tags', body: { tag: tags } };
  }
  const { resources } = await engine.call('resource.tag', { addresses, ...body });
  return { root: 'tags', body: { tag: resources[0]!.tags } };
}

interface Tagged {
  readonly place: Place;
  readonly shown: Route['right'];
  readonly changed: Route['right'];
}

const OF_TENANTS = [
  ...[PLACES.volume, PLACES.snapshot, PLACES.fullCopy, PLACES.group, PLACES.export],
  ...[PLACES.host, PLACES.cluster, PLACES.project],
];
const OF_HOSTS = [PLACES.initiator, PLACES.ipInterface];
const OF_INSTALLATION = [PLACES.system, PLACES.networkSystem, PLACES.pool, PLACES.port];
/** No change of these is planned by name. */
const UNPLANNED: ReadonlySet<Place> = new Set<Place>([...OF_HOSTS, ...OF_INSTALLATION]);

const TAGGED: readonly Tagged[] = [
  ...OF_TENANTS.map((place) => ({ place, shown: 'read', changed: 'provision' }) as const),
  { place: PLACES.tenant, shown: 'read', changed: 'administer' },
  { place: PLACES.varray, shown: 'read', changed: 'administer' },
  { place: PLACES.vpool, shown: 'read', changed: 'administer' },
  { place: PLACES.network, shown: 'monitor', changed: 'administer' },
  ...OF_HOSTS.map((place) => ({ place, shown: 'read', changed: 'provision' }) as const),
  ...OF_INSTALLATION.map((place) => ({ place, shown: 'monitor', changed: 'administer' }) as const),
];

/** Of tasks and workflows, which are forgotten a week after their end. `find` refuses what isn't there. */
export const withoutTags = (
  { path }: Collection,
  right: 'read' | 'monitor',
  find: (asked: Asked<unknown>) => Promise<void>,
): readonly Route[] => [
  route({
    method: 'GET',
    path: `${path}/:id/tags`,
    right,
    run: async (asked) => {
      await find(asked);
      return { root: 'tags', body: { tag: [] } };
    },
  }),
  refused(
    'PUT',
    `${path}/:id/tags`,
    'what is forgotten a week after its end has no tags: tag what it is about',
    right === 'read' ? 'provision' : 'administer',
  ),
];

export const TAG_ROUTES: readonly Route[] = [
  ...TAGGED.map(({ place, shown }) =>
    route({
      method: 'GET',
      path: `${place.path}/:id/tags`,
      right: shown,
      run: async ({ engine, params }) => {
        const { found } = await inPath(engine, place, params.id!);
        return { root: 'tags', body: { tag: found.record.tags ?? [] } };
      },
    }),
  ),
  ...TAGGED.map(({ place, changed: right }) =>
    route({
      method: 'PUT',
      path: `${place.path}/:id/tags`,
      right,
      body: change,
      run: (asked) => changeTags(asked, place),
    }),
  ),
];
