#!/usr/bin/env node
// The deterministic simulator (docs/simulation.md).
//   npm run sim -- --seed N [--options FILE]                 one run, with its log
//   npm run sim -- --from N --count M [--seconds S] [--workers 2] [--out FILE.json] [--no-shrink]
//   npm run sim -- --sum FILE...                             result files added up
//   npm run sim -- --regress                                 what once failed, again
//   --twice: each seed a second time; both runs must be the same to the last line
// A violation is shrunk and written to test/simulation/regress/.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './lib/sim-bundle.js';
import { addAnswer, emptyResult, sumFiles, tableOf } from './lib/sim-results.js';
import { shrink, writeRegression } from './lib/sim-shrink.js';
import { runJobs, startWorker } from './lib/sim-workers.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' },
    options: { type: 'string' },
    from: { type: 'string', default: '1' },
    count: { type: 'string', default: '100' },
    seconds: { type: 'string' },
    workers: { type: 'string', default: '1' },
    out: { type: 'string' },
    sum: { type: 'boolean', default: false },
    regress: { type: 'boolean', default: false },
    twice: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
  },
});

async function runOne() {
  const worker = startWorker(await bundle('clean'));
  const read = values.options && JSON.parse(readFileSync(values.options, 'utf8'));
  const job = read ? { options: read.options ?? read } : { seed: Number(values.seed) };
  const { log, ...answer } = await worker.run({ ...job, log: true });
  worker.end();
  console.log(log);
  console.log(JSON.stringify(answer, null, 1));
  if (answer.violation) process.exitCode = 1;
}

async function runRegressions() {
  const folder = new URL('../test/simulation/regress/', import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const read = (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
  const jobs = names.map((name) => ({ name, options: read(name).options }));
  await runJobs(await bundle('clean'), jobs, Number(values.workers), ({ violation }, { name }) => {
    console.log(`${name}: ${violation ? `${violation.invariant}: ${violation.message}` : 'passes'}`);
    if (violation) process.exitCode = 1;
    return false;
  });
  console.log(`${jobs.length} regressions`);
}

/** Every seed in a process of its own and then in another. */
async function runTwice() {
  const file = await bundle('clean');
  const from = Number(values.from);
  const seeds = Array.from({ length: Number(values.count) }, (_, index) => from + index);
  const digests = new Map();
  for (const _ of [1, 2]) {
    const jobs = seeds.map((seed) => ({ seed }));
    await runJobs(file, jobs, Number(values.workers), ({ digest }, { seed }) => {
      digests.set(seed, [...(digests.get(seed) ?? []), digest]);
      return false;
    });
  }
  const differ = seeds.filter((seed) => new Set(digests.get(seed)).size !== 1);
  console.log(`${seeds.length} seeds twice: ${differ.length === 0 ? 'the same' : `seeds ${differ.join(', ')} differ`}`);
  if (differ.length > 0) process.exitCode = 1;
}

async function runMany() {
  const file = await bundle('clean');
  const from = Number(values.from);
  const count = Number(values.count);
  const seconds = Number(values.seconds ?? Number.POSITIVE_INFINITY);
  const result = emptyResult();
  const startedMs = Date.now();
  let last = from - 1;
  const jobs = function* () {
    while (last < from + count - 1 && Date.now() - startedMs < seconds * 1000) yield { seed: ++last };
  };
  await runJobs(file, jobs(), Number(values.workers), (answer, { seed }) => {
    addAnswer(result, answer, seed);
    const { violation } = answer;
    if (violation) console.log(`seed ${seed}: ${violation.invariant}: ${violation.message.slice(0, 600)}`);
    return false;
  });
  result.slices.push({ from, to: last });
  if (values.out) {
    mkdirSync(dirname(values.out), { recursive: true });
    writeFileSync(values.out, `${JSON.stringify(result)}\n`);
  }
  const spentS = (Date.now() - startedMs) / 1000;
  const { seeds, violations } = result;
  console.log(`${seeds} seeds (${from} to ${last}), ${violations.length} violations, ${spentS.toFixed(1)} s`);
  const [first] = violations;
  if (!first) return;
  process.exitCode = 1;
  if (values['no-shrink'] || !first.options) return;
  const small = await shrink(file, first.options, first);
  console.log(`seed ${first.seed}, shrunk in ${small.tries} tries: ${writeRegression(small)}`);
}

if (values.sum) console.log(tableOf(sumFiles(positionals)));
else if (values.regress) await runRegressions();
else if (values.twice) await runTwice();
else if (values.seed !== undefined || values.options !== undefined) await runOne();
else await runMany();
