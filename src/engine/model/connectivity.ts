/**
 * Which storage systems a virtual array has (CoprHD: assigned, else connected). Those that it names; where it names none,
 * those that have a port in one of its IP networks. What is reached over Fibre Channel is known once fabrics are; until then
 * such systems are named.
 */
import { portalInSubnets } from './ip.ts';
import type { KindName } from './kinds.ts';
import { isLive, type ResourceRecord } from './record.ts';
import type { RecordedView } from './recorded-view.ts';
import { type Urn, uuidOf } from './urn.ts';

/** Live records, and who is in their lists. */
export interface ConnectivityReader {
  membersOf(urn: Urn, list: string): readonly Urn[];
  get<K extends KindName>(urn: Urn): ResourceRecord<K> | undefined;
  childrenOf<K extends KindName>(kind: K, parent: Urn): readonly ResourceRecord<K>[];
  all<K extends KindName>(kind: K): readonly ResourceRecord<K>[];
}

/** In no order that means anything. Loads all systems and ports only where the virtual array names no system. */
export function systemsOfVirtualArray(reader: ConnectivityReader, virtualArray: Urn): readonly Urn[] {
  const assigned = reader.membersOf(virtualArray, 'storageSystems');
  if (assigned.length > 0) return assigned;
  const subnets = reader
    .membersOf(virtualArray, 'networks')
    .flatMap((urn) => reader.get<'network'>(urn)?.spec.subnets ?? []);
  return systemsConnectedTo(reader, subnets);
}

/** Those with a port in one of these subnets. */
export function systemsConnectedTo(reader: ConnectivityReader, subnets: readonly string[]): readonly Urn[] {
  if (subnets.length === 0) return [];
  const isConnected = ({ urn }: ResourceRecord) =>
    reader
      .childrenOf('port', urn)
      .some(({ spec }) => spec.transport === 'ip' && portalInSubnets(spec.address, subnets));
  return reader
    .all('storageSystem')
    .filter(isConnected)
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
  };
}
