/**
 * Consistency groups: volumes that can be copied at one moment, and so are on one storage system. The first volume of a
 * group chooses the system; all others follow it. What is in a group is known by the volumes' own records.
 */
import { foldName } from '../model/address.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { type Draft, liveWrite, type Target, withoutClaim } from './draft.ts';
import { nameOf } from './holds.ts';
import type { PlannedWrite } from './plan.ts';

/** Volumes that are recorded to be in a group. */
export const recordedIn = (view: Pick<RecordedView, 'inScope'>, group: Urn): ResourceRecord<'volume'>[] =>
  view
    .inScope('volume', uuidOf(group))
    .map(({ record }) => record)
    .filter((record) => isLive(record) && record.spec.consistencyGroup === group);

/** Live snapshots of its set, group and moment, itself too; none where it is of no group. What was declared into a set later is of another moment. */
export function ofOneMoment(
  view: Pick<RecordedView, 'inScope'>,
  { spec, status }: ResourceRecord<'snapshot'>,
): VersionedRecord<'snapshot'>[] {
  const { consistencyGroup: group, set } = spec;
  if (group === undefined) return [];
  return view
    .inScope('snapshot', uuidOf(group))
    .filter(
      ({ record: other }) =>
        isLive(other) &&
        other.spec.consistencyGroup === group &&
        foldName(other.spec.set) === foldName(set) &&
        other.status.device?.takenAtMs === status.device?.takenAtMs,
    );
}

/**
 * Volumes of a group that are somewhere: recorded, or put there by this plan. What leaves by this plan is in it until that
 * has happened.
 */
export function groupVolumes(draft: Draft, group: Urn): ResourceRecord<'volume'>[] {
  const recorded = draft.input.view
    .inScope('volume', uuidOf(group))
    .map(({ record }) => record)
    .filter((record) => record.status.phase !== 'deleted' && !draft.isRemoved(record.urn));
  const planned = draft.planned('volume').filter(({ spec }) => spec.consistencyGroup === group);
  return [...new Map([...recorded, ...planned].map((record) => [record.urn, record])).values()];
}

/** Where the group is; undefined as long as none of its volumes is anywhere. */
export function groupSystem(draft: Draft, group: Urn, except?: Urn): Urn | undefined {
  for (const { urn } of groupVolumes(draft, group)) {
    const system = urn === except ? undefined : draft.locationOf(urn)?.system;
    if (system !== undefined) return system;
  }
  return undefined;
}

/** A volume may be in this group: its virtual pool says so, and where it is already is where the group is. */
export function fitsGroup(
  draft: Draft,
  target: Target,
  spec: RecordedSpec<'volume'>,
  recorded?: ResourceRecord<'volume'>,
): boolean {
  const group = spec.consistencyGroup;
  if (group === undefined || recorded?.spec.consistencyGroup === group) return true;
  const refuse = (summary: string, detail: string, fix: string): false => {
    const span = target.node.spanOf(['consistencyGroup']);
    draft.error({ code: 'COPRHD-PLAN-009', summary, detail, fix, span, address: target.address });
    return false;
  };
  const name = nameOf(draft, group);
  const virtualPool = draft.get<'virtualPool'>(spec.virtualPool);
  if (!virtualPool?.spec.multiVolumeConsistency) {
    // Once for all volumes of the group that would be of it.
    const key = `${group} ${spec.virtualPool}`;
    if (draft.complained.has(key)) return false;
    draft.complained.add(key);
    return refuse(
      `${target.address} can't be in consistency group ${name}`,
      `virtual pool ${nameOf(draft, spec.virtualPool)} is not declared with \`multiVolumeConsistency: true\``,
      'choose a virtual pool that is, or leave the group out',
    );
  }
  const here = recorded?.status.device?.system;
  const there = here && groupSystem(draft, group, target.urn);
  if (here === undefined || there === undefined || here === there) return true;
  return refuse(
    `${target.address} can't join consistency group ${name}`,
    `it is on ${nameOf(draft, here)}, the group is on ${nameOf(draft, there)}; moving data isn't built yet`,
    'leave it out of the group, or make a new volume in it',
  );
}

/**
 * Says in the group's own record where it is, when a volume comes to it: written by the unit of the first that comes, so
 * that two plans that each bring the first one don't bring them to two systems. Nothing where it says so already.
 */
export function bindGroup(draft: Draft, group: Urn | undefined, system: Urn): PlannedWrite[] {
  const record = group && draft.get<'consistencyGroup'>(group);
  if (!record || record.spec.system === system) return [];
  const bound = { ...withoutClaim(record), spec: { ...record.spec, system } };
  if (draft.unitOf(group) === undefined) return [liveWrite(draft, draft.input.view.get(group), bound)];
  const asBound = (write: PlannedWrite): PlannedWrite =>
    write.urn === group ? { ...write, intent: { ...write.intent, spec: bound.spec }, final: bound } : write;
  draft.amend(
    group,
    (unit) => ({ ...unit, writes: unit.writes.map(asBound) }),
    (change) => change,
  );
  return [];
}

/** For people: `consistency group web/db of 3 volumes`. */
export function groupText(draft: Draft, group: Urn, volumes: number): string {
  const record = draft.get<'consistencyGroup'>(group);
  return `${record ? addressOf(record) : group} (${volumes} volume${volumes === 1 ? '' : 's'})`;
}
