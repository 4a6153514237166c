/** Volumes: made, grown, found, shown, and removed. */
import { z } from 'zod';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { list, size, text, urn, whole } from '../wire/leaves.ts';
import { begin, tasksOf } from './changing.ts';
import { volume } from './documents.ts';
import { bulkIds, find, inBody, inPath, isGone, PLACES, searched } from './finding.ts';
import { rowsOf } from './itl.ts';
import { type Asked, type Route, route } from './route.ts';

const create = z.strictObject({
  name: text,
  size,
  count: whole.pipe(z.int().min(1).max(LIMITS.byNameMax)).optional(),
  project: urn,
  varray: urn,
  vpool: urn,
  consistency_group: urn.optional(),
});

async function createVolumes(asked: Asked<z.output<typeof create>>) {
  const { engine, body } = asked;
  const [project, varray, vpool] = await Promise.all([
    inBody(engine, PLACES.project, 'project', body.project),
    inBody(engine, PLACES.varray, 'varray', body.varray),
    inBody(engine, PLACES.vpool, 'vpool', body.vpool),
  ]);
  const { consistency_group: groupId } = body;
  const group = groupId === undefined ? undefined : await inBody(engine, PLACES.group, 'consistency_group', groupId);
  const one = {
    size: `${body.size}B`,
    virtualPool: vpool.name,
    virtualArray: varray.name,
    // As CoprHD has it: what is deactivated is deleted.
    protect: false,
    onRemove: 'delete',
    ...(group ? { consistencyGroup: group.name } : {}),
  };
  const { count = 1 } = body;
  const names = count === 1 ? [body.name] : Array.from({ length: count }, (_, index) => `${body.name}-${index + 1}`);
  const resources = Object.fromEntries(names.map((name) => [name, one]));
  const input = { kind: 'volume', project: project.name, resources } as const;
  const workflow = await begin(asked, () => engine.call('resource.create', input));
  const task = await tasksOf(engine, workflow);
  // Whoever has the answer finds the volumes.
  await find(
    engine,
    'volume',
    { urns: [] },
    task.map(({ resource }) => (resource as { id: string }).id),
  );
  return { root: 'tasks', status: 202 as const, body: { task } };
}

const ofVolume = async ({ engine, params }: Pick<Asked<unknown>, 'engine' | 'params'>) =>
  inPath(engine, PLACES.volume, params.id!);

export const VOLUME_ROUTES: readonly Route[] = [
  route({ method: 'POST', path: '/block/volumes', right: 'provision', body: create, run: createVolumes }),
  route({
    method: 'GET',
    path: '/block/volumes/bulk',
    right: 'read',
    run: ({ engine }) => bulkIds(engine, PLACES.volume),
  }),
  route({
    method: 'POST',
    path: '/block/volumes/bulk',
    right: 'read',
    body: z.strictObject({ id: list('id', text).optional() }),
    run: async ({ engine, body: { id = [] } }) => {
      if (id.length > LIMITS.bulkMax) throw new Refusal('limit', `${id.length} ids, at most ${LIMITS.bulkMax}`);
      const { records } = await find(engine, 'volume', { urns: id });
      return { root: 'bulk_volumes', body: { volume: records.filter((found) => !isGone(found)).map(volume) } };
    },
  }),
  route({
    method: 'GET',
    path: '/block/volumes/search',
    right: 'read',
    run: (asked) => searched(asked, PLACES.volume),
  }),
  route({
    method: 'GET',
    path: '/block/volumes/:id',
    right: 'read',
    run: async (asked) => ({ root: 'volume', body: volume((await ofVolume(asked)).found) }),
  }),
  route({
    method: 'GET',
    path: '/block/volumes/:id/tags',
    right: 'read',
    run: async (asked) => ({ root: 'tags', body: { tag: (await ofVolume(asked)).found.record.tags ?? [] } }),
  }),
  route({
    method: 'GET',
    path: '/block/volumes/:id/exports',
    right: 'read',
    run: async (asked) => {
      const { found } = await ofVolume(asked);
      return { root: 'itls', body: { itl: await rowsOf(asked.engine, found.record) } };
    },
  }),
  route({
    method: 'POST',
    path: '/block/volumes/:id/expand',
    right: 'provision',
    body: z.strictObject({ new_size: size }),
    run: async (asked) => {
      const { record } = (await ofVolume(asked)).found;
      const { new_size: newSize } = asked.body;
      const input = { addresses: [record.urn], set: { size: `${newSize}B` } };
      const [task] = await tasksOf(asked.engine, await begin(asked, () => asked.engine.call('resource.change', input)));
      if (!task) throw new Refusal('invalid', `new_size: the volume has ${newSize} bytes already`);
      return { root: 'task', status: 202, body: task };
    },
  }),
  route({
    method: 'POST',
    path: '/block/volumes/:id/deactivate',
    right: 'provision',
    run: async (asked) => {
      const { record } = (await ofVolume(asked)).found;
      const type = (asked.query.type ?? 'FULL').toUpperCase();
      const forget = ['VIPR_ONLY', 'COPRHD_ONLY'].includes(type);
      if (!forget && type !== 'FULL') throw new Refusal('invalid', 'type: FULL or VIPR_ONLY');
      const input = { addresses: [record.urn], forget };
      const [task] = await tasksOf(asked.engine, await begin(asked, () => asked.engine.call('resource.remove', input)));
      return { root: 'task', status: 202, body: task ?? {} };
    },
  }),
];
