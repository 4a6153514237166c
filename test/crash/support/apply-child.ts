/**
 * A process of its own that applies one plan: `node apply-child.mjs JOB`, where JOB is a file with an ApplyJob. Everything
 * that happens is written to the job's report line by line, synchronously, so that nothing is lost when the process kills
 * itself with SIGKILL at the crash point that the job names. Nothing but types may be imported from source here: it runs
 * on the built engine, which starts in a fraction of the time.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';
import type { openLocalClient as Open } from '../../../src/engine/operations/local-client.ts';
import type { StateStore } from '../../../src/engine/state/store.ts';
import type { ApplyJob, ReportLine } from './child-process.ts';

const job = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as ApplyJob;
const { openLocalClient } = (await import(job.engine)) as { openLocalClient: typeof Open };
const report = openSync(job.report, 'a');
const say = (line: ReportLine) => writeSync(report, `${JSON.stringify(line)}\n`);
const die = () => process.kill(process.pid, 'SIGKILL');

/** The same store, with leases of the job's length. */
const withLeases = (store: StateStore): StateStore =>
  new Proxy(store, {
    get: (of, key: keyof StateStore) => {
      if (key === 'grantLease') return (ttlMs: number) => of.grantLease(job.leaseMs ?? ttlMs);
      const value: unknown = of[key];
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });

let passed = 0;
const client = await openLocalClient({
  state: job.state,
  ...(job.stateHome === undefined ? {} : { surroundings: { stateHome: job.stateHome } }),
  actor: { type: 'local', name: job.actor, uid: process.getuid!() },
  wrapStore: withLeases,
  crashPoint: (name) => {
    say({ type: 'point', name, atMs: Date.now() });
    // How often a job is polled differs from run to run.
    if (name.startsWith(job.pollPoint) || passed++ !== job.dieAt) return;
    // Chosen right before a call of the device: then it dies in the middle of that call.
    if (job.intoCallMs !== undefined && name.includes(':before-call:')) setTimeout(die, job.intoCallMs);
    else die();
  },
});
const { source, claimWaitMs, confirmDestroy } = job;
const result = await client.call(
  'apply',
  { source, skipHeld: false, claimWaitMs, confirmDestroy },
  { onEvent: (event) => say({ type: 'event', event }) },
);
say({ type: 'result', result });
await client.close();
