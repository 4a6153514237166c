/**
 * From a delta and the zoning as it is to edits, or to the reason why not. Everything that can be refused is refused here,
 * before anything is sent: what isn't ours, isn't as planned, or would leave the fabric worse.
 */
import { DriverError } from 'coprhd/driver';
import { allEdited, type Edit } from './edits.ts';
import { isAlias } from './names.ts';
import { holdsOurs } from './own-transaction.ts';
import { namedBy } from './peer.ts';
import { type Prepared, type Wanted, zonesOf } from './prepare.ts';
import { configurationsOf, pendingZones } from './view.ts';
import { type Defined, fingerprintOf, type Snapshot, sameList, wantedEffective } from './zoning.ts';

export const conflict = (message: string, holders: readonly string[] = [], hint?: string): DriverError =>
  new DriverError({ class: 'conflict', message, holders, ...(hint === undefined ? {} : { hint }) });

const NAMED_MAX = 10;
const some = (names: readonly string[]): string =>
  names.slice(0, NAMED_MAX).join(', ') + (names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : '');

/** Everything is as the delta wants it, in effect too where it wants that. */
export function isDone(snapshot: Snapshot, work: Prepared): boolean {
  const { defined, effective } = snapshot;
  const { configuration, activate } = work;
  if (activate && effective?.name !== configuration) return false;
  const isThere = ({ name, members }: Wanted) =>
    sameList(defined.zones.get(name), members) &&
    (defined.cfgs.get(configuration)?.includes(name) ?? false) &&
    (!activate || sameList(wantedEffective(defined, configuration, name), effective?.zones.get(name)));
  const isGone = ({ name }: Wanted) => !defined.zones.has(name) && (!activate || effective?.zones.has(name) !== true);
  return (
    [...work.add, ...work.change].every(isThere) &&
    work.remove.every(isGone) &&
    work.addAliases.every(({ name, members }) => sameList(defined.aliases.get(name), members)) &&
    work.removeAliases.every(({ name }) => !defined.aliases.has(name))
  );
}

/** Zones that an activation would put into effect otherwise than they are; while nothing is in effect, all of them. */
function waiting(snapshot: Snapshot, { configuration }: Prepared): readonly string[] {
  if (snapshot.effective === undefined) return snapshot.defined.cfgs.get(configuration) ?? [];
  return pendingZones(snapshot).map(({ name }) => name);
}

/** What the fabric must be like for this delta. */
export function checkFabric(snapshot: Snapshot, work: Prepared): void {
  const { effective, defaultZone } = snapshot;
  // A call that was cut off between saving and activating has left this delta saved on its base.
  if (fingerprintOf(snapshot) !== work.base && !holdsOurs(snapshot, work)) {
    throw conflict('the zoning is not as it was when this was planned');
  }
  if (defaultZone !== 'deny') {
    throw conflict(
      'the default zone lets ports that are in no zone see everybody',
      [],
      'set it to no access first: defzone --noaccess, cfgsave',
    );
  }
  if (effective !== undefined && effective.name !== work.configuration) {
    throw conflict(`configuration ${effective.name} is in effect, not ${work.configuration}`, [effective.name]);
  }
  if (!work.activate || work.activatePending) return;
  const own = new Set(zonesOf(work));
  const foreign = waiting(snapshot, work).filter((name) => !own.has(name));
  if (foreign.length > 0) {
    throw conflict(`activating would put into effect what others saved: ${some(foreign)}`, foreign);
  }
}

/** Zones, aliases and configurations have their names from one space. */
function checkFree(defined: Defined, object: 'alias' | 'zone' | 'cfg', name: string): void {
  const others = { alias: defined.aliases, zone: defined.zones, cfg: defined.cfgs };
  for (const [kind, lists] of Object.entries(others)) {
    if (kind !== object && lists.has(name)) throw conflict(`there is ${kind} ${name} already`, [name]);
  }
}

function aliasEdits(defined: Defined, { addAliases }: Prepared): Edit[] {
  return addAliases.flatMap(({ name, members }): Edit[] => {
    const there = defined.aliases.get(name);
    if (there !== undefined && !sameList(there, members)) throw conflict(`alias ${name} stands for something else`);
    checkFree(defined, 'alias', name);
    return there === undefined ? [{ verb: 'create', object: 'alias', name, members }] : [];
  });
}

function zoneEdits(defined: Defined, { add, change, configuration }: Prepared): Edit[] {
  const made = add.flatMap(({ name, members }): Edit[] => {
    const there = defined.zones.get(name);
    if (there !== undefined && !sameList(there, members)) throw conflict(`zone ${name} has other members`);
    checkFree(defined, 'zone', name);
    return there === undefined ? [{ verb: 'create', object: 'zone', name, members }] : [];
  });
  const changed = change.flatMap(({ name, from, members }): Edit[] => {
    const now = defined.zones.get(name);
    if (now === undefined) throw conflict(`zone ${name} is not there any more`);
    if (!defined.cfgs.get(configuration)?.includes(name)) {
      throw conflict(`zone ${name} is not in configuration ${configuration}`);
    }
    if (!sameList(now, from) && !sameList(now, members)) throw conflict(`zone ${name} has other members than planned`);
    const missing = members.filter((member) => !now.includes(member));
    const extra = now.filter((member) => !members.includes(member));
    // Added first: a zone is never empty in between.
    return [
      ...(missing.length > 0 ? [{ verb: 'add', object: 'zone', name, members: missing } as const] : []),
      ...(extra.length > 0 ? [{ verb: 'remove', object: 'zone', name, members: extra } as const] : []),
    ];
  });
  return [...made, ...changed];
}

function joinEdits(defined: Defined, { add, configuration: name }: Prepared): Edit[] {
  const zones = defined.cfgs.get(name);
  const members = add.flatMap((zone) => (zones?.includes(zone.name) ? [] : [zone.name]));
  if (members.length === 0) return [];
  checkFree(defined, 'cfg', name);
  return [{ verb: zones === undefined ? 'create' : 'add', object: 'cfg', name, members }];
}

/** A zone leaves its configuration before it is deleted: else a name of nothing would stay there. */
function removalEdits(defined: Defined, { add, remove, configuration: name }: Prepared): Edit[] {
  const going = remove.flatMap(({ name: zone, members }) => {
    const now = defined.zones.get(zone);
    if (now === undefined) return [];
    if (!sameList(now, members)) throw conflict(`zone ${zone} has other members than planned`);
    const others = configurationsOf(defined, zone).filter((one) => one !== name);
    if (others.length > 0) throw conflict(`zone ${zone} is in configuration ${some(others)} too`, others);
    return [zone];
  });
  const zones = defined.cfgs.get(name) ?? [];
  const leaving = zones.filter((zone) => going.includes(zone));
  const empty = leaving.length > 0 && leaving.length === zones.length && add.length === 0;
  const leave: Edit = { verb: empty ? 'delete' : 'remove', object: 'cfg', name, members: leaving };
  return [
    ...(leaving.length > 0 ? [leave] : []),
    ...going.map((zone): Edit => ({ verb: 'delete', object: 'zone', name: zone, members: defined.zones.get(zone)! })),
  ];
}

function aliasRemovals(defined: Defined, { removeAliases }: Prepared): Edit[] {
  return removeAliases.flatMap(({ name, members }): Edit[] => {
    const now = defined.aliases.get(name);
    if (now === undefined) return [];
    if (!sameList(now, members)) throw conflict(`alias ${name} stands for something else`);
    return [{ verb: 'delete', object: 'alias', name, members }];
  });
}

/** Aliases that were named before and are gone, and those that this delta names. */
function checkAliases(before: Defined, after: Defined, work: Prepared): void {
  const gone = new Set(work.removeAliases.flatMap(({ name }) => (before.aliases.has(name) ? [name] : [])));
  for (const [zone, members] of after.zones) {
    const used = members.map(namedBy).find((name) => gone.has(name));
    if (used !== undefined) throw conflict(`alias ${used} is in zone ${zone}`, [zone]);
  }
  for (const { name, members } of [...work.add, ...work.change]) {
    const missing = members.find((member) => isAlias(member) && !after.aliases.has(member));
    if (missing !== undefined) throw conflict(`zone ${name}: there is no alias ${missing}`);
  }
}

function checkConfiguration({ effective }: Snapshot, after: Defined, { configuration, activate }: Prepared): void {
  const left = after.cfgs.get(configuration)?.length ?? 0;
  if (left > 0) return;
  if (effective !== undefined) {
    throw conflict(`that would take the last zone out of configuration ${configuration}, which is in effect`);
  }
  if (activate) throw conflict(`configuration ${configuration} has no zones to activate`);
}

/** About what a list takes in the database: its texts and a separator each. Less than any version really takes. */
const sizeOf = ({ name, members }: Edit): number =>
  members.reduce((sum, member) => sum + member.length + 1, name.length + 1);

function checkRoom({ databaseBytes, databaseBytesMax }: Snapshot, edits: readonly Edit[]): void {
  const grown = edits.reduce(
    (sum, edit) => sum + (edit.verb === 'create' || edit.verb === 'add' ? sizeOf(edit) : -sizeOf(edit)),
    databaseBytes,
  );
  if (grown <= databaseBytesMax) return;
  const message = `the zoning database would take at least ${grown} bytes of at most ${databaseBytesMax}`;
  throw new DriverError({ class: 'capacity', message });
}

export interface Plan {
  readonly edits: readonly Edit[];
  /** What the switch has to show as saved afterwards. */
  readonly after: Defined;
}

export function planned(snapshot: Snapshot, work: Prepared): Plan {
  checkFabric(snapshot, work);
  const { defined } = snapshot;
  const edits = [
    ...aliasEdits(defined, work),
    ...zoneEdits(defined, work),
    ...joinEdits(defined, work),
    ...removalEdits(defined, work),
    ...aliasRemovals(defined, work),
  ];
  const after = allEdited(defined, edits);
  checkAliases(defined, after, work);
  checkConfiguration(snapshot, after, work);
  checkRoom(snapshot, edits);
  return { edits, after };
}
