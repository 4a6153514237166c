#!/usr/bin/env node
// The deterministic simulator (docs/simulation.md).
//   npm run sim -- --seed N                      one run, with its log
//   npm run sim -- --from N --count M [--seconds S] [--workers 2] [--out FILE.json]
//   npm run sim -- --sum FILE...                 result files added up
import { parseArgs } from 'node:util';
import { bundle } from './lib/sim-bundle.js';
import { runJobs, startWorker } from './lib/sim-workers.js';

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' },
    from: { type: 'string' },
    count: { type: 'string' },
    seconds: { type: 'string' },
    workers: { type: 'string', default: '1' },
  },
});

const file = await bundle('clean');
if (values.seed !== undefined) {
  const worker = startWorker(file);
  const answer = await worker.run({ seed: Number(values.seed), log: true });
  worker.end();
  const { log, ...rest } = answer;
  console.log(log);
  console.log(JSON.stringify(rest, null, 1));
} else {
  const from = Number(values.from ?? 1);
  const count = Number(values.count ?? 100);
  const jobs = function* () {
    for (let seed = from; seed < from + count; seed++) yield { seed };
  };
  const started = Date.now();
  let runs = 0;
  let violations = 0;
  await runJobs(file, jobs(), Number(values.workers), (answer, job) => {
    runs++;
    if (answer.violation) {
      violations++;
      console.log(
        `seed ${job.seed}: ${answer.violation.invariant} at ${answer.violation.atMs} ms: ${answer.violation.message.slice(0, 600)}`,
      );
    }
    return values.seconds !== undefined && Date.now() - started > Number(values.seconds) * 1000;
  });
  console.log(`${runs} seeds, ${violations} violations, ${((Date.now() - started) / runs).toFixed(0)} ms a seed`);
}
