/** Networks as CoprHD's documents: with their endpoints, the virtual arrays that name them, and who zones them. */
import { isIP } from 'node:net';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { OperationError } from '../../lib/diagnostic.ts';
import { type Document, network } from './documents.ts';
import { find, membersOf, PLACES, ref } from './finding.ts';

/** Which fabric of which network system it is. */
interface Of {
  readonly networkSystem?: string;
  readonly fabric?: string;
  readonly vsan?: number;
}

export interface NetworkSpec {
  readonly transport: 'ip' | 'fc';
  readonly subnets: readonly string[];
}

export const networkSpec = ({ record }: FoundRecord): NetworkSpec => record.spec as unknown as NetworkSpec;

/** Whole addresses as clients gave them; wider subnets as they are. */
const endpointOf = (subnet: string): string => {
  const [address = '', prefix] = subnet.split('/');
  return (isIP(address) === 4 ? '32' : '128') === prefix ? address : subnet;
};

interface Endpoint {
  readonly portName: string;
  readonly declared: boolean;
  readonly discovered?: boolean;
}

async function endpointsOf(engine: EngineClient, id: string): Promise<Endpoint[]> {
  const { records } = await find(engine, 'endpoint', { under: id });
  return records.map(({ record }) => record.spec as unknown as Endpoint);
}

/** By network, the virtual arrays that name it. */
async function varraysOfNetworks(engine: EngineClient): Promise<ReadonlyMap<string, readonly string[]>> {
  const { records } = await find(engine, 'virtualArray', { all: true });
  const found = new Map<string, string[]>();
  for (const { record } of records) {
    for (const id of await membersOf(engine, record.urn, 'networks'))
      found.set(id, [...(found.get(id) ?? []), record.urn]);
  }
  return found;
}

/** By name of a fabric, the networks that are routed to it, as their switches were last seen; nothing where they never were. */
async function routes(engine: EngineClient): Promise<ReadonlyMap<string, readonly string[]>> {
  const { systems } = await engine.call('network.fabrics', { refresh: 'none' }).catch((error: unknown) => {
    if (error instanceof OperationError) return { systems: [] };
    throw error;
  });
  const routed = systems.flatMap(({ fabrics }) =>
    fabrics.flatMap(({ network: name, routedTo = [] }) =>
      name === undefined || routedTo.length === 0 ? [] : [{ name, routedTo }],
    ),
  );
  if (routed.length === 0) return new Map();
  const { records } = await find(engine, 'network', { all: true });
  const ids = new Map(records.map(({ record }) => [record.name, record.urn as string]));
  const found = new Map<string, Set<string>>();
  for (const { name, routedTo } of routed) {
    const to = found.get(name) ?? new Set();
    for (const other of routedTo) if (ids.has(other)) to.add(ids.get(other)!);
    found.set(name, to);
  }
  return new Map([...found].map(([name, to]) => [name, [...to]]));
}

/** Of a fabric: its network system, whose registration is its own. */
async function zonedBy({ record }: FoundRecord, engine: EngineClient): Promise<Document> {
  const { networkSystem, fabric, vsan } = record.spec as unknown as Of;
  if (networkSystem === undefined) return {};
  const [system] = (await find(engine, 'networkSystem', { urns: [networkSystem] })).records;
  const { deregistered } = (system?.record.spec ?? {}) as { readonly deregistered?: unknown };
  const id = vsan === undefined ? fabric : String(vsan);
  return {
    network_systems: [networkSystem],
    ...(id === undefined ? {} : { fabric_id: id, native_id: id }),
    registration_status: deregistered ? 'UNREGISTERED' : 'REGISTERED',
  };
}

/** For many: virtual arrays and switches are looked at once, when the first of them needs it. */
export function networkDocuments(engine: EngineClient): (found: FoundRecord) => Promise<Document> {
  let named: ReturnType<typeof varraysOfNetworks> | undefined;
  let routed: ReturnType<typeof routes> | undefined;
  return async (found) => {
    named ??= varraysOfNetworks(engine);
    const varrays = (await named).get(found.record.urn) ?? [];
    const assigned = {
      assigned_varrays: varrays,
      ...(varrays.length === 1 ? { varray: ref(PLACES.varray, varrays[0]!) } : {}),
    };
    const { transport, subnets } = networkSpec(found);
    if (transport === 'ip') return { ...network(found), ...assigned, endpoints: subnets.map(endpointOf) };
    const endpoints = await endpointsOf(engine, found.record.urn);
    const isZoned = (found.record.spec as unknown as Of).networkSystem !== undefined;
    if (isZoned) routed ??= routes(engine);
    return {
      ...network(found),
      ...assigned,
      ...(await zonedBy(found, engine)),
      routed_networks: isZoned ? ((await routed!).get(found.record.name) ?? []) : [],
      // A switch shows it, or all that is in it was shown by switches.
      discovered: endpoints.length > 0 && endpoints.every(({ declared }) => !declared),
      endpoints: endpoints.map(({ portName }) => portName),
      endpoints_discovered: endpoints.map(({ portName, discovered }) => ({
        name: portName,
        value: String(!!discovered),
      })),
    };
  };
}
