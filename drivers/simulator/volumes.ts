/** Volume operations of the simulated array. Pure over a Kv; every check comes before the first write. */
import {
  DriverError,
  type EnsureVolumeArgs,
  type Expectation,
  type IoLimits,
  type JobHandle,
  type JobProgress,
  type VolumeObservation,
} from 'coprhd/driver';
import type { Kv } from './kv.ts';
import {
  arrays,
  chargePool,
  checkExpected,
  checkIdentity,
  checkMark,
  checkName,
  invalid,
  masks,
  mirrorJobs,
  pools,
  refuse,
  SELF,
  type StoredPool,
  type StoredVolume,
  volumeNames,
  volumes,
  writeMark,
  wwns,
  zeroedBytesAt,
  zeroingJobs,
} from './objects.ts';
import { volumeView } from './views.ts';

const WWN = /^6[0-9a-f]{31}$/;

const roundUp = (bytes: number, granularityBytes: number): number =>
  Math.ceil(bytes / granularityBytes) * granularityBytes;

function roundedSize(pool: StoredPool, sizeBytes: number): number {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) throw invalid(`size ${sizeBytes} is not a count of bytes`);
  const rounded = roundUp(sizeBytes, pool.granularityBytes);
  if (rounded < pool.volumeBytesMin || rounded > pool.volumeBytesMax) {
    throw invalid(
      `size ${rounded} is not within ${pool.volumeBytesMin} to ${pool.volumeBytesMax} of pool ${pool.name}`,
    );
  }
  return rounded;
}

export interface NewVolume {
  readonly name: string;
  readonly pool: string;
  readonly sizeBytes: number;
  readonly provisioning: 'thin' | 'thick';
  /** Of a thin one. */
  readonly setAsideBytes?: number;
  readonly tieringPolicy?: string;
  readonly ioLimits?: IoLimits;
  /** Given by the array where it is left out. */
  readonly wwn?: string;
  readonly serial?: string;
  /** Made of the native id, which isn't known before. */
  readonly tag?: (nativeId: string) => string;
}

function checkService(pool: StoredPool, { tieringPolicy, ioLimits, provisioning }: NewVolume): void {
  const policy = pool.tieringPolicies?.find(({ name }) => name === tieringPolicy);
  if (tieringPolicy !== undefined && !policy?.provisioning.includes(provisioning)) {
    throw invalid(`pool ${pool.name} has no tiering policy ${tieringPolicy} for ${provisioning} volumes`);
  }
  if (ioLimits !== undefined && !pool.ioLimits) throw invalid(`pool ${pool.name} limits no I/O`);
}

/** Makes a volume; the name is known to be free. Also how a person makes one by hand. `takesNoRoom`: a thick one that shares another's blocks. */
export function createVolume(kv: Kv, wanted: NewVolume, takesNoRoom = false): StoredVolume {
  const pool = pools.need(kv, wanted.pool);
  const sizeBytes = roundedSize(pool, wanted.sizeBytes);
  if (pool.offlineWhy !== undefined) {
    throw new DriverError({ class: 'transient', message: `pool ${pool.name} is offline: ${pool.offlineWhy}` });
  }
  if (!pool.provisioning.includes(wanted.provisioning)) {
    throw invalid(`pool ${pool.name} does not make ${wanted.provisioning} volumes`);
  }
  const setAsideBytes = Math.min(sizeBytes, roundUp(wanted.setAsideBytes ?? 0, pool.granularityBytes));
  if (setAsideBytes > 0 && pool.provisioning.length === 1) {
    throw invalid(`pool ${pool.name} sets nothing aside for thin volumes`);
  }
  checkService(pool, wanted);
  if (wanted.wwn !== undefined && !WWN.test(wanted.wwn)) throw invalid(`${wanted.wwn} is not an NAA-6 identity`);
  const holder = wanted.wwn === undefined ? undefined : wwns.get(kv, wanted.wwn);
  if (holder !== undefined) throw refuse(`identity ${wanted.wwn} is taken by ${holder}`, [holder]);
  const array = arrays.need(kv, SELF);
  const id = `vol-${String(array.nextVolume).padStart(6, '0')}`;
  const volume: StoredVolume = {
    id,
    name: wanted.name,
    pool: pool.name,
    sizeBytes,
    allocatedBytes: wanted.provisioning === 'thick' && !takesNoRoom ? sizeBytes : setAsideBytes,
    provisioning: wanted.provisioning,
    ...(wanted.wwn === undefined ? {} : { wwn: wanted.wwn }),
    ...(wanted.serial === undefined ? {} : { serial: wanted.serial }),
    ...(wanted.tag === undefined ? {} : { tag: wanted.tag(id) }),
    quarantined: false,
    ...(wanted.tieringPolicy === undefined ? {} : { tieringPolicy: wanted.tieringPolicy }),
    ...(wanted.ioLimits === undefined ? {} : { ioLimits: wanted.ioLimits }),
    zeroedBytes: 0,
    mappings: [],
  };
  chargePool(kv, pool.name, { allocated: volume.allocatedBytes, subscribed: sizeBytes, volumes: 1 });
  arrays.put(kv, SELF, { ...array, nextVolume: array.nextVolume + 1 });
  volumes.put(kv, id, volume);
  volumeNames.put(kv, volume.name, id);
  if (volume.wwn !== undefined) wwns.put(kv, volume.wwn, id);
  return volume;
}

/** Takes a volume and its index entries away; nothing maps it any more. */
export function dropVolume(kv: Kv, volume: StoredVolume): void {
  chargePool(kv, volume.pool, { allocated: -volume.allocatedBytes, subscribed: -volume.sizeBytes, volumes: -1 });
  volumes.delete(kv, volume.id);
  volumeNames.delete(kv, volume.name);
  if (volume.wwn !== undefined) wwns.delete(kv, volume.wwn);
  if (volume.job) zeroingJobs.delete(kv, volume.id);
  mirrorJobs.delete(kv, volume.id);
  const followed = volume.mirror && volumes.get(kv, volume.mirror.source);
  if (followed) {
    volumes.put(kv, followed.id, { ...followed, mirrors: followed.mirrors!.filter((id) => id !== volume.id) });
  }
  const source = volume.snapshot && volumes.get(kv, volume.snapshot.source);
  if (source) {
    volumes.put(kv, source.id, { ...source, snapshots: (source.snapshots ?? []).filter((id) => id !== volume.id) });
  }
}

/** Changes the size, up or down, and what the pool counts. */
export function resizeVolume(kv: Kv, volume: StoredVolume, sizeBytes: number): StoredVolume {
  const rounded = roundedSize(pools.need(kv, volume.pool), sizeBytes);
  const growth = rounded - volume.sizeBytes;
  const thick = volume.provisioning === 'thick';
  const allocatedBytes = thick ? rounded : Math.min(volume.allocatedBytes, rounded);
  chargePool(kv, volume.pool, {
    allocated: allocatedBytes - volume.allocatedBytes,
    subscribed: growth,
    volumes: 0,
  });
  // New extents of a volume that was zeroed are handed out zeroed.
  const zeroedBytes = volume.zeroedBytes === volume.sizeBytes ? rounded : Math.min(volume.zeroedBytes, rounded);
  const resized = { ...volume, sizeBytes: rounded, allocatedBytes, zeroedBytes: thick ? zeroedBytes : 0 };
  volumes.put(kv, volume.id, resized);
  return resized;
}

export function moveVolumeName(kv: Kv, volume: StoredVolume, name: string): void {
  const holder = volumeNames.get(kv, name);
  if (holder !== undefined && holder !== volume.id) throw refuse(`name ${name} is taken by ${holder}`, [holder]);
  volumeNames.delete(kv, volume.name);
  volumeNames.put(kv, name, volume.id);
}

function sameService(volume: StoredVolume, { tieringPolicy, ioLimits }: EnsureVolumeArgs): boolean {
  return (
    volume.tieringPolicy === tieringPolicy &&
    volume.ioLimits?.iops === ioLimits?.iops &&
    volume.ioLimits?.bytesPerSecond === ioLimits?.bytesPerSecond
  );
}

export function ensureVolume(kv: Kv, args: EnsureVolumeArgs, nowMs: number): VolumeObservation {
  checkName(kv, args.name);
  const id = volumeNames.get(kv, args.name);
  if (id === undefined) {
    const tag = (nativeId: string) => writeMark(args.mark, nativeId);
    return volumeView(kv, createVolume(kv, { ...args, tag }), nowMs);
  }
  const volume = volumes.need(kv, id);
  checkMark(volume, args.mark);
  const sizeBytes = roundedSize(pools.need(kv, volume.pool), args.sizeBytes);
  const differs = [
    volume.wwn === args.wwn ? undefined : `identity ${volume.wwn ?? 'none'}, not ${args.wwn}`,
    volume.serial === args.serial ? undefined : `serial ${volume.serial ?? 'none'}, not ${args.serial}`,
    volume.pool === args.pool ? undefined : `pool ${volume.pool}, not ${args.pool}`,
    volume.sizeBytes === sizeBytes ? undefined : `size ${volume.sizeBytes}, not ${sizeBytes}`,
    volume.provisioning === args.provisioning ? undefined : `${volume.provisioning}, not ${args.provisioning}`,
    sameService(volume, args) ? undefined : 'another tiering policy or other limits of I/O',
    volume.quarantined ? 'in quarantine' : undefined,
    volume.snapshot ? 'what another volume held' : undefined,
  ].filter((text) => text !== undefined);
  if (differs.length > 0) throw refuse(`volume ${args.name} exists with ${differs.join(', ')}`, [id]);
  return volumeView(kv, volume, nowMs);
}

export function deleteVolume(kv: Kv, { expect }: { readonly expect: Expectation }): undefined {
  const volume = volumes.get(kv, expect.nativeId);
  if (!volume) return;
  checkExpected(volume, expect);
  if (volume.mappings.length > 0) {
    const holders = volume.mappings.map(({ mask }) => masks.need(kv, mask).name);
    throw refuse(`volume ${volume.name} is mapped by ${holders.join(', ')}`, holders);
  }
  const copies = (volume.snapshots ?? []).map((id) => volumes.need(kv, id).name);
  if (copies.length > 0) throw refuse(`volume ${volume.name} has snapshots: ${copies.join(', ')}`, copies);
  const followers = (volume.mirrors ?? []).map((id) => volumes.need(kv, id).name);
  if (followers.length > 0) throw refuse(`volume ${volume.name} is followed by ${followers.join(', ')}`, followers);
  dropVolume(kv, volume);
}

export function renameVolume(
  kv: Kv,
  args: { readonly expect: Expectation; readonly name: string; readonly quarantined: boolean },
  nowMs: number,
): VolumeObservation {
  checkName(kv, args.name);
  const volume = volumes.need(kv, args.expect.nativeId);
  checkExpected(volume, args.expect);
  if (args.quarantined && volume.mappings.length > 0) {
    const holders = volume.mappings.map(({ mask }) => masks.need(kv, mask).name);
    throw refuse(`volume ${volume.name} is mapped by ${holders.join(', ')}`, holders);
  }
  if (volume.name === args.name && volume.quarantined === args.quarantined) return volumeView(kv, volume, nowMs);
  if (volume.name !== args.name) moveVolumeName(kv, volume, args.name);
  const renamed = { ...volume, name: args.name, quarantined: args.quarantined };
  volumes.put(kv, volume.id, renamed);
  return volumeView(kv, renamed, nowMs);
}

export function markVolume(kv: Kv, { expect }: { readonly expect: Expectation }, nowMs: number): VolumeObservation {
  const volume = volumes.need(kv, expect.nativeId);
  checkIdentity(volume, expect);
  // A tag that can't be read is somebody's: it is not "no mark".
  if (volume.tag !== undefined) checkMark(volume, expect.mark);
  else if (!expect.unmarked) throw refuse(`${volume.name} carries no ownership mark`);
  const tag = writeMark(expect.mark, volume.id);
  if (tag === volume.tag) return volumeView(kv, volume, nowMs);
  const marked = { ...volume, tag };
  volumes.put(kv, volume.id, marked);
  return volumeView(kv, marked, nowMs);
}

export function unmarkVolume(kv: Kv, { expect }: { readonly expect: Expectation }): undefined {
  const volume = volumes.get(kv, expect.nativeId);
  if (!volume) return;
  checkIdentity(volume, expect);
  if (volume.tag === undefined) return;
  checkMark(volume, expect.mark);
  const { tag: _tag, ...unmarked } = volume;
  volumes.put(kv, volume.id, unmarked);
}

export function expandVolume(
  kv: Kv,
  args: { readonly expect: Expectation; readonly sizeBytes: number },
  nowMs: number,
): VolumeObservation {
  const volume = volumes.need(kv, args.expect.nativeId);
  checkExpected(volume, args.expect);
  if (volume.snapshot) throw invalid(`${volume.name} is a snapshot: it stays as large as its source was`);
  const sizeBytes = roundedSize(pools.need(kv, volume.pool), args.sizeBytes);
  const grows = sizeBytes > volume.sizeBytes;
  const smaller = (volume.mirrors ?? []).map((id) => volumes.need(kv, id)).filter((each) => each.sizeBytes < sizeBytes);
  if (grows && smaller.length > 0) {
    const names = smaller.map(({ name }) => name);
    throw refuse(`volume ${volume.name} is followed by ${names.join(', ')}, smaller than ${sizeBytes} bytes`, names);
  }
  return volumeView(kv, grows ? resizeVolume(kv, volume, args.sizeBytes) : volume, nowMs);
}

function zeroedNow(kv: Kv, volume: StoredVolume, nowMs: number): number {
  return zeroedBytesAt(volume, arrays.need(kv, SELF).zeroingBytesPerSecond, nowMs);
}

/** Ends the job of a volume where it stands. */
export function stopJob(kv: Kv, volume: StoredVolume, nowMs: number): void {
  const { job: _job, ...rest } = volume;
  volumes.put(kv, volume.id, { ...rest, zeroedBytes: zeroedNow(kv, volume, nowMs) });
  zeroingJobs.delete(kv, volume.id);
}

export function startZeroing(kv: Kv, { expect }: { readonly expect: Expectation }, nowMs: number): JobHandle {
  const volume = volumes.need(kv, expect.nativeId);
  checkExpected(volume, expect);
  if (volume.provisioning === 'thin') throw invalid(`${volume.name} is thin: unwritten blocks read as zero`);
  if (volume.job) return { job: volume.job.id };
  const array = arrays.need(kv, SELF);
  const id = `job-${String(array.nextJob).padStart(6, '0')}`;
  arrays.put(kv, SELF, { ...array, nextJob: array.nextJob + 1 });
  volumes.put(kv, volume.id, { ...volume, job: { id, startedMs: nowMs } });
  zeroingJobs.put(kv, volume.id, id);
  return { job: id };
}

export function pollZeroing(
  kv: Kv,
  { expect, handle }: { readonly expect: Expectation; readonly handle: JobHandle },
  nowMs: number,
): JobProgress {
  const volume = volumes.need(kv, expect.nativeId);
  checkExpected(volume, expect);
  const doneBytes = zeroedNow(kv, volume, nowMs);
  const done = doneBytes === volume.sizeBytes;
  if (done && volume.job) stopJob(kv, volume, nowMs);
  const state = done ? 'done' : volume.job?.id === handle.job ? 'running' : 'lost';
  return { state, doneBytes, totalBytes: volume.sizeBytes };
}

export function cancelZeroing(
  kv: Kv,
  { expect, handle }: { readonly expect: Expectation; readonly handle: JobHandle },
  nowMs: number,
): undefined {
  const volume = volumes.get(kv, expect.nativeId);
  if (!volume) return;
  checkExpected(volume, expect);
  if (volume.job !== undefined && volume.job.id === handle.job) stopJob(kv, volume, nowMs);
}
