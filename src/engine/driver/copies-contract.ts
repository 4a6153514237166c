/**
 * Copies that a block array makes by itself. A snapshot is a read-only volume that holds what its source held at one moment;
 * copying data overwrites one volume with what another one holds, as a job. Both name the objects on the array; whose they are
 * follows from their marks, as everywhere.
 */
import type { CallContext, Expectation, JobHandle, JobProgress, MarkRequest, VolumeObservation } from './contract.ts';
import type { MirrorState } from './mirrors-contract.ts';

export interface SnapshotMember {
  /** The volume that is copied. */
  readonly source: Expectation;
  /** Of the snapshot: unique on the device, made by the engine within manifest.naming. */
  readonly name: string;
  readonly wwn: string;
  readonly serial: string;
  readonly mark: MarkRequest;
}

export interface EnsureSnapshotsArgs {
  /** Ties the members together; the same again is the same set. */
  readonly set: string;
  /** All of one moment: what was written to none of them before a write to another is in no snapshot without that one. */
  readonly members: readonly SnapshotMember[];
}

/** What a snapshot is one of. */
export interface SnapshotOrigin {
  /** Native id of the source; it may not be there any more. */
  readonly source: string;
  readonly set: string;
  /** By the clock of the device. */
  readonly takenAtMs: number;
  /** As the device measured it: so long no I/O of its volumes ended while it was taken; 0 = nobody waited. Absent = it doesn't measure. */
  readonly ioPausedMs?: number;
  /** It has blocks of its own for all that it holds; absent = it shares with its source what wasn't overwritten since. */
  readonly fullCopy?: true;
}

/** The last copy that was begun onto a volume. */
export interface CopyState {
  /** As the engine called it. */
  readonly copy: string;
  readonly done: boolean;
}

/** Of a volume: what it has of others. */
export interface CopyFacts {
  /** Present = a snapshot: nobody can write to it. */
  readonly snapshot?: SnapshotOrigin;
  /** Absent = nothing was ever copied onto it. */
  readonly copied?: CopyState;
  /** Present = it follows another volume. */
  readonly mirror?: MirrorState;
}

export interface CopiesCapability {
  /**
   * Makes the snapshots of a set, or finds them by name: all of them, or none. A set that is there in part was cut short: what is there
   * is taken away and all are made anew, as long as nothing maps them. Another's mark, identity or source: `conflict`.
   */
  ensureSnapshots(ctx: CallContext, args: EnsureSnapshotsArgs): Promise<readonly VolumeObservation[]>;
  /**
   * Begins to overwrite `to` with what `from` holds now; later writes to `from` don't matter. `from` may not be larger. `to` keeps its identity,
   * and what it holds is undefined until the copy is done. Somebody is logged in to `to`: `conflict`, naming who. The same
   * `copy` again goes on with it, or says that it is done.
   */
  startCopy(ctx: CallContext, args: StartCopyArgs): Promise<JobHandle>;
  pollCopy(ctx: CallContext, to: Expectation, handle: JobHandle): Promise<JobProgress>;
  /** What `to` holds is undefined then. */
  cancelCopy(ctx: CallContext, to: Expectation, handle: JobHandle): Promise<void>;
  /** Of a device with pools that say `snapshots: 'full-copy'`: sets with a member there are made by these. */
  readonly snapshotJobs?: SnapshotJobs;
}

/**
 * Snapshots by copying all of their sources, as one job for the set. The same promise as `ensureSnapshots`, all or none: until the job is
 * through nothing of it is to be seen.
 */
export interface SnapshotJobs {
  /**
   * Begins a set. Somebody is logged in to one of the sources: `conflict`, naming who, unless attested. Who writes to a source before the end has the
   * job end as lost, and no snapshots: they would be of no moment. The same again goes on with it, or finds it done.
   */
  startSnapshots(ctx: CallContext, args: StartSnapshotsArgs): Promise<JobHandle>;
  /** `done`: all of them are there. */
  pollSnapshots(ctx: CallContext, args: EnsureSnapshotsArgs, handle: JobHandle): Promise<JobProgress>;
  /** Ends the job, if there is one, and takes away what it has made so far; snapshots that are whole stay. Twice is once. */
  cancelSnapshots(ctx: CallContext, args: EnsureSnapshotsArgs): Promise<void>;
}

export interface StartSnapshotsArgs extends EnsureSnapshotsArgs {
  /** Somebody has said that no host uses the sources, although one may be logged in. */
  readonly attested?: boolean;
}

export interface StartCopyArgs {
  /** Unique for each copy. */
  readonly copy: string;
  readonly from: Expectation;
  readonly to: Expectation;
  /** Somebody has said that no host uses it, although it may be logged in: then that is no reason to refuse. */
  readonly attested?: boolean;
}
