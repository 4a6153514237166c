/**
 * Who sees by an export, as it is recorded: one host or cluster in its record, several or none as members. What an export
 * shows is in its LUN maps; where no host sees by it, there are none, and its volumes wait as members of its own.
 */
import { type SeerList, type Seers, seerFields, seersOf } from '../model/export-seers.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { parseUrn, type Urn, uuidOf } from '../model/urn.ts';
import { type Draft, liveWrite, type Target, withoutClaim } from './draft.ts';
import { byName, type ListEntries, planMembers } from './members.ts';
import type { FieldChange, PlannedWrite } from './plan.ts';

export interface PlannedSeers {
  readonly spec: ReturnType<typeof seerFields> & { readonly waiting: true | undefined };
  readonly writes: readonly PlannedWrite[];
  /** As people see them: of a recorded export whose hosts or clusters change. */
  readonly fields: readonly FieldChange[];
  /** Who sees from now on, and what waits. */
  readonly joining: readonly Urn[];
  readonly lists: ReadonlyMap<string, ListEntries>;
}

const WAITING = 'waiting';
const NOBODY: ListEntries = new Map();

/** `waiting`: what would be shown, and at which number; none where somebody sees. */
export function planSeers(draft: Draft, target: Target, seers: Seers, waiting: ListEntries): PlannedSeers {
  const recorded = target.recorded?.record as ResourceRecord<'export'> | undefined;
  const fields = seerFields(seers);
  const inList = (list: SeerList): ListEntries =>
    fields.seers === list ? new Map(seers.urns.map((urn) => [urn, undefined])) : NOBODY;
  const isNeeded = (list: SeerList) => fields.seers === list || recorded?.spec.seers === list;
  const lists = new Map<string, ListEntries>();
  for (const list of ['hosts', 'clusters'] as const) if (isNeeded(list)) lists.set(list, inList(list));
  if (waiting.size > 0 || recorded?.spec.waiting) lists.set(WAITING, waiting);
  const members = planMembers(draft, target, lists);
  const before = recorded && seersOf(recorded, (of, list) => draft.input.view.members(of, list));
  return {
    spec: { ...fields, waiting: waiting.size > 0 ? true : undefined },
    writes: [
      ...members.writes.map((write) => withNumber(write, waiting)),
      ...(recorded?.spec.waiting ? numberWrites(draft, target.urn, waiting) : []),
    ],
    fields: [...seerChanges(draft, before, seers), ...members.fields.filter(({ field }) => field === WAITING)],
    joining: [...members.joining, ...seers.urns.filter((urn) => !before?.urns.includes(urn))],
    lists,
  };
}

/** A new entry says which number the volume is to get. */
function withNumber(write: PlannedWrite, waiting: ListEntries): PlannedWrite {
  const { list, member } = (write.final as ResourceRecord<'member'>).spec;
  const hlu = list === WAITING && write.before === undefined ? waiting.get(member) : undefined;
  if (hlu === undefined) return write;
  const numbered = (record: ResourceRecord) => ({ ...record, spec: { ...record.spec, hlu } }) as ResourceRecord;
  return { ...write, intent: numbered(write.intent), final: numbered(write.final) };
}

/** Entries that stay, at another number. */
function numberWrites(draft: Draft, urn: Urn, waiting: ListEntries): PlannedWrite[] {
  return waitingEntries(draft.input.view, urn).flatMap((entry) => {
    const { spec, status } = entry.record;
    const hlu = waiting.get(spec.member);
    if (!waiting.has(spec.member) || hlu === spec.hlu) return [];
    const final = { ...withoutClaim(entry.record), spec: { ...spec, hlu } };
    return [liveWrite(draft, entry, { ...final, status: { ...status, sinceMs: draft.input.nowMs } })];
  });
}

function seerChanges(draft: Draft, before: Seers | undefined, after: Seers): FieldChange[] {
  if (!before) return [];
  const named = ({ urns }: Seers) => byName(draft, urns);
  const isSame = before.list === after.list;
  if (isSame && named(before).join() === named(after).join()) return [];
  // One that takes the place of one is a change of the record's own field.
  if (before.urns.length === 1 && after.urns.length === 1) return [];
  if (isSame) return [{ field: after.list, before: named(before), after: named(after) }];
  return [
    { field: before.list, before: named(before) },
    { field: after.list, after: named(after) },
  ];
}

/** Fields of the record that `fields` of the seers says better, or that are nobody's affair. */
export function isSeerField(field: string, { fields }: Pick<PlannedSeers, 'fields'>): boolean {
  if (field === 'seers' || field === WAITING) return true;
  return (field === 'host' || field === 'cluster') && fields.some((change) => change.field !== WAITING);
}

/** What waits in an export until somebody sees by it. */
export function waitingEntries(view: RecordedView, exported: Urn): VersionedRecord<'member'>[] {
  if (view.members(exported, WAITING).length === 0) return [];
  return view
    .inScope('member', uuidOf(exported))
    .filter(({ record }) => isLive(record) && record.spec.of === exported && record.spec.list === WAITING);
}

/** Entries of lists of exports that a host, cluster, volume or snapshot is in. */
export function entriesOf(view: RecordedView, urn: Urn): ResourceRecord<'member'>[] {
  return view
    .inScope('member', uuidOf(urn))
    .map(({ record }) => record)
    .filter((record) => isLive(record) && record.spec.member === urn && isOfExport(record));
}

const isOfExport = ({ spec }: ResourceRecord<'member'>): boolean => parseUrn(spec.of).kind === 'export';
