/**
 * Networks: made, shown and changed with their endpoints. Of a Fibre Channel network they are WWPNs; an IP network has
 * subnets, of which a single address is the smallest.
 */
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { normaliseWwpn } from '../../lib/wwpn.ts';
import { Refusal } from '../refusal.ts';
import { list, text, urn } from '../wire/leaves.ts';
import { about, carryThrough } from './changing.ts';
import { find, inBody, inPath, listersOf, listOf, membersOf, namedRef, PLACES } from './finding.ts';
import { create, deactivating, one } from './making.ts';
import { type NetworkSpec, networkDocuments, networkSpec } from './network-documents.ts';
import { type Answer, type Asked, type Route, refused, route } from './route.ts';
import { listChange } from './virtual-pools.ts';

/** All, or those with this endpoint. */
export async function listNetworks({ engine, query }: Asked<unknown>): Promise<Answer> {
  const { wwn } = query;
  if (wwn === undefined) return listOf(engine, PLACES.network, 'network', { all: true });
  const name = wwnOf(wwn);
  const { records } = await find(engine, 'endpoint', { name });
  const urns = records
    .map(({ record }) => record.spec as { readonly portName: string; readonly network: string })
    .flatMap(({ portName, network: id }) => (portName === name ? [id] : []));
  return listOf(engine, PLACES.network, 'network', { urns });
}

function wwnOf(text: string): string {
  const name = normaliseWwpn(text);
  if (name === undefined) throw new Refusal('invalid', `wwn: ${text} is no WWPN`);
  return name;
}

/** As plan files have them, and where. */
function endpointsField(transport: NetworkSpec['transport'], endpoints: readonly string[]) {
  const isFc = transport === 'fc';
  const entries = endpoints.map((endpoint) => (isFc ? wwpnOf(endpoint.trim()) : subnetOf(endpoint.trim())));
  return { field: isFc ? 'endpoints' : 'subnets', entries };
}

function wwpnOf(endpoint: string): string {
  const name = normaliseWwpn(endpoint);
  if (name === undefined) throw new Refusal('invalid', `endpoints: ${endpoint} is no WWPN`);
  return name;
}

function subnetOf(endpoint: string): string {
  const version = isIP(endpoint);
  if (version === 0)
    throw new Refusal('invalid', `endpoints: ${endpoint} is no IP address; initiators say their network themselves`);
  return `${endpoint}/${version === 4 ? 32 : 128}`;
}

const networkCreate = z.strictObject({
  name: text,
  transport_type: text,
  varrays: list('varrays', urn).optional(),
  endpoints: list('endpoints', text).optional(),
  /** Ours: which fabric of which network system it is, and the zone configuration that its zones go into. */
  network_system: urn.optional(),
  fabric_id: text.optional(),
  zone_configuration: text.optional(),
});

/** As a plan file has it. A number is a VSAN, or a virtual fabric; zones go into what is in effect, unless it is said. */
async function fabricFields(engine: EngineClient, body: z.output<typeof networkCreate>) {
  const { network_system: id, fabric_id: fabric, zone_configuration: given } = body;
  if (id === undefined && (fabric ?? given) !== undefined)
    throw new Refusal('missing', 'network_system is missing: whose fabric it is');
  if (id === undefined) return {};
  const { name } = await inBody(engine, PLACES.networkSystem, 'network_system', id);
  const configuration = given ?? (await configurationInEffect(engine, id, fabric));
  return {
    networkSystem: name,
    ...(fabric === undefined ? {} : /^\d{1,4}$/.test(fabric) ? { vsan: Number(fabric) } : { fabric }),
    configuration,
  };
}

async function configurationInEffect(
  engine: EngineClient,
  system: string,
  fabric: string | undefined,
): Promise<string> {
  const asked = { system, ...(fabric === undefined ? {} : { fabric }) };
  const { systems } = await engine.call('network.fabrics', asked);
  const found = systems.flatMap(({ fabrics }) => fabrics.flatMap(({ zoning }) => zoning?.effectiveConfiguration ?? []));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  throw new Refusal('missing', 'zone_configuration is missing: there is not one that is in effect');
}

const TRANSPORTS: Readonly<Record<string, NetworkSpec['transport']>> = { ip: 'ip', fc: 'fc', ethernet: 'ip' };

async function createNetwork(asked: Asked<z.output<typeof networkCreate>>, of: readonly string[] = []) {
  const { engine, body } = asked;
  const transport = TRANSPORTS[body.transport_type.toLowerCase()];
  if (transport === undefined) throw new Refusal('invalid', `transport_type: ${body.transport_type}; FC or IP`);
  const { field, entries } = endpointsField(transport, body.endpoints ?? []);
  const fabric = await fabricFields(engine, body);
  const varrays = await Promise.all([...of, ...(body.varrays ?? [])].map((id) => varrayOf(engine, id)));
  const show = networkDocuments(engine);
  const made = await create(asked, PLACES.network, 'network', show, {
    name: body.name,
    fields: { transport, [field]: entries, ...fabric },
  });
  await assign(asked, varrays, body.name, 'add');
  return made;
}

const varrayOf = (engine: EngineClient, id: string) => inBody(engine, PLACES.varray, 'varrays', id);

/** Virtual arrays name their networks. */
async function assign(
  asked: Asked<unknown>,
  varrays: readonly FoundRecord['record'][],
  name: string,
  how: 'add' | 'remove',
): Promise<void> {
  if (varrays.length === 0) return;
  const input = { addresses: varrays.map(({ urn: id }) => id), [how]: { networks: [name] } };
  await carryThrough(asked, about('update virtualArray', ...varrays), () =>
    asked.engine.call('resource.change', input),
  );
}

interface Changes {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** What is there already is added once, and what is not there can't be removed. */
export async function changeEndpoints(
  asked: Asked<unknown>,
  found: FoundRecord,
  { add, remove }: Changes,
): Promise<void> {
  if (add.length + remove.length === 0) return;
  const { transport } = networkSpec(found);
  const [added, removed] = [endpointsField(transport, add), endpointsField(transport, remove)];
  const input = {
    addresses: [found.record.urn],
    ...(added.entries.length > 0 ? { add: { [added.field]: added.entries } } : {}),
    ...(removed.entries.length > 0 ? { remove: { [removed.field]: removed.entries } } : {}),
  };
  const change = () => asked.engine.call('resource.change', input);
  await carryThrough(asked, about('update network', found.record), change);
}

const networkUpdate = z.strictObject({
  name: text.optional(),
  varrays: list('varrays', urn).optional(),
  varray_assignment_changes: listChange('varrays', urn),
  endpoint_changes: listChange('endpoints', text),
});

type NetworkUpdate = z.output<typeof networkUpdate>;

const changesOf = (changes: NetworkUpdate['varray_assignment_changes'], key: 'varrays' | 'endpoints'): Changes => ({
  add: changes?.add?.[key] ?? [],
  remove: changes?.remove?.[key] ?? [],
});

/** `varrays`: these and no other, where they are given. */
async function assignments(engine: EngineClient, id: string, body: NetworkUpdate): Promise<Changes> {
  const changes = changesOf(body.varray_assignment_changes, 'varrays');
  const wanted = body.varrays;
  if (wanted === undefined) return changes;
  const before = await listersOf(engine, id, 'networks');
  return {
    add: [...new Set([...changes.add, ...wanted])].filter((each) => !before.includes(each)),
    remove: [...new Set([...changes.remove, ...before.filter((each) => !wanted.includes(each))])],
  };
}

async function updateNetwork(asked: Asked<NetworkUpdate>): Promise<Answer> {
  const { engine, body, params } = asked;
  const { found } = await inPath(engine, PLACES.network, params.id!);
  const { urn: id, name } = found.record;
  if ((body.name ?? name) !== name) throw new Refusal('invalid', 'name: a network keeps its name');
  const endpoints = changesOf(body.endpoint_changes, 'endpoints');
  const varrays = await assignments(engine, id, body);
  const isSaid = body.varrays !== undefined || body.name !== undefined;
  if (!isSaid && [endpoints, varrays].every(({ add, remove }) => add.length + remove.length === 0))
    throw new Refusal('missing', 'no changes are given');
  const [joining, leaving] = await Promise.all(
    [varrays.add, varrays.remove].map((ids) => Promise.all(ids.map((each) => varrayOf(engine, each)))),
  );
  await changeEndpoints(asked, found, endpoints);
  await assign(asked, joining ?? [], name, 'add');
  await assign(asked, leaving ?? [], name, 'remove');
  return shown(asked, id);
}

const shown = ({ engine }: Asked<unknown>, id: string): Promise<Answer> =>
  one(engine, PLACES.network, 'network', networkDocuments(engine), id);

/** Initiators of hosts that are in it. */
async function initiatorsIn({ engine, params }: Asked<unknown>): Promise<Answer> {
  const { found } = await inPath(engine, PLACES.network, params.id!);
  const { records } = await find(engine, 'initiator', { all: true });
  const own = records
    .map(({ record }) => ({
      urn: record.urn,
      ...(record.spec as { readonly network: string; readonly portName: string }),
    }))
    .filter(({ network: id }) => id === found.record.urn);
  const refs = own.map(({ urn: id, portName }) => namedRef(PLACES.initiator, id, portName));
  return { root: 'initiators', body: { initiator: refs } };
}

/** Interfaces of hosts whose address is in one of its subnets. */
async function interfacesIn({ engine, params }: Asked<unknown>): Promise<Answer> {
  const { found } = await inPath(engine, PLACES.network, params.id!);
  const subnets = new BlockList();
  const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');
  for (const subnet of networkSpec(found).subnets) {
    const [address = '', prefix] = subnet.split('/');
    subnets.addSubnet(address, Number(prefix), familyOf(address));
  }
  const { records } = await find(engine, 'ipInterface', { all: true });
  const urns = records.flatMap(({ record }) => {
    const { address } = record.spec as { readonly address: string };
    return subnets.check(address, familyOf(address)) ? [record.urn] : [];
  });
  return listOf(engine, PLACES.ipInterface, 'ip_interface', { urns });
}

/** Ports of storage systems that are in it. */
async function portsIn({ engine, params }: Asked<unknown>): Promise<Answer> {
  const { found } = await inPath(engine, PLACES.network, params.id!);
  const { ports } = await engine.call('port.list', {});
  const own = ports.filter(({ networks }) => networks.includes(found.record.name));
  const refs = own.map(({ urn: id, name }) => namedRef(PLACES.port, id, name));
  return { root: 'storage_ports', body: { storage_port: refs } };
}

const REGISTERED = 'a network is registered as the network system is that zones it, and always where none does';

const networkEndpoints = z.strictObject({ endpoints: list('endpoints', text), op: text });

export const NETWORK_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/vdc/varrays/:id/networks',
    right: 'read',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.varray, params.id!);
      return listOf(engine, PLACES.network, 'network', { urns: await membersOf(engine, found.record.urn, 'networks') });
    },
  }),
  route({
    method: 'POST',
    path: '/vdc/varrays/:id/networks',
    right: 'administer',
    body: networkCreate,
    run: async (asked) =>
      createNetwork(asked, [(await inPath(asked.engine, PLACES.varray, asked.params.id!)).found.record.urn]),
  }),
  route({
    method: 'POST',
    path: '/vdc/networks',
    right: 'administer',
    body: networkCreate,
    run: (asked) => createNetwork(asked),
  }),
  route({ method: 'PUT', path: '/vdc/networks/:id', right: 'administer', body: networkUpdate, run: updateNetwork }),
  route({
    method: 'PUT',
    path: '/vdc/networks/:id/endpoints',
    right: 'administer',
    body: networkEndpoints,
    run: async (asked) => {
      const { found } = await inPath(asked.engine, PLACES.network, asked.params.id!);
      const { endpoints, op } = asked.body;
      if (op !== 'add' && op !== 'remove') throw new Refusal('invalid', `op: ${op}; add or remove`);
      await changeEndpoints(asked, found, { add: [], remove: [], [op]: endpoints });
      return shown(asked, found.record.urn);
    },
  }),
  route({ method: 'GET', path: '/vdc/networks/:id/initiators', right: 'monitor', run: initiatorsIn }),
  route({ method: 'GET', path: '/vdc/networks/:id/ip-interfaces', right: 'monitor', run: interfacesIn }),
  ...['register', 'deregister'].map((word) => refused('POST', `/vdc/networks/:id/${word}`, REGISTERED)),
  route({ method: 'GET', path: '/vdc/networks/:id/storage-ports', right: 'monitor', run: portsIn }),
  deactivating(PLACES.network),
];
