/**
 * Snapshots where the file system shares no blocks: all of each source is copied, by a job on the machine, while nobody writes to it.
 * What happens there: full-snapshot-scripts.ts.
 */
import {
  type CallContext,
  DriverError,
  type EnsureSnapshotsArgs,
  type JobHandle,
  type JobProgress,
  type SnapshotJobs,
  type StartSnapshotsArgs,
} from 'coprhd/driver';
import { changing, SCRIPT_LIBRARY, type TgtClient } from './client.ts';
import { FULL_CANCEL, FULL_JOB, FULL_PROGRESS, FULL_START } from './full-snapshot-scripts.ts';
import { isAlive, startedJob } from './jobs.ts';
import { conflict } from './ownership.ts';
import { placeOf } from './pool-files.ts';
import { type MemberSeen, membersSeen, setParameters, snapshotAttributes } from './snapshots.ts';
import { readTargets } from './targets.ts';

export function fullSnapshotCalls(client: TgtClient): SnapshotJobs {
  return {
    startSnapshots: (ctx, args) => changing(client, (own) => start(ctx, own, args)),
    pollSnapshots: (ctx, args, handle) => poll(ctx, client, args, handle),
    cancelSnapshots: (ctx, args) => changing(client, (own) => cancel(ctx, own, args)),
  };
}

async function start(ctx: CallContext, client: TgtClient, args: StartSnapshotsArgs): Promise<JobHandle> {
  const found = await membersSeen(ctx, client, args);
  const bytes = found.reduce((sum, { source }) => sum + source.sizeBytes, 0);
  const done = { bytes, pid: 0, startTime: '0', boot: '-' };
  if (isWhole(found)) return done;
  if (!args.attested) await requireIdle(ctx, client, found);
  const parameters = setParameters(args.set, found, { fullCopy: true });
  const input = snapshotAttributes(found, '.coprhd-full-');
  try {
    const what = `begin the snapshots ${args.set}`;
    return { bytes, ...startedJob(await client.script(ctx, what, FULL_START, [jobText, ...parameters], { input })) };
  } catch (error) {
    // A job that was under way has come to its end since we looked.
    const ended = error instanceof DriverError && error.class === 'exists';
    if (ended && isWhole(await membersSeen(ctx, client, args))) return done;
    throw error;
  }
}

const isWhole = (found: readonly MemberSeen[]): boolean => found.every(({ there }) => there);

const jobText = SCRIPT_LIBRARY + FULL_JOB;

/** What hosts still remember to write would be missing; who has only looked at it writes nothing, but isn't told apart. */
async function requireIdle(ctx: CallContext, client: TgtClient, found: readonly MemberSeen[]): Promise<void> {
  const { targets } = await readTargets(ctx, client, '-');
  for (const { source, holders } of found) {
    const users = targets.filter(({ name }) => holders.includes(name)).flatMap(({ sessions }) => sessions);
    const busy = [...new Set(users.map((name) => name.toLowerCase()))].sort();
    if (busy.length > 0) throw conflict(`${busy.join(', ')} logged in to ${source.name}`, busy);
  }
}

async function poll(
  ctx: CallContext,
  client: TgtClient,
  args: EnsureSnapshotsArgs,
  handle: JobHandle,
): Promise<JobProgress> {
  // Asked first: a job that ends between the two questions is then seen as done, not as lost.
  const alive = await isAlive(ctx, client, handle);
  const found = await membersSeen(ctx, client, args);
  const [first] = found;
  const totalBytes = Number(handle.bytes);
  if (isWhole(found)) return { state: 'done', doneBytes: totalBytes, totalBytes };
  const lead = `${first!.source.directory}/.coprhd-full-${first!.member.name}`;
  const said = await client.script(ctx, 'read the progress', FULL_PROGRESS, [lead], { readOnly: true });
  const doneBytes = Math.min(Number(/^\d+$/.exec(said.trim())?.[0] ?? 0), totalBytes);
  return { state: alive ? 'running' : 'lost', doneBytes, totalBytes };
}

/** The sources may be gone by now: of them only is needed where they were. */
async function cancel(ctx: CallContext, client: TgtClient, { set, members }: EnsureSnapshotsArgs): Promise<void> {
  const found = members.map((member) => {
    const place = placeOf(client, member.source.nativeId);
    if (!place) throw new DriverError({ class: 'invalid', message: `${member.source.nativeId} is no volume of this` });
    const { directory, pool, native } = place;
    const source = { directory, pool, native, path: '', markText: '', shownPath: '', nativeId: member.source.nativeId };
    return { member, source, there: undefined };
  });
  await client.script(ctx, `end the snapshots ${set}`, FULL_CANCEL, setParameters(set, found, { fullCopy: true }));
}
