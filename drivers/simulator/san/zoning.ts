/**
 * The zoning of one fabric as a state machine: zones, aliases and configurations as saved, what is in effect, and sums
 * over both. A change costs what it touches: zones that differ from what is in effect are kept in a list of their own, so
 * that activating again looks only at those. Deltas (apply-delta.ts) and people (edits.ts) change it through here.
 */
import { DriverError, sha256Hex } from 'coprhd/driver';
import type { Kv, Reader } from '../kv.ts';
import { invalid, refuse, WWPN } from '../objects.ts';
import {
  cables,
  DOMAIN_PORT,
  type FabricTables,
  fabrics,
  fabricTables,
  type StoredAlias,
  type StoredFabric,
  type StoredZone,
  wwpns,
} from './objects.ts';
import { toggled } from './zoning-sum.ts';

/** What names of zones, aliases and configurations are made of. */
export const ZONE_ALPHABET = /^[A-Za-z0-9_$^-]+$/;
export const ZONE_NAME_LENGTH_MAX = 64;
export const ZONE_MEMBERS_MAX = 255;

/** A change under way. What it holds back is written by `saved`. */
export interface Zoning {
  readonly kv: Kv;
  readonly tables: FabricTables;
  fabric: StoredFabric;
  /** Zones that were changed here: lists of the store don't show them yet. */
  readonly touched: Set<string>;
}

/** `touched`: zones that the same request changed before. */
export function openZoning(kv: Kv, name: string, touched: Iterable<string> = []): Zoning {
  return { kv, tables: fabricTables(name), fabric: fabrics.need(kv, name), touched: new Set(touched) };
}

/** Writes the fabric itself. Refuses with `capacity` what doesn't fit. */
export function saved({ kv, fabric }: Zoning): void {
  const { databaseBytes, databaseBytesMax, name } = fabric;
  if (databaseBytes > databaseBytesMax) {
    const message = `the zoning of ${name} would take ${databaseBytes} bytes of at most ${databaseBytesMax}`;
    throw new DriverError({ class: 'capacity', message });
  }
  fabrics.put(kv, name, fabric);
}

export function fingerprintOf({ definedSum, effectiveSum }: StoredFabric): string {
  return sha256Hex(`${definedSum} ${effectiveSum}`).slice(0, 32);
}

export const sameMembers = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((one, index) => one === b[index]));

export function checkZoneName(name: string): void {
  if (!ZONE_ALPHABET.test(name) || name.length > ZONE_NAME_LENGTH_MAX) {
    throw invalid(`zoning name ${JSON.stringify(name)} is not 1 to ${ZONE_NAME_LENGTH_MAX} of A-Z a-z 0-9 _ $ ^ -`);
  }
}

/** Folded, sorted, each once. Throws `invalid` for what is no member, and for too many or none. */
export function memberList(members: readonly string[]): string[] {
  const folded = members.map((member) => (WWPN.test(member.toLowerCase()) ? member.toLowerCase() : member));
  for (const member of folded) {
    if (!WWPN.test(member) && !DOMAIN_PORT.test(member)) checkZoneName(member);
  }
  const list = [...new Set(folded)].sort();
  if (list.length === 0 || list.length > ZONE_MEMBERS_MAX) {
    throw invalid(`a zone has 1 to ${ZONE_MEMBERS_MAX} members, not ${list.length}`);
  }
  return list;
}

export const isAliasName = (member: string): boolean => !WWPN.test(member) && !DOMAIN_PORT.test(member);

/** Members with the names of aliases replaced by what they stand for. */
export function resolved({ kv, tables }: Pick<Zoning, 'kv' | 'tables'>, members: readonly string[]): string[] {
  const plain = members.flatMap((member) => (isAliasName(member) ? tables.aliases.need(kv, member).members : [member]));
  return [...new Set(plain)].sort();
}

type Which = 'definedSum' | 'effectiveSum';

/** Takes a text into a sum, or out of it; a database is as large as its texts. */
function count(zoning: Zoning, which: Which, text: string, sign: 1 | -1): void {
  const { fabric } = zoning;
  zoning.fabric = {
    ...fabric,
    [which]: toggled(fabric[which], text),
    databaseBytes: fabric.databaseBytes + sign * text.length,
  };
}

function countZone(zoning: Zoning, zone: StoredZone | undefined, sign: 1 | -1): void {
  if (zone?.members) {
    const text = `zone ${zone.name} ${zone.members.join(';')} in ${zone.configurations.join(';')}`;
    count(zoning, 'definedSum', text, sign);
    zoning.fabric = { ...zoning.fabric, zones: zoning.fabric.zones + sign };
  }
  if (zone?.effective) count(zoning, 'effectiveSum', `zone ${zone.name} ${zone.effective.join(';')}`, sign);
}

/** What would be in effect of a zone, if the configuration in effect were activated now. */
export function wantedEffective(zoning: Zoning, zone: StoredZone): string[] | undefined {
  const { effective } = zoning.fabric;
  if (effective === undefined || !zone.members || !zone.configurations.includes(effective)) return undefined;
  return resolved(zoning, zone.members);
}

/** Writes a zone in its new form, with everything that depends on it but who is in it. */
function putZone(zoning: Zoning, before: StoredZone | undefined, after: StoredZone): void {
  const { kv, tables } = zoning;
  countZone(zoning, before, -1);
  countZone(zoning, after, 1);
  zoning.touched.add(after.name);
  if (after.members === undefined && after.effective === undefined) tables.zones.delete(kv, after.name);
  else tables.zones.put(kv, after.name, after);
  notePending(zoning, after);
}

function notePending(zoning: Zoning, zone: StoredZone): void {
  const { kv, tables } = zoning;
  const isPending = !sameMembers(wantedEffective(zoning, zone), zone.effective);
  const wasPending = tables.pending.get(kv, zone.name) !== undefined;
  if (isPending && !wasPending) tables.pending.put(kv, zone.name, zone.name);
  if (!isPending && wasPending) tables.pending.delete(kv, zone.name);
}

/** Aliases count the zones that name them. */
function useAliases({ kv, tables }: Zoning, members: readonly string[] | undefined, by: 1 | -1): void {
  for (const member of members ?? []) {
    if (!isAliasName(member)) continue;
    const alias = tables.aliases.get(kv, member);
    if (!alias) throw refuse(`there is no alias ${member}`);
    tables.aliases.put(kv, member, { ...alias, uses: alias.uses + by });
  }
}

/** Configurations count the zones in them, and are there as long as somebody made them or a zone is in them. */
function countInConfigurations({ kv, tables }: Zoning, names: readonly string[], by: 1 | -1): void {
  for (const name of names) {
    const configuration = tables.configurations.need(kv, name);
    tables.configurations.put(kv, name, { name, zones: configuration.zones + by });
  }
}

export function ensureConfiguration(zoning: Zoning, name: string): void {
  checkZoneName(name);
  const { kv, tables } = zoning;
  if (tables.configurations.get(kv, name)) return;
  tables.configurations.put(kv, name, { name, zones: 0 });
  count(zoning, 'definedSum', `configuration ${name}`, 1);
}

/** Takes an empty configuration that isn't in effect away. */
export function dropConfiguration(zoning: Zoning, name: string): void {
  const { kv, tables, fabric } = zoning;
  const { zones } = tables.configurations.need(kv, name);
  if (fabric.effective === name) throw refuse(`configuration ${name} is in effect`);
  if (zones > 0) throw refuse(`configuration ${name} has ${zones} zones`);
  tables.configurations.delete(kv, name);
  count(zoning, 'definedSum', `configuration ${name}`, -1);
}

/** A zone as saved: made, changed, or (undefined) taken away. What is in effect stays as it is. */
export function defineZone(
  zoning: Zoning,
  name: string,
  wanted: { readonly members: readonly string[]; readonly configurations: readonly string[] } | undefined,
): void {
  checkZoneName(name);
  const { kv, tables } = zoning;
  const before = tables.zones.get(kv, name);
  if (wanted) useAliases(zoning, wanted.members, 1);
  useAliases(zoning, before?.members, -1);
  const configurations = [...(wanted?.configurations ?? [])].sort();
  countInConfigurations(zoning, configurations, 1);
  countInConfigurations(zoning, before?.configurations ?? [], -1);
  const effective = before?.effective === undefined ? {} : { effective: before.effective };
  putZone(zoning, before, { name, ...(wanted ? { members: wanted.members } : {}), configurations, ...effective });
}

/** Zones of the store as they are now; those that this change made are in `touched`. */
const zonesOf = ({ kv, tables }: Zoning): StoredZone[] =>
  tables.zones.list(kv).flatMap((id) => (tables.zones.listed(kv, id) as StoredZone | undefined) ?? []);

const isStoragePort = (kv: Reader, member: string): boolean => {
  const cable = wwpns.get(kv, member);
  return cable !== undefined && cables.need(kv, cable).owner.type === 'array';
};

/** Notes or forgets that a zone in effect has a member (objects.ts, StoredMembership). */
function setMembership({ kv, tables }: Zoning, member: string, zone: string, isIn: boolean): void {
  const known = tables.memberships.get(kv, member) ?? { member, count: 0 };
  const amount = known.count + (isIn ? 1 : -1);
  if (amount === 0) {
    tables.memberships.delete(kv, member);
    return;
  }
  const others = (known.zones ?? []).filter((name) => name !== zone);
  const zones = isIn ? [...others, zone].sort() : others;
  tables.memberships.put(kv, member, { member, count: amount, ...(isStoragePort(kv, member) ? {} : { zones }) });
}

function setEffective(zoning: Zoning, name: string): void {
  const { kv, tables } = zoning;
  const before = tables.zones.get(kv, name);
  if (!before) return;
  const effective = wantedEffective(zoning, before);
  if (sameMembers(effective, before.effective)) {
    notePending(zoning, before);
    return;
  }
  for (const member of before.effective ?? []) {
    if (!effective?.includes(member)) setMembership(zoning, member, name, false);
  }
  for (const member of effective ?? []) {
    if (!before.effective?.includes(member)) setMembership(zoning, member, name, true);
  }
  const { effective: _old, ...rest } = before;
  putZone(zoning, before, { ...rest, ...(effective ? { effective } : {}) });
}

/** Puts a saved configuration into effect, whole. Refuses an empty one: a fabric is never left without zoning by us. */
export function activate(zoning: Zoning, configuration: string): void {
  const { kv, tables, fabric } = zoning;
  if (tables.configurations.need(kv, configuration).zones === 0) {
    throw refuse(`configuration ${configuration} has no zones`);
  }
  const isSame = fabric.effective === configuration;
  const listed = isSame ? pendingZones(zoning) : zonesOf(zoning).map((zone) => zone.name);
  if (!isSame) {
    if (fabric.effective !== undefined) count(zoning, 'effectiveSum', `effective ${fabric.effective}`, -1);
    count(zoning, 'effectiveSum', `effective ${configuration}`, 1);
  }
  zoning.fabric = { ...zoning.fabric, effective: configuration, generation: fabric.generation + 1 };
  for (const name of new Set([...listed, ...zoning.touched])) setEffective(zoning, name);
}

/** Takes what is in effect out of effect: the default zone rules then. Only people do it. */
export function deactivate(zoning: Zoning): void {
  const { effective, ...fabric } = zoning.fabric;
  if (effective === undefined) throw refuse('no configuration is in effect');
  count(zoning, 'effectiveSum', `effective ${effective}`, -1);
  const { effective: _ended, ...rest } = zoning.fabric;
  zoning.fabric = { ...rest, generation: fabric.generation + 1 };
  for (const name of new Set([...zonesOf(zoning).map((zone) => zone.name), ...zoning.touched])) {
    setEffective(zoning, name);
  }
}

/** Names of zones, without those of `except`, that an activation would put into effect as saved; in order of name. */
export function pendingZones({ kv, tables, touched }: Zoning, except: ReadonlySet<string> = new Set()): string[] {
  // A list of the store may show what this change has taken off it already.
  const listed = tables.pending.list(kv).flatMap((id) => tables.pending.listed(kv, id) ?? []);
  const all = new Set([...listed, ...[...touched].filter((name) => tables.pending.get(kv, name) !== undefined)]);
  return [...all].filter((name) => !except.has(name)).sort();
}

/** Makes an alias, or changes what it stands for; zones that name it are pending then. */
export function defineAlias(zoning: Zoning, name: string, members: readonly string[]): void {
  checkZoneName(name);
  const { kv, tables } = zoning;
  if (members.some(isAliasName)) throw invalid(`alias ${name}: an alias stands for WWPNs and ports, not for aliases`);
  const before = tables.aliases.get(kv, name);
  if (before) count(zoning, 'definedSum', aliasText(before), -1);
  const after = { name, members, uses: before?.uses ?? 0 };
  count(zoning, 'definedSum', aliasText(after), 1);
  tables.aliases.put(kv, name, after);
  if (!before || before.uses === 0) return;
  // The one change whose cost grows with the fabric: who names it isn't kept.
  for (const zone of zonesOf(zoning)) {
    if (zone.members?.includes(name)) putZone(zoning, zone, zone);
  }
}

const aliasText = ({ name, members }: StoredAlias) => `alias ${name} ${members.join(';')}`;

export function dropAlias(zoning: Zoning, name: string): void {
  const { kv, tables } = zoning;
  const alias = tables.aliases.need(kv, name);
  if (alias.uses > 0) throw refuse(`alias ${name} is used by ${alias.uses} zones`);
  tables.aliases.delete(kv, name);
  count(zoning, 'definedSum', aliasText(alias), -1);
}
