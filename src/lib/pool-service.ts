/** What a pool does for its volumes beside holding them: words that drivers, model and plans share. Plain JSON. */

/** What a pool's data are moved between, the busy to the fast. */
export interface StorageTier {
  readonly name: string;
  readonly driveType: string;
  readonly totalBytes: number;
  readonly freeBytes?: number;
}

/** How the storage system moves data between tiers; a volume is given one by its name. */
export interface TieringPolicy {
  readonly name: string;
  readonly provisioning: readonly ('thin' | 'thick')[];
}

/** How snapshots are made: they share what isn't overwritten with their volume, or all of it is copied. */
export type SnapshotMethod = 'copy-on-write' | 'full-copy';

/** Of all hosts of a volume together. Absent = no limit. */
export interface IoLimits {
  readonly iops?: number | undefined;
  readonly bytesPerSecond?: number | undefined;
}
