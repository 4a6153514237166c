/**
 * What the simulated array stores, and how the driver contract sees it. Stored forms and pure functions only; the
 * operations are in volumes.ts, masks.ts, inventory.ts and hand.ts.
 */
import {
  DriverError,
  type Expectation,
  type IoLimits,
  type MarkRequest,
  type OwnershipMark,
  type PortObservation,
  type SnapshotMethod,
  type SnapshotOrigin,
  type StorageTier,
  type TieringPolicy,
} from 'coprhd/driver';
import { type Kv, type Reader, table } from './kv.ts';

export interface StoredArray {
  readonly schema: 1;
  readonly name: string;
  readonly serialNumber: string;
  readonly model: string;
  readonly firmwareVersion: string;
  /** Target that initiators log in to; one for the whole array. */
  readonly targetName: string;
  /** Items of a page in lists. */
  readonly pageItems: number;
  readonly zeroingBytesPerSecond: number;
  /** HLUs go from 0 to this. Undefined (as with arrays of an older version): as the manifest says. */
  readonly hluMax?: number;
  readonly nameLengthMax?: number;
  /** False: the model counts nothing. */
  readonly metrics?: boolean;
  /** When the counters of ports and directors began, if they ever began anew. */
  readonly countersZeroAtMs?: number;
  /** When and by whom it was made, where it can be made anew under its name. */
  readonly madeAt?: string;
  /** Entries of its log of changes, where it isn't as long as usual. */
  readonly changeLogEntries?: number;
  /** Next native numbers. They only grow: a native id is never used twice, not even after a reset. */
  readonly nextVolume: number;
  readonly nextMask: number;
  readonly nextJob: number;
}

export interface StoredPool {
  readonly name: string;
  readonly totalBytes: number;
  /** Running sums over the pool's volumes. */
  readonly allocatedBytes: number;
  readonly subscribedBytes: number;
  readonly volumes: number;
  readonly provisioning: readonly ('thin' | 'thick')[];
  readonly protocols: readonly ('iscsi' | 'fc')[];
  readonly driveType: string;
  readonly raidLevels?: readonly string[];
  readonly tiers?: readonly Pick<StorageTier, 'name' | 'driveType' | 'totalBytes'>[];
  readonly tieringPolicies?: readonly TieringPolicy[];
  readonly ioLimits?: boolean;
  /** How snapshots of its volumes are made; undefined = copy-on-write. */
  readonly snapshots?: SnapshotMethod;
  /** The pool's own, of each byte that is written to it. Undefined = none. */
  readonly metadataFraction?: number;
  readonly granularityBytes: number;
  readonly volumeBytesMin: number;
  readonly volumeBytesMax: number;
  /** Present = offline, with the reason. */
  readonly offlineWhy?: string;
}

export interface StoredPort extends PortObservation {}

export interface StoredVolume {
  readonly id: string;
  readonly name: string;
  readonly pool: string;
  readonly sizeBytes: number;
  readonly allocatedBytes: number;
  readonly provisioning: 'thin' | 'thick';
  readonly wwn?: string;
  readonly serial?: string;
  /** Free text on the volume; ours is an ownership mark as JSON. */
  readonly tag?: string;
  readonly quarantined: boolean;
  readonly tieringPolicy?: string;
  readonly ioLimits?: IoLimits;
  /** Thick only: how much was zeroed when the job below started, or for good. */
  readonly zeroedBytes: number;
  readonly job?: { readonly id: string; readonly startedMs: number };
  /** What hosts have written, told apart by a word. Undefined = nothing. */
  readonly content?: string;
  readonly snapshot?: SnapshotOrigin;
  /** Native ids of the snapshots of it. */
  readonly snapshots?: readonly string[];
  readonly copy?: StoredCopy;
  readonly mirror?: StoredMirror;
  /** Native ids of those that follow it. */
  readonly mirrors?: readonly string[];
  readonly mappings: readonly { readonly mask: string; readonly hlu: number }[];
}

/** The last copy onto a volume: running from `startedMs` on until its bytes are through, unless it was stopped. */
export interface StoredCopy {
  readonly id: string;
  readonly startedMs: number;
  readonly bytes: number;
  /** What the source held when it began. */
  readonly content?: string;
  readonly stopped?: boolean;
}

/** It follows `source`: running from `startedMs` on until its bytes are through, or paused with so many of them. */
export interface StoredMirror {
  readonly source: string;
  readonly startedMs: number;
  readonly bytes: number;
  readonly pausedBytes?: number;
}

export interface StoredMask {
  readonly id: string;
  readonly name: string;
  readonly tag?: string;
  readonly initiators: readonly string[];
  readonly ports: readonly string[];
  /** Sorted by HLU. */
  readonly mappings: readonly { readonly hlu: number; readonly volume: string; readonly wwn?: string }[];
}

/** A director (HA domain) that is down, with all its ports; there is no entry for one that is up. */
export interface StoredDirector {
  readonly haDomain: string;
}

/** An initiator that the array knows: admitted by a mask, logged in, or both. */
export interface StoredInitiator {
  readonly name: string;
  readonly mask?: string;
  /** Ports with a session, sorted. */
  readonly ports: readonly string[];
}

export const arrays = table<StoredArray>('array', 'array');
export const pools = table<StoredPool>('pool', 'pool');
export const ports = table<StoredPort>('port', 'port');
export const directors = table<StoredDirector>('director', 'director');
export const volumes = table<StoredVolume>('volume', 'volume');
export const volumeNames = table<string>('volume-name', 'volume');
/** Volumes with a zeroing job. */
export const zeroingJobs = table<string>('zeroing', 'zeroing job');
/** Volumes that follow another and were not seen in sync yet. */
export const mirrorJobs = table<string>('mirroring', 'synchronization');
export const wwns = table<string>('wwn', 'identity');
export const masks = table<StoredMask>('mask', 'mask');
export const maskNames = table<string>('mask-name', 'mask');
export const initiators = table<StoredInitiator>('initiator', 'initiator');

/** The one id in `arrays`. */
export const SELF = 'self';
export const MODEL = 'Simulated block array';
export const FIRMWARE = '1.0.0';
export const HLU_RANGE = { min: 0, max: 4095 } as const;
export const NAME_ALPHABET = /^[A-Za-z0-9_.-]+$/;
export const NAME_LENGTH_MAX = 64;

export const refuse = (message: string, holders: readonly string[] = []): DriverError =>
  new DriverError({ class: 'conflict', message, holders });

export const invalid = (message: string): DriverError => new DriverError({ class: 'invalid', message });

export function checkName(kv: Reader, name: string): void {
  const { nameLengthMax = NAME_LENGTH_MAX } = arrays.need(kv, SELF);
  if (!NAME_ALPHABET.test(name) || name.length > nameLengthMax) {
    throw invalid(`name ${JSON.stringify(name)} is not 1 to ${nameLengthMax} of A-Z a-z 0-9 _ . -`);
  }
}

/** Undefined for no tag, and for one that isn't an ownership mark. */
export function readMark(tag: string | undefined): OwnershipMark | undefined {
  if (tag === undefined) return undefined;
  try {
    const mark = JSON.parse(tag) as Partial<OwnershipMark> | null;
    if (typeof mark?.installation !== 'string' || typeof mark.urn !== 'string') return undefined;
    if (typeof mark.nativeIdentity !== 'string' || !Number.isInteger(mark.epoch)) return undefined;
    const { installation, urn, nativeIdentity, epoch } = mark as OwnershipMark;
    return { installation, urn, nativeIdentity, epoch };
  } catch {
    return undefined;
  }
}

export function writeMark(mark: MarkRequest, nativeIdentity: string): string {
  const { installation, urn, epoch } = mark;
  return JSON.stringify({ installation, urn, nativeIdentity, epoch });
}

interface Owned {
  readonly id: string;
  readonly name: string;
  readonly tag?: string;
  readonly wwn?: string;
}

/** Throws `conflict` unless the object carries this mark, on itself, and not of a newer state. */
export function checkMark(object: Owned, wanted: MarkRequest): void {
  const mark = readMark(object.tag);
  if (!mark) throw refuse(`${object.name} carries no ownership mark`);
  if (mark.installation !== wanted.installation) {
    throw refuse(`${object.name} belongs to installation ${mark.installation}`, [mark.installation]);
  }
  if (mark.urn !== wanted.urn) throw refuse(`${object.name} belongs to ${mark.urn}`, [mark.urn]);
  if (mark.nativeIdentity !== object.id) {
    throw refuse(`${object.name} carries a mark copied from ${mark.nativeIdentity}`, [mark.nativeIdentity]);
  }
  if (mark.epoch > wanted.epoch) throw refuse(`the mark of ${object.name} is of a newer state (epoch ${mark.epoch})`);
}

export function checkIdentity(object: Owned, expect: Expectation): void {
  if (expect.wwn !== undefined && expect.wwn !== object.wwn) {
    throw refuse(`${object.name} has identity ${object.wwn ?? 'none'}, not ${expect.wwn}`);
  }
}

export function checkExpected(object: Owned, expect: Expectation): void {
  checkMark(object, expect.mark);
  checkIdentity(object, expect);
}

/** Bytes zeroed at this time; a job's progress is a function of the clock alone. */
export function zeroedBytesAt(volume: StoredVolume, bytesPerSecond: number, nowMs: number): number {
  if (!volume.job) return volume.zeroedBytes;
  const elapsedMs = Math.max(0, nowMs - volume.job.startedMs);
  return Math.min(volume.sizeBytes, volume.zeroedBytes + Math.floor((elapsedMs * bytesPerSecond) / 1000));
}

/** How many of its bytes a copy has copied by then, a function of the clock alone. */
export function copiedBytesAt(
  copy: Pick<StoredCopy, 'startedMs' | 'bytes'>,
  bytesPerSecond: number,
  nowMs: number,
): number {
  const elapsedMs = Math.max(0, nowMs - copy.startedMs);
  return Math.min(copy.bytes, Math.floor((elapsedMs * bytesPerSecond) / 1000));
}

/** Adds to a pool's running sums. Refuses with `capacity` what the pool can't hold. */
export const metadataBytes = ({ allocatedBytes, metadataFraction = 0 }: StoredPool): number =>
  Math.ceil(allocatedBytes * metadataFraction);

export const usedBytes = (pool: StoredPool): number => pool.allocatedBytes + metadataBytes(pool);

export function chargePool(kv: Kv, name: string, by: { allocated: number; subscribed: number; volumes: number }): void {
  const pool = pools.need(kv, name);
  const allocatedBytes = pool.allocatedBytes + by.allocated;
  if (by.allocated > 0 && usedBytes({ ...pool, allocatedBytes }) > pool.totalBytes) {
    const freeBytes = pool.totalBytes - usedBytes(pool);
    throw new DriverError({
      class: 'capacity',
      message: `pool ${name} has ${freeBytes} bytes free, needed ${by.allocated}`,
    });
  }
  pools.put(kv, name, {
    ...pool,
    allocatedBytes,
    subscribedBytes: pool.subscribedBytes + by.subscribed,
    volumes: pool.volumes + by.volumes,
  });
}

/** As WWPNs are kept: lower case with colons. */
export const WWPN = /^([0-9a-f]{2}:){7}[0-9a-f]{2}$/;
const INITIATOR =
  /^(([0-9a-f]{2}:){7}[0-9a-f]{2}|iqn\.\d{4}-\d{2}\.[^\s]{1,200}|eui\.[0-9a-f]{16}|naa\.([0-9a-f]{16}|[0-9a-f]{32}))$/;

/** Lower case, sorted, each once. Throws `invalid` for what is neither an iSCSI name nor a WWPN. */
export function initiatorList(names: readonly string[]): string[] {
  const folded = [...new Set(names.map((name) => name.toLowerCase()))].sort();
  for (const name of folded) {
    if (!INITIATOR.test(name)) throw invalid(`${JSON.stringify(name)} is neither an iSCSI initiator name nor a WWPN`);
  }
  return folded;
}
