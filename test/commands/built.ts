/** The built command line, spawned as its users run it. Builds first when dist/ is missing or older than the sources. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './harness.ts';

const BUILT = 'dist/src/commands/_base/main.js';
const SOURCES = ['src/commands', 'src/views', 'src/engine', 'drivers', 'package.json'];

function newestMs(path: string): number {
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  return Math.max(...readdirSync(path).map((name) => newestMs(join(path, name))));
}

export function ensureBuilt(): void {
  const builtMs = statSync(`${ROOT}${BUILT}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const manifestMs = statSync(`${ROOT}oclif.manifest.json`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sourceMs = Math.max(...SOURCES.map((path) => newestMs(`${ROOT}${path}`)));
  if (Math.min(builtMs, manifestMs) >= sourceMs) return;
  const build = spawnSync(process.execPath, ['scripts/build.js'], { cwd: ROOT, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`the build failed:\n${build.stdout}${build.stderr}`);
}

export interface Spawned {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** In an empty directory, without a terminal and without the environment of who runs the tests. */
export function spawnCli(
  argv: readonly string[],
  nodeOptions: readonly string[] = [],
  env: Record<string, string> = {},
  cwd = mkdtempSync(join(tmpdir(), 'coprhd-cli-')),
) {
  return new Promise<Spawned>((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeOptions, `${ROOT}bin/run.js`, ...argv], {
      cwd,
      env: { PATH: process.env.PATH ?? '', HOME: tmpdir(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { stdout: '', stderr: '' };
    child.stdout.on('data', (part: Buffer) => (text.stdout += part.toString()));
    child.stderr.on('data', (part: Buffer) => (text.stderr += part.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...text }));
  });
}
