/**
 * Lists of references that grow: the systems and networks of a virtual array, the virtual arrays of a virtual pool, the
 * hosts of a cluster or an export, the shares that a tenant has of virtual pools. One engine-owned record an entry, a child of the one that has the list, whose unique name says who
 * is in it: so a list is read by its keys, and no record has a size that grows. People see the list as an attribute.
 */
import { assert } from '../../lib/assert.ts';
import { type KindName, kindEntry } from './kinds.ts';
import type { RecordedView } from './recorded-view.ts';
import { type Urn, uuidOf } from './urn.ts';

export interface MemberList {
  /** The word of the plan language. */
  readonly list: string;
  readonly kind: KindName;
  /** An entry in a file is an object: who is in it, and how much of it. Absent = the name alone. */
  readonly entry?: { readonly member: string; readonly amount: 'bytes' };
}

const LISTS = new Map<KindName, readonly MemberList[]>();

/** Every list of references in the table of kinds is one. */
export function memberLists(kind: KindName): readonly MemberList[] {
  const known = LISTS.get(kind);
  if (known) return known;
  const lists = kindEntry(kind).references.flatMap(({ path, kind: of, amount }): MemberList[] => {
    const [list = '', member] = path.split('[]');
    if (member === '') return [{ list, kind: of }];
    return member && amount ? [{ list, kind: of, entry: { member: member.slice(1), amount } }] : [];
  });
  LISTS.set(kind, lists);
  return lists;
}

export function isMemberList(kind: KindName, list: string): boolean {
  return memberLists(kind).some((entry) => entry.list === list);
}

/** What is in this list. */
export function memberKind(kind: KindName, list: string): KindName {
  const found = memberLists(kind).find((entry) => entry.list === list);
  assert(found, `${kind} has no list ${list}`);
  return found.kind;
}

export const memberListPrefix = (list: string): string => `${list}.`;

/** Unique within the one that has the list. */
export const memberName = (list: string, member: Urn): string => `${memberListPrefix(list)}${uuidOf(member)}`;

/** Under the one that is in a list: of whom. */
export const memberOfName = (of: Urn): string => `in.${uuidOf(of)}`;

/** Who is in a list whose entries have an amount, and how much of it. Loads the entries. */
export function amountsIn(view: RecordedView, of: Urn, list: string): ReadonlyMap<Urn, number> {
  const entries = view.members(of, list).length === 0 ? [] : view.inScope('member', uuidOf(of));
  return new Map(
    entries.flatMap(({ record: { spec, status } }): [Urn, number][] =>
      spec.list === list && spec.bytes !== undefined && status.phase !== 'deleted' ? [[spec.member, spec.bytes]] : [],
    ),
  );
}
