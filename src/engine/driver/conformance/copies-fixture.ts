/** What cases of copies share: making snapshots and copies, waiting for a copy to end, what volumes hold. */
import assert from 'node:assert/strict';
import type { BlockArray, Expectation, JobHandle, JobProgress, VolumeObservation } from '../contract.ts';
import type { CopyState, EnsureSnapshotsArgs, SnapshotMember, StartCopyArgs } from '../copies-contract.ts';
import { type Fixture, type MadeVolume, sameVolume } from './fixture.ts';
import { hook } from './target.ts';

const POLL_MS = 100;
const POLLS_MAX = 600;

export async function snapshotMember(f: Fixture, source: MadeVolume): Promise<SnapshotMember> {
  const { name, wwn, serial, mark } = await f.volumeArgs();
  return {
    source: source.expect,
    name,
    wwn,
    serial,
    mark: { ...mark, urn: mark.urn.replace('Volume', 'BlockSnapshot') },
  };
}

/** One set with a snapshot of each. */
export async function snapshotArgs(f: Fixture, ...sources: readonly MadeVolume[]): Promise<EnsureSnapshotsArgs> {
  const members: SnapshotMember[] = [];
  for (const source of sources) members.push(await snapshotMember(f, source));
  return { set: `set-${members[0]!.name}`, members };
}

export function copyArgs(from: MadeVolume, to: MadeVolume, copy = `copy-${to.args.name}`): StartCopyArgs {
  return { copy, from: from.expect, to: to.expect };
}

/** What is said of the copy when it isn't under way any more. */
export async function settledCopy(f: Fixture, { copy, to }: StartCopyArgs): Promise<CopyState | undefined> {
  for (let count = 0; count < POLLS_MAX; count++) {
    const copied = (await f.array.readVolume(f.ctx(), to.nativeId))?.copied;
    if (copied?.copy !== copy || copied.done) return copied;
    await f.device.clock.sleep(POLL_MS);
  }
  throw new assert.AssertionError({ message: 'the copy never ends' });
}

/** Polls until it isn't running any more. */
export const settledJob = (f: Fixture, { to }: StartCopyArgs, handle: JobHandle): Promise<JobProgress> =>
  settled(f, () => f.array.copies!.pollCopy(f.ctx(), to, handle));

async function settled(f: Fixture, poll: () => Promise<JobProgress>): Promise<JobProgress> {
  let last = 0;
  for (let count = 0; count < POLLS_MAX; count++) {
    const progress = await poll();
    assert.ok(progress.doneBytes <= progress.totalBytes, 'more is done than there is');
    if (progress.state !== 'running') return progress;
    assert.ok(progress.doneBytes >= last, 'progress goes backwards');
    last = progress.doneBytes;
    await f.device.clock.sleep(POLL_MS);
  }
  throw new assert.AssertionError({ message: 'the job never ends' });
}

/** Copies to the end. */
export async function copied(f: Fixture, args: StartCopyArgs): Promise<void> {
  const handle = await f.array.copies!.startCopy(f.ctx(), args);
  assert.equal((await settledJob(f, args, handle)).state, 'done');
}

/** Does the pool of the kit make snapshots by a job that copies everything? */
export const isFullCopy = async (f: Fixture): Promise<boolean> => (await f.pool()).snapshots === 'full-copy';

/** The set is there, by the way of its pool. */
export async function ensure(
  f: Fixture,
  args: EnsureSnapshotsArgs,
  array: BlockArray = f.array,
): Promise<readonly VolumeObservation[]> {
  const copies = array.copies!;
  if (!(await isFullCopy(f))) return copies.ensureSnapshots(f.ctx(), args);
  const handle = await copies.snapshotJobs!.startSnapshots(f.ctx(), args);
  const { state } = await settledSnapshots(f, args, handle, array);
  assert.equal(state, 'done');
  return membersThere(f, args, array);
}

/** Polls until it isn't running any more. */
export const settledSnapshots = (
  f: Fixture,
  args: EnsureSnapshotsArgs,
  handle: JobHandle,
  array: BlockArray = f.array,
): Promise<JobProgress> => settled(f, () => array.copies!.snapshotJobs!.pollSnapshots(f.ctx(), args, handle));

async function membersThere(f: Fixture, args: EnsureSnapshotsArgs, array: BlockArray): Promise<VolumeObservation[]> {
  const found = await Promise.all(args.members.map(({ name }) => array.findVolume(f.ctx(), name)));
  return found.map((volume) => {
    assert.ok(volume, 'a snapshot of a set that is done is not there');
    return volume;
  });
}

export async function one(f: Fixture, source: MadeVolume) {
  const args = await snapshotArgs(f, source);
  const [seen] = (await ensure(f, args)) as [VolumeObservation];
  return { args, seen, expect: expectOf(seen, args.members[0]!) };
}

export const expectOf = ({ nativeId }: VolumeObservation, { wwn, mark }: SnapshotMember): Expectation => ({
  nativeId,
  wwn,
  mark,
});

/** What hosts see of a volume, where the target can tell. */
export function contents(f: Fixture) {
  return {
    write: hook(f.device.hand?.writeContent, 'what volumes hold'),
    read: hook(f.device.hand?.readContent, 'what volumes hold'),
  };
}

/** Lists and reads show them as they are here. */
export async function allThere(f: Fixture, seen: readonly VolumeObservation[]): Promise<void> {
  const { volumes } = await f.inventory();
  for (const snapshot of seen) {
    sameVolume(
      f,
      volumes.find(({ nativeId }) => nativeId === snapshot.nativeId),
      snapshot,
    );
    sameVolume(f, await f.array.readVolume(f.ctx(), snapshot.nativeId), snapshot);
    sameVolume(f, await f.array.findVolume(f.ctx(), snapshot.name), snapshot);
  }
}
