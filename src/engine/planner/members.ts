/**
 * Lists of references of a declared resource, entry by entry: what joins is a new record, what leaves ends, what stays is
 * not touched, unless there is another amount of it. The order in which a file names them means nothing.
 */
import { type MemberList, memberLists, memberName } from '../model/members.ts';
import { RECORD_SCHEMA_VERSION, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { type Draft, endingWrite, liveWrite, type Target, withoutClaim } from './draft.ts';
import type { FieldChange, PlannedWrite } from './plan.ts';

export interface PlannedMembers {
  readonly writes: readonly PlannedWrite[];
  /** Lists of a recorded one that change, as URNs. */
  readonly fields: readonly FieldChange[];
  /** Who joins. */
  readonly joining: readonly Urn[];
}

/** Who shall be in a list, and how much of it where that is said. */
export type ListEntries = ReadonlyMap<Urn, number | undefined>;

/** `lists`: by the list's name. */
export function planMembers(draft: Draft, target: Target, lists: ReadonlyMap<string, ListEntries>): PlannedMembers {
  const { view } = draft.input;
  const writes: PlannedWrite[] = [];
  const fields: FieldChange[] = [];
  const joining: Urn[] = [];
  for (const [list, wanted] of lists) {
    const recorded = target.recorded ? view.members(target.urn, list) : [];
    const before = new Set(recorded);
    const added = [...wanted.keys()].filter((urn) => !before.has(urn));
    const left = recorded.filter((urn) => !wanted.has(urn));
    for (const urn of added) {
      writes.push(liveWrite(draft, undefined, memberRecord(draft, target, list, urn, wanted.get(urn))));
    }
    for (const urn of left) {
      const member = view.byName('member', uuidOf(target.urn), memberName(list, urn));
      if (member) writes.push(endingWrite(draft, member));
    }
    joining.push(...added);
    if (isMeasured(target, list)) {
      const amounts = amountsOf(draft, target, list, recorded);
      writes.push(...amountWrites(draft, amounts, wanted));
      if (target.recorded) fields.push(...amountFields(draft, list, amounts, wanted));
    } else if (target.recorded && added.length + left.length > 0) {
      fields.push({ field: list, before: byName(draft, recorded), after: byName(draft, [...wanted.keys()]) });
    }
  }
  return { writes, fields, joining };
}

const isMeasured = ({ node }: Target, list: string): boolean =>
  memberLists(node.kind).some((each) => each.list === list && each.entry !== undefined);

type Recorded = ReadonlyMap<Urn, VersionedRecord<'member'>>;

/** In one look: where many change, all are loaded. */
function amountsOf(draft: Draft, { urn: of }: Target, list: string, recorded: readonly Urn[]): Recorded {
  if (recorded.length === 0) return new Map();
  const entries = draft.input.view.inScope('member', uuidOf(of)).filter(({ record }) => record.spec.list === list);
  return new Map(entries.map((entry) => [entry.record.spec.member, entry]));
}

function amountWrites(draft: Draft, recorded: Recorded, wanted: ListEntries): PlannedWrite[] {
  return [...wanted].flatMap(([urn, bytes]) => {
    const entry = recorded.get(urn);
    if (!entry || bytes === undefined || entry.record.spec.bytes === bytes) return [];
    const { spec, status } = entry.record;
    const final = { ...withoutClaim(entry.record), spec: { ...spec, bytes } };
    return [liveWrite(draft, entry, { ...final, status: { ...status, sinceMs: draft.input.nowMs } })];
  });
}

function amountFields(draft: Draft, list: string, recorded: Recorded, wanted: ListEntries): FieldChange[] {
  return byName(draft, [...new Set([...recorded.keys(), ...wanted.keys()])]).flatMap((urn) => {
    const [before, after] = [recorded.get(urn)?.record.spec.bytes, wanted.get(urn)];
    if (before === after) return [];
    return [
      {
        field: `${list}.${nameOf(draft, urn)}.bytes`,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      },
    ];
  });
}

/** What is recorded of one that goes. */
export function endedMembers(draft: Draft, record: ResourceRecord): PlannedWrite[] {
  if (memberLists(record.kind).length === 0) return [];
  return (
    draft.input.view
      .inScope('member', uuidOf(record.urn))
      // It may itself be in a list of another one.
      .filter(({ record: member }) => member.spec.of === record.urn && member.status.phase !== 'deleted')
      .map((member) => endingWrite(draft, member))
  );
}

/** Does it have this one in one of its lists, when the plan is done? */
export function hasMember(draft: Draft, record: ResourceRecord, urn: Urn): boolean {
  return memberLists(record.kind).some(({ list }: MemberList) => draft.membersOf(record.urn, list).includes(urn));
}

/** By name: the order of keys would be another one in each installation. */
export function byName(draft: Draft, urns: readonly Urn[]): Urn[] {
  const named = urns.map((urn) => [nameOf(draft, urn), urn] as const);
  return named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, urn]) => urn);
}

const nameOf = (draft: Draft, urn: Urn): string =>
  draft.get(urn)?.name ?? draft.input.view.get(urn)?.record.name ?? urn;

function memberRecord(
  draft: Draft,
  target: Target,
  list: string,
  member: Urn,
  bytes: number | undefined,
): ResourceRecord<'member'> {
  const { nowMs, actor } = draft.input;
  return {
    urn: draft.newUrn('member', `${target.urn} ${list} ${member}`),
    kind: 'member',
    name: memberName(list, member),
    scope: { tenant: target.tenant },
    owner: { type: 'engine', parent: target.urn },
    parent: target.urn,
    spec: { of: target.urn, list, member, ...(bytes === undefined ? {} : { bytes }) },
    status: { phase: 'ready', sinceMs: nowMs },
    policy: { protect: false, onRemove: 'delete' },
    createdBy: actor,
    createdAtMs: nowMs,
    incarnation: 1,
    schemaVersion: RECORD_SCHEMA_VERSION,
  };
}
