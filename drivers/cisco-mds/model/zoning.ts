/**
 * The zoning of one VSAN as data: the full database (what is saved) and the active zoneset (what is enforced). Members are
 * those of the contract, device aliases resolved, so that the same member is equal wherever and however it is shown.
 */
import { hashOf, type PendingZone, type ZoneMember } from 'coprhd/driver';

export interface Zone {
  readonly name: string;
  /** In order of their keys, each once. */
  readonly members: readonly ZoneMember[];
  /** By key of the member: what stands after `member ` in the command that takes it in, or out. */
  readonly forms: ReadonlyMap<string, string>;
  /** Roles of smart zoning, attributes. Empty in a standard zone. */
  readonly marks: readonly string[];
}

export interface Full {
  readonly zones: ReadonlyMap<string, Zone>;
  /** Names of zones by name of the zoneset. */
  readonly zonesets: ReadonlyMap<string, ReadonlySet<string>>;
  readonly aliases: ReadonlyMap<string, Zone>;
}

export interface Active {
  readonly name: string;
  readonly zones: ReadonlyMap<string, Zone>;
}

export interface Zoning {
  readonly full: Full;
  /** Undefined: no zoneset is active. */
  readonly active?: Active;
}

export function memberKey(member: ZoneMember): string {
  switch (member.type) {
    case 'wwpn':
      return `wwpn ${member.wwpn}`;
    case 'alias':
      return `alias ${member.alias}`;
    case 'port':
      return `port ${member.domain},${member.port}`;
    case 'other':
      return `other ${member.text}`;
  }
}

/** In order, each once. */
export function ordered(members: readonly ZoneMember[]): ZoneMember[] {
  const byKey = new Map(members.map((member) => [memberKey(member), member]));
  return [...byKey.keys()].sort().map((key) => byKey.get(key)!);
}

export const keysOf = (members: readonly ZoneMember[]): string[] => members.map(memberKey);

/** Both ordered. */
export const sameMembers = (a: readonly ZoneMember[], b: readonly ZoneMember[]): boolean =>
  a.length === b.length && a.every((member, index) => memberKey(member) === memberKey(b[index]!));

/** What is in effect when a zone with these members is: aliases replaced by what they stand for. */
export function resolved(full: Full, members: readonly ZoneMember[]): ZoneMember[] {
  return ordered(
    members.flatMap((member) => {
      const alias = member.type === 'alias' ? full.aliases.get(member.alias) : undefined;
      return alias ? alias.members : [member];
    }),
  );
}

/** What an activation of the zoneset puts into effect. Zones without members let nobody see anybody, whether they are listed or not. */
export function effectOf(full: Full, zoneset: string): Map<string, ZoneMember[]> {
  const effect = new Map<string, ZoneMember[]>();
  for (const name of full.zonesets.get(zoneset) ?? []) {
    const members = resolved(full, full.zones.get(name)?.members ?? []);
    if (members.length > 0) effect.set(name, members);
  }
  return effect;
}

/** Inter-VSAN routing (IVR) puts zones of this name into what is active, at each activation, and into no database. */
export const isRouted = ({ full }: Zoning, name: string): boolean => name.startsWith('IVRZ_') && !full.zones.has(name);

/** The zones that another activation of what is active would change, in order of name. */
export function pendingOf(zoning: Zoning, zoneset = zoning.active?.name): PendingZone[] {
  if (zoneset === undefined) return [];
  const wanted = effectOf(zoning.full, zoneset);
  const active = new Map(
    [...(zoning.active?.zones ?? [])].filter(([name, { members }]) => members.length > 0 && !isRouted(zoning, name)),
  );
  const pending: PendingZone[] = [];
  for (const name of [...new Set([...wanted.keys(), ...active.keys()])].sort()) {
    const [will, is] = [wanted.get(name), active.get(name)];
    if (!is) pending.push({ name, change: 'add' });
    else if (!will) pending.push({ name, change: 'remove' });
    else if (!sameMembers(will, resolved(zoning.full, is.members)) || rolesDiffer(zoning.full.zones.get(name)!, is)) {
      pending.push({ name, change: 'change' });
    }
  }
  return pending;
}

const rolesOf = ({ marks }: Zone) =>
  marks
    .filter((mark) => !mark.startsWith('attribute'))
    .sort()
    .join();
const rolesDiffer = (a: Zone, b: Zone): boolean => rolesOf(a) !== rolesOf(b);

/** Saved configurations that a zone is in, in order. */
export function zonesetsOf(full: Full, zone: string): string[] {
  return [...full.zonesets].flatMap(([name, zones]) => (zones.has(zone) ? [name] : [])).sort();
}

const zoneFact = ({ name, members, marks }: Zone) => [name, keysOf(members), [...marks].sort()] as const;
const inOrder = (zones: ReadonlyMap<string, Zone>) =>
  [...zones.keys()].sort().map((name) => zoneFact(zones.get(name)!));

/** Equal for equal zoning, whoever is logged in and however members are written. */
export function fingerprintOf({ full, active }: Zoning): string {
  const facts = {
    zones: inOrder(full.zones),
    zonesets: [...full.zonesets].map(([name, zones]) => [name, [...zones].sort()]).sort(),
    aliases: inOrder(full.aliases),
    active: active ? [active.name, inOrder(active.zones)] : null,
  };
  return hashOf(facts).slice(0, 32);
}

/** Names of zones, zonesets and aliases that are not the same in both, saved or active. */
export function differing(a: Zoning, b: Zoning): string[] {
  const names = [
    ...differingZones(a.full.zones, b.full.zones),
    ...differingZones(a.full.aliases, b.full.aliases),
    ...differingZones(a.active?.zones ?? new Map(), b.active?.zones ?? new Map()),
    ...[...new Set([...a.full.zonesets.keys(), ...b.full.zonesets.keys()])].filter(
      (name) => setText(a.full.zonesets.get(name)) !== setText(b.full.zonesets.get(name)),
    ),
    ...(a.active?.name === b.active?.name ? [] : [a.active?.name ?? '', b.active?.name ?? '']),
  ];
  return [...new Set(names)].filter((name) => name !== '').sort();
}

const setText = (names: ReadonlySet<string> | undefined): string | undefined => names && [...names].sort().join();

function differingZones(a: ReadonlyMap<string, Zone>, b: ReadonlyMap<string, Zone>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => {
    const [one, other] = [a.get(name), b.get(name)];
    return !one || !other || hashOf(zoneFact(one)) !== hashOf(zoneFact(other));
  });
}
