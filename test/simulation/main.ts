/**
 * What scripts/sim.js runs in processes of its own: reads one JSON job a line from stdin, writes one JSON answer a line.
 * Nothing here but time is real.
 */
import { createInterface } from 'node:readline';
import { type SimOptions, swarm } from './options.ts';
import { type SimResult, simulate } from './simulation.ts';

export interface Job {
  /** A seed, or the options themselves. */
  readonly seed?: number;
  readonly options?: SimOptions;
  /** Instead of what the seed's swarm says. */
  readonly override?: Partial<SimOptions>;
  readonly log?: boolean;
}

export interface Answer extends SimResult {
  readonly options: SimOptions;
  readonly wallMs: number;
}

const realNow = Date.now;
const never = (what: string) => () => {
  throw new Error(`bug: ${what} is used in a simulation`);
};
Date.now = never('Date.now');
Math.random = never('Math.random');

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line) as Job;
  const options = { ...(job.options ?? swarm(job.seed!)), ...job.override };
  const startedMs = realNow();
  const result = await simulate(options, job.log);
  const answer: Answer = { ...result, options, wallMs: realNow() - startedMs };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
