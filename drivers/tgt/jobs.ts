/** Jobs of shell scripts that outlive coprhd. A handle names the process so surely that no other is taken for it or killed. */
import type { CallContext, JobHandle } from 'coprhd/driver';
import type { TgtClient } from './client.ts';
import { surprise } from './parse/surprise.ts';
import { JOB_ALIVE, JOB_END } from './scripts.ts';

/** From what a script prints that starts one. What isn't understood is started again: the second start finds the first one's job. */
export function startedJob(text: string): { readonly pid: number; readonly startTime: string; readonly boot: string } {
  const job = /^(\d+) (\d*) (\S+)\n$/.exec(text);
  if (!job) throw surprise('the start of a job', text);
  return { pid: Number(job[1]), startTime: job[2]!, boot: job[3]! };
}

/** Returns when nothing of the job writes to `file` any more. */
export async function endJob(ctx: CallContext, client: TgtClient, handle: JobHandle, file?: string): Promise<void> {
  const process = processOf(handle);
  if (process) await client.script(ctx, 'end the job', JOB_END, [...process, ...(file === undefined ? [] : [file])]);
}

function processOf(handle: JobHandle): string[] | undefined {
  const process = [handle.pid, handle.startTime, handle.boot].map(String);
  const real = /^[1-9]\d*$/.test(process[0]!) && /^\d+$/.test(process[1]!) && /^[0-9a-f-]{36}$/.test(process[2]!);
  return real ? process : undefined;
}

export async function isAlive(ctx: CallContext, client: TgtClient, handle: JobHandle): Promise<boolean> {
  const process = processOf(handle);
  if (!process) return false;
  const answer = await client.script(ctx, 'look for the job', JOB_ALIVE, process, { readOnly: true });
  return answer === 'yes\n';
}
