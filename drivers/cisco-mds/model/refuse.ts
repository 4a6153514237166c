/** What a delta is refused for, by reading alone, before anything is sent. Each rule is a function of its own. */
import { DriverError, type ZoneDelta, type ZoneMember, type ZoneSpec } from 'coprhd/driver';
import type { ZoneStatus } from '../cli/status.ts';
import { isBetween } from './target.ts';
import { type Work, zoneNames } from './work.ts';
import { effectOf, type Full, pendingOf, sameMembers, type Zone, type Zoning, zonesetsOf } from './zoning.ts';

export interface Situation {
  readonly vsan: number;
  readonly zoning: Zoning;
  readonly status: ZoneStatus;
  readonly delta: ZoneDelta;
  readonly work: Work;
  /** The full database with the delta done. */
  readonly target: Full;
  /** A part of the delta may be in the full database already: it is not as the plan saw it, and nothing else is different. */
  readonly begun: boolean;
}

const NAMED_MAX = 10;

export const conflict = (message: string, holders: readonly string[] = [], hint?: string): DriverError =>
  new DriverError({ class: 'conflict', message, holders, ...(hint === undefined ? {} : { hint }) });

const some = (names: readonly string[]): string =>
  names.length <= NAMED_MAX
    ? names.join(', ')
    : `${names.slice(0, NAMED_MAX).join(', ')} and ${names.length - NAMED_MAX} more`;

/** Throws `conflict` or `capacity`. */
export function refuseUnsafe(situation: Situation): void {
  for (const rule of [
    defaultZone,
    otherZoneset,
    fullSetMissing,
    ownZones,
    ownAliases,
    membersThere,
    lastZone,
    pendingOfOthers,
    room,
  ]) {
    rule(situation);
  }
}

function defaultZone({ vsan, status }: Situation): void {
  if (status.defaultZone === 'deny') return;
  throw conflict(
    `the default zone of VSAN ${vsan} permits: ports in no zone see each other`,
    [],
    `see who relies on it, then: no zone default-zone permit vsan ${vsan}`,
  );
}

function otherZoneset({ zoning: { active }, work: { configuration } }: Situation): void {
  if (active === undefined || active.name === configuration) return;
  throw conflict(`zoneset ${active.name} is active, not ${configuration}`, [active.name]);
}

/** Zonesets are distributed active only by default: another switch may have activated what this one has not saved. */
function fullSetMissing({ vsan, zoning: { full, active } }: Situation): void {
  if (active === undefined || full.zonesets.has(active.name)) return;
  throw conflict(
    `the full database of VSAN ${vsan} is older than what is active: it has no zoneset ${active.name}; level it first: ${levelling(vsan)}`,
    [...active.zones.keys()].sort(),
  );
}

const levelling = (vsan: number) => `zone copy active-zoneset full-zoneset vsan ${vsan}`;

function ownZones({ zoning: { full }, work, begun }: Situation): void {
  const check = (name: string, from: readonly ZoneMember[] | undefined, to: readonly ZoneMember[], what: string) => {
    const zone = full.zones.get(name);
    if (!zone) return;
    checkKind(full, zone, work.configuration, what);
    const isPlanned = [from, to].some((members) => members !== undefined && sameMembers(zone.members, members));
    if (isPlanned || (begun && isBetween(zone, from ?? [], to))) return;
    throw conflict(`zone ${name} has other members than planned: it is not ${what}`);
  };
  for (const { name, members } of work.add) check(name, undefined, members, 'added');
  for (const { name, members } of work.remove) check(name, members, members, 'removed');
  for (const { name, from, to } of work.change) {
    if (!full.zones.has(name)) throw conflict(`there is no zone ${name} to change`);
    const configurations = zonesetsOf(full, name);
    if (!configurations.includes(work.configuration)) {
      throw conflict(`zone ${name} is not in zoneset ${work.configuration}`, configurations);
    }
    check(name, from, to, 'changed');
  }
}

/** Of a kind that is written here, and in no other zoneset. */
function checkKind(full: Full, zone: Zone, configuration: string, what: string): void {
  if (zone.marks.length > 0) throw conflict(`zone ${zone.name} is a smart zone, or has attributes: it is not ${what}`);
  const others = zonesetsOf(full, zone.name).filter((name) => name !== configuration);
  if (others.length > 0) throw conflict(`zone ${zone.name} is in zoneset ${some(others)} too`, others);
}

function ownAliases({ zoning: { full }, work, target, begun }: Situation): void {
  for (const { name, members } of work.addAliases) checkAlias(full, { name, members }, begun);
  for (const { name, members } of work.removeAliases) {
    checkAlias(full, { name, members }, begun);
    const users = [...target.zones.values()]
      .filter((zone) => zone.members.some((member) => member.type === 'alias' && member.alias === name))
      .map((zone) => zone.name);
    if (users.length > 0) throw conflict(`alias ${name} is used by zone ${some(users)}`, users);
  }
}

function checkAlias(full: Full, { name, members }: ZoneSpec, begun: boolean): void {
  const alias = full.aliases.get(name);
  if (!alias || sameMembers(alias.members, members) || (begun && isBetween(alias, [], members))) return;
  throw conflict(`alias ${name} stands for something else`);
}

function membersThere({ work, target }: Situation): void {
  const written = [...work.add, ...work.change.map(({ name, to }) => ({ name, members: to }))];
  for (const { name, members } of written) {
    const missing = members.find((member) => member.type === 'alias' && !target.aliases.has(member.alias));
    if (missing?.type === 'alias') throw conflict(`zone ${name} names alias ${missing.alias}, which is not there`);
  }
}

function lastZone({ zoning, target, work: { configuration }, delta }: Situation): void {
  if (zoning.active === undefined && !delta.activate) return;
  if (effectOf(target, configuration).size > 0) return;
  throw conflict(`that would take the last zone out of zoneset ${configuration}`);
}

function pendingOfOthers({ vsan, zoning, delta, work }: Situation): void {
  if (!delta.activate || delta.activatePending) return;
  const own = new Set(zoneNames(work));
  const foreign = pendingOf(zoning, work.configuration).filter(({ name }) => !own.has(name));
  if (foreign.length === 0) return;
  const gone = foreign.filter(({ change }) => change === 'remove');
  const said = foreign.map(({ name, change }) => `${name} (${change})`);
  throw conflict(
    `activating zoneset ${work.configuration} would put into effect what others saved: ${some(said)}${
      gone.length === 0 ? '' : `; if the full database is only older than what is active: ${levelling(vsan)}`
    }`,
    foreign.map(({ name }) => name),
    'see whose changes these are, then plan again with them reviewed, or have them taken back',
  );
}

/** No more than what every such database takes: a name and its length, eight bytes a WWN. The switch has the last word. */
function room({ vsan, status, zoning: { full }, target, delta }: Situation): void {
  const sizeOf = (zones: Iterable<Zone>) => {
    let bytes = 0;
    for (const { name, members } of zones) bytes += name.length + 4 + 8 * members.length;
    return bytes;
  };
  const grown = sizeOf(target.zones.values()) - sizeOf(full.zones.values());
  const bytes = status.usedBytes + grown * (delta.activate ? 2 : 1);
  if (grown <= 0 || bytes <= status.maxBytes) return;
  throw new DriverError({
    class: 'capacity',
    message: `the zoning of VSAN ${vsan} would take ${bytes} bytes or more, of ${status.maxBytes}`,
  });
}
