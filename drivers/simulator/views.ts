/** How the driver contract sees what the simulated array stores; what depends on the SAN is asked there (san/links.ts). */
import type { MaskObservation, PoolObservation, PortObservation, VolumeObservation } from 'coprhd/driver';
import type { Kv } from './kv.ts';
import {
  arrays,
  initiators,
  readMark,
  SELF,
  type StoredMask,
  type StoredPool,
  type StoredPort,
  type StoredVolume,
  zeroedBytesAt,
} from './objects.ts';
import { isInitiatorLoggedIn, isPortUp } from './san/links.ts';

export function poolView(pool: StoredPool): PoolObservation {
  return {
    nativeId: pool.name,
    name: pool.name,
    totalBytes: pool.totalBytes,
    freeBytes: pool.totalBytes - pool.allocatedBytes,
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
    usable: pool.offlineWhy === undefined,
    ...(pool.offlineWhy === undefined ? {} : { unusableWhy: pool.offlineWhy }),
  };
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
    mappedBy: volume.mappings.map(({ mask }) => mask).sort(),
  };
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
