/**
 * Which storage systems a virtual array has (CoprHD: assigned, else connected). Those that it names; where it names none,
 * those that have a port in one of its networks: over IP by the subnet of the port's address, over Fibre Channel by its
 * WWPN, which is an endpoint of the network.
 */
import { portalInSubnets } from './ip.ts';
import type { KindName } from './kinds.ts';
import { isLive, type ResourceRecord } from './record.ts';
import type { RecordedView } from './recorded-view.ts';
import type { RecordedSpec } from './specs.ts';
import { ZONE } from './unique-names.ts';
import { type Urn, uuidOf } from './urn.ts';

/** Live records, and who is in their lists. */
export interface ConnectivityReader {
  membersOf(urn: Urn, list: string): readonly Urn[];
  get<K extends KindName>(urn: Urn): ResourceRecord<K> | undefined;
  childrenOf<K extends KindName>(kind: K, parent: Urn): readonly ResourceRecord<K>[];
  all<K extends KindName>(kind: K): readonly ResourceRecord<K>[];
  /** Of which Fibre Channel network the WWPN is an endpoint. */
  networkOf(portName: string): Urn | undefined;
}

/** What is in some networks together. */
export interface Reach {
  readonly subnets: readonly string[];
  /** Absent = none of them is a fabric. */
  hasEndpoint?(portName: string): boolean;
}

type Port = Pick<RecordedSpec<'port'>, 'transport' | 'address'>;

export function isReached({ transport, address }: Port, reach: Reach): boolean {
  return transport === 'ip' ? portalInSubnets(address, reach.subnets) : (reach.hasEndpoint?.(address) ?? false);
}

export function reachOf(
  reader: Pick<ConnectivityReader, 'networkOf'>,
  networks: readonly ResourceRecord<'network'>[],
): Reach {
  const subnets = networks.flatMap(({ spec }) => spec.subnets);
  const fabrics = new Set(networks.filter(({ spec }) => spec.transport === 'fc').map(({ urn }) => urn));
  if (fabrics.size === 0) return { subnets };
  const isOne = (network: Urn | undefined) => network !== undefined && fabrics.has(network);
  return { subnets, hasEndpoint: (portName) => isOne(reader.networkOf(portName)) };
}

/**
 * Whether hosts of a virtual array can reach a port. Of a transport that none of its networks has, and of fabrics of which no
 * endpoint is known, nothing is known either: all of them.
 */
export function withinArray(
  reader: Pick<ConnectivityReader, 'membersOf' | 'get' | 'networkOf' | 'childrenOf'>,
  virtualArray: Urn,
): (port: Port) => boolean {
  const networks = reader.membersOf(virtualArray, 'networks').flatMap((urn) => reader.get<'network'>(urn) ?? []);
  const fabrics = networks.filter(({ spec }) => spec.transport === 'fc');
  const reach = reachOf(reader, networks);
  const isKnown = {
    ip: reach.subnets.length > 0,
    fc: fabrics.length > 0 && fabrics.every(({ urn }) => reader.childrenOf('endpoint', urn).length > 0),
  };
  return (port) => !isKnown[port.transport] || isReached(port, reach);
}

/** In no order that means anything. Loads all systems and ports only where the virtual array names no system. */
export function systemsOfVirtualArray(reader: ConnectivityReader, virtualArray: Urn): readonly Urn[] {
  const assigned = reader.membersOf(virtualArray, 'storageSystems');
  if (assigned.length > 0) return assigned;
  const networks = reader.membersOf(virtualArray, 'networks').flatMap((urn) => reader.get<'network'>(urn) ?? []);
  return systemsConnectedTo(reader, reachOf(reader, networks));
}

/** Those with a port in one of these networks. */
export function systemsConnectedTo(
  reader: Pick<ConnectivityReader, 'all' | 'childrenOf'>,
  reach: Reach,
): readonly Urn[] {
  if (reach.subnets.length === 0 && !reach.hasEndpoint) return [];
  return reader
    .all('storageSystem')
    .filter(({ urn }) => reader.childrenOf('port', urn).some(({ spec }) => isReached(spec, reach)))
    .map(({ urn }) => urn);
}

/** What is recorded. */
export function recordedConnectivity(view: RecordedView): ConnectivityReader {
  const live = <K extends KindName>(found: readonly { readonly record: ResourceRecord<K> }[]) =>
    found.map(({ record }) => record).filter(isLive);
  return {
    membersOf: (urn, list) => view.members(urn, list),
    get: <K extends KindName>(urn: Urn) => {
      const found = view.get<K>(urn)?.record;
      return found && isLive(found) ? found : undefined;
    },
    childrenOf: (kind, parent) => live(view.inScope(kind, uuidOf(parent))),
    all: (kind) => live(view.all(kind)),
    networkOf: (portName) => {
      const found = view.byName('endpoint', ZONE, portName)?.record;
      return found && isLive(found) ? found.spec.network : undefined;
    },
  };
}
