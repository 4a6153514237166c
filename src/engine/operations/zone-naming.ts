/** Zones in the words of people: whose a WWPN is, which exports a mask serves, and a zone with its members named. */
import type { ZoneMember } from '../driver/network-contract.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import type { RecordedZoneMember } from '../model/specs.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { addressesOfMask } from '../observe/addresses.ts';
import type { SeenFabric } from '../observe/network-observation.ts';
import { fabricIndex } from '../zoning/fabric-index.ts';
import { loginOf } from '../zoning/in-effect.ts';
import { liveOf } from './pool-facts.ts';
import type { NamedMember } from './zone-types.ts';

/** Whose a WWPN is. */
export type Owner =
  | { readonly host: string; readonly initiator: ResourceRecord<'initiator'> }
  | { readonly system: string; readonly port: ResourceRecord<'port'> };

/** Everything with a WWPN that is recorded: initiators of hosts and ports of storage systems, by WWPN. */
export function inventoryOf(view: RecordedView): ReadonlyMap<string, Owner> {
  const nameOf = (urn: Urn) => view.get(urn)?.record.name ?? urn;
  const initiators = liveOf(view, 'initiator')
    .filter(({ spec }) => spec.protocol === 'fc')
    .map((initiator): [string, Owner] => [
      initiator.spec.portName.toLowerCase(),
      { host: nameOf(initiator.spec.host), initiator },
    ]);
  const ports = liveOf(view, 'port')
    .filter(({ spec }) => spec.transport === 'fc')
    .map((port): [string, Owner] => [port.spec.address.toLowerCase(), { system: nameOf(port.spec.system), port }]);
  return new Map([...ports, ...initiators]);
}

/** Addresses of the exports that a mask serves. */
export function exportsOfMask(view: RecordedView, mask: Urn): readonly string[] {
  const record = view.get<'exportMask'>(mask)?.record;
  if (!record) return [];
  const lunMaps = view
    .inScope('lunMap', uuidOf(mask))
    .map(({ record: lunMap }) => lunMap)
    .filter(isLive);
  return addressesOfMask(view, record, lunMaps);
}

/** `h1@array-1`. */
export function maskWords(view: RecordedView, mask: Urn): string {
  const record = view.get<'exportMask'>(mask)?.record;
  const nameOf = (urn: Urn) => view.get(urn)?.record.name ?? urn;
  return record ? `${nameOf(record.spec.host)}@${nameOf(record.spec.system)}` : mask;
}

export interface MemberNamer {
  recorded(member: RecordedZoneMember): NamedMember;
  /** As the fabric has it. */
  seen(member: ZoneMember): NamedMember;
}

export function memberNamer(inventory: ReadonlyMap<string, Owner>, seen: SeenFabric | undefined): MemberNamer {
  const named = (member: string, portName: string | undefined, role: NamedMember['role']): NamedMember => {
    const owner = portName === undefined ? undefined : inventory.get(portName);
    return {
      member,
      ...(role === undefined ? {} : { role }),
      ...(portName === undefined ? {} : { portName }),
      ...(owner && 'host' in owner ? { host: owner.host } : {}),
      ...(owner && 'port' in owner ? { system: owner.system, port: owner.port.name } : {}),
      ...(portName === undefined || !seen ? {} : { loggedIn: loginOf(seen, portName) !== undefined }),
    };
  };
  return {
    recorded: ({ portName, alias, role }) => named(alias ?? portName, portName, role),
    seen: (member) => {
      if (member.type === 'port') return { member: `${member.domain},${member.port}` };
      if (member.type === 'other') return { member: member.text };
      if (member.type === 'wwpn') return named(member.wwpn, member.wwpn, member.role);
      return named(member.alias, seen && standsForOne(seen, member.alias), member.role);
    },
  };
}

function standsForOne(seen: SeenFabric, alias: string): string | undefined {
  const [only, ...more] = fabricIndex(seen).aliases.get(alias)?.members ?? [];
  return only?.type === 'wwpn' && more.length === 0 ? only.wwpn : undefined;
}
