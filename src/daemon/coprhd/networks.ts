/**
 * Networks: made, shown and changed with their endpoints. Of a Fibre Channel network they are WWPNs; an IP network has
 * subnets, of which a single address is the smallest.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { normaliseWwpn } from '../../lib/wwpn.ts';
import { Refusal } from '../refusal.ts';
import { list, text, urn } from '../wire/leaves.ts';
import { about, carryThrough } from './changing.ts';
import { type Document, network } from './documents.ts';
import { find, inBody, inPath, listersOf, listOf, membersOf, PLACES } from './finding.ts';
import { create, deactivating, one } from './making.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';
import { listChange } from './virtual-pools.ts';

interface NetworkSpec {
  readonly transport: 'ip' | 'fc';
  readonly subnets: readonly string[];
}

const specOf = ({ record }: FoundRecord): NetworkSpec => record.spec as unknown as NetworkSpec;

/** Whole addresses as clients gave them; wider subnets as they are. */
const endpointOf = (subnet: string): string => {
  const [address = '', prefix] = subnet.split('/');
  return (isIP(address) === 4 ? '32' : '128') === prefix ? address : subnet;
};

/** With its endpoints. `discovered`: all of them were shown by switches, none by people. */
export async function networkDocument(found: FoundRecord, engine: EngineClient): Promise<Document> {
  const { transport, subnets } = specOf(found);
  if (transport === 'ip') return { ...network(found), endpoints: subnets.map(endpointOf) };
  const { records } = await find(engine, 'endpoint', { under: found.record.urn });
  const endpoints = records.map(
    ({ record }) => record.spec as { readonly portName: string; readonly declared: boolean },
  );
  return {
    ...network(found),
    discovered: endpoints.length > 0 && endpoints.every(({ declared }) => !declared),
    endpoints: endpoints.map(({ portName }) => portName),
  };
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
});

const TRANSPORTS: Readonly<Record<string, NetworkSpec['transport']>> = { ip: 'ip', fc: 'fc', ethernet: 'ip' };

async function createNetwork(asked: Asked<z.output<typeof networkCreate>>, of: readonly string[] = []) {
  const { engine, body } = asked;
  const transport = TRANSPORTS[body.transport_type.toLowerCase()];
  if (transport === undefined) throw new Refusal('invalid', `transport_type: ${body.transport_type}; FC or IP`);
  const { field, entries } = endpointsField(transport, body.endpoints ?? []);
  const varrays = await Promise.all([...of, ...(body.varrays ?? [])].map((id) => varrayOf(engine, id)));
  const show = (found: FoundRecord) => networkDocument(found, engine);
  const made = await create(asked, PLACES.network, 'network', show, {
    name: body.name,
    fields: { transport, [field]: entries },
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
async function changeEndpoints(asked: Asked<unknown>, found: FoundRecord, { add, remove }: Changes): Promise<void> {
  if (add.length + remove.length === 0) return;
  const { transport } = specOf(found);
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
  one(engine, PLACES.network, 'network', (found) => networkDocument(found, engine), id);

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
  deactivating(PLACES.network),
];
