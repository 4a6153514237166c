/** Export groups: made, shown, found and removed. To change one, remove it and make it again: that isn't built yet. */
import { z } from 'zod';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { list, text, urn, whole } from '../wire/leaves.ts';
import { begin, tasksOf } from './changing.ts';
import { base, cluster, host, initiator } from './documents.ts';
import { bulkIds, find, inBody, inPath, type Names, PLACES, ref, searched } from './finding.ts';
import { type Asked, type Route, route } from './route.ts';

const create = z.strictObject({
  name: text,
  project: urn,
  varray: urn,
  type: z.enum(['Host', 'Cluster', 'Initiator', 'Exclusive']).default('Host'),
  hosts: list('hosts', urn).optional(),
  clusters: list('clusters', urn).optional(),
  initiators: list('initiators', urn).optional(),
  volumes: list('volumes', z.strictObject({ id: urn, lun: whole.optional() })).optional(),
});
type Create = z.output<typeof create>;

/** The host or cluster that is to see the volumes; initiators stand for the host that they are of. */
async function seers(engine: EngineClient, { type, hosts = [], clusters = [], initiators = [] }: Create) {
  if (type === 'Cluster' || clusters.length > 0) {
    const [id, ...more] = clusters;
    if (id === undefined) throw new Refusal('missing', 'clusters is missing');
    if (more.length > 0) throw new Refusal('invalid', 'clusters: one cluster an export group');
    return { cluster: (await inBody(engine, PLACES.cluster, 'clusters', id)).name };
  }
  const found = await Promise.all(initiators.map((id) => inBody(engine, PLACES.initiator, 'initiators', id)));
  const ids = new Set([...hosts, ...found.map(({ spec }) => (spec as { host: string }).host)]);
  const [id, ...more] = ids;
  if (id === undefined) throw new Refusal('missing', 'hosts is missing');
  if (more.length > 0) throw new Refusal('invalid', 'hosts: one host an export group; several are a cluster');
  return { host: (await inBody(engine, PLACES.host, 'hosts', id)).name };
}

async function createExport(asked: Asked<Create>) {
  const { engine, body } = asked;
  const project = await inBody(engine, PLACES.project, 'project', body.project);
  await inBody(engine, PLACES.varray, 'varray', body.varray);
  const { volumes: given = [] } = body;
  if (given.length === 0) throw new Refusal('missing', 'volumes is missing: an empty export group is not kept');
  if (given.length > LIMITS.byNameMax)
    throw new Refusal('limit', `${given.length} volumes, at most ${LIMITS.byNameMax}`);
  const volumes = await Promise.all(
    given.map(async ({ id, lun }) => {
      const { name } = await inBody(engine, PLACES.volume, 'volumes', id);
      // -1 is what clients send for "any".
      return lun === undefined || lun < 0 ? name : { volume: name, hlu: lun };
    }),
  );
  const resources = { [body.name]: { ...(await seers(engine, body)), volumes } };
  const input = { kind: 'export', project: project.name, resources } as const;
  const [task] = await tasksOf(engine, await begin(asked, () => engine.call('resource.create', input)));
  if (!task) throw new Refusal('badRequest', 'nothing was to be done');
  await find(engine, 'export', { urns: [] }, [(task.resource as { id: string }).id]);
  return { root: 'task', status: 202 as const, body: task };
}

async function document(engine: EngineClient, found: FoundRecord, names: Names) {
  const spec = found.record.spec as { project: string; host?: string; cluster?: string };
  const maps = (await find(engine, 'lunMap', { under: found.record.urn })).records.map(
    ({ record }) => record.spec as { volume: string; hlu: number },
  );
  const volumes = new Map(maps.map(({ volume, hlu }) => [volume, { id: volume, lun: hlu }]));
  const [first] = (await find(engine, 'volume', { urns: [...volumes.keys()] })).records;
  const varray = (first?.record.spec as { virtualArray?: string } | undefined)?.virtualArray;
  const [hosts, clusters] = await Promise.all([
    find(engine, 'host', { urns: spec.host === undefined ? [] : [spec.host] }),
    find(engine, 'cluster', { urns: spec.cluster === undefined ? [] : [spec.cluster] }),
  ]);
  const initiators = spec.host === undefined ? { records: [] } : await find(engine, 'initiator', { under: spec.host });
  return {
    ...base(found, PLACES.export),
    project: ref(PLACES.project, spec.project),
    ...(varray === undefined ? {} : { varray: ref(PLACES.varray, varray) }),
    ...(found.record.scope.tenant === undefined ? {} : { tenant: ref(PLACES.tenant, found.record.scope.tenant) }),
    type: spec.cluster === undefined ? 'Host' : 'Cluster',
    // Always there: one without initiators is taken for another's.
    initiators: initiators.records.map((each) => initiator(each, names)),
    volumes: [...volumes.values()],
    hosts: hosts.records.map(host),
    clusters: clusters.records.map(cluster),
  };
}

export const EXPORT_ROUTES: readonly Route[] = [
  route({ method: 'POST', path: '/block/exports', right: 'provision', body: create, run: createExport }),
  route({
    method: 'GET',
    path: '/block/exports/bulk',
    right: 'read',
    run: ({ engine }) => bulkIds(engine, PLACES.export),
  }),
  route({
    method: 'GET',
    path: '/block/exports/search',
    right: 'read',
    run: (asked) => searched(asked, PLACES.export),
  }),
  route({
    method: 'GET',
    path: '/block/exports/:id',
    right: 'read',
    run: async ({ engine, params }) => {
      const { found, names } = await inPath(engine, PLACES.export, params.id!);
      return { root: 'block_export', body: await document(engine, found, names) };
    },
  }),
  route({
    method: 'POST',
    path: '/block/exports/:id/deactivate',
    right: 'provision',
    run: async (asked) => {
      const { record } = (await inPath(asked.engine, PLACES.export, asked.params.id!)).found;
      const input = { addresses: [record.urn] };
      const [task] = await tasksOf(asked.engine, await begin(asked, () => asked.engine.call('resource.remove', input)));
      return { root: 'task', status: 202, body: task ?? {} };
    },
  }),
];
