/**
 * The first hour of somebody new, minute by minute, with the package as it would be published: from an empty directory to
 * a volume, a pulled cable, a crash, its recovery, and an end that leaves nothing. Each step follows what the one before
 * said under "next".
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureBuilt, expectForPeople, type Ran, ROOT, spawnProgram } from './cli.ts';
import { inTerminal } from './pty.ts';

const home = mkdtempSync(join(tmpdir(), 'coprhd-first-hour-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const bin = join(home, 'bin');
const work = join(home, 'work');
const env = { PATH: `${bin}:${process.env.PATH}`, NO_COLOR: '1' };

/** The packed package, with the dependencies of this checkout in the place of downloaded ones. */
function install(): void {
  const packed = spawnSync('npm', ['pack', '--ignore-scripts', '--pack-destination', home], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const archive = readdirSync(home).find((name) => name.endsWith('.tgz'));
  if (packed.status !== 0 || archive === undefined) throw new Error(`npm pack failed:\n${packed.stderr}`);
  expect(spawnSync('tar', ['xzf', join(home, archive), '-C', home]).status).toBe(0);
  symlinkSync(`${ROOT}node_modules`, join(home, 'package', 'node_modules'));
  for (const directory of [bin, work]) mkdirSync(directory);
  symlinkSync(join(home, 'package', 'bin', 'run.js'), join(bin, 'coprhd'));
}

beforeAll(() => {
  ensureBuilt();
  install();
});

/** As a person types it, with output for people. */
async function coprhd(line: string, code = 0): Promise<Ran> {
  const ran = await spawnProgram('sh', ['-c', `coprhd ${line} --human`], { cwd: work, env });
  expectForPeople(ran);
  expect(ran.code, `coprhd ${line}\n${ran.stdout}${ran.stderr}`).toBe(code);
  return ran;
}

/** The command that the output says to run next. */
function next({ stdout, stderr }: Ran): string {
  const line = /^next: coprhd (.*)$/m.exec(stdout + stderr)?.[1];
  expect(line, stdout + stderr).toBeDefined();
  return line!;
}

/** All that is in the simulated data centre, as it shows it itself. */
async function content(): Promise<string> {
  const names = ['', 'sim-1', 'sim-2', 'fabric-a', 'fabric-b', 'host-1', 'host-2', 'host-3'];
  const shown = names.map(async (name) => {
    const words = ['sim', 'show', '--limit', '0', '--json', ...(name === '' ? [] : [name])];
    const { code, stdout } = await spawnProgram('coprhd', words, { cwd: work, env });
    expect(code, name).toBe(0);
    return stdout;
  });
  return (await Promise.all(shown)).join('');
}

/**
 * Every byte of its files. An array never gives a number out twice, so the counters of its ids go on; and a list of the
 * faults that were set stays, empty, for the same reason; and it remembers that it was changed, for those who ask what has
 * changed since: these three are left out.
 */
function files(): Record<string, string> {
  const root = join(work, '.coprhd-sim');
  const paths = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = paths
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [path.slice(root.length), readFileSync(path, 'utf8')] as const)
    .filter(([path, text]) => !(path.includes('/fault/') && text.includes('"faults":[]')))
    .filter(([path]) => !path.includes('/change/'));
  return Object.fromEntries(
    texts.map(([path, text]) => [path, text.replace(/"next(Volume|Mask|Job)":\d+/g, '"next$1":0')]),
  );
}

/** Runs `coprhd apply` until a step is under way on a device, and kills it there. */
async function killDuring(line: string): Promise<void> {
  const child = spawn('coprhd', [...line.split(' '), '--yes', '--plain'], { cwd: work, env, stdio: 'pipe' });
  let seen = '';
  await new Promise<void>((resolve, reject) => {
    const look = (part: Buffer) => {
      seen += part.toString();
      if (/^event\tstep\.started\t.*vol2/m.test(seen)) child.kill('SIGKILL');
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('close', (code, signal) => (signal === 'SIGKILL' ? resolve() : reject(new Error(`${code}\n${seen}`))));
  });
}

it('takes somebody new from nothing to a volume, through a crash, and back to nothing', async () => {
  const up = await coprhd('sim up');
  const [before, bytesBefore] = [await content(), files()];
  const made = await coprhd(next(up));
  const plan = join(work, 'first.yaml');
  const text = readFileSync(plan, 'utf8');
  expect(text.split('\n').length).toBeLessThan(40);
  for (const line of ['mode: manage #', 'protect: false #', 'onRemove: delete #']) expect(text).toContain(line);

  // Plan: what would happen, and nothing happens.
  const startedAtMs = performance.now();
  const planned = await coprhd(next(made));
  console.log(`first hour: plan took ${Math.round(performance.now() - startedAtMs)} ms, process and all`);
  expect(planned.stdout).toContain('+1 volume (10 GiB thin)');
  expect(await content()).toBe(before);

  // Apply, in a terminal, asked and answered.
  const applied = await inTerminal(`coprhd ${next(planned)}`, {
    cwd: work,
    env: { PATH: env.PATH },
    answers: [{ to: /Apply these changes\? \[y\/N\]/, type: 'y' }],
  });
  expect(applied.code, applied.screen).toBe(0);
  expect(applied.screen).toMatch(/SUMMARY {2}9 done/);
  expect((await coprhd('drift')).stdout).toContain('No drift');

  // Somebody pulls a cable.
  const pulled = await coprhd('sim fault pull-cable');
  expect(pulled.stdout).toContain('sim-1:SP-A1');
  const drift = await coprhd('drift', 2);
  expect(drift.stdout).toMatch(/first\/export\.host-1: port SP-A1 .* of sim-1 is down: 3 of its 4\s+ports there work/);
  await coprhd('sim fault plug-cable');
  await coprhd('drift');

  // Why is it where it is, and why not elsewhere?
  expect((await coprhd('explain vol1')).stdout).toContain('is on sim-1/fast');
  expect((await coprhd('why-not vol1 sim-1/bulk')).stdout).toMatch(/drive-type +refuses +drive type +needed ssd/);

  // A second volume; the process dies in the middle.
  writeFileSync(
    plan,
    text
      .replace(
        /^volumes:$/m,
        'volumes:\n  vol2: { size: 20GiB, virtualPool: gold, virtualArray: dc1, protect: false, onRemove: delete }',
      )
      .replace('volumes: [vol1]', 'volumes: [vol1, vol2]'),
  );
  for (const array of ['sim-1', 'sim-2'])
    await coprhd(`sim fault ${array} operation=ensureVolume latencyMs=5000 times=1`);
  await killDuring('apply first.yaml');
  for (const array of ['sim-1', 'sim-2']) await coprhd(`sim fault ${array} --clear all`);
  const open = await coprhd('plan first.yaml');
  expect(open.stdout + open.stderr).toMatch(/COPRHD-APPLY-005.*recover/s);
  const recovered = await coprhd('recover');
  expect(recovered.stdout).toContain('brought to its end');
  expect((await coprhd('plan first.yaml --exit-code')).stdout).toContain('No changes.');
  expect((await coprhd('drift')).stdout).toContain('No drift');
  expect(await content()).toMatch(/"name": "vol2-/);

  // And away with it: asked for by its number, and nothing is left.
  const refused = await coprhd('destroy first.yaml --yes', 3);
  await coprhd(/fix: coprhd (destroy .*--confirm-destroy=2)/.exec(refused.stderr)![1]!);
  expect(await content()).toBe(before);
  expect(files()).toEqual(bytesBefore);
}, 120_000);
