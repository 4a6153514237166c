/** Hosts, initiators and clusters: made, changed, shown, found and removed. */
import { z } from 'zod';
import type { ResourceRecord } from '../../engine/model/record.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { normaliseWwpn } from '../../lib/wwpn.ts';
import { Refusal } from '../refusal.ts';
import { flag, text, urn, whole } from '../wire/leaves.ts';
import { type BulkOf, bulkRoutes } from './bulk.ts';
import { about, type Changed, carryThrough, change, changed, vouching } from './changing.ts';
import { cluster, host, initiator } from './documents.ts';
import { find, inBody, inPath, listOf, membersOf, namedRef, PLACES, type Place, ref, searched } from './finding.ts';
import { create } from './making.ts';
import { type Asked, type Route, route } from './route.ts';

/** CoprHD's words for operating systems, and ours. */
const HOST_TYPES: Readonly<Record<string, string>> = {
  linux: 'linux',
  windows: 'windows',
  esx: 'esx',
  hpux: 'hpux',
  aix: 'aix',
  other: 'other',
  no_os: 'other',
};

const hostFields = {
  type: text,
  name: text.optional(),
  host_name: text.optional(),
  os_version: text.optional(),
  port_number: whole.optional(),
  user_name: text.optional(),
  password: text.optional(),
  use_ssl: flag.optional(),
  discoverable: flag.optional(),
  cluster: urn.optional(),
  project: urn.optional(),
  tenant: urn.optional(),
};
const hostCreate = z.strictObject(hostFields);
const hostUpdate = z.strictObject({ ...hostFields, type: text.optional() });
type HostCreate = z.output<typeof hostCreate>;

function typeOf(word: string): string {
  const type = HOST_TYPES[word.toLowerCase()];
  if (type === undefined)
    throw new Refusal('invalid', `type: ${word}; it is one of ${Object.keys(HOST_TYPES).join(', ')}`);
  return type;
}

/** Nobody logs in to it: its initiators are told, not discovered. */
async function createHost(asked: Asked<HostCreate>, tenantId: string | undefined) {
  const { engine, body } = asked;
  const name = body.name ?? body.host_name;
  if (name === undefined) throw new Refusal('missing', 'name is missing');
  if (body.discoverable) throw new Refusal('invalid', 'discoverable: hosts are not logged in to: add its initiators');
  const home = tenantId ?? asked.principal.tenant;
  const tenant = home === undefined ? undefined : await inBody(engine, PLACES.tenant, 'tenant', home);
  const joins = body.cluster === undefined ? undefined : await inBody(engine, PLACES.cluster, 'cluster', body.cluster);
  const resources = { [name]: { type: typeOf(body.type), ...(tenant ? { tenant: tenant.name } : {}) } };
  const made = { name: 'create host', resources: [{ kind: 'host' as const, name }] };
  const plan = () => engine.call('resource.create', { kind: 'host', resources });
  if (joins) {
    const [id] = (await carryThrough(asked, made, plan)) as [string];
    const task = await join(asked, joins, id, name);
    return { root: 'task', status: 202 as const, body: task };
  }
  const [task] = await changed(asked, made, plan);
  return { root: 'task', status: 202 as const, body: task! };
}

async function join(asked: Asked<unknown>, { urn: clusterId }: ResourceRecord, hostId: string, name: string) {
  const { engine } = asked;
  const joined = {
    name: 'update host',
    resources: [{ kind: 'host' as const, name, urn: hostId as ResourceRecord['urn'] }],
  };
  const input = { addresses: [clusterId], add: { hosts: [name] } };
  const [task] = await changed(asked, joined, () => engine.call('resource.change', input));
  return { ...task!, resource: namedRef(PLACES.host, hostId, name) };
}

async function updateHost(asked: Asked<z.output<typeof hostUpdate>>) {
  const { engine, body, params } = asked;
  const { record } = (await inPath(engine, PLACES.host, params.id!)).found;
  const name = body.name ?? body.host_name ?? record.name;
  if (name !== record.name) throw new Refusal('invalid', 'name: a host keeps its name');
  if (body.cluster !== undefined) {
    const cluster = await inBody(engine, PLACES.cluster, 'cluster', body.cluster);
    return { root: 'task', body: await join(asked, cluster, record.urn, name) };
  }
  const set = body.type === undefined ? {} : { type: typeOf(body.type) };
  if (Object.keys(set).length === 0) throw new Refusal('missing', 'type or cluster: nothing else of a host is changed');
  const input = { addresses: [record.urn], set };
  const [task] = await changed(asked, about('update host', record), () => engine.call('resource.change', input));
  return { root: 'task', body: task! };
}

/** `detach_storage=true`: the export groups of the host go first, in the same request. */
async function removeSeer(asked: Asked<unknown>, place: Place) {
  const { engine, params, query } = asked;
  const { record } = (await inPath(engine, place, params.id!)).found;
  const detaches = [query.detach_storage, query['detach-storage']].some((value) => value?.toLowerCase() === 'true');
  const exports = detaches ? (await find(engine, 'export', { under: record.urn })).records : [];
  const addresses = [...exports.map(({ record: each }) => each.urn), record.urn];
  const gone = about(`delete ${place.kind}`, record);
  const [task] = await changed(asked, gone, () => engine.call('resource.remove', { addresses, ...vouching(asked) }));
  return { root: 'task', status: 202 as const, body: task! };
}

const initiatorCreate = z.strictObject({
  protocol: text.optional(),
  initiator_port: text,
  initiator_node: text.optional(),
  name: text.optional(),
  /** Ours: its name, where more than one network could be meant. */
  network: text.optional(),
});

/** Name of the network of which a WWPN is an endpoint. */
async function fabricOf(engine: EngineClient, port: string): Promise<string | undefined> {
  const { records, names } = await find(engine, 'endpoint', { name: normaliseWwpn(port) ?? port });
  const spec = records[0]?.record.spec as { readonly network: string } | undefined;
  return spec && names[spec.network];
}

/** The network that a new initiator is in: that of which its WWPN is an endpoint, the only one, or the one that the request names. */
async function networkOf(
  engine: EngineClient,
  transport: 'ip' | 'fc',
  port: string,
  wanted: string | undefined,
): Promise<string> {
  const fabric = wanted === undefined && transport === 'fc' ? await fabricOf(engine, port) : undefined;
  if (fabric !== undefined) return fabric;
  const { records } = await find(engine, 'network', { all: true });
  const fitting = records
    .filter(({ record }) => (record.spec as { readonly transport: string }).transport === transport)
    .map(({ record }) => record.name);
  if (wanted !== undefined) {
    const found = fitting.find((name) => name.toLowerCase() === wanted.toLowerCase());
    if (found !== undefined) return found;
    throw new Refusal(
      'invalid',
      `network: ${wanted} is not a network of transport ${transport}: ${fitting.join(', ')}`,
    );
  }
  const [only, ...others] = fitting;
  if (only === undefined) throw new Refusal('invalid', `initiator_port: there is no network of transport ${transport}`);
  if (others.length > 0)
    throw new Refusal('missing', `network is missing: it can be in ${fitting.join(', ')}; name one of them`);
  return only;
}

async function createInitiator(asked: Asked<z.output<typeof initiatorCreate>>) {
  const { engine, body, params } = asked;
  const { record } = (await inPath(engine, PLACES.host, params.id!)).found;
  const port = body.initiator_port.trim();
  const isFc = (body.protocol ?? (/^[0-9a-f:]+$/i.test(port) ? 'FC' : 'iSCSI')).toUpperCase() === 'FC';
  const entry = {
    [isFc ? 'wwpn' : 'iqn']: port,
    network: await networkOf(engine, isFc ? 'fc' : 'ip', port, body.network),
  };
  const input = { addresses: [record.urn], add: { initiators: [entry] } };
  const { documents, plan } = await change(asked, about('create initiator', record), () =>
    engine.call('resource.change', input),
  );
  const made = await initiatorOf(engine, plan, port);
  return { root: 'task', status: 202 as const, body: { ...documents[0]!, ...(made ? { resource: made } : {}) } };
}

/** The plan made it, or it was there already. */
async function initiatorOf(engine: EngineClient, plan: Changed['plan'], port: string) {
  const children = plan?.changes.flatMap((each) => each.children) ?? [];
  const id = children.find(({ kind, action }) => kind === 'initiator' && action === 'create')?.urn;
  const { records } =
    id === undefined
      ? await find(engine, 'initiator', { name: port })
      : await find(engine, 'initiator', { urns: [id] });
  const [first] = records;
  return first && namedRef(PLACES.initiator, first.record.urn, first.record.name);
}

async function removeInitiator(asked: Asked<unknown>) {
  const { engine, params } = asked;
  const { found } = await inPath(engine, PLACES.initiator, params.id!);
  const { host: of, portName } = found.record.spec as { readonly host: string; readonly portName: string };
  const input = { addresses: [of], remove: { initiators: [portName] }, ...vouching(asked) };
  const gone = about('delete initiator', found.record);
  const [task] = await changed(asked, gone, () => engine.call('resource.change', input));
  return { root: 'task', status: 202 as const, body: { ...task!, resource: ref(PLACES.initiator, found.record.urn) } };
}

const generic = (place: Place, bulk: BulkOf): readonly Route[] => [
  ...bulkRoutes(place, bulk),
  route({ method: 'GET', path: `${place.path}/search`, right: 'read', run: (asked) => searched(asked, place) }),
];

const ofTenant = (name: string, place: Place, key: string): Route =>
  route({
    method: 'GET',
    path: `/tenants/:id/${name}`,
    right: 'read',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.tenant, params.id!);
      return listOf(engine, place, key, { under: found.record.urn });
    },
  });

const HOST_ROUTES: readonly Route[] = [
  ...generic(PLACES.host, { root: 'bulk_hosts', key: 'host', show: () => host }),
  ofTenant('hosts', PLACES.host, 'host'),
  route({
    method: 'GET',
    path: '/compute/hosts',
    right: 'read',
    run: async ({ engine, query }) => {
      const { tenant } = query;
      return listOf(engine, PLACES.host, 'host', tenant === undefined ? { all: true } : { under: tenant });
    },
  }),
  route({
    method: 'POST',
    path: '/compute/hosts',
    right: 'provision',
    body: hostCreate,
    run: (asked) => createHost(asked, asked.body.tenant),
  }),
  route({
    method: 'POST',
    path: '/tenants/:id/hosts',
    right: 'provision',
    body: hostCreate,
    run: async (asked) =>
      createHost(asked, (await inPath(asked.engine, PLACES.tenant, asked.params.id!)).found.record.urn),
  }),
  route({
    method: 'GET',
    path: '/compute/hosts/:id',
    right: 'read',
    run: async ({ engine, params }) => ({
      root: 'host',
      body: host((await inPath(engine, PLACES.host, params.id!)).found),
    }),
  }),
  route({ method: 'PUT', path: '/compute/hosts/:id', right: 'provision', body: hostUpdate, run: updateHost }),
  route({
    method: 'POST',
    path: '/compute/hosts/:id/deactivate',
    right: 'provision',
    run: (asked) => removeSeer(asked, PLACES.host),
  }),
];

const INITIATOR_ROUTES: readonly Route[] = [
  // As CoprHD names them, and no others.
  ...generic(PLACES.initiator, { root: 'bulk-initiators', key: 'initiators', show: () => initiator }),
  route({
    method: 'GET',
    path: '/compute/hosts/:id/initiators',
    right: 'read',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.host, params.id!);
      const { records } = await find(engine, 'initiator', { under: found.record.urn });
      const refs = records.map(({ record }) =>
        namedRef(PLACES.initiator, record.urn, (record.spec as { portName: string }).portName),
      );
      return { root: 'initiators', body: { initiator: refs } };
    },
  }),
  route({
    method: 'POST',
    path: '/compute/hosts/:id/initiators',
    right: 'provision',
    body: initiatorCreate,
    run: createInitiator,
  }),
  route({
    method: 'GET',
    path: '/compute/initiators/:id',
    right: 'read',
    run: async ({ engine, params }) => {
      const { found, names } = await inPath(engine, PLACES.initiator, params.id!);
      return { root: 'initiator', body: initiator(found, names) };
    },
  }),
  route({ method: 'POST', path: '/compute/initiators/:id/deactivate', right: 'provision', run: removeInitiator }),
];

const CLUSTER_ROUTES: readonly Route[] = [
  ...generic(PLACES.cluster, { root: 'bulk_clusters', key: 'cluster', show: () => cluster }),
  ofTenant('clusters', PLACES.cluster, 'cluster'),
  route({
    method: 'POST',
    path: '/tenants/:id/clusters',
    right: 'provision',
    body: z.strictObject({ name: text, project: urn.optional(), auto_export_enabled: flag.optional() }),
    run: async (asked) => {
      const { engine, body, params } = asked;
      const tenant = (await inPath(engine, PLACES.tenant, params.id!)).found.record.name;
      return create(asked, PLACES.cluster, 'cluster', cluster, { name: body.name, fields: { tenant, hosts: [] } });
    },
  }),
  route({
    method: 'GET',
    path: '/compute/clusters/:id',
    right: 'read',
    run: async ({ engine, params }) => ({
      root: 'cluster',
      body: cluster((await inPath(engine, PLACES.cluster, params.id!)).found),
    }),
  }),
  route({
    method: 'GET',
    path: '/compute/clusters/:id/hosts',
    right: 'read',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.cluster, params.id!);
      const urns = await membersOf(engine, found.record.urn, 'hosts');
      return listOf(engine, PLACES.host, 'host', { urns });
    },
  }),
  route({
    method: 'POST',
    path: '/compute/clusters/:id/deactivate',
    right: 'provision',
    run: (asked) => removeSeer(asked, PLACES.cluster),
  }),
];

export const COMPUTE_ROUTES: readonly Route[] = [...HOST_ROUTES, ...INITIATOR_ROUTES, ...CLUSTER_ROUTES];
