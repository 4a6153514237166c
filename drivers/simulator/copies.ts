/** Snapshots, and copies of data from volume to volume, of the simulated array. What hosts wrote is a word per volume (hand.ts). Pure. */
import {
  DriverError,
  type EnsureSnapshotsArgs,
  type Expectation,
  type JobHandle,
  type JobProgress,
  type SnapshotMember,
  type StartCopyArgs,
  type VolumeObservation,
} from 'coprhd/driver';
import type { Kv } from './kv.ts';
import {
  arrays,
  checkExpected,
  checkMark,
  checkName,
  copiedBytesAt,
  initiators,
  invalid,
  masks,
  pools,
  refuse,
  SELF,
  type StoredVolume,
  volumeNames,
  volumes,
  writeMark,
} from './objects.ts';
import { isInitiatorLoggedIn } from './san/links.ts';
import { volumeView } from './views.ts';
import { createVolume, dropVolume } from './volumes.ts';

export const speedOf = (kv: Kv): number => arrays.need(kv, SELF).zeroingBytesPerSecond;

/**
 * A running copy gives what its source held when it began, once it is through; until then, and where it was stopped, nothing is known.
 * What follows another volume holds what that one holds, once it is in sync.
 */
export function contentAt(kv: Kv, volume: StoredVolume, nowMs: number): string | undefined {
  const { copy, mirror } = volume;
  if (mirror && mirror.pausedBytes === undefined) {
    if (copiedBytesAt(mirror, speedOf(kv), nowMs) < mirror.bytes) return 'undefined';
    return contentAt(kv, volumes.need(kv, mirror.source), nowMs);
  }
  if (!copy || volume.content !== undefined) return volume.content;
  if (copy.stopped === true) return 'undefined';
  return copiedBytesAt(copy, speedOf(kv), nowMs) === copy.bytes ? copy.content : 'undefined';
}

/** The members of a set as they are there; undefined for those that have to be made. */
export const setSeen = (kv: Kv, { set, members }: EnsureSnapshotsArgs): (StoredVolume | undefined)[] =>
  members.map((member) => memberOf(kv, set, member));

export function ensureSnapshots(kv: Kv, args: EnsureSnapshotsArgs, nowMs: number): VolumeObservation[] {
  const { set, members } = args;
  const found = setSeen(kv, args);
  if (found.every((volume) => volume !== undefined)) return found.map((volume) => volumeView(kv, volume!, nowMs));
  const started = found.filter((volume) => volume !== undefined);
  const mapped = started.find(({ mappings }) => mappings.length > 0);
  if (mapped) throw refuse(`snapshot ${mapped.name} of an incomplete set is mapped`, [mapped.name]);
  const byJob = members.find(({ source }) => isFullCopied(kv, volumes.need(kv, source.nativeId)));
  if (byJob) {
    const message = `snapshots of ${byJob.source.nativeId} are full copies, which a job makes`;
    throw new DriverError({ class: 'unsupported', message });
  }
  for (const volume of started) dropVolume(kv, volume);
  return members.map((member) => volumeView(kv, take(kv, set, member, nowMs), nowMs));
}

const isFullCopied = (kv: Kv, { pool }: StoredVolume): boolean => pools.need(kv, pool).snapshots === 'full-copy';

/** The member as it is there; undefined when it has to be made. */
function memberOf(kv: Kv, set: string, member: SnapshotMember): StoredVolume | undefined {
  checkName(kv, member.name);
  const source = volumes.need(kv, member.source.nativeId);
  checkExpected(source, member.source);
  if (source.quarantined) throw refuse(`volume ${source.name} is in quarantine`);
  if (source.snapshot) throw invalid(`${source.name} is a snapshot itself`);
  requireUnbound(source);
  const id = volumeNames.get(kv, member.name);
  if (id === undefined) return undefined;
  const volume = volumes.need(kv, id);
  checkMark(volume, member.mark);
  const identity = volume.wwn === member.wwn && volume.serial === member.serial;
  const same = identity && volume.snapshot?.source === source.id && volume.snapshot.set === set;
  if (!same || volume.quarantined)
    throw refuse(`${member.name} exists and is not this snapshot of ${source.name}`, [id]);
  return volume;
}

export function take(kv: Kv, set: string, member: SnapshotMember, nowMs: number): StoredVolume {
  const source = volumes.need(kv, member.source.nativeId);
  const { name, wwn, serial } = member;
  const tag = (nativeId: string) => writeMark(member.mark, nativeId);
  const { pool, sizeBytes } = source;
  // It takes room as its source is overwritten, of any kind of pool.
  const made = createVolume(kv, { name, wwn, serial, tag, pool, sizeBytes, provisioning: source.provisioning }, true);
  const content = contentAt(kv, source, nowMs);
  const snapshot: StoredVolume = {
    ...made,
    zeroedBytes: source.provisioning === 'thick' ? sizeBytes : 0,
    ...(content === undefined ? {} : { content }),
    snapshot: { source: source.id, set, takenAtMs: nowMs },
  };
  volumes.put(kv, made.id, snapshot);
  volumes.put(kv, source.id, { ...source, snapshots: [...(source.snapshots ?? []), made.id] });
  return snapshot;
}

export function startCopy(kv: Kv, args: StartCopyArgs, nowMs: number): JobHandle {
  const { copy: id, from: source, to: target } = args;
  const [from, to] = [volumes.need(kv, source.nativeId), volumes.need(kv, target.nativeId)];
  checkExpected(from, source);
  checkExpected(to, target);
  if (to.copy?.id === id && to.copy.stopped !== true) return { copy: id };
  if (from.id === to.id) throw invalid('a volume is not copied onto itself');
  if (to.snapshot) throw refuse(`${to.name} is a snapshot: nothing is written to it`);
  requireUnbound(to);
  if (from.sizeBytes > to.sizeBytes) throw invalid(`${from.name} is larger than ${to.name}`);
  if (to.quarantined) throw refuse(`volume ${to.name} is in quarantine`);
  if (!args.attested) requireIdle(kv, to);
  const content = contentAt(kv, from, nowMs);
  const { content: _old, ...rest } = to;
  const bytes = Math.max(1, from.allocatedBytes);
  volumes.put(kv, to.id, {
    ...rest,
    // All that was written to it is overwritten, whatever was left of its zeroing.
    ...(to.provisioning === 'thick' ? { zeroedBytes: to.sizeBytes } : {}),
    copy: { id, startedMs: nowMs, bytes, ...(content === undefined ? {} : { content }) },
  });
  return { copy: id };
}

export function requireUnbound({ name, mirror }: StoredVolume): void {
  if (mirror) throw refuse(`${name} follows ${mirror.source}`, [mirror.source]);
}

export function requireIdle(kv: Kv, volume: StoredVolume): void {
  for (const { mask: id } of volume.mappings) {
    const mask = masks.need(kv, id);
    const busy = mask.initiators.filter((name) =>
      isInitiatorLoggedIn(kv, name, initiators.get(kv, name)?.ports ?? [], mask.ports),
    );
    if (busy.length > 0) throw refuse(`${busy.join(', ')} of mask ${mask.name} are logged in to ${volume.name}`, busy);
  }
}

interface JobArgs {
  readonly expect: Expectation;
  readonly handle: JobHandle;
}

export function pollCopy(kv: Kv, { expect, handle }: JobArgs, nowMs: number): JobProgress {
  const volume = volumes.need(kv, expect.nativeId);
  checkExpected(volume, expect);
  const { copy } = volume;
  if (!copy || copy.id !== handle.copy || copy.stopped === true) return { state: 'lost', doneBytes: 0, totalBytes: 1 };
  const doneBytes = copiedBytesAt(copy, speedOf(kv), nowMs);
  return { state: doneBytes === copy.bytes ? 'done' : 'running', doneBytes, totalBytes: copy.bytes };
}

export function cancelCopy(kv: Kv, { expect, handle }: JobArgs, nowMs: number): undefined {
  const volume = volumes.get(kv, expect.nativeId);
  if (!volume) return;
  checkExpected(volume, expect);
  if (volume.copy?.id === handle.copy) stopCopy(kv, volume, nowMs);
}

/** Where it stands: what is through is through. */
export function stopCopy(kv: Kv, volume: StoredVolume, nowMs: number): void {
  const { copy } = volume;
  if (!copy || copiedBytesAt(copy, speedOf(kv), nowMs) === copy.bytes) return;
  volumes.put(kv, volume.id, { ...volume, copy: { ...copy, stopped: true } });
}

/** What a host writes over the whole of it. */
export function writeContent(kv: Kv, volume: StoredVolume, content: string, nowMs: number): void {
  if (volume.snapshot || volume.mirror) {
    throw new DriverError({ class: 'invalid', message: `${volume.name} is write protected` });
  }
  stopCopy(kv, volume, nowMs);
  volumes.put(kv, volume.id, { ...volumes.need(kv, volume.id), content });
}
