/** A command in a process of its own that others act upon while it runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ran, ROOT } from './cli.ts';
import type { SimWorld } from './sim.ts';

export interface Event {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface Running {
  readonly child: ChildProcess;
  /** What it has said so far with --json-to. */
  readonly events: () => Event[];
  readonly ended: Promise<Ran>;
}

export function inBackground(world: SimWorld, name: string, ...argv: string[]): Running {
  const file = join(world.directory, `${name}.jsonl`);
  const child = spawn(process.execPath, [`${ROOT}bin/run.js`, ...argv, '--human', '--json-to', file], {
    cwd: world.directory,
    env: { PATH: process.env.PATH ?? '', COPRHD_STATE: world.state, COPRHD_SIM: join(world.directory, 'sim') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (part: Buffer) => (text.stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => (text.stderr += part.toString()));
  const events = () =>
    (existsSync(file) ? readFileSync(file, 'utf8') : '')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as Event);
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...text }));
  });
  return { child, events, ended };
}

export async function until(holds: () => boolean): Promise<void> {
  const giveUpMs = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > giveUpMs) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
