/** From what is defined to what would be in effect, and how large a database is. */
import { foldMember, isDomainPort, isWwn, uniqueMembers } from './members.ts';
import type { EffectiveConfiguration, FosZone, ZoneDatabase } from './model.ts';
import { FosRefusal } from './refusal.ts';

const missing = (name: string) => new FosRefusal('not-found', `error: "${name}" not found`);

function resolvedMembers(database: ZoneDatabase, members: readonly string[]): string[] {
  const plain = members.flatMap((member) => {
    if (isWwn(member) || isDomainPort(member)) return [member];
    const alias = database.aliases.get(member);
    if (!alias) throw missing(member);
    return alias;
  });
  return uniqueMembers(plain);
}

/** What activating `cfg` enforces. Throws FosRefusal when a name in it stands for nothing. */
export function effectiveOf(database: ZoneDatabase, cfg: string): EffectiveConfiguration {
  const names = database.cfgs.get(cfg);
  if (!names) throw missing(cfg);
  const zones = new Map<string, FosZone>();
  for (const name of [...names].sort()) {
    const zone = database.zones.get(name);
    if (!zone) throw missing(name);
    zones.set(name, {
      kind: zone.kind,
      principals: resolvedMembers(database, zone.principals),
      members: resolvedMembers(database, zone.members),
    });
  }
  return { cfg, zones };
}

const zoneText = ({ kind, principals, members }: FosZone): string =>
  JSON.stringify([kind, principals.map(foldMember).sort(), members.map(foldMember).sort()]);

const sameZones = (a: ReadonlyMap<string, FosZone>, b: ReadonlyMap<string, FosZone>): boolean =>
  a.size === b.size && [...a].every(([name, zone]) => b.has(name) && zoneText(b.get(name)!) === zoneText(zone));

/** Saving only would leave what is in effect other than what is defined. */
export function isInconsistent(database: ZoneDatabase, effective: EffectiveConfiguration | undefined): boolean {
  if (!effective) return false;
  try {
    return !sameZones(effectiveOf(database, effective.cfg).zones, effective.zones);
  } catch (error) {
    if (error instanceof FosRefusal) return true;
    throw error;
  }
}

const listBytes = (name: string, members: readonly string[]): number =>
  name.length + 8 + members.reduce((sum, member) => sum + (isWwn(member) ? 8 : member.length) + 4, 0);

/** An empty one has none. How Fabric OS counts isn't published; it grows with names and members as here. */
export function databaseBytes({ cfgs, zones, aliases }: ZoneDatabase): number {
  const lists = [
    ...cfgs,
    ...aliases,
    ...[...zones].map(([name, zone]) => [name, [...zone.principals, ...zone.members]] as const),
  ];
  return lists.reduce((sum, [name, members]) => sum + listBytes(name, members), 0);
}

const sorted = <V>(map: ReadonlyMap<string, V>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

/** Equal for equal databases. */
export const databaseText = ({ cfgs, zones, aliases }: ZoneDatabase): string =>
  JSON.stringify([sorted(cfgs), sorted(zones), sorted(aliases)]);

export const effectiveText = (effective: EffectiveConfiguration | undefined): string =>
  effective ? JSON.stringify([effective.cfg, sorted(effective.zones)]) : '';
