// Runs one program to its end and says what it cost: wall time, processor time, the most memory it had. Processor time is
// exact (the kernel adds a child's to its parent's when the child has ended); memory is the peak that the kernel keeps,
// read every few milliseconds. Linux only, no tools needed. Shared by the benchmarks.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

const POLL_MS = 5;
/** The kernel counts in hundredths of a second on every Linux that Node runs on. */
const TICK_MS = 10;

/** User and system time of all children that have ended so far, in milliseconds. */
function childrenCpuMs() {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

function peakBytes(pid) {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** One program at a time, or the processor times mix. Throws when it doesn't end with one of the `expected` codes. */
export async function measure(command, args, { expected = [0], env = {}, ...options } = {}) {
  const cpuBefore = childrenCpuMs();
  const startedAtMs = performance.now();
  const child = spawn(command, args, {
    ...options,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
  let rssBytes = 0;
  const poll = setInterval(() => (rssBytes = Math.max(rssBytes, peakBytes(child.pid))), POLL_MS);
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  clearInterval(poll);
  if (!expected.includes(status)) {
    throw new Error(`${command} ${args.join(' ')}: exit code ${status}\n${output.stderr.slice(0, 2000)}`);
  }
  return { wallMs: performance.now() - startedAtMs, cpuMs: childrenCpuMs() - cpuBefore, rssBytes, status, ...output };
}

/** The run with the median wall time. */
export async function median(runs, once) {
  const results = [];
  for (let run = 0; run < runs; run++) results.push(await once());
  return results.sort((a, b) => a.wallMs - b.wallMs)[Math.floor(runs / 2)];
}

export const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
export const mebibytes = (bytes) => `${Math.round(bytes / 1024 ** 2)} MiB`;

/** One line of a table: what, wall, processor, memory. */
export function costLine(what, { wallMs, cpuMs, rssBytes }) {
  const figures = [`${seconds(wallMs)} wall`, `${seconds(cpuMs)} cpu`, mebibytes(rssBytes)];
  return `${what.padEnd(56)} ${figures.map((figure) => figure.padStart(13)).join(' ')}`;
}

/** What figures depend on beside the program. */
export function machineLine() {
  const gib = (totalmem() / 1024 ** 3).toFixed(0);
  return `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${gib} GiB, Node ${process.version}; whatever else runs here makes wall time long and cpu time longer: compare within a run`;
}
