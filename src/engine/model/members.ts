/**
 * Lists of references that grow: the systems and networks of a virtual array, the virtual arrays of a virtual pool, the
 * hosts of a cluster. One engine-owned record an entry, a child of the one that has the list, whose unique name says who
 * is in it: so a list is read by its keys, and no record has a size that grows. People see the list as an attribute.
 */
import { assert } from '../../lib/assert.ts';
import { type KindName, kindEntry } from './kinds.ts';
import { type Urn, uuidOf } from './urn.ts';

export interface MemberList {
  /** The word of the plan language. */
  readonly list: string;
  readonly kind: KindName;
}

const LISTS = new Map<KindName, readonly MemberList[]>();

/** Every list of references in the table of kinds is one. */
export function memberLists(kind: KindName): readonly MemberList[] {
  const known = LISTS.get(kind);
  if (known) return known;
  const lists = kindEntry(kind).references.flatMap((reference) =>
    reference.path.endsWith('[]') ? [{ list: reference.path.slice(0, -2), kind: reference.kind }] : [],
  );
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
