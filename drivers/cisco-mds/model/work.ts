/** A delta, checked for what this device can have before anything is sent, with its members in order. */
import { DriverError, type ZoneDelta, type ZoneMember, type ZoneSpec } from 'coprhd/driver';
import { ordered } from './zoning.ts';

/** What is written; names that others made may have `$` and `^` too. */
export const NAME_ALPHABET = /^[A-Za-z][A-Za-z0-9_-]*$/;
export const NAME_LENGTH_MAX = 64;
/** Ours: NX-OS counts members of a fabric, not of a zone. */
export const MEMBERS_MAX = 255;

const WWPN = /^(?:[0-9a-f]{2}:){7}[0-9a-f]{2}$/;

export interface Change {
  readonly name: string;
  readonly from: readonly ZoneMember[];
  readonly to: readonly ZoneMember[];
}

export interface Work {
  readonly configuration: string;
  readonly addAliases: readonly ZoneSpec[];
  readonly removeAliases: readonly ZoneSpec[];
  readonly add: readonly ZoneSpec[];
  readonly change: readonly Change[];
  readonly remove: readonly ZoneSpec[];
}

const invalid = (message: string) => new DriverError({ class: 'invalid', message });

/** Throws `invalid`. */
export function workOf(delta: ZoneDelta): Work {
  checkName(delta.configuration);
  const work: Work = {
    configuration: delta.configuration,
    addAliases: delta.addAliases.map(specOf),
    removeAliases: delta.removeAliases.map(specOf),
    add: delta.add.map(specOf),
    change: delta.change.map(({ name, from, to }) => ({
      ...{ name, from: membersOf(name, from) },
      to: specOf({ name, members: to }).members,
    })),
    remove: delta.remove.map(specOf),
  };
  checkTwice('zone', [...work.add, ...work.change, ...work.remove]);
  checkTwice('alias', [...work.addAliases, ...work.removeAliases]);
  for (const { name, members } of work.addAliases) {
    if (members.some(({ type }) => type !== 'wwpn')) throw invalid(`alias ${name}: an alias stands for WWPNs only`);
  }
  return work;
}

export const zoneNames = ({ add, change, remove }: Work): string[] =>
  [...add, ...change, ...remove].map(({ name }) => name);

export const aliasNames = ({ addAliases, removeAliases }: Work): string[] =>
  [...addAliases, ...removeAliases].map(({ name }) => name);

function specOf({ name, members }: ZoneSpec): ZoneSpec {
  return { name, members: membersOf(name, members) };
}

function membersOf(name: string, members: readonly ZoneMember[]): ZoneMember[] {
  checkName(name);
  const list = ordered(members.map((member) => memberOf(name, member)));
  if (list.length === 0 || list.length > MEMBERS_MAX) {
    throw invalid(`${name} has ${list.length} members; 1 to ${MEMBERS_MAX} are possible`);
  }
  return list;
}

function memberOf(name: string, member: ZoneMember): ZoneMember {
  if (member.type === 'wwpn') {
    const wwpn = member.wwpn.toLowerCase();
    if (WWPN.test(wwpn)) return { type: 'wwpn', wwpn };
  }
  if (member.type === 'alias') {
    checkName(member.alias);
    return member;
  }
  throw invalid(`${name}: ${JSON.stringify(member)} is no member that can be written; WWPNs and aliases are`);
}

function checkName(name: string): void {
  if (NAME_ALPHABET.test(name) && name.length <= NAME_LENGTH_MAX) return;
  const rule = `a letter, then letters, digits, _ and -, at most ${NAME_LENGTH_MAX}`;
  throw invalid(`the name ${JSON.stringify(name.slice(0, NAME_LENGTH_MAX + 1))} is not possible: ${rule}`);
}

function checkTwice(kind: string, specs: readonly { readonly name: string }[]): void {
  const names = specs.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`${kind} ${twice} is in the delta twice`);
}
