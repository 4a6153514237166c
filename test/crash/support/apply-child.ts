/**
 * A process of its own that applies one plan: `node --import tsx apply-child.ts JOB`, where JOB is a file with an ApplyJob.
 * Everything that happens is written to the job's report line by line, synchronously, so that nothing is lost when the
 * process kills itself with SIGKILL at the crash point that the job names.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';
import { openLocalClient } from '../../../src/engine/operations/local-client.ts';
import { type ApplyJob, isPoll, type ReportLine } from './child-process.ts';

const job = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as ApplyJob;
const report = openSync(job.report, 'a');
const say = (line: ReportLine) => writeSync(report, `${JSON.stringify(line)}\n`);
const die = () => process.kill(process.pid, 'SIGKILL');

let passed = 0;
const client = await openLocalClient({
  state: job.state,
  actor: { type: 'local', name: job.actor, uid: process.getuid!() },
  crashPoint: (name) => {
    say({ type: 'point', name, atMs: Date.now() });
    // How often a job is polled differs from run to run.
    if (isPoll(name) || passed++ !== job.dieAt) return;
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
