/**
 * What a delta makes of the full database, what it had been before the delta, and whether the delta is done. The edits are
 * the difference of two full databases (edits.ts), so that doing, going on after a crash and undoing are one thing.
 */
import type { ZoneMember, ZoneSpec } from 'coprhd/driver';
import type { Work } from './work.ts';
import {
  type Full,
  fingerprintOf,
  keysOf,
  memberKey,
  pendingOf,
  sameMembers,
  type Zone,
  type Zoning,
} from './zoning.ts';

interface DraftFull {
  readonly zones: Map<string, Zone>;
  readonly zonesets: Map<string, Set<string>>;
  readonly aliases: Map<string, Zone>;
}

const draftOf = ({ zones, zonesets, aliases }: Full): DraftFull => ({
  zones: new Map(zones),
  zonesets: new Map([...zonesets].map(([name, inIt]) => [name, new Set(inIt)])),
  aliases: new Map(aliases),
});

/** As written by us. `was`: keeps the forms of members that stay. */
export function writtenZone({ name, members }: ZoneSpec, was?: Zone): Zone {
  const forms = members.map((member) => {
    const key = memberKey(member);
    return [key, was?.forms.get(key) ?? formOf(member)] as const;
  });
  return { name, members, forms: new Map(forms), marks: was?.marks ?? [] };
}

function formOf(member: ZoneMember): string {
  if (member.type === 'wwpn') return `pwwn ${member.wwpn}`;
  if (member.type === 'alias') return `fcalias ${member.alias}`;
  throw new TypeError(`member of type ${member.type} is not written`);
}

/** The full database with the delta done. */
export function targetOf(full: Full, work: Work): Full {
  const draft = draftOf(full);
  for (const alias of work.addAliases) draft.aliases.set(alias.name, writtenZone(alias, draft.aliases.get(alias.name)));
  for (const zone of work.add) putZone(draft, zone, work.configuration);
  for (const { name, to } of work.change) putZone(draft, { name, members: to }, work.configuration);
  for (const { name } of work.remove) dropZone(draft, name);
  for (const { name } of work.removeAliases) draft.aliases.delete(name);
  return draft;
}

function putZone(draft: DraftFull, zone: ZoneSpec, configuration: string): void {
  draft.zones.set(zone.name, writtenZone(zone, draft.zones.get(zone.name)));
  draft.zonesets.set(configuration, (draft.zonesets.get(configuration) ?? new Set()).add(zone.name));
}

function dropZone(draft: DraftFull, name: string): void {
  draft.zones.delete(name);
  for (const inIt of draft.zonesets.values()) inIt.delete(name);
}

export function isDone(zoning: Zoning, work: Work, activate: boolean): boolean {
  const { full, active } = zoning;
  if (activate && active?.name !== work.configuration) return false;
  const pending = new Set(activate ? pendingOf(zoning).map(({ name }) => name) : []);
  const isThere = ({ name, members }: ZoneSpec) =>
    hasMembers(full.zones.get(name), members) &&
    full.zonesets.get(work.configuration)?.has(name) === true &&
    !pending.has(name);
  const isGone = ({ name }: ZoneSpec) => !full.zones.has(name) && !(activate && active?.zones.has(name));
  return (
    [...work.add, ...work.change.map(({ name, to }) => ({ name, members: to }))].every(isThere) &&
    work.remove.every(isGone) &&
    work.addAliases.every(({ name, members }) => hasMembers(full.aliases.get(name), members)) &&
    work.removeAliases.every(({ name }) => !full.aliases.has(name))
  );
}

const hasMembers = (zone: Zone | undefined, members: readonly ZoneMember[]): boolean =>
  zone !== undefined && sameMembers(zone.members, members);

interface Guess {
  /** The zoneset of the delta was not there. */
  readonly newZoneset: boolean;
  /** Zones to be removed that are missing were there. */
  readonly hadRemoved: boolean;
}

const GUESSES: readonly Guess[] = [false, true].flatMap((newZoneset) =>
  [true, false].map((hadRemoved) => ({ newZoneset, hadRemoved })),
);

/** Nothing but the delta, whole or in part, is between the zoning that it was made on and this one. */
export function isMadeOn(base: string, zoning: Zoning, work: Work): boolean {
  if (fingerprintOf(zoning) === base) return true;
  return GUESSES.some((guess) => {
    const full = undone(zoning.full, work, guess);
    return full !== undefined && fingerprintOf({ ...zoning, full }) === base;
  });
}

/** Undefined: a zone of the delta is neither as before, nor as after it, nor on the way. */
function undone(full: Full, work: Work, { newZoneset, hadRemoved }: Guess): Full | undefined {
  const draft = draftOf(full);
  const isOnTheWay =
    work.add.every(({ name, members }) => isBetween(full.zones.get(name), [], members)) &&
    work.change.every(({ name, from, to }) => full.zones.has(name) && isBetween(full.zones.get(name), from, to)) &&
    work.addAliases.every(({ name, members }) => isBetween(full.aliases.get(name), [], members));
  if (!isOnTheWay) return undefined;
  for (const { name } of work.add) dropZone(draft, name);
  for (const { name, from } of work.change) {
    draft.zones.set(name, writtenZone({ name, members: from }, full.zones.get(name)));
  }
  for (const zone of work.remove) {
    const now = full.zones.get(zone.name);
    if (now ? sameMembers(now.members, zone.members) : hadRemoved) putZone(draft, zone, work.configuration);
  }
  for (const { name } of work.addAliases) draft.aliases.delete(name);
  for (const alias of hadRemoved ? work.removeAliases : []) {
    if (!full.aliases.has(alias.name)) draft.aliases.set(alias.name, writtenZone(alias));
  }
  if (newZoneset && draft.zonesets.get(work.configuration)?.size === 0) draft.zonesets.delete(work.configuration);
  return draft;
}

/** Nothing else than the two have, and all that both have. */
export function isBetween(zone: Zone | undefined, from: readonly ZoneMember[], to: readonly ZoneMember[]): boolean {
  if (!zone) return true;
  const now = new Set(keysOf(zone.members));
  const [before, after] = [new Set(keysOf(from)), new Set(keysOf(to))];
  return (
    [...now].every((key) => before.has(key) || after.has(key)) &&
    [...before].every((key) => now.has(key) || !after.has(key))
  );
}
