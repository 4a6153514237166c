/**
 * How good placement is: our policy against CoprHD's published rule, and against the exact optimum (small instances) or
 * an upper bound (large ones), over seeded streams of requests up to the first refusal. Fails only when a placement
 * breaks a limit or beats the optimum, which would be an error in one of them.
 *
 * Usage: npm run bench:placement [-- --seeds N (200 small)] [--large N (20; 0 = none)] [WORKLOAD...]
 */
import { parseArgs } from 'node:util';
import { compare } from './compare.ts';
import { reportOf } from './report.ts';
import { WORKLOADS } from './workloads.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '200' }, large: { type: 'string', default: '20' } },
});
const counts = { small: Number(values.seeds), large: Number(values.large) };
const unknown = positionals.filter((name) => !WORKLOADS.some((workload) => workload === name));
if (unknown.length > 0 || !Object.values(counts).every((count) => Number.isInteger(count) && count >= 0)) {
  console.error(`usage: npm run bench:placement [-- --seeds N --large N ${WORKLOADS.join(' ')}]`);
  process.exit(2);
}
const wrong: string[] = [];
for (const workload of WORKLOADS.filter((name) => positionals.length === 0 || positionals.includes(name))) {
  for (const scale of ['small', 'large'] as const) {
    if (counts[scale] === 0) continue;
    const comparison = compare(
      workload,
      scale,
      Array.from({ length: counts[scale] }, (_, n) => n + 1),
    );
    console.log(`${reportOf(comparison)}\n`);
    wrong.push(...comparison.wrong);
  }
}
console.log(wrong.length === 0 ? 'no placement broke a limit' : `*** ${wrong.length} things wrong ***`);
for (const line of wrong.slice(0, 20)) console.error(line);
process.exitCode = wrong.length === 0 ? 0 : 1;
