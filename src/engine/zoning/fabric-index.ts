/**
 * A fabric's zones and aliases by what is asked for, made once for each fabric that was seen. Looking through 50,000 zones for
 * every path would take minutes; here a path costs the zones that its initiator is in.
 */
import { compareText } from '../../lib/compare-text.ts';
import type { AliasObservation, ZoneKind, ZoneMember, ZoneObservation, ZoneRole } from '../driver/network-contract.ts';
import type { SeenFabric } from '../observe/network-observation.ts';

export interface FabricIndex {
  readonly zones: ReadonlyMap<string, ZoneObservation>;
  readonly aliases: ReadonlyMap<string, AliasObservation>;
  /** Of zones, aliases and configurations: on some switches they share their names. */
  readonly names: ReadonlySet<string>;
  /** Aliases that stand for this WWPN and nothing else, in order of name. */
  readonly aliasesOf: ReadonlyMap<string, readonly string[]>;
  /** Zones whose saved form names the alias. */
  readonly zonesNaming: ReadonlyMap<string, readonly string[]>;
  /** Zones in effect and saved in the configuration in effect, by the WWPNs that are in effect. */
  readonly standingWith: ReadonlyMap<string, readonly ZoneObservation[]>;
  /** Zones saved in the configuration in effect. */
  readonly savedInEffect: number;
}

const INDEXES = new WeakMap<SeenFabric, FabricIndex>();

export function fabricIndex(seen: SeenFabric): FabricIndex {
  const known = INDEXES.get(seen);
  if (known) return known;
  const index = indexed(seen);
  INDEXES.set(seen, index);
  return index;
}

function added<V>(lists: Map<string, V[]>, key: string, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else if (list.at(-1) !== value) list.push(value);
}

/** An activation leaves it in effect: what is only in effect any more goes with the next one, whoever does it. */
export const isSavedInEffect = (seen: SeenFabric, { defined, configurations }: ZoneObservation): boolean =>
  defined !== undefined &&
  seen.zoning?.effectiveConfiguration !== undefined &&
  configurations.includes(seen.zoning.effectiveConfiguration);

function indexed(seen: SeenFabric): FabricIndex {
  const zones = new Map<string, ZoneObservation>();
  const zonesNaming = new Map<string, string[]>();
  const standingWith = new Map<string, ZoneObservation[]>();
  let savedInEffect = 0;
  for (const zone of seen.zones) {
    zones.set(zone.name, zone);
    for (const member of zone.defined ?? []) if (member.type === 'alias') added(zonesNaming, member.alias, zone.name);
    if (!isSavedInEffect(seen, zone)) continue;
    savedInEffect++;
    for (const member of zone.effective ?? []) if (member.type === 'wwpn') added(standingWith, member.wwpn, zone);
  }
  const aliases = new Map(seen.aliases.map((alias) => [alias.name, alias]));
  const aliasesOf = new Map<string, string[]>();
  for (const name of [...aliases.keys()].sort(compareText)) {
    const [only, ...more] = aliases.get(name)!.members;
    if (only?.type === 'wwpn' && more.length === 0) added(aliasesOf, only.wwpn, name);
  }
  const names = new Set([...zones.keys(), ...aliases.keys(), ...seen.configurations.map(({ name }) => name)]);
  return { zones, aliases, names, aliasesOf, zonesNaming, standingWith, savedInEffect };
}

/** With each alias replaced by what it stands for now; one that isn't there stays. */
export function resolvedMembers(
  { aliases }: Pick<FabricIndex, 'aliases'>,
  members: readonly ZoneMember[],
): readonly ZoneMember[] {
  if (!members.some(({ type }) => type === 'alias')) return members;
  return members.flatMap((member): readonly ZoneMember[] => {
    if (member.type !== 'alias') return [member];
    const { role } = member;
    const ports = aliases.get(member.alias)?.members;
    if (ports === undefined) return [member];
    return role === undefined ? ports : ports.map((port) => (port.type === 'wwpn' ? { ...port, role } : port));
  });
}

/** Who reaches whom, by what both are in the zone. */
const ROLES_MEET: Record<ZoneKind, (a: ZoneRole | undefined, b: ZoneRole | undefined) => boolean> = {
  standard: () => true,
  peer: (a, b) => (a === 'principal') !== (b === 'principal'),
  smart: (a, b) => (a === 'initiator' && b === 'target') || (a === 'target' && b === 'initiator'),
};

/**
 * Whether two WWPNs reach each other by these members. A member by domain and port never counts: what is behind a port is
 * whoever is plugged in there today. Neither does one of a kind that isn't known, nor a zone of such a kind.
 */
export function reach(kind: ZoneKind | 'other', members: readonly ZoneMember[], a: string, b: string): boolean {
  if (kind === 'other') return false;
  const rolesOf = (wwpn: string) =>
    members.flatMap((member) => (member.type === 'wwpn' && member.wwpn === wwpn ? [member.role] : []));
  const [ofA, ofB] = [rolesOf(a), rolesOf(b)];
  return ofA.some((one) => ofB.some((other) => ROLES_MEET[kind](one, other)));
}

/** Zones through which they reach each other now, and still will after the next activation of what is saved. */
export function zonesJoining(index: FabricIndex, a: string, b: string): readonly ZoneObservation[] {
  const [ofA, ofB] = [index.standingWith.get(a) ?? [], index.standingWith.get(b) ?? []];
  return (ofA.length <= ofB.length ? ofA : ofB).filter(
    ({ kind, effective, defined }) =>
      reach(kind, effective!, a, b) && reach(kind, resolvedMembers(index, defined!), a, b),
  );
}
