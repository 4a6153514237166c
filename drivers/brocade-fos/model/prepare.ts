/** A delta with everything in it checked: names, members, numbers. Nothing goes on with one that hasn't been through here. */
import type { ZoneDelta, ZoneMember } from 'coprhd/driver';
import { checkName, invalid, isAlias, MEMBERS_MAX, memberSet, memberText } from './names.ts';

export interface Wanted {
  readonly name: string;
  readonly members: readonly string[];
}

export interface Change extends Wanted {
  readonly from: readonly string[];
}

export interface Prepared {
  readonly configuration: string;
  readonly activate: boolean;
  readonly activatePending: boolean;
  readonly base: string;
  readonly addAliases: readonly Wanted[];
  readonly removeAliases: readonly Wanted[];
  readonly add: readonly Wanted[];
  readonly change: readonly Change[];
  readonly remove: readonly Wanted[];
}

function memberList(name: string, members: readonly ZoneMember[]): readonly string[] {
  const list = memberSet(members.map(memberText));
  if (list.length >= 1 && list.length <= MEMBERS_MAX) return list;
  throw invalid(`${name} would have ${list.length} members, not 1 to ${MEMBERS_MAX}`);
}

const wanted = ({ name, members }: { name: string; members: readonly ZoneMember[] }): Wanted => ({
  name: checkName(name),
  members: memberList(name, members),
});

function wantedAlias(spec: { name: string; members: readonly ZoneMember[] }): Wanted {
  const alias = wanted(spec);
  const nested = alias.members.find(isAlias);
  if (nested === undefined) return alias;
  throw invalid(`alias ${alias.name} stands for ports, not for the alias ${nested}`);
}

function checkOnce(what: string, names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw invalid(`${what} ${twice} is in the delta twice`);
}

/** The zones of a delta, in its order. */
export const zonesOf = ({ add, change, remove }: Pick<Prepared, 'add' | 'change' | 'remove'>): string[] =>
  [...add, ...change, ...remove].map(({ name }) => name);

export function prepared(delta: ZoneDelta): Prepared {
  const work: Prepared = {
    configuration: checkName(delta.configuration),
    activate: delta.activate,
    activatePending: delta.activatePending,
    base: delta.base,
    addAliases: delta.addAliases.map(wantedAlias),
    removeAliases: delta.removeAliases.map(wantedAlias),
    add: delta.add.map(wanted),
    change: delta.change.map(({ name, from, to }) => ({
      ...wanted({ name, members: to }),
      from: memberList(name, from),
    })),
    remove: delta.remove.map(wanted),
  };
  checkOnce('zone', zonesOf(work));
  checkOnce(
    'alias',
    [...work.addAliases, ...work.removeAliases].map(({ name }) => name),
  );
  return work;
}
