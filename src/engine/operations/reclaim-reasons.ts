/** Why an object of ours could be given back: by its record, and by the last look at its storage system. Pure over both. */
import { LIMITS } from '../../lib/limits.ts';
import type { MaskObservation, VolumeObservation } from '../driver/contract.ts';
import { type OnArrayRecord, snapshotFacts } from '../model/on-array.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import type { Urn } from '../model/urn.ts';
import type { SystemObservation } from '../observe/observation.ts';
import { policyOf } from '../planner/retention.ts';
import type { ReclaimReason } from './reclaim-types.ts';

/** One storage system as it was seen last. */
export interface SystemSeenLast {
  readonly observedAtMs: number;
  readonly volumes: ReadonlyMap<string, VolumeObservation>;
  readonly masksOf: ReadonlyMap<string, readonly MaskObservation[]>;
}

export function seenLast({ observedAtMs, volumes, masks }: SystemObservation): SystemSeenLast {
  const masksOf = new Map<string, MaskObservation[]>();
  for (const mask of masks) {
    for (const { volume } of mask.mappings) {
      const known = masksOf.get(volume);
      if (known) known.push(mask);
      else masksOf.set(volume, [mask]);
    }
  }
  return { observedAtMs, volumes: new Map(volumes.map((volume) => [volume.nativeId, volume])), masksOf };
}

export interface ReclaimContext {
  readonly view: RecordedView;
  readonly nowMs: number;
  /** Of snapshots and copies. */
  readonly ageMs: number;
  readonly seen: (system: Urn) => SystemSeenLast | undefined;
  /** Of a volume or snapshot, live ones and tombstones. */
  readonly lunMapsOf: (volume: Urn) => readonly ResourceRecord<'lunMap'>[];
  /** Live ones of a volume. */
  readonly snapshotsOf: (volume: Urn) => readonly ResourceRecord<'snapshot'>[];
}

/** The object itself: what has its native id and is another one by its WWN is not. */
export function observedOf({ seen }: ReclaimContext, { status }: ResourceRecord): VolumeObservation | undefined {
  const { device } = status;
  const found = device && seen(device.system)?.volumes.get(device.nativeId);
  return found && device.wwn?.toLowerCase() === found.wwn?.toLowerCase() ? found : undefined;
}

export function reasonsOf(context: ReclaimContext, record: OnArrayRecord): ReclaimReason[] {
  const { status } = record;
  if (status.phase === 'quarantined') {
    const until = status.untilMs === undefined ? {} : { untilMs: status.untilMs };
    return [{ reason: 'quarantined', sinceMs: status.sinceMs, ...until }];
  }
  if (status.phase === 'deleted') return retained(context, record);
  // What somebody is at work on, or what is not known for sure, is nobody's to give back.
  if (status.phase !== 'ready' || !status.device) return [];
  const isSnapshot = (record as ResourceRecord).kind === 'snapshot';
  const isAttached = record.spec.copyOf !== undefined && !record.spec.detached;
  return [
    ...(isSnapshot || isAttached ? [] : unmapped(context, record)),
    ...noLogin(context, record),
    ...(isSnapshot ? oldSnapshot(context, record as unknown as ResourceRecord<'snapshot'>) : []),
    ...(isAttached ? old(context, 'old-copy', record.createdAtMs) : []),
    ...(status.undeleted ? [{ reason: 'undeclared', sinceMs: status.sinceMs } as const] : []),
  ];
}

function old(
  { nowMs, ageMs }: ReclaimContext,
  reason: 'old-copy' | 'old-snapshot',
  sinceMs: number,
  detail?: string,
): ReclaimReason[] {
  return nowMs - sinceMs < ageMs ? [] : [{ reason, sinceMs, ...(detail === undefined ? {} : { detail }) }];
}

/** By the records; where somebody else's mask shows it, the last look knows better. */
function unmapped(context: ReclaimContext, record: OnArrayRecord): ReclaimReason[] {
  const maps = context.lunMapsOf(record.urn);
  if (maps.some(isLive)) return [];
  const observed = observedOf(context, record);
  if (observed && observed.mappedBy.length > 0) return [];
  const at = observed ? { observedAtMs: context.seen(record.status.device!.system)!.observedAtMs } : {};
  return [{ reason: 'unmapped', ...unmappedSince(context, record, maps), ...at }];
}

/** Since its last mapping ended. Tombstones are forgotten after a while: then it is so at least for as long. */
function unmappedSince(
  { nowMs }: ReclaimContext,
  { createdAtMs }: OnArrayRecord,
  ended: readonly ResourceRecord<'lunMap'>[],
): Pick<ReclaimReason, 'sinceMs' | 'orBefore'> {
  const last = Math.max(...ended.map(({ status }) => status.freedAtMs ?? status.sinceMs));
  if (ended.length > 0) return { sinceMs: last };
  const remembered = nowMs - LIMITS.tombstoneTtlMs;
  return createdAtMs >= remembered ? { sinceMs: createdAtMs } : { sinceMs: remembered, orBefore: true };
}

/** Every mask that shows it was seen, and none with a login. A standby has none either: it is a hint, and never more. */
function noLogin(context: ReclaimContext, record: OnArrayRecord): ReclaimReason[] {
  const { device } = record.status;
  if (!device || !observedOf(context, record) || !context.lunMapsOf(record.urn).some(isLive)) return [];
  const { masksOf, observedAtMs } = context.seen(device.system)!;
  const masks = masksOf.get(device.nativeId) ?? [];
  if (masks.length === 0 || masks.some(({ loggedIn }) => loggedIn.length > 0)) return [];
  const names = [...new Set(masks.map(({ name }) => name))].sort();
  return [{ reason: 'no-login', observedAtMs, detail: `mask ${names.join(', ')}` }];
}

function oldSnapshot(context: ReclaimContext, snapshot: ResourceRecord<'snapshot'>): ReclaimReason[] {
  const { takenAtMs } = snapshotFacts(snapshot);
  const { policy } = snapshot.spec;
  if (!policy) {
    const isSafety = snapshot.tags?.includes('safety');
    return old(context, 'old-snapshot', takenAtMs, isSafety ? 'taken before something was overwritten' : undefined);
  }
  const beyond = whyBeyond(context, snapshot, policy.urn);
  return beyond ? [{ reason: 'beyond-policy', sinceMs: takenAtMs, ...beyond }] : [];
}

/** Undefined: it is among those that stay. */
function whyBeyond(
  { view, snapshotsOf }: ReclaimContext,
  { spec }: ResourceRecord<'snapshot'>,
  of: Urn,
): Pick<ReclaimReason, 'detail' | 'policy'> | undefined {
  const policy = view.get<'snapshotPolicy'>(of)?.record;
  if (!policy || !isLive(policy)) return { detail: 'its policy is not there any more' };
  const { name } = policy;
  if (policyOf(view, view.get<'volume'>(spec.volume)?.record) !== of) {
    return { detail: `its volume does not follow policy ${name} any more` };
  }
  const newer = snapshotsOf(spec.volume).filter(
    (other) => other.spec.policy?.urn === of && other.spec.policy.momentMs > (spec.policy?.momentMs ?? 0),
  );
  if (newer.length < policy.spec.keep) return undefined;
  return { detail: `policy ${name} keeps the newest ${policy.spec.keep}`, policy: name };
}

/** Given up without touching it, and seen since. As long as its tombstone is kept. */
function retained(context: ReclaimContext, record: OnArrayRecord): ReclaimReason[] {
  const observed = observedOf(context, record);
  const observedAtMs = record.status.device && context.seen(record.status.device.system)?.observedAtMs;
  // Without a WWN nobody can tell it from something that was made in its place.
  if (!observed?.wwn || observed.mark || observedAtMs === undefined || observedAtMs < record.status.sinceMs) return [];
  return [{ reason: 'retained', sinceMs: record.status.sinceMs, observedAtMs }];
}
