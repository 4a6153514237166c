/** How the driver contract sees what the simulated array stores; what depends on the SAN is asked there (san/links.ts). */
import type {
  CopyState,
  MaskObservation,
  MirrorState,
  PoolObservation,
  PortObservation,
  StorageTier,
  VolumeObservation,
} from 'coprhd/driver';
import type { Kv } from './kv.ts';
import {
  arrays,
  copiedBytesAt,
  initiators,
  metadataBytes,
  readMark,
  SELF,
  type StoredCopy,
  type StoredMask,
  type StoredMirror,
  type StoredPool,
  type StoredPort,
  type StoredVolume,
  usedBytes,
  zeroedBytesAt,
} from './objects.ts';
import { isInitiatorLoggedIn, isPortUp } from './san/links.ts';

export function poolView(pool: StoredPool): PoolObservation {
  return {
    nativeId: pool.name,
    name: pool.name,
    totalBytes: pool.totalBytes,
    freeBytes: pool.totalBytes - usedBytes(pool),
    provisioning: pool.provisioning,
    protocols: pool.protocols,
    driveType: pool.driveType,
    ...(pool.raidLevels === undefined ? {} : { raidLevels: pool.raidLevels }),
    volumeBytesMin: pool.volumeBytesMin,
    volumeBytesMax: pool.volumeBytesMax,
    granularityBytes: pool.granularityBytes,
    // Flash alone does both.
    compression: pool.driveType === 'nvme',
    deduplication: pool.driveType === 'nvme',
    thinPreAllocation: pool.provisioning.length > 1,
    ...(pool.tiers === undefined ? {} : { tiers: tiersOf(pool, pool.tiers) }),
    ...(pool.tieringPolicies === undefined ? {} : { tieringPolicies: pool.tieringPolicies }),
    ioLimits: pool.ioLimits ?? false,
    ...(pool.snapshots === undefined ? {} : { snapshots: pool.snapshots }),
    ...(pool.metadataFraction === undefined ? {} : { metadataBytes: metadataBytes(pool) }),
    usable: pool.offlineWhy === undefined,
    ...(pool.offlineWhy === undefined ? {} : { unusableWhy: pool.offlineWhy }),
  };
}

/** Filled from the first to the last. */
function tiersOf(pool: StoredPool, tiers: NonNullable<StoredPool['tiers']>): StorageTier[] {
  let left = usedBytes(pool);
  return tiers.map((tier) => {
    const filledBytes = Math.min(tier.totalBytes, left);
    left -= filledBytes;
    return { ...tier, freeBytes: tier.totalBytes - filledBytes };
  });
}

export function volumeView(kv: Kv, volume: StoredVolume, nowMs: number): VolumeObservation {
  const mark = readMark(volume.tag);
  const { zeroingBytesPerSecond } = arrays.need(kv, SELF);
  return {
    nativeId: volume.id,
    name: volume.name,
    pool: volume.pool,
    sizeBytes: volume.sizeBytes,
    allocatedBytes: volume.allocatedBytes,
    provisioning: volume.provisioning,
    ...(volume.wwn === undefined ? {} : { wwn: volume.wwn }),
    ...(mark ? { mark } : {}),
    zeroed: volume.provisioning === 'thin' || zeroedBytesAt(volume, zeroingBytesPerSecond, nowMs) === volume.sizeBytes,
    quarantined: volume.quarantined,
    ...(volume.tieringPolicy === undefined ? {} : { tieringPolicy: volume.tieringPolicy }),
    ...(volume.ioLimits === undefined ? {} : { ioLimits: volume.ioLimits }),
    ...(volume.snapshot === undefined ? {} : { snapshot: volume.snapshot }),
    ...(volume.copy === undefined ? {} : { copied: copyView(volume.copy, zeroingBytesPerSecond, nowMs) }),
    ...(volume.mirror === undefined ? {} : { mirror: mirrorView(volume.mirror, zeroingBytesPerSecond, nowMs) }),
    mappedBy: volume.mappings.map(({ mask }) => mask).sort(),
  };
}

function copyView(copy: StoredCopy, bytesPerSecond: number, nowMs: number): CopyState {
  const done = copy.stopped !== true && copiedBytesAt(copy, bytesPerSecond, nowMs) === copy.bytes;
  return { copy: copy.id, done };
}

export function mirrorView(mirror: StoredMirror, bytesPerSecond: number, nowMs: number): MirrorState {
  const { source, bytes, pausedBytes } = mirror;
  const doneBytes = pausedBytes ?? copiedBytesAt(mirror, bytesPerSecond, nowMs);
  const state = pausedBytes !== undefined ? 'paused' : doneBytes === bytes ? 'synchronized' : 'synchronizing';
  return { source, state, percent: Math.floor((doneBytes / bytes) * 100) };
}

export function maskView(kv: Kv, mask: StoredMask): MaskObservation {
  const mark = readMark(mask.tag);
  return {
    nativeId: mask.id,
    name: mask.name,
    targetName: arrays.need(kv, SELF).targetName,
    ...(mark ? { mark } : {}),
    initiators: mask.initiators,
    ports: mask.ports,
    mappings: mask.mappings,
    loggedIn: mask.initiators.filter((name) =>
      isInitiatorLoggedIn(kv, name, initiators.get(kv, name)?.ports ?? [], mask.ports),
    ),
  };
}

export function portView(kv: Kv, port: StoredPort): PortObservation {
  return { ...port, status: isPortUp(kv, port.nativeId) ? 'up' : 'down' };
}
