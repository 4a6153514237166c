#!/usr/bin/env node
// npm run sim:canaries [-- --only TEXT] [--seeds N] [--clean]: breaks the engine in one small way after the other, and shows which
// invariant notices, after how many seeds. Exits with 1 when a canary lives, or when the unbroken engine fails its seeds.
import { parseArgs } from 'node:util';
import { CANARIES } from '../test/simulation/canaries.js';
import { bundle } from './lib/sim-bundle.js';
import { runJobs } from './lib/sim-workers.js';

const { values } = parseArgs({
  options: { only: { type: 'string' }, seeds: { type: 'string' }, workers: { type: 'string', default: '1' } },
});
/** Each canary has seeds of its own. */
const FIRST_SEED = 1_000;

const rows = [];
for (const [index, { name, seeds, options, patches }] of CANARIES.entries()) {
  if (values.only && !name.includes(values.only)) continue;
  const max = Number(values.seeds ?? seeds);
  const first = FIRST_SEED * (index + 1);
  const jobs = function* (count) {
    for (let seed = first; seed < first + count; seed++) yield { seed, override: options };
  };
  const broken = await bundle(`canary-${index + 1}`, patches);
  let taken = 0;
  let caught;
  await runJobs(broken, jobs(max), Number(values.workers), ({ violation }) => {
    if (!caught) taken++;
    caught ??= violation;
    return caught !== undefined;
  });
  const clean = await bundle('clean');
  let wrong;
  await runJobs(clean, jobs(taken), Number(values.workers), ({ violation }, { seed }) => {
    if (violation) wrong = `seed ${seed}: ${violation.invariant}: ${violation.message}`;
    return violation !== undefined;
  });
  rows.push({ name, caughtBy: caught?.invariant ?? 'NOT CAUGHT', taken, max, wrong });
  console.log(
    `${name}: ${caught ? `${caught.invariant} (${caught.message.slice(0, 200)})` : 'NOT CAUGHT'} after ${taken} of ${max}${wrong ? `\n   UNBROKEN FAILS TOO: ${wrong}` : ''}`,
  );
}
if (rows.some(({ caughtBy, wrong }) => caughtBy === 'NOT CAUGHT' || wrong)) process.exitCode = 1;
