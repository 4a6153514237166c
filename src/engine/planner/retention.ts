/**
 * Snapshot policies: which snapshots are due now, and which are more than shall stay. A snapshot knows for which moment of its
 * policy it was taken, and each moment has one at most: who runs this twice, or goes on after a crash, finds it there. Moments that passed
 * while nobody ran are not made up for; only the last one is.
 */
import { isoTime } from '../../lib/clock.ts';
import { LIMITS } from '../../lib/limits.ts';
import { isLive, RECORD_SCHEMA_VERSION, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { recordedIn } from './consistency-groups.ts';
import type { Draft } from './draft.ts';
import type { NewSnapshot } from './new-snapshot.ts';
import { snapshotSpec, takeSnapshots } from './snapshots.ts';
import { removeVolume } from './volume-removal.ts';

/** What is looked at to see whether something is due. */
export type PolicyReads = Pick<RecordedView, 'all' | 'get' | 'inScope'>;

type Policy = ResourceRecord<'snapshotPolicy'>;
type Volume = ResourceRecord<'volume'>;
type Snapshot = ResourceRecord<'snapshot'>;

/** The last moment that is not in the future. */
export function momentOf({ everyMs, atMs }: Pick<Policy['spec'], 'everyMs' | 'atMs'>, nowMs: number): number {
  return Math.floor((nowMs - atMs) / everyMs) * everyMs + atMs;
}

/** What a policy is for: volumes that are copied at one moment, each alone or a group. */
export function subjectsOf(view: PolicyReads, policy: Urn): Volume[][] {
  const named = <K extends 'volume' | 'consistencyGroup'>(kind: K) =>
    view
      .inScope(kind, uuidOf(policy))
      .map(({ record }) => record as ResourceRecord<K>)
      .filter((record) => isLive(record) && record.spec.snapshotPolicy === policy);
  const groups = named('consistencyGroup').map(({ urn }) => recordedIn(view, urn));
  const alone = named('volume').filter(({ spec }) => {
    const group = spec.consistencyGroup && view.get<'consistencyGroup'>(spec.consistencyGroup)?.record;
    return !group?.spec.snapshotPolicy;
  });
  return [...groups, ...alone.map((volume) => [volume])];
}

const policiesOf = (view: PolicyReads, only: ReadonlySet<Urn> | undefined): Policy[] =>
  view
    .all('snapshotPolicy')
    .map(({ record }) => record)
    .filter((record) => isLive(record) && (only?.has(record.urn) ?? true))
    .sort(byName);

/** Without a look at any device: is there something to take, or to remove? All are looked at, so that all are loaded together. */
export function isAnythingDue(view: PolicyReads, nowMs: number, only?: ReadonlySet<Urn>): boolean {
  const due = policiesOf(view, only).flatMap((policy) => {
    const momentMs = momentOf(policy.spec, nowMs);
    return subjectsOf(view, policy.urn)
      .flat()
      .filter((volume) => {
        const taken = takenBy(view, policy.urn, volume.urn);
        return isDue(volume, taken, momentMs) || taken.length > policy.spec.keep;
      });
  });
  return due.length > 0;
}

/** What is younger than the moment has nothing to show of it. */
const isDue = (volume: Volume, taken: readonly VersionedRecord<'snapshot'>[], momentMs: number): boolean =>
  volume.createdAtMs <= momentMs && (taken[0]?.record.spec.policy?.momentMs ?? -1) < momentMs;

/** Only of these policies where some are named. Deterministic: by the names of policies and volumes. */
export function drawRetention(draft: Draft, only?: ReadonlySet<Urn>): void {
  const { view } = draft.input;
  for (const policy of policiesOf(view, only)) {
    for (const subject of subjectsOf(view, policy.urn)) {
      const ready = subject.filter(({ status }) => status.device && status.phase === 'ready').sort(byName);
      takeDue(draft, policy, ready, subject.length > 1);
      for (const volume of ready) expire(draft, policy, volume);
    }
  }
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/** By the policy, newest first; what is quarantined or missing still counts for its moment. */
function takenBy(view: PolicyReads, policy: Urn, volume: Urn): VersionedRecord<'snapshot'>[] {
  return view
    .inScope('snapshot', uuidOf(volume))
    .filter(({ record }) => isLive(record) && record.spec.policy?.urn === policy)
    .sort((a, b) => b.record.spec.policy!.momentMs - a.record.spec.policy!.momentMs);
}

/** The policy that a volume, or its group, follows: the group's goes first. */
export function policyOf(view: PolicyReads, volume: Volume | undefined): Urn | undefined {
  const group = volume?.spec.consistencyGroup && view.get<'consistencyGroup'>(volume.spec.consistencyGroup)?.record;
  return (group ? group.spec.snapshotPolicy : undefined) ?? volume?.spec.snapshotPolicy;
}

/** Of a snapshot that a policy has taken, which its volume still follows. */
export interface Keeping {
  /** 1 = the newest of them. */
  readonly place: number;
  /** So many stay. */
  readonly keep: number;
  /** When that many newer ones are there at the earliest; in the past where the next run removes it. */
  readonly goesAtMs: number;
}

/** Undefined: no run removes it, since its volume doesn't follow the policy, or that is not there any more. */
export function keepingOf(view: PolicyReads, snapshot: Snapshot, nowMs: number): Keeping | undefined {
  const { policy: by, volume } = snapshot.spec;
  const policy = by && view.get<'snapshotPolicy'>(by.urn)?.record;
  if (!policy || !isLive(policy)) return undefined;
  if (policyOf(view, view.get<'volume'>(volume)?.record) !== policy.urn) return undefined;
  const { keep, everyMs } = policy.spec;
  const taken = takenBy(view, policy.urn, volume);
  const index = taken.findIndex(({ record }) => record.urn === snapshot.urn);
  const last = momentOf(policy.spec, nowMs);
  const next = (taken[0]?.record.spec.policy?.momentMs ?? -1) < last ? last : last + everyMs;
  return { place: index + 1, keep, goesAtMs: next + (keep - index - 1) * everyMs };
}

function takeDue(draft: Draft, policy: Policy, volumes: readonly Volume[], isGroup: boolean): void {
  const momentMs = momentOf(policy.spec, draft.input.nowMs);
  const due = volumes.filter((volume) => isDue(volume, takenBy(draft.input.view, policy.urn, volume.urn), momentMs));
  takeSnapshots(
    draft,
    due.map((volume) => scheduled(draft, policy, volume, momentMs, isGroup)),
  );
}

function scheduled(draft: Draft, policy: Policy, volume: Volume, momentMs: number, isGroup: boolean): NewSnapshot {
  const { nowMs, actor } = draft.input;
  const stamp = isoTime(momentMs).replace(/[-:]|\.\d+/g, '');
  const moment = `${policy.name}-${stamp}`;
  const name = `${volume.name.slice(0, LIMITS.nameLengthMax - moment.length - 1)}-${moment}`;
  // What several volumes of a group have each for itself is of several moments.
  const set = isGroup ? moment : name;
  const urn = scheduledUrn(draft, policy, volume, momentMs);
  return {
    target: { address: `snapshot.${name}`, urn, node: { kind: 'snapshot' } },
    source: volume.urn,
    reason: `policy ${policy.name}`,
    orHold: true,
    final: (source): Snapshot => ({
      urn,
      kind: 'snapshot',
      name,
      scope: volume.scope,
      owner: { type: 'api', user: actor.name },
      spec: { ...snapshotSpec(source, set, policy.spec.quiesce), policy: { urn: policy.urn, momentMs } },
      status: { phase: 'ready', sinceMs: nowMs },
      policy: { protect: false, onRemove: 'delete' },
      createdBy: actor,
      createdAtMs: nowMs,
      incarnation: 1,
      schemaVersion: RECORD_SCHEMA_VERSION,
    }),
  };
}

/** The one of that moment, once it is planned. */
const scheduledUrn = (draft: Draft, policy: Policy, volume: Volume, momentMs: number): Urn =>
  draft.newUrn('snapshot', `${policy.urn} ${volume.urn} ${momentMs}`);

/** Those beyond the number that stays; with the one that is taken now, once it is planned. They go only after that one was really taken. */
function expire(draft: Draft, policy: Policy, volume: Volume): void {
  const due = scheduledUrn(draft, policy, volume, momentOf(policy.spec, draft.input.nowMs));
  const kept = policy.spec.keep - (draft.get(due) ? 1 : 0);
  for (const recorded of takenBy(draft.input.view, policy.urn, volume.urn).slice(kept)) {
    // What somebody else is at work on, or was until he died, is for him to finish, or for recovery.
    if (recorded.record.status.phase !== 'ready') continue;
    removeVolume(draft, recorded as unknown as VersionedRecord<'volume'>, 'policy', [due]);
  }
}
