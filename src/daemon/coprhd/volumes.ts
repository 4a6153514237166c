/** Volumes: made, grown, found, shown, and removed. */
import { z } from 'zod';
import type { ResourceRecord } from '../../engine/model/record.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { list, size, text, urn, whole } from '../wire/leaves.ts';
import { bulkRoutes, bulkShown } from './bulk.ts';
import { about, changed, changedBy } from './changing.ts';
import { volumeDocument, volumeDocuments } from './copy-documents.ts';
import { forgets } from './copying.ts';
import { inBody, inPath, PLACES, ref, searched } from './finding.ts';
import { BULK_OF_PATHS, rowsOf } from './itl.ts';
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
    // As CoprHD has it: what is deactivated is deleted, unless its virtual pool says something else.
    protect: false,
    onRemove: vpool.policy.onRemove,
    ...(group ? { consistencyGroup: group.name } : {}),
  };
  const { count = 1 } = body;
  const names = count === 1 ? [body.name] : Array.from({ length: count }, (_, index) => `${body.name}-${index + 1}`);
  const resources = Object.fromEntries(names.map((name) => [name, one]));
  const input = { kind: 'volume', project: project.name, resources } as const;
  const made = { name: 'create volume', resources: names.map((name) => ({ kind: 'volume' as const, name })) };
  const { documents: task } = changedBy(await asked.gatherer.create(asked.principal.user, asked, made, input));
  return { root: 'tasks', status: 202 as const, body: { task } };
}

const ofVolume = async ({ engine, params }: Pick<Asked<unknown>, 'engine' | 'params'>) =>
  inPath(engine, PLACES.volume, params.id!);

export const VOLUME_ROUTES: readonly Route[] = [
  route({ method: 'POST', path: '/block/volumes', right: 'provision', body: create, run: createVolumes }),
  ...bulkRoutes(PLACES.volume, { root: 'bulk_volumes', key: 'volume', show: volumeDocuments }),
  bulkShown(PLACES.volume, '/block/volumes/exports/bulk', BULK_OF_PATHS),
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
    run: async (asked) => ({
      root: 'volume',
      body: await volumeDocument(asked.engine, (await ofVolume(asked)).found),
    }),
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
    method: 'GET',
    path: '/block/volumes/:id/storage-pool',
    // Where a tenant's volume is on which array is the administrators' to know.
    right: 'monitor',
    run: async (asked) => {
      const { pool } = (await ofVolume(asked)).found.record.status.device ?? {};
      if (pool === undefined) throw new Refusal('notFound', 'the volume is in no storage pool');
      return { root: 'storage_pool', body: { storage_pool: ref(PLACES.pool, pool) } };
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
      const has = (record.spec as { readonly sizeBytes: number }).sizeBytes;
      if (newSize <= has) throw new Refusal('invalid', `new_size: ${newSize} bytes; the volume has ${has}`);
      const grown = about('expand volume', record);
      const [task] = await changed(asked, grown, () => asked.engine.call('resource.change', input));
      return { root: 'task', status: 202, body: task! };
    },
  }),
  route({
    method: 'POST',
    path: '/block/volumes/:id/deactivate',
    right: 'provision',
    run: async (asked) => {
      const [task] = await deactivated(asked, [(await ofVolume(asked)).found.record]);
      return { root: 'task', status: 202, body: task! };
    },
  }),
  route({
    method: 'POST',
    path: '/block/volumes/deactivate',
    right: 'provision',
    body: z.strictObject({ id: list('id', text) }),
    run: async (asked) => {
      const { engine, body } = asked;
      if (body.id.length === 0) throw new Refusal('missing', 'id is missing');
      if (body.id.length > LIMITS.bulkMax)
        throw new Refusal('limit', `${body.id.length} ids, at most ${LIMITS.bulkMax}`);
      const records = await Promise.all(body.id.map((id) => inBody(engine, PLACES.volume, 'id', id)));
      return { root: 'tasks', status: 202, body: { task: await deactivated(asked, records) } };
    },
  }),
];

/** `type=VIPR_ONLY` leaves what is on the array; `force=true` also takes what a plan file declares. */
async function deactivated(asked: Asked<unknown>, records: readonly ResourceRecord[]) {
  const { engine, query } = asked;
  const force = query.force?.toLowerCase() === 'true';
  const input = { addresses: records.map(({ urn }) => urn), forget: forgets(query.type), force };
  return changed(asked, about('delete volume', ...records), () => engine.call('resource.remove', input));
}
