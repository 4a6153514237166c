// Processes that run simulations: one job a line in, one answer a line out. A process that dies or hangs is an answer too.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Real time that one seed may take. */
const HANG_MS = 120_000;
/** A fresh process now and then keeps memory flat. */
const JOBS_PER_PROCESS = 200;

export function startWorker(bundle) {
  let child;
  let done = 0;
  let waiting;
  const start = () => {
    child = spawn(process.execPath, ['--max-old-space-size=1024', bundle], { stdio: ['pipe', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr = (stderr + text).slice(-4_000)));
    const mine = child;
    createInterface({ input: child.stdout }).on('line', (line) => settle({ ...JSON.parse(line) }));
    child.on('close', (code, signal) => {
      if (mine === child && waiting) {
        const message = `the process ended (${signal ?? code}): ${stderr}`;
        settle({ violation: { invariant: 'no-bugs', message, atMs: 0 } });
      }
    });
    done = 0;
  };
  const settle = (answer) => {
    const now = waiting;
    waiting = undefined;
    if (!now) return;
    clearTimeout(now.timer);
    now.resolve(answer);
  };
  return {
    run: (job) =>
      new Promise((resolve) => {
        if (!child || child.exitCode !== null || child.signalCode !== null || done >= JOBS_PER_PROCESS) {
          child?.stdin.end();
          start();
        }
        done++;
        const hang = () => {
          child.kill('SIGKILL');
          settle({ violation: { invariant: 'no-bugs', message: `still busy after ${HANG_MS / 1000} s`, atMs: 0 } });
          child = undefined;
        };
        waiting = { resolve, timer: setTimeout(hang, HANG_MS) };
        child.stdin.write(`${JSON.stringify(job)}\n`);
      }),
    end: () => child?.stdin.end(),
  };
}

/** Runs jobs from an iterator, so many at once; `onAnswer` returns true to stop. */
export async function runJobs(bundle, jobs, count, onAnswer) {
  const iterator = jobs[Symbol.iterator]();
  let stopped = false;
  const workers = Array.from({ length: count }, () => startWorker(bundle));
  await Promise.all(
    workers.map(async (worker) => {
      while (!stopped) {
        const next = iterator.next();
        if (next.done) break;
        const answer = await worker.run(next.value);
        if (onAnswer(answer, next.value)) stopped = true;
      }
      worker.end();
    }),
  );
}
