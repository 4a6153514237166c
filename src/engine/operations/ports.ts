/** `port list`: storage ports as recorded, the networks that they are in, and the virtual arrays that have them by those. */

import { compareText } from '../../lib/compare-text.ts';
import { fail } from '../../lib/diagnostic.ts';
import { groupBy } from '../../lib/group-by.ts';
import { isReached, reachOf, recordedConnectivity } from '../model/connectivity.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { deregisteredWhy } from '../model/registration.ts';
import type { Urn } from '../model/urn.ts';
import { discoveryStatus } from '../model/visibility.ts';
import { withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import type { Call } from './engine.ts';
import { liveOf } from './pool-facts.ts';
import type { ListedPort } from './pool-types.ts';
import type { InputOf, ResultOf } from './types.ts';

export async function portList({ engine }: Call, input: InputOf<'port.list'>): Promise<ResultOf<'port.list'>> {
  const { result } = await withView(engine.store, (view) => {
    const asked = input.system === undefined ? undefined : findResource(view, input.system, 'storageSystem');
    if (asked && 'problem' in asked) return asked;
    const wanted = asked?.recorded.record.urn;
    const ports = allPorts(view);
    return wanted === undefined ? ports : ports.filter(({ system }) => system.urn === wanted);
  });
  if (!Array.isArray(result)) return fail('error', result.problem);
  return { outcome: 'ok', diagnostics: [], ports: sorted(result.map(({ listed }) => listed)) };
}

const sorted = (ports: readonly ListedPort[]): ListedPort[] => [...ports].sort((a, b) => compareText(a.name, b.name));

interface Network {
  readonly name: string;
  has(port: ResourceRecord<'port'>): boolean;
}

interface Arrays {
  readonly name: string;
  /** Storage systems that it names; none = it has what its networks have. */
  readonly systems: readonly Urn[];
  readonly networks: readonly string[];
}

function allPorts(view: RecordedView) {
  const reader = recordedConnectivity(view);
  const systems = new Map(liveOf(view, 'storageSystem').map((record) => [record.urn, record]));
  const networks = liveOf(view, 'network').map((record): Network => {
    const reach = reachOf(reader, [record]);
    return { name: record.name, has: ({ spec }) => isReached(spec, reach) };
  });
  const nameOf = (urn: Urn) => reader.get<'network'>(urn)?.name;
  const arrays = liveOf(view, 'virtualArray').map(({ urn, name }): Arrays => {
    const named = reader.membersOf(urn, 'networks').flatMap((network) => nameOf(network) ?? []);
    return { name, systems: reader.membersOf(urn, 'storageSystems'), networks: named };
  });
  const bySystem = groupBy(liveOf(view, 'port'), ({ spec }) => spec.system);
  return [...bySystem].flatMap(([urn, ports]) => {
    const system = systems.get(urn);
    if (!system) return [];
    return ports.map((port) => ({ system, listed: listed(view, { port, system, networks, arrays }) }));
  });
}

interface PortFacts {
  readonly port: ResourceRecord<'port'>;
  readonly system: ResourceRecord<'storageSystem'>;
  readonly networks: readonly Network[];
  readonly arrays: readonly Arrays[];
}

function listed(view: RecordedView, { port, system, networks, arrays }: PortFacts): ListedPort {
  const { spec } = port;
  const observed = view.port(port.urn);
  const inside = networks.filter((network) => network.has(port)).map(({ name }) => name);
  // Connected by a network; where the array names its systems only theirs are.
  const isOf = ({ systems, networks: of }: Arrays) =>
    of.some((name) => inside.includes(name)) && (systems.length === 0 || systems.includes(system.urn));
  const deregistered = system.spec.deregistered ?? spec.deregistered;
  return {
    name: `${system.name}/${port.name}`,
    urn: port.urn,
    system: system.name,
    transport: spec.transport,
    address: spec.address,
    haDomain: spec.haDomain,
    physicalPort: spec.physicalPort,
    ...(spec.engine === undefined ? {} : { engine: spec.engine }),
    ...(observed ? { status: observed.status } : {}),
    discoveryStatus: discoveryStatus(observed ?? {}),
    registrationStatus:
      (deregisteredWhy(system.name, system) ?? deregisteredWhy(port.name, port)) === undefined
        ? 'REGISTERED'
        : 'UNREGISTERED',
    ...(deregistered ? { deregistered } : {}),
    networks: inside,
    virtualArrays: arrays.filter(isOf).map(({ name }) => name),
  };
}
