/** Virtual pool and virtual array of volumes: where they could belong, and changing it. Data stays where it is. */
import { z } from 'zod';
import type { MoveCandidate } from '../../engine/operations/candidate-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { list, text, urn } from '../wire/leaves.ts';
import { about, changed } from './changing.ts';
import { find, inBody, inPath, namedRef, PLACES, ref } from './finding.ts';
import { type Asked, type Route, route } from './route.ts';

/** Of replication and migration, which there is none of; clients send them empty. */
const others = {
  protection: z.looseObject({}).nullish(),
  transfer_speed: text.nullish(),
  consistency_group: urn.nullish(),
  migration_suspend_before_commit: z.unknown().optional(),
  migration_suspend_before_delete_source: z.unknown().optional(),
  force_flash_copy: z.unknown().optional(),
};
const volumes = list('volumes', urn);
const toPool = z.strictObject({ vpool: urn, ...others });
const manyToPool = z.strictObject({ volumes, vpool: urn, ...others });
const toArray = z.strictObject({ varray: urn });
const manyToArray = z.strictObject({ volumes, varray: urn });

type Kind = 'vpool' | 'varray';
const FIELDS = { vpool: 'virtualPool', varray: 'virtualArray' } as const;

async function moved(asked: Asked<unknown>, ids: readonly string[], kind: Kind, to: string) {
  const { engine } = asked;
  if (ids.length === 0) throw new Refusal('missing', 'volumes is missing');
  if (ids.length > LIMITS.bulkMax) throw new Refusal('limit', `${ids.length} volumes, at most ${LIMITS.bulkMax}`);
  const records = await Promise.all(ids.map((id) => inBody(engine, PLACES.volume, 'volumes', id)));
  const { name } = await inBody(engine, PLACES[kind], kind, to);
  const input = { addresses: records.map((record) => record.urn), set: { [FIELDS[kind]]: name } };
  const what = about(kind === 'vpool' ? 'change virtual pool' : 'change virtual array', ...records);
  return changed(asked, what, () => engine.call('resource.change', input));
}

async function movedOne(asked: Asked<unknown>, kind: Kind, to: string) {
  const { found } = await inPath(asked.engine, PLACES.volume, asked.params.id!);
  const [task] = await moved(asked, [found.record.urn], kind, to);
  return { root: 'task', status: 202 as const, body: task! };
}

const changeOf = (volume: string, { name, urn: id, allowed, why }: MoveCandidate) => ({
  ...namedRef(PLACES.vpool, id, name),
  volume: ref(PLACES.volume, volume),
  vpool_type: 'block',
  allowed,
  ...(why === undefined ? {} : { not_allowed_reason: why }),
  allowed_change_operation: allowed ? [{ name: 'MOVE_IN_PLACE' }] : [],
});

/** All virtual pools but its own. */
async function changesOf(engine: EngineClient, ids: readonly string[], only?: string) {
  if (ids.length > LIMITS.bulkMax) throw new Refusal('limit', `${ids.length} ids, at most ${LIMITS.bulkMax}`);
  const { volumes: found } = await engine.call('volume.candidates', { addresses: ids });
  return found.flatMap((volume) =>
    volume.virtualPools
      .filter(({ current, urn: id }) => !current && (only === undefined || only === id))
      .map((candidate) => changeOf(volume.urn, candidate)),
  );
}

/** Those of a project that could belong to a virtual array. */
async function fittingIn({ engine, query }: Asked<unknown>) {
  const { project, targetVarray } = query;
  if (!project) throw new Refusal('missing', 'project is missing');
  if (!targetVarray) throw new Refusal('missing', 'targetVarray is missing');
  const within = await inBody(engine, PLACES.project, 'project', project);
  const to = await inBody(engine, PLACES.varray, 'targetVarray', targetVarray);
  const { records } = await find(engine, 'volume', { under: within.urn });
  const own = records.slice(0, LIMITS.bulkMax).map(({ record }) => record);
  if (own.length === 0) return [];
  const { volumes: found } = await engine.call('volume.candidates', { addresses: own.map((record) => record.urn) });
  const fitting = new Set(
    found.flatMap((volume) =>
      volume.virtualArrays.some((each) => each.urn === to.urn && each.allowed && !each.current) ? [volume.urn] : [],
    ),
  );
  return own.filter((record) => fitting.has(record.urn)).map(({ urn: id, name }) => namedRef(PLACES.volume, id, name));
}

export const MOVING_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/block/volumes/varray-change',
    right: 'read',
    run: async (asked) => ({ root: 'volumes', body: { volume: await fittingIn(asked) } }),
  }),
  route({
    method: 'POST',
    path: '/block/volumes/varray-change',
    right: 'provision',
    body: manyToArray,
    run: async (asked) => {
      const { volumes: ids, varray } = asked.body;
      return { root: 'tasks', status: 202, body: { task: await moved(asked, ids, 'varray', varray) } };
    },
  }),
  route({
    method: 'POST',
    path: '/block/volumes/vpool-change',
    right: 'provision',
    body: manyToPool,
    run: async (asked) => {
      const { volumes: ids, vpool } = asked.body;
      return { root: 'tasks', status: 202, body: { task: await moved(asked, ids, 'vpool', vpool) } };
    },
  }),
  route({
    method: 'PUT',
    path: '/block/volumes/:id/vpool',
    right: 'provision',
    body: toPool,
    run: (asked) => movedOne(asked, 'vpool', asked.body.vpool),
  }),
  route({
    method: 'PUT',
    path: '/block/volumes/:id/varray',
    right: 'provision',
    body: toArray,
    run: (asked) => movedOne(asked, 'varray', asked.body.varray),
  }),
  route({
    method: 'GET',
    path: '/block/volumes/:id/vpool-change/vpool',
    right: 'read',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.volume, params.id!);
      return { root: 'vpool_changes', body: { vpool_change: await changesOf(engine, [found.record.urn]) } };
    },
  }),
  route({
    method: 'POST',
    path: '/block/vpools/:id/vpool-change/vpool',
    right: 'read',
    body: z.strictObject({ id: list('id', urn) }),
    run: async ({ engine, params, body }) => {
      const { found } = await inPath(engine, PLACES.vpool, params.id!);
      for (const id of body.id) await inBody(engine, PLACES.volume, 'id', id);
      return { root: 'vpool_changes', body: { vpool_change: await changesOf(engine, body.id, found.record.urn) } };
    },
  }),
];
