/**
 * Zeroing of thick volumes: a shell loop that outlives coprhd. Progress is an attribute of the volume, so a job that
 * was lost goes on where it was; the handle names the process so surely that no other is taken for it or killed.
 */
import type { CallContext, Expectation, JobProgress, ZeroingCapability } from 'coprhd/driver';
import type { TgtClient } from './client.ts';
import { endJob, isAlive, startedJob } from './jobs.ts';
import { conflict, expectOwned } from './ownership.ts';
import { identityOf, type VolumeSeen, volumeById } from './pool-files.ts';
import { ZERO_START } from './scripts.ts';
import { notFound } from './volumes.ts';

export function zeroingCalls(client: TgtClient): ZeroingCapability {
  const volumeOf = async (ctx: CallContext, expect: Expectation): Promise<VolumeSeen> => {
    const found = await volumeById(ctx, client, expect.nativeId);
    if (!found) throw notFound(expect.nativeId);
    expectOwned(found.volume, expect);
    return found;
  };
  return {
    startZeroing: async (ctx, expect) => {
      const { volume, holders } = await volumeOf(ctx, expect);
      // Nothing to do is a job that has ended; process 0 is none.
      if (volume.zeroed) return { pid: 0, startTime: '0', boot: '' };
      if (holders.length > 0) throw conflict(`volume ${volume.name} is mapped by ${holders.join(', ')}`, holders);
      const text = await client.script(ctx, `zero ${volume.name}`, ZERO_START, identityOf(volume));
      return startedJob(text);
    },
    pollZeroing: async (ctx, expect, handle): Promise<JobProgress> => {
      // Asked first: a job that ends between the two questions is then seen as done, not as lost.
      const alive = await isAlive(ctx, client, handle);
      const { volume } = await volumeOf(ctx, expect);
      const totalBytes = volume.sizeBytes;
      if (volume.zeroed) return { state: 'done', doneBytes: totalBytes, totalBytes };
      return { state: alive ? 'running' : 'lost', doneBytes: volume.zeroedBytes, totalBytes };
    },
    cancelZeroing: async (ctx, expect, handle) => {
      const found = await volumeById(ctx, client, expect.nativeId);
      if (found) expectOwned(found.volume, expect);
      await endJob(ctx, client, handle, found?.volume.path);
    },
  };
}
