#!/usr/bin/env node
// How long the command line takes to start, against Node itself in the same run. Prints, never fails on a time.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUNS = Number(process.argv[2] ?? 15);
const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = `${root}bin/run.js`;
const directory = mkdtempSync(join(tmpdir(), 'coprhd-startup-'));

function once(argv) {
  const started = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, argv, { cwd: directory, encoding: 'utf8' });
  const elapsedMs = Number(process.hrtime.bigint() - started) / 1e6;
  return { elapsedMs, status, stderr };
}

/** Median; the first run warms the file cache and isn't counted. */
function median(argv) {
  const first = once(argv);
  const times = Array.from({ length: RUNS }, () => once(argv).elapsedMs).sort((a, b) => a - b);
  return { ms: times[Math.floor(RUNS / 2)], first };
}

const init = once([cli, 'init']);
const rows = [
  ['node -e 0', ['-e', '0']],
  ['coprhd --version', [cli, '--version']],
  ['coprhd --help', [cli, '--help']],
  ['coprhd show (empty state)', [cli, 'show']],
].map(([name, argv]) => ({ name, ...median(argv) }));

const base = rows[0].ms;
for (const { name, ms, first } of rows) {
  const failed = first.status === 0 ? '' : `  exit code ${first.status}: ${first.stderr.trim().split('\n')[0]}`;
  console.log(`${name.padEnd(28)} ${ms.toFixed(0).padStart(5)} ms  ${(ms / base).toFixed(2).padStart(5)} x${failed}`);
}
if (init.status !== 0) console.log(`coprhd init: exit code ${init.status}: ${init.stderr.trim().split('\n')[0]}`);
rmSync(directory, { recursive: true, force: true });
