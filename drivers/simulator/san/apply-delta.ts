/**
 * A delta of zones on the simulated fabric: `applyZoneDelta` of the driver contract, all of it or nothing. Every check comes
 * before the first write, and what is written before a failure of the activation is thrown away with it.
 */
import { DriverError, type DriverErrorClass, type ZoneDelta, type ZoneMember } from 'coprhd/driver';
import type { Kv } from '../kv.ts';
import { invalid, refuse } from '../objects.ts';
import {
  activate,
  checkZoneName,
  defineAlias,
  defineZone,
  dropAlias,
  ensureConfiguration,
  fingerprintOf,
  memberList,
  openZoning,
  pendingZones,
  sameMembers,
  saved,
  wantedEffective,
  type Zoning,
} from './zoning.ts';

/** A member as it is stored. */
export function memberText(member: ZoneMember): string {
  switch (member.type) {
    case 'wwpn':
      return member.wwpn;
    case 'alias':
      return member.alias;
    case 'port':
      return `${member.domain},${member.port}`;
    case 'other':
      throw invalid(`member ${JSON.stringify(member.text)} is of a kind that can't be written`);
  }
}

interface Wanted {
  readonly name: string;
  readonly members: readonly string[];
}

/** The delta with its members as they are stored, checked. */
interface Prepared {
  readonly addAliases: readonly Wanted[];
  readonly removeAliases: readonly Wanted[];
  readonly add: readonly Wanted[];
  readonly change: readonly (Wanted & { readonly from: readonly string[] })[];
  readonly remove: readonly Wanted[];
}

function prepared(delta: ZoneDelta): Prepared {
  const listOf = (members: readonly ZoneMember[]) => memberList(members.map(memberText));
  const spec = ({ name, members }: { name: string; members: readonly ZoneMember[] }): Wanted => {
    checkZoneName(name);
    return { name, members: listOf(members) };
  };
  const result = {
    addAliases: delta.addAliases.map(spec),
    removeAliases: delta.removeAliases.map(spec),
    add: delta.add.map(spec),
    change: delta.change.map(({ name, from, to }) => ({ ...spec({ name, members: to }), from: listOf(from) })),
    remove: delta.remove.map(spec),
  };
  const names = [...result.add, ...result.change, ...result.remove].map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`zone ${twice} is in the delta twice`);
  checkZoneName(delta.configuration);
  return result;
}

/** Everything is as the delta wants it, in effect too where it wants that. */
function isDone(
  zoning: Zoning,
  delta: ZoneDelta,
  { add, change, remove, addAliases, removeAliases }: Prepared,
): boolean {
  const { kv, tables, fabric } = zoning;
  if (delta.activate && fabric.effective !== delta.configuration) return false;
  const isThere = ({ name, members }: Wanted) => {
    const zone = tables.zones.get(kv, name);
    if (!zone?.members || !sameMembers(zone.members, members)) return false;
    if (!zone.configurations.includes(delta.configuration)) return false;
    return !delta.activate || sameMembers(wantedEffective(zoning, zone), zone.effective);
  };
  const isGone = ({ name }: Wanted) => {
    const zone = tables.zones.get(kv, name);
    return zone === undefined || (zone.members === undefined && !delta.activate);
  };
  return (
    [...add, ...change].every(isThere) &&
    remove.every(isGone) &&
    addAliases.every(({ name, members }) => sameMembers(tables.aliases.get(kv, name)?.members, members)) &&
    removeAliases.every(({ name }) => tables.aliases.get(kv, name) === undefined)
  );
}

/** What a network system must make sure of under the lock, before it changes anything. */
function checkFabric(zoning: Zoning, delta: ZoneDelta, { add, change, remove }: Prepared): void {
  const { fabric } = zoning;
  if (fabric.transaction && fabric.transaction.owner !== delta.owner) {
    const { owner } = fabric.transaction;
    throw new DriverError({
      class: 'busy',
      message: `${owner} has a zoning transaction open on ${fabric.name}`,
      holders: [owner],
    });
  }
  if (fingerprintOf(fabric) !== delta.base) throw refuse(`the zoning of ${fabric.name} is not as it was when planned`);
  if (fabric.defaultZone !== 'deny') {
    throw new DriverError({
      class: 'conflict',
      message: `the default zone of ${fabric.name} lets everybody see everybody`,
      hint: 'set the default zone to deny (no access) first',
    });
  }
  if (fabric.effective !== undefined && fabric.effective !== delta.configuration) {
    throw refuse(`configuration ${fabric.effective} is in effect, not ${delta.configuration}`, [fabric.effective]);
  }
  if (!delta.activate || delta.activatePending) return;
  const own = new Set([...add, ...change, ...remove].map(({ name }) => name));
  const foreign = pendingZones(zoning, own);
  if (foreign.length > 0) {
    throw refuse(`activating would put into effect what others saved: ${foreign.slice(0, 10).join(', ')}`, foreign);
  }
}

function define(zoning: Zoning, { configuration }: ZoneDelta, work: Prepared): void {
  const { kv, tables } = zoning;
  for (const { name, members } of work.addAliases) {
    const there = tables.aliases.get(kv, name);
    if (there && !sameMembers(there.members, members)) throw refuse(`alias ${name} stands for something else`);
    if (!there) defineAlias(zoning, name, members);
  }
  if (work.add.length > 0) ensureConfiguration(zoning, configuration);
  for (const { name, members } of work.add) {
    const there = tables.zones.get(kv, name);
    if (there?.members && !sameMembers(there.members, members)) throw refuse(`zone ${name} has other members`);
    const configurations = [...new Set([...(there?.configurations ?? []), configuration])];
    defineZone(zoning, name, { members, configurations });
  }
  for (const { name, from, members } of work.change) {
    const { members: now, configurations } = tables.zones.need(kv, name);
    if (!configurations.includes(configuration)) throw refuse(`zone ${name} is not in configuration ${configuration}`);
    if (!sameMembers(now, from) && !sameMembers(now, members))
      throw refuse(`zone ${name} has other members than planned`);
    defineZone(zoning, name, { members, configurations });
  }
  for (const { name, members } of work.remove) {
    const there = tables.zones.get(kv, name);
    if (!there?.members) continue;
    if (!sameMembers(there.members, members)) throw refuse(`zone ${name} has other members than planned`);
    const others = there.configurations.filter((one) => one !== configuration);
    if (others.length > 0) throw refuse(`zone ${name} is in configuration ${others.join(', ')} too`, others);
    defineZone(zoning, name, undefined);
  }
  for (const { name, members } of work.removeAliases) {
    const there = tables.aliases.get(kv, name);
    if (!there) continue;
    if (!sameMembers(there.members, members)) throw refuse(`alias ${name} stands for something else`);
    dropAlias(zoning, name);
  }
}

/** Throws when a fault says that the activation fails. */
export type BeforeActivation = () => void;

export function applyDelta(kv: Kv, fabricName: string, delta: ZoneDelta, beforeActivation: BeforeActivation): void {
  const work = prepared(delta);
  const zoning = openZoning(kv, fabricName);
  const { transaction } = zoning.fabric;
  if (isDone(zoning, delta, work) && transaction?.owner !== delta.owner) return;
  checkFabric(zoning, delta, work);
  // Our own transaction, open: a session of ours died in it. What it held was never saved.
  const { transaction: _dropped, ...fabric } = zoning.fabric;
  zoning.fabric = fabric;
  define(zoning, delta, work);
  const left = zoning.tables.configurations.get(kv, delta.configuration)?.zones ?? 0;
  if (zoning.fabric.effective !== undefined && left === 0) {
    throw refuse(`that would take the last zone out of configuration ${delta.configuration}, which is in effect`);
  }
  if (delta.activate) {
    beforeActivation();
    activate(zoning, delta.configuration);
  }
  saved(zoning);
}

/** An activation that fails, as somebody asked for. */
export function activationFailure(of: DriverErrorClass): DriverError {
  return new DriverError({ class: of, message: 'the fabric rejected the activation, as asked for by a fault' });
}
