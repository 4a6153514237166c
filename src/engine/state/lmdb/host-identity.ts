/**
 * Who this process is among all processes of all machines that may share a state: what a lease's holder says of itself.
 * It reads /proc; without one (not Linux) the answer is "unknown", and only leases decide who is alive.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ProcessHost } from '../leases.ts';

const UNKNOWN = 'unknown';

export function currentProcessHost(): ProcessHost {
  const { pid } = process;
  return {
    process: {
      host: hostname(),
      bootId: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? UNKNOWN,
      pidNamespace: attempt(() => readlinkSync('/proc/self/ns/pid')) ?? UNKNOWN,
      pid,
      startTime: startTimeOf(pid) ?? UNKNOWN,
    },
    startTimeOf,
  };
}

/** Clock ticks between boot and the start of a process, from the 22nd field of its stat; undefined = no such process. */
function startTimeOf(pid: number): string | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The second field is the command in brackets and may hold anything, brackets and blanks included.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
