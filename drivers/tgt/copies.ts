/**
 * Copies from volume to volume. What was copied onto a volume last, and how far it is, are attributes of its file, so every
 * session knows; where the file system clones, a copy is done when it has begun. See COPY_START in copy-scripts.ts.
 */
import {
  type CallContext,
  type CopiesCapability,
  DriverError,
  type JobHandle,
  type JobProgress,
  type StartCopyArgs,
} from 'coprhd/driver';
import { changing, type TgtClient } from './client.ts';
import { COPY_START } from './copy-scripts.ts';
import { endJob, isAlive, startedJob } from './jobs.ts';
import { conflict, expectOwned } from './ownership.ts';
import { identityOf, restoreText, type StoredVolume, type VolumeSeen, volumeById } from './pool-files.ts';
import { readTargets } from './targets.ts';
import { expectedVolume } from './volumes.ts';

export function copyCalls(client: TgtClient): Omit<CopiesCapability, 'ensureSnapshots' | 'snapshotJobs'> {
  return {
    startCopy: (ctx, args) => changing(client, (own) => startCopy(ctx, own, args)),
    pollCopy: async (ctx, to, handle): Promise<JobProgress> => {
      // Asked first: a job that ends between the two questions is then seen as done, not as lost.
      const alive = await isAlive(ctx, client, handle);
      const { volume } = await expectedVolume(ctx, client, to);
      const totalBytes = Number(handle.bytes);
      const { copied } = volume;
      if (!copied || copied.copy !== handle.copy) return { state: 'lost', doneBytes: 0, totalBytes };
      if (copied.done) return { state: 'done', doneBytes: totalBytes, totalBytes };
      const doneBytes = Math.min(volume.copiedBytes, totalBytes);
      return { state: alive ? 'running' : 'lost', doneBytes, totalBytes };
    },
    cancelCopy: async (ctx, to, handle) => {
      const found = await volumeById(ctx, client, to.nativeId);
      if (!found) return;
      expectOwned(found.volume, to);
      if (found.volume.copied?.copy === handle.copy) await endJob(ctx, client, handle, found.volume.path);
    },
  };
}

async function startCopy(ctx: CallContext, client: TgtClient, args: StartCopyArgs): Promise<JobHandle> {
  const [from, to] = await Promise.all([expectedVolume(ctx, client, args.from), expectedVolume(ctx, client, args.to)]);
  const handle = { copy: args.copy, bytes: from.volume.sizeBytes };
  const { copied } = to.volume;
  if (copied?.copy === args.copy && copied.done) return { ...handle, pid: 0, startTime: '0', boot: '-' };
  requireCopyable(from.volume, to.volume);
  const { targets } = await readTargets(ctx, client, '-');
  const holding = ({ holders }: VolumeSeen) =>
    holders.flatMap((name) => targets.filter((target) => target.name === name));
  const maskedBy = holding(to);
  const busy = [...new Set(maskedBy.flatMap(({ sessions }) => sessions.map((name) => name.toLowerCase())))].sort();
  if (busy.length > 0 && !args.attested) throw conflict(`${busy.join(', ')} logged in to ${to.volume.name}`, busy);
  // Nobody writes to a snapshot.
  const live = !from.volume.snapshot && holding(from).some(({ sessions }) => sessions.length > 0);
  const text = await client.script(
    ctx,
    `copy ${from.volume.name} to ${to.volume.name}`,
    COPY_START,
    [
      ...[...identityOf(to.volume), to.volume.sizeBytes, to.volume.provisioning],
      ...[
        ...identityOf(from.volume).slice(0, 4),
        live ? 1 : 0,
        args.copy,
        args.attested ? 1 : 0,
        to.holders.join('\n'),
      ],
      ...maskedBy.map(({ tid }) => tid),
    ],
    {
      input: restoreText(to.volume.path, {
        copy: args.copy,
        copied: '0',
        copysize: String(to.volume.sizeBytes),
      }),
    },
  );
  return { ...handle, ...startedJob(text) };
}

function requireCopyable(from: StoredVolume, to: StoredVolume): void {
  const invalid = (message: string) => new DriverError({ class: 'invalid', message });
  if (from.nativeId === to.nativeId) throw invalid('a volume is not copied onto itself');
  if (to.snapshot) throw conflict(`${to.name} is a snapshot: nothing is written to it`);
  if (from.sizeBytes > to.sizeBytes) throw invalid(`${from.name} is larger than ${to.name}`);
  if (to.quarantined) throw conflict(`volume ${to.name} is quarantined`);
}
