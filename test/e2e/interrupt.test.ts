/** Ctrl-C and SIGTERM on a real process with a slow array: once stops well, twice stops at once, and nothing is lost. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EVERYTHING } from '../long-only.ts';
import { ensureBuilt, expectForPeople, expectNoChanges, ROOT } from './cli.ts';
import { numbered, stack } from './plans.ts';
import { type SimWorld, simWorld } from './sim.ts';
import { hasPty, inTerminal, screenOf } from './terminal.ts';

beforeAll(ensureBuilt);

const VOLUMES = 6;
const STACK = stack(numbered(VOLUMES, { protect: false, onRemove: 'delete' }));
/** Less than a call may take before its deadline. */
const LATENCY_MS = 2_000;

interface Running {
  readonly child: ChildProcess;
  readonly events: () => { readonly type: string; readonly [key: string]: unknown }[];
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string; tookMs: () => number }>;
  signal(name: 'SIGINT' | 'SIGTERM'): void;
}

/** A slow apply whose calls are on their way. */
async function slowApply(world: SimWorld, ...flags: string[]): Promise<Running> {
  await world.expect(0, 'sim', 'fault', 'sim-1', 'operation=ensureVolume', `latencyMs=${LATENCY_MS}`);
  const file = join(world.directory, 'events.jsonl');
  const argv = ['apply', 'plans', '--yes', '--human', '--parallel', '2', '--json-to', file, ...flags];
  const child = spawn(process.execPath, [`${ROOT}bin/run.js`, ...argv], {
    cwd: world.directory,
    env: { PATH: process.env.PATH ?? '', COPRHD_STATE: world.state, COPRHD_SIM: join(world.directory, 'sim') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (part: Buffer) => (text.stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => (text.stderr += part.toString()));
  let signalledMs = 0;
  const events = () =>
    (existsSync(file) ? readFileSync(file, 'utf8') : '')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as ReturnType<Running['events']>[number]);
  const ended = new Promise<Awaited<Running['ended']>>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const tookMs = Date.now() - signalledMs;
      resolve({ code, ...text, tookMs: () => tookMs });
    });
  });
  await until(() => events().filter(({ type }) => type === 'step.started').length >= 2);
  // The calls themselves, not only the intent to make them.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const signal = (name: 'SIGINT' | 'SIGTERM') => {
    signalledMs ||= Date.now();
    child.kill(name);
  };
  return { child, events, ended, signal };
}

async function until(holds: () => boolean): Promise<void> {
  const giveUpMs = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > giveUpMs) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function endsWell(world: SimWorld): Promise<void> {
  await world.expect(0, 'sim', 'fault', 'sim-1', '--clear', 'all');
  await world.expect(0, 'recover');
  await world.expect(0, 'apply', 'plans', '--yes');
  await expectNoChanges(world, 'plans');
  expect((await world.device()).volumes).toHaveLength(VOLUMES);
}

describe.each(EVERYTHING ? (['SIGINT', 'SIGTERM'] as const) : (['SIGINT'] as const))('%s once', (name) => {
  it('starts no new step, lets the running calls end, and says how to go on', async () => {
    const world = await simWorld(STACK);
    const apply = await slowApply(world);
    const before = apply.events().filter(({ type }) => type === 'step.started').length;
    apply.signal(name);
    const { code, stdout, stderr, tookMs } = await apply.ended;
    expectForPeople({ code, stdout, stderr });
    expect(code).toBe(130);
    expect(tookMs()).toBeLessThan(LATENCY_MS + 6_000);
    expect(stderr).toMatch(/interrupted: no new steps are started/);
    expect(stderr).toMatch(/web\/volume\.data-01 on array-1: create/);
    expect(stdout).toMatch(/SUMMARY/);
    expect(stdout).toMatch(/next: coprhd (recover|apply plans)/);
    const events = apply.events();
    expect(events.find(({ type }) => type === 'interrupt')).toMatchObject({
      count: 1,
      inFlight: expect.arrayContaining([expect.objectContaining({ system: 'array-1', address: 'web/volume.data-01' })]),
    });
    expect(events.filter(({ type }) => type === 'step.started')).toHaveLength(before);
    expect(events.at(-1)).toMatchObject({ type: 'result', outcome: 'interrupted' });
    await endsWell(world);
  });
});

describe('SIGINT twice', () => {
  it('stops waiting at once, lists what is left in flight, and recover brings it to an end', async () => {
    const world = await simWorld(STACK);
    const apply = await slowApply(world);
    apply.signal('SIGINT');
    await until(() => apply.events().some(({ type }) => type === 'interrupt'));
    apply.signal('SIGINT');
    const { code, stdout, stderr, tookMs } = await apply.ended;
    expectForPeople({ code, stdout, stderr });
    expect(code).toBe(130);
    expect(tookMs()).toBeLessThan(LATENCY_MS - 500);
    expect(stderr).toMatch(/stopped waiting\nleft in flight; it may still happen on the device:\n {2}web\/volume/);
    expect(stderr.trimEnd()).toMatch(/next: coprhd recover$/);
    expect(apply.events().at(-1)).toMatchObject({ type: 'interrupt', count: 2 });
    await endsWell(world);
  });
});

describe.skipIf(!hasPty)('Ctrl-C at a terminal', () => {
  it.runIf(EVERYTHING)('once and twice: the view says that it stops, then is gone and the cursor is back', async () => {
    const world = await simWorld(STACK);
    await world.expect(0, 'sim', 'fault', 'sim-1', 'operation=ensureVolume', 'latencyMs=5000');
    const terminal = inTerminal(80, ['apply', 'plans', '--yes'], {
      cwd: world.directory,
      env: { COPRHD_STATE: world.state, COPRHD_SIM: join(world.directory, 'sim') },
    });
    await until(() => /array-1 {2}\d+ steps? running/.test(terminal.text()));
    terminal.press(3);
    await until(() => terminal.text().includes('stopping: no new steps are started'));
    terminal.press(3);
    expect(await terminal.ended).toBe(130);
    const text = terminal.text();
    const screen = screenOf(text).join('\n');
    expect(screen).toMatch(/left in flight; it may still happen on the device:\n {2}web\/volume/);
    expect(screen).not.toMatch(/wave 1|Ctrl-C again/);
    expect(text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(text.lastIndexOf('\u001b[?25l'));
    await endsWell(world);
  });
});
