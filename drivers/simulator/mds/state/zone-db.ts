/**
 * A full zone set database: zones, zone sets and FC aliases by name. Each change either happens or says in the switch's
 * words why not; then nothing has changed.
 */
import { memberKey, sameMember } from './members.ts';
import type { ActiveSet, FcAlias, Member, Vsan, Zone, ZoneDb, ZoneSet } from './types.ts';

/** Why it was refused, as the switch prints it. */
export type Refusal = string | undefined;

export const NON_EXISTING = 'non existing';
export const IN_USE = 'already in use';

export const emptyDb = (): ZoneDb => ({ zones: [], zonesets: [], fcaliases: [] });

export const copyOf = <T>(value: T): T => structuredClone(value);

export const byName = <T extends { name: string }>(list: readonly T[], name: string): T | undefined =>
  list.find((one) => one.name === name);

const HEAD_BYTES = 124;
const padded = (text: string): number => Math.ceil(text.length / 4) * 4;
const groupBytes = ({ name, members }: { name: string; members: readonly Member[] }): number =>
  24 + padded(name) + members.reduce((sum, member) => sum + 8 + padded(memberKey(member)), 0);
const zonesetBytes = ({ name, zones }: ZoneSet): number => 12 + padded(name) + 4 * zones.length;

const sum = (sizes: readonly number[]): number => sizes.reduce((all, one) => all + one, 0);

export const dbBytes = ({ zones, zonesets, fcaliases }: ZoneDb): number =>
  HEAD_BYTES + sum([...zones.map(groupBytes), ...zonesets.map(zonesetBytes), ...fcaliases.map(groupBytes)]);

export const activeBytes = (active: ActiveSet | undefined): number =>
  active ? 12 + padded(active.name) + sum(active.zones.map(groupBytes)) : 0;

export function ensureZone(db: ZoneDb, name: string): Zone {
  const there = byName(db.zones, name);
  if (there) return there;
  const made: Zone = { name, members: [] };
  db.zones.push(made);
  return made;
}

export function removeZone(db: ZoneDb, name: string): Refusal {
  if (!byName(db.zones, name)) return `Zone name ${NON_EXISTING}`;
  db.zones = db.zones.filter((one) => one.name !== name);
  for (const zoneset of db.zonesets) zoneset.zones = zoneset.zones.filter((zone) => zone !== name);
  return undefined;
}

export function renameZone(db: ZoneDb, from: string, to: string): Refusal {
  const zone = byName(db.zones, from);
  if (!zone) return `Zone name ${NON_EXISTING}`;
  if (byName(db.zones, to)) return `Zone name ${IN_USE}`;
  zone.name = to;
  for (const zoneset of db.zonesets) zoneset.zones = zoneset.zones.map((one) => (one === from ? to : one));
  return undefined;
}

export function addMember(group: Zone | FcAlias, member: Member): Refusal {
  if (group.members.some((one) => sameMember(one, member))) return 'Duplicate member';
  group.members.push(member);
  return undefined;
}

export function removeMember(group: Zone | FcAlias, member: Member): Refusal {
  if (!group.members.some((one) => sameMember(one, member))) return `Member ${NON_EXISTING}`;
  group.members = group.members.filter((one) => !sameMember(one, member));
  return undefined;
}

export function ensureZoneset(db: ZoneDb, name: string): ZoneSet {
  const there = byName(db.zonesets, name);
  if (there) return there;
  const made: ZoneSet = { name, zones: [] };
  db.zonesets.push(made);
  return made;
}

export function removeZoneset(db: ZoneDb, name: string): Refusal {
  if (!byName(db.zonesets, name)) return `Zoneset name ${NON_EXISTING}`;
  db.zonesets = db.zonesets.filter((one) => one.name !== name);
  return undefined;
}

export function cloneZoneset(db: ZoneDb, from: string, to: string): Refusal {
  const zoneset = byName(db.zonesets, from);
  if (!zoneset) return `Zoneset name ${NON_EXISTING}`;
  if (byName(db.zonesets, to)) return `Zoneset name ${IN_USE}`;
  db.zonesets.push({ name: to, zones: [...zoneset.zones] });
  return undefined;
}

export function renameZoneset(db: ZoneDb, from: string, to: string): Refusal {
  const zoneset = byName(db.zonesets, from);
  if (!zoneset) return `Zoneset name ${NON_EXISTING}`;
  if (byName(db.zonesets, to)) return `Zoneset name ${IN_USE}`;
  zoneset.name = to;
  return undefined;
}

export function addToZoneset(db: ZoneDb, zoneset: ZoneSet, zone: string): Refusal {
  if (!byName(db.zones, zone)) return `Zone name ${NON_EXISTING}`;
  if (zoneset.zones.includes(zone)) return 'Duplicate member';
  zoneset.zones.push(zone);
  return undefined;
}

export function removeFromZoneset(zoneset: ZoneSet, zone: string): Refusal {
  if (!zoneset.zones.includes(zone)) return `Zone name ${NON_EXISTING}`;
  zoneset.zones = zoneset.zones.filter((one) => one !== zone);
  return undefined;
}

export function ensureFcalias(db: ZoneDb, name: string): FcAlias {
  const there = byName(db.fcaliases, name);
  if (there) return there;
  const made: FcAlias = { name, members: [] };
  db.fcaliases.push(made);
  return made;
}

export function removeFcalias(db: ZoneDb, name: string): Refusal {
  if (!byName(db.fcaliases, name)) return `Fcalias name ${NON_EXISTING}`;
  const isUsed = ({ members }: Zone) => members.some((one) => one.kind === 'fcalias' && one.name === name);
  if (db.zones.some(isUsed)) return `Fcalias name ${IN_USE}`;
  db.fcaliases = db.fcaliases.filter((one) => one.name !== name);
  return undefined;
}

/** A zone set as it would be enforced: with its zones, and what FC aliases stand for instead of them. */
export function activeForm(db: ZoneDb, name: string): ActiveSet | undefined {
  const zoneset = byName(db.zonesets, name);
  if (!zoneset) return undefined;
  const plain = (member: Member): readonly Member[] =>
    member.kind === 'fcalias' ? (byName(db.fcaliases, member.name)?.members ?? []) : [member];
  const zones = zoneset.zones.map((zone): Zone => {
    const members = (byName(db.zones, zone)?.members ?? []).flatMap(plain);
    const isFirst = (member: Member, index: number) => members.findIndex((one) => sameMember(one, member)) === index;
    return { name: zone, members: copyOf(members.filter(isFirst)) };
  });
  return { name, zones };
}

/** What is in effect once it is activated: zones of IVR come into the active zone set by themselves, and are in no database. */
export const withRouted = (set: ActiveSet, { routedZones = [] }: Vsan): ActiveSet => ({
  name: set.name,
  zones: [...set.zones, ...copyOf([...routedZones])],
});

/** `zone copy active-zoneset full-zoneset`: zones of the active set replace those of the same name. */
export function takeActive(db: ZoneDb, active: ActiveSet): void {
  for (const { name, members } of active.zones) ensureZone(db, name).members = copyOf([...members]);
  ensureZoneset(db, active.name).zones = active.zones.map(({ name }) => name);
}
