#!/usr/bin/env node
// npm run sim:canaries [-- --only TEXT] [--seeds N] [--workers N]: breaks the engine in one small way after the other, and shows which
// invariant notices, after how many seeds. Exits with 1 when a canary lives, or when the unbroken engine fails its seeds.
import { parseArgs } from 'node:util';
import { CANARIES } from '../test/simulation/canaries.js';
import { bundle } from './lib/sim-bundle.js';
import { runJobs } from './lib/sim-workers.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seeds: { type: 'string' },
    workers: { type: 'string', default: '1' },
  },
});
/** Each canary has seeds of its own. */
const FIRST_SEED = 1_000;

const clean = await bundle('clean');
const wanted = CANARIES.map((canary, index) => ({ ...canary, index })).filter(
  ({ name }) => !values.only || name.includes(values.only),
);
const rows = [];

/** Until it is caught; then the unbroken engine has the same seeds. */
async function letOut({ name, seeds, from, options, patches, index }) {
  const max = Number(values.seeds ?? seeds);
  const first = from ?? FIRST_SEED * (index + 1);
  const jobs = function* (count) {
    for (let seed = first; seed < first + count; seed++) yield { seed, override: options };
  };
  const broken = await bundle(`canary-${index + 1}`, patches);
  let taken = 0;
  let caught;
  await runJobs(broken, jobs(max), 1, ({ violation }) => {
    taken++;
    caught = violation;
    return caught !== undefined;
  });
  let wrong;
  await runJobs(clean, jobs(taken), 1, ({ violation }, { seed }) => {
    if (violation) wrong = `seed ${seed}: ${violation.invariant}: ${violation.message}`;
    return violation !== undefined;
  });
  rows.push({ name, index, caughtBy: caught?.invariant ?? 'NOT CAUGHT', taken, max, wrong });
  const how = caught ? `${caught.invariant} (${caught.message.slice(0, 200)})` : 'NOT CAUGHT';
  const too = wrong ? `\n   THE UNBROKEN ENGINE FAILS TOO: ${wrong}` : '';
  console.log(`${name}: ${how} after ${taken} of ${max} from ${first}${too}`);
}

const waiting = [...wanted];
const one = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) await letOut(next);
};
await Promise.all(Array.from({ length: Number(values.workers) }, one));
rows.sort((a, b) => a.index - b.index);

const columns = ['name', 'caughtBy', 'taken', 'max'];
const heads = { name: 'what is broken', caughtBy: 'caught by', taken: 'seeds it took', max: 'at most' };
console.log(
  ['', ...[heads, ...rows].map((row) => `| ${columns.map((column) => row[column]).join(' | ')} |`)].join('\n'),
);
if (rows.some(({ caughtBy, wrong }) => caughtBy === 'NOT CAUGHT' || wrong)) process.exitCode = 1;
