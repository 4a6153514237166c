/** Export groups: made, changed, shown, found and removed. */
import { z } from 'zod';
import type { ResourceRecord } from '../../engine/model/record.ts';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { list, text, urn, whole } from '../wire/leaves.ts';
import { bulkRoutes } from './bulk.ts';
import { about, changed, vouching } from './changing.ts';
import { base, cluster, host, initiator } from './documents.ts';
import { groupsOf, type HostsOf, joining, leaving, seersOfGroup } from './export-seers.ts';
import { entriesOf, find, inBody, inPath, membersOf, type Names, PLACES, ref, results, searched } from './finding.ts';
import { rowsOfHosts, shownOf } from './itl.ts';
import { type Asked, type Route, route } from './route.ts';

const volumesField = list('volumes', z.strictObject({ id: urn, lun: whole.optional() }));
type Spec = ResourceRecord<'export'>['spec'];

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
  if (volumes.length <= LIMITS.bulkMax) return;
  throw new Refusal('limit', `${volumes.length} volumes, at most ${LIMITS.bulkMax}`);
}

/** Who names several hosts, or clusters, says that they share the volumes. */
const sharing = (count: number) => (count > 1 ? ({ sharedAccess: 'cluster-aware' } as const) : {});

async function createExport(asked: Asked<Create>) {
  const { engine, body } = asked;
  const project = await inBody(engine, PLACES.project, 'project', body.project);
  const varray = await inBody(engine, PLACES.varray, 'varray', body.varray);
  const { type, hosts = [], clusters = [], initiators = [], volumes = [] } = body;
  atMost(volumes);
  const list = type === 'Cluster' ? 'clusters' : 'hosts';
  const found = await joining(engine, { hosts, clusters, initiators }, { type, list, ids: [], hosts: [] });
  const names = [...new Set(found.map(({ name }) => name))];
  const resource = {
    [list]: names,
    virtualArray: varray.name,
    ...sharing(names.length),
    ...(type === 'Exclusive' ? { exclusive: true } : {}),
    ...(type === 'Initiator' ? { namedBy: 'initiators' } : {}),
    ...COPIES,
    ...(await mapped(engine, volumes)),
  };
  const input = { kind: 'export', project: project.name, resources: { [body.name]: resource } } as const;
  const made = { name: 'create export', resources: [{ kind: 'export' as const, name: body.name }] };
  const [task] = await changed(asked, made, () => engine.call('resource.create', input));
  return { root: 'task', status: 202 as const, body: task! };
}

async function updateExport(asked: Asked<Update>) {
  const { engine, body } = asked;
  const { found } = await inPath(engine, PLACES.export, asked.params.id!);
  const { record } = found;
  const { add = [], remove = [] } = body.volume_changes ?? {};
  const seen = (which: 'add' | 'remove') => ({
    hosts: body.host_changes?.[which] ?? [],
    clusters: body.cluster_changes?.[which] ?? [],
    initiators: body.initiator_changes?.[which] ?? [],
  });
  const [added, removed] = [seen('add'), seen('remove')];
  const lists = [add, remove, ...Object.values(added), ...Object.values(removed)];
  if (lists.every((list) => list.length === 0)) throw new Refusal('missing', 'no changes are given');
  atMost([...add, ...remove]);
  const now = await seersOfGroup(engine, found);
  const gone = await leaving(engine, removed, now);
  const isGone = new Set(gone.map(({ id }) => id));
  const left = {
    ...now,
    ids: now.ids.filter((id) => !isGone.has(id)),
    hosts: now.hosts.filter((id) => !isGone.has(id)),
  };
  const come = await joining(engine, added, left);
  const count = new Set([...left.ids, ...come.map(({ id }) => id)]).size;
  const set = { ...(add.length > 0 ? COPIES : {}), ...(come.length > 0 ? sharing(count) : {}) };
  const seers = (named: typeof come) => (named.length === 0 ? {} : { [now.list]: named.map(({ name }) => name) });
  const input = {
    addresses: [record.urn],
    ...(Object.keys(set).length > 0 && record.owner.type === 'api' ? { set } : {}),
    add: { ...(await mapped(engine, add)), ...seers(come) },
    remove: { ...(await namesIn(engine, remove)), ...seers(gone) },
    ...vouching(asked),
  };
  const [task] = await changed(asked, about('update export', record), () => engine.call('resource.change', input));
  return { root: 'task', body: task! };
}

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
  const rows = await rowsOfHosts(engine, [...hosts]);
  return rows.filter(({ initiator: { port } }) => wanted.has(port.toLowerCase()));
}

/** For many: hosts of a cluster are looked up once. */
function documents(engine: EngineClient) {
  const known = new Map<string, Promise<string[]>>();
  const hostsOf = (cluster: string) => {
    const hosts = known.get(cluster) ?? membersOf(engine, cluster, 'hosts');
    known.set(cluster, hosts);
    return hosts;
  };
  return (found: FoundRecord, names: Names) => document(engine, found, names, hostsOf);
}

async function document(engine: EngineClient, found: FoundRecord, names: Names, hostsOf: HostsOf) {
  const { record } = found;
  const spec = record.spec as Spec;
  const { type, list, ids, hosts: seeing } = await seersOfGroup(engine, found, hostsOf);
  const maps = (await find(engine, 'lunMap', { under: record.urn })).records.map(
    ({ record: map }) => map.spec as { volume: string; hlu: number },
  );
  const waiting = spec.waiting ? await waitingOf(engine, record.urn) : [];
  const volumes = new Map([...maps, ...waiting].map(({ volume, hlu }) => [volume, { id: volume, lun: hlu }]));
  const [first] = spec.virtualArray === undefined ? await shownOf(engine, [...volumes.keys()]) : [];
  const varray = spec.virtualArray ?? (first?.record.spec as { virtualArray?: string } | undefined)?.virtualArray;
  const [hosts, clusters, ...initiators] = await Promise.all([
    find(engine, 'host', { urns: seeing }),
    find(engine, 'cluster', { urns: list === 'clusters' ? ids : [] }),
    ...seeing.map((host) => find(engine, 'initiator', { under: host })),
  ]);
  const named = Object.assign({}, names, ...initiators.map((each) => each.names)) as Names;
  return {
    ...base(found, PLACES.export),
    project: ref(PLACES.project, spec.project),
    ...(varray === undefined ? {} : { varray: ref(PLACES.varray, varray) }),
    ...(record.scope.tenant === undefined ? {} : { tenant: ref(PLACES.tenant, record.scope.tenant) }),
    type,
    // Always there: one without initiators is taken for another's.
    initiators: initiators.flatMap(({ records }) => records).map((each) => initiator(each, named)),
    volumes: [...volumes.values()],
    hosts: hosts.records.map(host),
    clusters: clusters.records.map(cluster),
  };
}

/** What it shows as soon as somebody sees by it; -1 is a number that is chosen then. */
const waitingOf = async (engine: EngineClient, id: string) =>
  (await entriesOf(engine, id))
    .filter((entry) => entry.of === id && entry.list === 'waiting')
    .map(({ member, hlu = -1 }) => ({ volume: member, hlu }));

async function searchExports(asked: Asked<unknown>) {
  const {
    name,
    tag,
    project,
    host: hostId,
    cluster: clusterId,
    initiator: initiatorId,
    self_only: selfOnly,
  } = asked.query;
  if ([hostId, clusterId, initiatorId].every((id) => id === undefined)) return searched(asked, PLACES.export);
  if (name !== undefined || tag !== undefined)
    throw new Refusal('badRequest', 'search by name or tag, or by host, cluster or initiator');
  const what = {
    ...(hostId === undefined ? {} : { host: hostId }),
    ...(clusterId === undefined ? {} : { cluster: clusterId }),
    ...(initiatorId === undefined ? {} : { initiator: initiatorId }),
  };
  const found = await groupsOf(asked.engine, what, selfOnly === 'true');
  return results(
    PLACES.export,
    found.filter(({ record }) => project === undefined || record.scope.project === project),
  );
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
  ...bulkRoutes(PLACES.export, { root: 'bulk_exportgroups', key: 'exportgroup', show: documents }),
  route({
    method: 'GET',
    path: '/block/exports/search',
    right: 'read',
    run: searchExports,
  }),
  route({
    method: 'GET',
    path: '/block/exports/:id',
    right: 'read',
    run: async ({ engine, params }) => {
      const { found, names } = await inPath(engine, PLACES.export, params.id!);
      return { root: 'block_export', body: await documents(engine)(found, names) };
    },
  }),
  route({
    method: 'POST',
    path: '/block/exports/:id/deactivate',
    right: 'provision',
    run: async (asked) => {
      const { record } = (await inPath(asked.engine, PLACES.export, asked.params.id!)).found;
      const input = { addresses: [record.urn], ...vouching(asked) };
      const gone = about('delete export', record);
      const [task] = await changed(asked, gone, () => asked.engine.call('resource.remove', input));
      return { root: 'task', status: 202, body: task! };
    },
  }),
];
