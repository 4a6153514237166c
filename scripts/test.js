#!/usr/bin/env node
// `npm test`: installs what the tests on real parts need, then style, types and all suites. Ends with vitest's summary.
// Arguments go to vitest: npm test -- --project unit
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const bin = (name) => `node_modules/.bin/${name}`;

/** A test that loops for ever stops no test runner, but it must not hold up everything behind it either. */
const STEP_MAX_MS = 18 * 60_000;

function run(what, program, args) {
  const startedAtMs = Date.now();
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', timeout: STEP_MAX_MS, killSignal: 'SIGKILL' });
  if (error) console.log(`${what}: ${error.message}`);
  console.log(`${what}: ${status === 0 ? 'ok' : 'FAILED'}, ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`);
  return status ?? 1;
}

const setup = run('packages', process.execPath, ['scripts/setup.js', '--quiet']);
if (setup !== 0) console.log('*** The tests on real parts that are missing above will be SKIPPED. ***');
const steps = [
  () => run('style', bin('biome'), ['check', '.']),
  () => run('types', bin('tsc'), ['-p', 'tsconfig.json']),
  () => (existsSync('dist/src/commands') ? 0 : run('build', process.execPath, ['scripts/build.js'])),
  () => run('tests', bin('vitest'), ['run', ...process.argv.slice(2)]),
];
for (const step of steps) {
  const status = step();
  if (status !== 0) process.exit(status);
}
