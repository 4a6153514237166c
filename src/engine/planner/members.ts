/**
 * Lists of references of a declared resource, entry by entry: what joins is a new record, what leaves ends, what stays is
 * not touched. The order in which a file names them means nothing.
 */
import { type MemberList, memberLists, memberName } from '../model/members.ts';
import { RECORD_SCHEMA_VERSION, type ResourceRecord } from '../model/record.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { type Draft, endingWrite, liveWrite, type Target } from './draft.ts';
import type { FieldChange, PlannedWrite } from './plan.ts';

export interface PlannedMembers {
  readonly writes: readonly PlannedWrite[];
  /** Lists of a recorded one that change, as URNs. */
  readonly fields: readonly FieldChange[];
  /** Who joins. */
  readonly joining: readonly Urn[];
}

/** `lists`: who shall be in them, by the list's name. */
export function planMembers(draft: Draft, target: Target, lists: ReadonlyMap<string, readonly Urn[]>): PlannedMembers {
  const { view } = draft.input;
  const writes: PlannedWrite[] = [];
  const fields: FieldChange[] = [];
  const joining: Urn[] = [];
  for (const [list, named] of lists) {
    const wanted = new Set(named);
    const recorded = target.recorded ? view.members(target.urn, list) : [];
    const before = new Set(recorded);
    const added = [...wanted].filter((urn) => !before.has(urn));
    const left = recorded.filter((urn) => !wanted.has(urn));
    for (const urn of added) writes.push(liveWrite(draft, undefined, memberRecord(draft, target, list, urn)));
    for (const urn of left) {
      const member = view.byName('member', uuidOf(target.urn), memberName(list, urn));
      if (member) writes.push(endingWrite(draft, member));
    }
    joining.push(...added);
    if (target.recorded && added.length + left.length > 0) {
      fields.push({ field: list, before: byName(draft, recorded), after: byName(draft, [...wanted]) });
    }
  }
  return { writes, fields, joining };
}

/** What is recorded of one that goes. */
export function endedMembers(draft: Draft, record: ResourceRecord): PlannedWrite[] {
  if (memberLists(record.kind).length === 0) return [];
  return draft.input.view
    .inScope('member', uuidOf(record.urn))
    .filter(({ record: member }) => member.status.phase !== 'deleted')
    .map((member) => endingWrite(draft, member));
}

/** Does it have this one in one of its lists, when the plan is done? */
export function hasMember(draft: Draft, record: ResourceRecord, urn: Urn): boolean {
  return memberLists(record.kind).some(({ list }: MemberList) => draft.membersOf(record.urn, list).includes(urn));
}

/** By name: the order of keys would be another one in each installation. */
export function byName(draft: Draft, urns: readonly Urn[]): Urn[] {
  const named = urns.map(
    (urn) => [draft.get(urn)?.name ?? draft.input.view.get(urn)?.record.name ?? urn, urn] as const,
  );
  return named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, urn]) => urn);
}

function memberRecord(draft: Draft, target: Target, list: string, member: Urn): ResourceRecord<'member'> {
  const { nowMs, actor } = draft.input;
  return {
    urn: draft.newUrn('member', `${target.urn} ${list} ${member}`),
    kind: 'member',
    name: memberName(list, member),
    scope: { tenant: target.tenant },
    owner: { type: 'engine', parent: target.urn },
    parent: target.urn,
    spec: { of: target.urn, list, member },
    status: { phase: 'ready', sinceMs: nowMs },
    policy: { protect: false, onRemove: 'delete' },
    createdBy: actor,
    createdAtMs: nowMs,
    incarnation: 1,
    schemaVersion: RECORD_SCHEMA_VERSION,
  };
}
