/** Export groups: made, changed, shown, found and removed. */
import { z } from 'zod';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { list, text, urn, whole } from '../wire/leaves.ts';
import { about, changed } from './changing.ts';
import { base, cluster, host, initiator } from './documents.ts';
import { bulkIds, find, inBody, inPath, type Names, PLACES, ref, searched } from './finding.ts';
import { rowsOf } from './itl.ts';
import { type Asked, type Route, route } from './route.ts';

const volumesField = list('volumes', z.strictObject({ id: urn, lun: whole.optional() }));
/** Clients send it; paths are the virtual pool's to say. */
const pathParameters = z.looseObject({}).optional();

const create = z.strictObject({
  name: text,
  project: urn,
  varray: urn,
  type: z.enum(['Host', 'Cluster', 'Initiator', 'Exclusive']).default('Host'),
  hosts: list('hosts', urn).optional(),
  clusters: list('clusters', urn).optional(),
  initiators: list('initiators', urn).optional(),
  volumes: volumesField.optional(),
  path_parameters: pathParameters,
});
type Create = z.output<typeof create>;

const changes = (field: string) =>
  z.strictObject({ add: list(field, urn).optional(), remove: list(field, urn).optional() }).optional();

const update = z.strictObject({
  volume_changes: z
    .strictObject({
      add: volumesField.optional(),
      // Ids alone, or in the form of those to add.
      remove: list('volumes', z.union([urn, z.looseObject({ id: urn }).transform(({ id }) => id)])).optional(),
    })
    .optional(),
  host_changes: changes('hosts'),
  cluster_changes: changes('clusters'),
  initiator_changes: changes('initiators'),
  path_parameters: pathParameters,
});
type Update = z.output<typeof update>;

interface Seers {
  readonly hosts: readonly string[];
  readonly clusters: readonly string[];
  readonly initiators: readonly string[];
}

/** The host or cluster that is to see the volumes; undefined where nobody is named. */
async function seer(engine: EngineClient, { hosts, clusters, initiators }: Seers) {
  const [clusterId, ...more] = clusters;
  if (more.length > 0) throw new Refusal('invalid', 'clusters: one cluster an export group');
  if (clusterId !== undefined) return { cluster: await inBody(engine, PLACES.cluster, 'clusters', clusterId) };
  const found = await Promise.all(initiators.map((id) => inBody(engine, PLACES.initiator, 'initiators', id)));
  const ids = new Set([...hosts, ...found.map(({ spec }) => (spec as { host: string }).host)]);
  const [hostId, ...others] = ids;
  if (hostId === undefined) return undefined;
  if (others.length > 0) throw new Refusal('invalid', 'hosts: one host an export group; several are a cluster');
  const host = await inBody(engine, PLACES.host, 'hosts', hostId);
  if (!hosts.includes(hostId)) await wholeHost(engine, host, initiators);
  return { host };
}

/** A host sees a volume by all of its initiators, or not at all: some of them would be shown more than was asked for. */
async function wholeHost(
  engine: EngineClient,
  { urn: id, name }: FoundRecord['record'],
  initiators: readonly string[],
) {
  const { records } = await find(engine, 'initiator', { under: id });
  const left = records.filter(({ record }) => !initiators.includes(record.urn));
  if (left.length === 0) return;
  const names = left.map(({ record }) => record.name).join(', ');
  throw new Refusal('invalid', `initiators: host ${name} has more of them (${names}), which would see the volumes too`);
}

/** In CoprHD what is exported is a volume or a snapshot, in one list. */
const isSnapshot = (id: string): boolean => id.startsWith(`urn:storageos:${PLACES.snapshot.className}:`);

const shownIn = (engine: EngineClient, id: string) =>
  inBody(engine, isSnapshot(id) ? PLACES.snapshot : PLACES.volume, 'volumes', id);

interface Shown<T> {
  readonly volumes: readonly T[];
  readonly snapshots: readonly T[];
}

/** As a plan file has them; the list of snapshots only where there are any. */
const lists = <T>({ volumes, snapshots }: Shown<T>) => ({ volumes, ...(snapshots.length === 0 ? {} : { snapshots }) });

async function mapped(engine: EngineClient, volumes: NonNullable<Create['volumes']>) {
  const entry = async ({ id, lun }: (typeof volumes)[number]) => {
    const { kind, name } = await shownIn(engine, id);
    // -1 is what clients send for "any".
    return lun === undefined || lun < 0 ? name : { [kind]: name, hlu: lun };
  };
  const of = (snapshots: boolean) => Promise.all(volumes.filter(({ id }) => isSnapshot(id) === snapshots).map(entry));
  return lists({ volumes: await of(false), snapshots: await of(true) });
}

async function namesIn(engine: EngineClient, ids: readonly string[]) {
  const records = await Promise.all(ids.map((id) => shownIn(engine, id)));
  const of = (kind: string) => records.filter((record) => record.kind === kind).map(({ name }) => name);
  return lists({ volumes: of('volume'), snapshots: of('snapshot') });
}

/** Whether a copy may stand beside its source is the affair of who asks, as in CoprHD, whose clients rely on it. */
const COPIES = { copies: 'identity-regenerated' } as const;

function atMost(volumes: readonly unknown[]): void {
  if (volumes.length <= LIMITS.byNameMax) return;
  throw new Refusal('limit', `${volumes.length} volumes, at most ${LIMITS.byNameMax}`);
}

async function createExport(asked: Asked<Create>) {
  const { engine, body } = asked;
  const project = await inBody(engine, PLACES.project, 'project', body.project);
  await inBody(engine, PLACES.varray, 'varray', body.varray);
  const { hosts = [], clusters = [], initiators = [], volumes = [] } = body;
  atMost(volumes);
  const found = await seer(engine, { hosts, clusters, initiators });
  const isCluster = body.type === 'Cluster';
  if (!found || isCluster !== 'cluster' in found) {
    const field = isCluster ? 'clusters' : 'hosts';
    throw new Refusal('missing', `${field} is missing: an export group of type ${body.type} needs one`);
  }
  const who = 'cluster' in found ? { cluster: found.cluster.name } : { host: found.host.name };
  const alone = body.type === 'Exclusive' ? { exclusive: true } : {};
  const resources = { [body.name]: { ...who, ...alone, ...COPIES, ...(await mapped(engine, volumes)) } };
  const input = { kind: 'export', project: project.name, resources } as const;
  const made = { name: 'create export', resources: [{ kind: 'export' as const, name: body.name }] };
  const [task] = await changed(asked, made, () => engine.call('resource.create', input));
  return { root: 'task', status: 202 as const, body: task! };
}

async function updateExport(asked: Asked<Update>) {
  const { engine, body } = asked;
  const { record } = (await inPath(engine, PLACES.export, asked.params.id!)).found;
  const { add = [], remove = [] } = body.volume_changes ?? {};
  const [hosts, clusters, initiators] = [body.host_changes, body.cluster_changes, body.initiator_changes];
  const lists = [
    add,
    remove,
    ...[hosts, clusters, initiators].flatMap((each) => [each?.add ?? [], each?.remove ?? []]),
  ];
  if (lists.every((list) => list.length === 0)) throw new Refusal('missing', 'no changes are given');
  atMost([...add, ...remove]);
  await staysWith(engine, record, body);
  const input = {
    addresses: [record.urn],
    ...(add.length > 0 && record.owner.type === 'api' ? { set: COPIES } : {}),
    add: await mapped(engine, add),
    remove: await namesIn(engine, remove),
  };
  const [task] = await changed(asked, about('update export', record), () => engine.call('resource.change', input));
  return { root: 'task', body: task! };
}

/** Who is added is who sees the volumes already: another one needs an export group of its own. */
async function staysWith(engine: EngineClient, record: FoundRecord['record'], body: Update): Promise<void> {
  const { host_changes: hosts, cluster_changes: clusters, initiator_changes: initiators } = body;
  if ([hosts, clusters, initiators].some((each) => (each?.remove ?? []).length > 0))
    throw new Refusal('invalid', 'an export group keeps its host or cluster: deactivate it, or remove its volumes');
  const added = { hosts: hosts?.add ?? [], clusters: clusters?.add ?? [], initiators: initiators?.add ?? [] };
  const found = await seer(engine, added);
  if (!found) return;
  const spec = record.spec as { readonly host?: string; readonly cluster?: string };
  const isSame = 'cluster' in found ? found.cluster.urn === spec.cluster : found.host.urn === spec.host;
  if (!isSame) throw new Refusal('invalid', 'an export group is of one host or cluster: make another one for this one');
}

/** Volumes and snapshots. */
const shown = async (engine: EngineClient, urns: readonly string[]) =>
  (await Promise.all([find(engine, 'volume', { urns }), find(engine, 'snapshot', { urns })])).flatMap(
    ({ records }) => records,
  );

/** What of these ports sees anything: a row for each initiator, target port and volume. */
async function rowsOfPorts({ engine, query }: Asked<unknown>): Promise<object[]> {
  const ports = (query.initiators ?? '').split(',').map((port) => port.trim().toLowerCase());
  const wanted = new Set(ports.filter((port) => port !== ''));
  if (wanted.size === 0) throw new Refusal('missing', 'initiators is missing: ports, with commas between them');
  const hosts = new Set<string>();
  for (const port of wanted) {
    for (const { record } of (await find(engine, 'initiator', { name: port })).records) {
      const { portName, host } = record.spec as { readonly portName: string; readonly host: string };
      if (portName.toLowerCase() === port) hosts.add(host);
    }
  }
  const masks = (await Promise.all([...hosts].map((host) => find(engine, 'exportMask', { under: host })))).flatMap(
    ({ records }) => records,
  );
  const maps = await Promise.all(masks.map(({ record }) => find(engine, 'lunMap', { under: record.urn })));
  const volumes = new Set(
    maps.flatMap(({ records }) => records.map(({ record }) => (record.spec as { volume: string }).volume)),
  );
  const records = await shown(engine, [...volumes]);
  const rows = (await Promise.all(records.map(({ record }) => rowsOf(engine, record)))).flat();
  return rows.filter((row) => wanted.has((row as { initiator: { port: string } }).initiator.port.toLowerCase()));
}

async function document(engine: EngineClient, found: FoundRecord, names: Names) {
  const spec = found.record.spec as { project: string; host?: string; cluster?: string; exclusive?: true };
  const maps = (await find(engine, 'lunMap', { under: found.record.urn })).records.map(
    ({ record }) => record.spec as { volume: string; hlu: number },
  );
  const volumes = new Map(maps.map(({ volume, hlu }) => [volume, { id: volume, lun: hlu }]));
  const [first] = await shown(engine, [...volumes.keys()]);
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
    type: spec.cluster !== undefined ? 'Cluster' : spec.exclusive ? 'Exclusive' : 'Host',
    // Always there: one without initiators is taken for another's.
    initiators: initiators.records.map((each) => initiator(each, names)),
    volumes: [...volumes.values()],
    hosts: hosts.records.map(host),
    clusters: clusters.records.map(cluster),
  };
}

export const EXPORT_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/block/exports',
    right: 'read',
    run: async (asked) => ({ root: 'itls', body: { itl: await rowsOfPorts(asked) } }),
  }),
  route({ method: 'PUT', path: '/block/exports/:id', right: 'provision', body: update, run: updateExport }),
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
      const gone = about('delete export', record);
      const [task] = await changed(asked, gone, () => asked.engine.call('resource.remove', input));
      return { root: 'task', status: 202, body: task! };
    },
  }),
];
