/**
 * Zeroing of thick volumes: a shell loop that outlives coprhd. Progress is an attribute of the volume, so a job that
 * was lost goes on where it was; the handle names the process so surely that no other is taken for it or killed.
 */
import type { CallContext, Expectation, JobHandle, JobProgress, ZeroingCapability } from 'coprhd/driver';
import type { TgtClient } from './client.ts';
import { conflict, expectOwned } from './ownership.ts';
import { surprise } from './parse/surprise.ts';
import { identityOf, type VolumeSeen, volumeById } from './pool-files.ts';
import { ZERO_ALIVE, ZERO_CANCEL, ZERO_START } from './scripts.ts';
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
      // A start that isn't understood is started again: the second start finds the first one's job.
      const job = /^(\d+) (\d*) (\S+)\n$/.exec(text);
      if (!job) throw surprise('the start of the zeroing job', text);
      return { pid: Number(job[1]), startTime: job[2]!, boot: job[3]! };
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
      const process = processOf(handle);
      if (process) await client.script(ctx, 'end the zeroing job', ZERO_CANCEL, process);
    },
  };
}

function processOf(handle: JobHandle): string[] | undefined {
  const process = [handle.pid, handle.startTime, handle.boot].map(String);
  const real = /^[1-9]\d*$/.test(process[0]!) && /^\d+$/.test(process[1]!) && /^[0-9a-f-]{36}$/.test(process[2]!);
  return real ? process : undefined;
}

async function isAlive(ctx: CallContext, client: TgtClient, handle: JobHandle): Promise<boolean> {
  const process = processOf(handle);
  if (!process) return false;
  const answer = await client.script(ctx, 'look for the zeroing job', ZERO_ALIVE, process, { readOnly: true });
  return answer === 'yes\n';
}
