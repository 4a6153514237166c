/** Members in the form that devices take and show, and comparing them. */
import { compareText } from '../../lib/compare-text.ts';
import type { ZoneKind, ZoneMember, ZoneSpec } from '../driver/network-contract.ts';
import type { RecordedZoneMember } from '../model/specs.ts';
import { type FabricIndex, resolvedMembers } from './fabric-index.ts';
import type { OurZone } from './types.ts';

const withRole = <T extends object>(member: T, { role }: RecordedZoneMember) => ({
  ...member,
  ...(role === undefined ? {} : { role }),
});

export const deviceMembers = (members: readonly RecordedZoneMember[]): ZoneMember[] =>
  members.map((member) =>
    member.alias === undefined
      ? withRole({ type: 'wwpn' as const, wwpn: member.portName }, member)
      : withRole({ type: 'alias' as const, alias: member.alias }, member),
  );

/** What the members stand for. */
export const portsOf = (members: readonly RecordedZoneMember[]): ZoneMember[] =>
  members.map((member) => withRole({ type: 'wwpn' as const, wwpn: member.portName }, member));

/** Absent for standard zones, as deltas have it. */
export const kindOf = ({ kind }: Pick<OurZone, 'kind'>): { readonly kind?: ZoneKind } =>
  kind === 'standard' || kind === 'other' ? {} : { kind };

export const zoneSpec = (zone: OurZone): ZoneSpec => ({
  name: zone.zoneName,
  ...kindOf(zone),
  members: deviceMembers(zone.members),
});

export const aliasSpec = (name: string, wwpn: string): ZoneSpec => ({ name, members: [{ type: 'wwpn', wwpn }] });

function memberText(member: ZoneMember): string {
  switch (member.type) {
    case 'wwpn':
      return `${member.role ?? ''} ${member.wwpn}`;
    case 'alias':
      return `${member.role ?? ''} alias ${member.alias}`;
    case 'port':
      return `${member.domain},${member.port}`;
    case 'other':
      return `other ${member.text}`;
  }
}

/** As switches print them; undefined where there are none to print. */
export const memberTexts = (members: readonly ZoneMember[] | undefined): readonly string[] | undefined =>
  members?.map((member) => memberText(member).trim());

/** Their order says nothing, and neither does naming one twice. */
export function sameMembers(a: readonly ZoneMember[] | undefined, b: readonly ZoneMember[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const texts = (members: readonly ZoneMember[]) => [...new Set(members.map(memberText))].sort(compareText);
  const [ofA, ofB] = [texts(a), texts(b)];
  return ofA.length === ofB.length && ofA.every((text, at) => text === ofB[at]);
}

/** The alias stands for exactly this WWPN on the fabric. */
export const standsFor = (index: FabricIndex, { alias, portName }: RecordedZoneMember): boolean =>
  alias === undefined || (index.aliasesOf.get(portName)?.includes(alias) ?? false);

/** Saved as it is recorded, and each alias stands for what it did. */
export const isSavedAs = (index: FabricIndex, zone: OurZone, saved: readonly ZoneMember[]): boolean =>
  sameMembers(saved, deviceMembers(zone.members)) && sameMembers(resolvedMembers(index, saved), portsOf(zone.members));
