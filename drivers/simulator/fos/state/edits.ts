/**
 * Edits of a zone database: zones, aliases and configurations are made, changed and deleted as the commands do it. Each
 * gives the next database or throws FosRefusal with the words of the switch, and checks no more than the switch does: what
 * a name stands for is looked at by an activation only.
 */
import type { FirmwareTraits } from './firmware.ts';
import { checkMember, hasMember, uniqueMembers } from './members.ts';
import type { FosLimits, FosZone, ZoneDatabase } from './model.ts';
import { FosRefusal } from './refusal.ts';

export type ObjectKind = 'zone' | 'alias' | 'cfg';

export interface NamingRules {
  readonly traits: FirmwareTraits;
  readonly limits: FosLimits;
}

export function checkName(name: string, { traits, limits }: NamingRules): void {
  if (name.length > limits.nameLengthMax) throw new FosRefusal('too-long', `error: "${name}" too long`);
  if (!traits.name.test(name)) throw new FosRefusal('invalid-name', `error: "${name}" invalid name`);
}

const isThere = ({ cfgs, zones, aliases }: ZoneDatabase, name: string): boolean =>
  cfgs.has(name) || zones.has(name) || aliases.has(name);

const checkMembers = (kind: ObjectKind, members: readonly string[], rules: NamingRules): void => {
  for (const member of members) {
    if (kind === 'cfg') checkName(member, rules);
    else checkMember(member, rules.traits.name, kind);
  }
};

const put = <V>(map: ReadonlyMap<string, V>, name: string, value: V): ReadonlyMap<string, V> =>
  new Map(map).set(name, value);

function without<V>(map: ReadonlyMap<string, V>, name: string): ReadonlyMap<string, V> {
  const next = new Map(map);
  next.delete(name);
  return next;
}

const TABLES = { cfg: 'cfgs', zone: 'zones', alias: 'aliases' } as const;

const membersOf = (database: ZoneDatabase, kind: ObjectKind, name: string): readonly string[] | undefined =>
  kind === 'zone' ? database.zones.get(name)?.members : database[TABLES[kind] as 'cfgs' | 'aliases'].get(name);

function needMembers(database: ZoneDatabase, kind: ObjectKind, name: string): readonly string[] {
  const members = membersOf(database, kind, name);
  if (!members) throw new FosRefusal('not-found', `error: "${name}" not found`);
  return members;
}

/** Replaces the members; the object is there. */
function setMembers(database: ZoneDatabase, kind: ObjectKind, name: string, members: readonly string[]): ZoneDatabase {
  if (kind === 'cfg') return { ...database, cfgs: put(database.cfgs, name, members) };
  if (kind === 'alias') return { ...database, aliases: put(database.aliases, name, members) };
  return { ...database, zones: put(database.zones, name, { ...database.zones.get(name)!, members }) };
}

export interface ObjectSpec {
  readonly kind: ObjectKind;
  readonly name: string;
  readonly members: readonly string[];
  /** Makes the zone a peer zone. */
  readonly principals?: readonly string[];
}

export function createObject(database: ZoneDatabase, spec: ObjectSpec, rules: NamingRules): ZoneDatabase {
  const { kind, name, principals } = spec;
  checkName(name, rules);
  if (isThere(database, name)) throw new FosRefusal('exists', `error: "${name}" duplicate name`);
  checkMembers(kind, [...(principals ?? []), ...spec.members], rules);
  const members = uniqueMembers(spec.members);
  if (kind !== 'zone') return setMembers(database, kind, name, members);
  const zone: FosZone = { kind: principals ? 'peer' : 'standard', principals: principals ?? [], members };
  return { ...database, zones: put(database.zones, name, zone) };
}

/** REST's PATCH: the members are these from now on. */
export function replaceMembers(database: ZoneDatabase, spec: ObjectSpec, rules: NamingRules): ZoneDatabase {
  const { kind, name, members, principals } = spec;
  needMembers(database, kind, name);
  checkMembers(kind, [...(principals ?? []), ...members], rules);
  const next = setMembers(database, kind, name, uniqueMembers(members));
  if (!principals || kind !== 'zone') return next;
  return { ...next, zones: put(next.zones, name, { ...next.zones.get(name)!, kind: 'peer', principals }) };
}

export function addMembers(database: ZoneDatabase, spec: ObjectSpec, rules: NamingRules): ZoneDatabase {
  const { kind, name } = spec;
  const before = needMembers(database, kind, name);
  checkMembers(kind, spec.members, rules);
  for (const member of spec.members) {
    if (hasMember(before, member)) throw new FosRefusal('contains', `error: "${name}" already contains "${member}"`);
  }
  return addPrincipals(setMembers(database, kind, name, uniqueMembers([...before, ...spec.members])), spec, rules);
}

function addPrincipals(database: ZoneDatabase, { name, principals }: ObjectSpec, rules: NamingRules): ZoneDatabase {
  if (!principals?.length) return database;
  checkMembers('zone', principals, rules);
  const zone = database.zones.get(name)!;
  if (zone.kind !== 'peer') throw new FosRefusal('invalid-member', `error: "${name}" is not a peer zone`);
  const all = uniqueMembers([...zone.principals, ...principals]);
  return { ...database, zones: put(database.zones, name, { ...zone, principals: all }) };
}

/** The last member takes the object with it, as on the switch. */
export function removeMembers(database: ZoneDatabase, spec: ObjectSpec): ZoneDatabase {
  const { kind, name, principals = [] } = spec;
  const before = needMembers(database, kind, name);
  for (const member of spec.members) {
    if (!hasMember(before, member)) throw new FosRefusal('not-in', `error: "${member}" is not in "${name}"`);
  }
  const members = before.filter((member) => !hasMember(spec.members, member));
  const next = setMembers(database, kind, name, members);
  const zone = next.zones.get(name);
  if (kind !== 'zone' || !zone) return members.length === 0 ? deleteObject(next, kind, name) : next;
  const left = zone.principals.filter((one) => !hasMember(principals, one));
  if (left.length + members.length === 0) return deleteObject(next, kind, name);
  return { ...next, zones: put(next.zones, name, { ...zone, principals: left }) };
}

/** Names that others have for it are left where they are. */
export function deleteObject(database: ZoneDatabase, kind: ObjectKind, name: string): ZoneDatabase {
  needMembers(database, kind, name);
  if (kind === 'zone') return { ...database, zones: without(database.zones, name) };
  if (kind === 'alias') return { ...database, aliases: without(database.aliases, name) };
  return { ...database, cfgs: without(database.cfgs, name) };
}
