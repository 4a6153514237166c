/** Tags of whatever has them: shown, added and removed. Answered when they are there. */
import { z } from 'zod';
import { Refusal } from '../refusal.ts';
import { list, text } from '../wire/leaves.ts';
import { about, carryThrough } from './changing.ts';
import { inPath, PLACES, type Place } from './finding.ts';
import { type Asked, type Route, route } from './route.ts';

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
  const input = { addresses: [record.urn], set: { tags } };
  await carryThrough(asked, about('update tags', record), () => engine.call('resource.change', input));
  return { root: 'tags', body: { tag: tags } };
}

/** Those that can be changed by name; others have the tags that their plan file gives them. */
const CHANGEABLE: readonly Place[] = [
  PLACES.volume,
  PLACES.export,
  PLACES.host,
  PLACES.cluster,
  PLACES.group,
  PLACES.project,
  PLACES.tenant,
  PLACES.varray,
  PLACES.vpool,
  PLACES.network,
];
const SHOWN: readonly Place[] = [...CHANGEABLE, PLACES.system];

export const TAG_ROUTES: readonly Route[] = [
  ...SHOWN.map((place) =>
    route({
      method: 'GET',
      path: `${place.path}/:id/tags`,
      right: 'read',
      run: async ({ engine, params }) => {
        const { found } = await inPath(engine, place, params.id!);
        return { root: 'tags', body: { tag: found.record.tags ?? [] } };
      },
    }),
  ),
  ...CHANGEABLE.map((place) =>
    route({
      method: 'PUT',
      path: `${place.path}/:id/tags`,
      right: 'provision',
      body: change,
      run: (asked) => changeTags(asked, place),
    }),
  ),
];
