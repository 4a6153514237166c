/**
 * Snapshots of the simulated array's pools that share no blocks: a job copies the sources, and the snapshots are there once it is through. Its progress is a
 * function of the clock alone, so they appear when the array is asked for one of them, or for the job. Pure.
 */
import {
  DriverError,
  type EnsureSnapshotsArgs,
  type JobHandle,
  type JobProgress,
  type StartSnapshotsArgs,
} from 'coprhd/driver';
import { contentAt, requireIdle, setSeen, speedOf, take } from './copies.ts';
import { buffered, type Kv, table } from './kv.ts';
import { chargePool, copiedBytesAt, refuse, volumes } from './objects.ts';
import { dropVolume } from './volumes.ts';

interface StoredSnapshotJob {
  readonly args: EnsureSnapshotsArgs;
  readonly startedMs: number;
  readonly bytes: number;
  /** What each source held when it began; null = nothing. */
  readonly contents: readonly (string | null)[];
}

/** By the name of each of its snapshots. */
export const snapshotJobs = table<StoredSnapshotJob>('snapshot-job', 'snapshot job');

export function startSnapshots(kv: Kv, { attested, ...args }: StartSnapshotsArgs, nowMs: number): JobHandle {
  settle(kv, nameOf(args), nowMs);
  const found = setSeen(kv, args);
  const handle = { set: args.set };
  if (found.every((volume) => volume !== undefined) || snapshotJobs.get(kv, nameOf(args))) return handle;
  const mapped = found.find((volume) => volume && volume.mappings.length > 0);
  if (mapped) throw refuse(`snapshot ${mapped.name} of an incomplete set is mapped`, [mapped.name]);
  const sources = args.members.map(({ source }) => volumes.need(kv, source.nativeId));
  if (!attested) for (const source of sources) requireIdle(kv, source);
  const job: StoredSnapshotJob = {
    args,
    startedMs: nowMs,
    bytes: sources.reduce((sum, { allocatedBytes }) => sum + Math.max(1, allocatedBytes), 0),
    contents: sources.map((source) => contentAt(kv, source, nowMs) ?? null),
  };
  for (const { name } of args.members) snapshotJobs.put(kv, name, job);
  return handle;
}

export function pollSnapshots(
  kv: Kv,
  { args }: { readonly args: EnsureSnapshotsArgs; readonly handle: JobHandle },
  nowMs: number,
): JobProgress {
  const job = settle(kv, nameOf(args), nowMs);
  if (job) return { state: 'running', doneBytes: copiedBytesAt(job, speedOf(kv), nowMs), totalBytes: job.bytes };
  const isDone = setSeen(kv, args).every((volume) => volume !== undefined);
  return { state: isDone ? 'done' : 'lost', doneBytes: isDone ? 1 : 0, totalBytes: 1 };
}

export function cancelSnapshots(kv: Kv, args: EnsureSnapshotsArgs, nowMs: number): undefined {
  if (settle(kv, nameOf(args), nowMs)?.args.set === args.set) forget(kv, args);
}

const nameOf = ({ members }: EnsureSnapshotsArgs): string => members[0]!.name;

function forget(kv: Kv, { members }: EnsureSnapshotsArgs): void {
  for (const { name } of members) snapshotJobs.delete(kv, name);
}

/** What is through is made, or comes to nothing because somebody has written, or it can't be made any more. The job that still runs. */
export function settle(kv: Kv, name: string, nowMs: number): StoredSnapshotJob | undefined {
  const job = snapshotJobs.get(kv, name);
  if (!job || copiedBytesAt(job, speedOf(kv), nowMs) < job.bytes) return job;
  const { args, contents } = job;
  forget(kv, args);
  const same = args.members.every(({ source: { nativeId } }, index) => {
    const source = volumes.get(kv, nativeId);
    return source && (contentAt(kv, source, nowMs) ?? null) === contents[index];
  });
  if (!same) return undefined;
  const writes = buffered(kv);
  try {
    makeAll(writes, job);
    writes.flush();
  } catch (error) {
    // Its name was taken, its pool is offline or full: none of the set is there.
    if (!(error instanceof DriverError)) throw error;
  }
  return undefined;
}

function makeAll(kv: Kv, { args, startedMs }: StoredSnapshotJob): void {
  for (const volume of setSeen(kv, args)) if (volume) dropVolume(kv, volume);
  for (const member of args.members) {
    const made = take(kv, args.set, member, startedMs);
    const { allocatedBytes } = volumes.need(kv, member.source.nativeId);
    chargePool(kv, made.pool, { allocated: allocatedBytes, subscribed: 0, volumes: 0 });
    volumes.put(kv, made.id, { ...made, allocatedBytes, snapshot: { ...made.snapshot!, fullCopy: true } });
  }
}
