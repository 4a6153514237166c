/**
 * From what the switch shows to zoning as data: device aliases become WWPNs, and what is shown twice, or counted in the
 * status, is held against each other. Where that disagrees the text was not whole, or changed while it was read.
 */
import type { ZoneMember } from 'coprhd/driver';
import type { ShownMember } from '../cli/members.ts';
import type { ZoneStatus } from '../cli/status.ts';
import type { ShownGroup, ShownZoneset } from '../cli/zones.ts';
import { type Full, memberKey, ordered, sameMembers, type Zone, type Zoning } from './zoning.ts';

export interface Shown {
  readonly status: ZoneStatus;
  readonly zones: readonly ShownGroup[];
  readonly zonesets: readonly ShownZoneset[];
  readonly active: readonly ShownZoneset[];
  readonly aliases: readonly ShownGroup[];
  /** WWPNs by name; read only where a member needs it. */
  readonly deviceAliases: ReadonlyMap<string, string>;
}

export interface Assembled {
  readonly zoning: Zoning;
  /** Undefined: it is whole. */
  readonly incomplete?: string;
}

export const needsDeviceAliases = (groups: readonly ShownGroup[]): boolean =>
  groups.some(({ members }) =>
    members.some((one) => one.kind === 'device-alias' || one.members?.some(({ kind }) => kind === 'device-alias')),
  );

/** Some versions print the ports that are in no zone as a zone. Nobody saved it, and it can't be edited. */
const DEFAULT_ZONE = '$default_zone$';

const withoutDefault = (groups: readonly ShownGroup[]): ShownGroup[] =>
  groups.filter(({ name }) => name !== DEFAULT_ZONE);

export function assemble(given: Shown): Assembled {
  const shown: Shown = {
    ...given,
    zones: withoutDefault(given.zones),
    active: given.active.map(({ name, zones }) => ({ name, zones: withoutDefault(zones) })),
  };
  const toZone = (group: ShownGroup) => zoneOf(group, shown.deviceAliases);
  const zones = byName(shown.zones.map(toZone));
  const inSets = shown.zonesets.flatMap((set) => set.zones.map(toZone));
  const full: Full = {
    zones,
    zonesets: new Map(shown.zonesets.map((set) => [set.name, new Set(set.zones.map(({ name }) => name))])),
    aliases: byName(shown.aliases.map(toZone)),
  };
  const [active] = shown.active;
  const enforced = active?.zones.map((group) => toZone({ ...group, members: group.members.flatMap(expanded) }));
  const zoning: Zoning = {
    full,
    ...(active && enforced ? { active: { name: active.name, zones: byName(enforced) } } : {}),
  };
  const why = disagreement(shown, zoning, inSets);
  return { zoning, ...(why === undefined ? {} : { incomplete: why }) };
}

/** In the active zoneset what stands below an alias is what is enforced, whatever the alias is now. */
const expanded = (member: ShownMember): readonly ShownMember[] => member.members ?? [member];

const byName = (zones: readonly Zone[]): Map<string, Zone> => new Map(zones.map((zone) => [zone.name, zone]));

function zoneOf({ name, members, attributes }: ShownGroup, deviceAliases: ReadonlyMap<string, string>): Zone {
  const all = members.flatMap((member) => {
    const is = plainMember(member, deviceAliases);
    return { is, form: formOf(member), role: member.role };
  });
  return {
    name,
    members: ordered(all.map(({ is }) => is)),
    forms: new Map(all.map(({ is, form }) => [memberKey(is), form])),
    marks: [
      ...attributes.map((text) => `attribute ${text}`),
      ...all.flatMap(({ is, role }) => (role === undefined ? [] : [`${memberKey(is)} ${role}`])),
    ],
  };
}

function plainMember(member: ShownMember, deviceAliases: ReadonlyMap<string, string>): ZoneMember {
  const { kind, value } = member;
  if (kind === 'pwwn') return { type: 'wwpn', wwpn: value };
  if (kind === 'fcalias') return { type: 'alias', alias: value };
  const wwpn = kind === 'device-alias' ? deviceAliases.get(value) : undefined;
  if (wwpn !== undefined) return { type: 'wwpn', wwpn };
  return { type: 'other', text: kind === 'other' ? value : `device-alias ${value}` };
}

function formOf({ kind, value, role }: ShownMember): string {
  const form = kind === 'other' ? value : `${kind} ${value}`;
  return role === undefined ? form : `${form} ${role}`;
}

function disagreement(shown: Shown, { full, active }: Zoning, inSets: readonly Zone[]): string | undefined {
  const { status } = shown;
  const outside = [...full.zones.keys()].filter((name) => !inSets.some((zone) => zone.name === name)).length;
  // In basic mode a zone that is in several zonesets may be counted once for each.
  const counts = [full.zones.size, ...(status.mode === 'basic' ? [inSets.length + outside] : [])];
  if (!counts.includes(status.full.zones)) return `${full.zones.size} of ${status.full.zones} zones are shown`;
  if (full.zonesets.size !== status.full.zonesets) {
    return `${full.zonesets.size} of ${status.full.zonesets} zonesets are shown`;
  }
  if (full.aliases.size !== status.full.aliases) {
    return `${full.aliases.size} of ${status.full.aliases} aliases are shown`;
  }
  const differs = inSets.find((zone) => {
    const saved = full.zones.get(zone.name);
    return !saved || !sameMembers(saved.members, zone.members);
  });
  if (differs) return `zone ${differs.name} is shown with different members, or not at all, by two commands`;
  if (shown.active.length > 1 || active?.name !== status.active?.name) return 'the active zoneset is not shown whole';
  if (active && active.zones.size !== status.active?.zones) {
    return `${active.zones.size} of ${status.active?.zones} active zones are shown`;
  }
  return undefined;
}
