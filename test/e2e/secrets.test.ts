/**
 * Secrets planted in every place that coprhd takes them from, then everything that real commands leave behind is searched:
 * state, logs, plan files, exports, bundles, output, and the command lines and environments of programs that are run.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, ROOT } from './cli.ts';
import { found, keysIn, processes, searchFiles } from './secret-search.ts';

const home = mkdtempSync(join(tmpdir(), 'coprhd-secrets-'));
const work = join(home, 'work');
const keyFile = join(home, 'keys', 'key');
const passwordFile = join(home, 'keys', 'password');
const REGISTER = join(ROOT, 'test/e2e/fixtures/probe-driver/register.mjs');

const canary = (name: string): string => `canary-${name}-${randomBytes(9).toString('hex')}`;
const CANARIES = {
  vault: canary('vault'),
  former: canary('former'),
  removed: canary('removed'),
  env: canary('env'),
  file: canary('file'),
};
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

interface Ran {
  readonly argv: readonly string[];
  readonly code: number | null;
  readonly output: string;
}

const transcripts: Ran[] = [];

interface How {
  readonly input?: string;
  readonly env?: Record<string, string>;
  /** Kills it as soon as this was printed. */
  readonly killAt?: string;
  readonly onStart?: (pid: number) => void;
}

function coprhd(argv: readonly string[], { input = '', env = {}, killAt, onStart }: How = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', REGISTER, `${ROOT}bin/run.js`, ...argv], {
      cwd: work,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: home,
        COPRHD_DEBUG: '1',
        COPRHD_KEY_FILE: keyFile,
        ...env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (part: Buffer) => {
      output += part.toString();
      if (killAt !== undefined && output.includes(killAt)) child.kill('SIGKILL');
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', reject);
    child.on('spawn', () => onStart?.(child.pid!));
    child.on('close', (code) => {
      const ran = { argv, code, output };
      transcripts.push(ran);
      resolve(ran);
    });
  });
}

async function expectCode(code: number | null, argv: readonly string[], how?: How): Promise<Ran> {
  const ran = await coprhd(argv, how);
  expect(ran.code, `coprhd ${argv.join(' ')}\n${ran.output}`).toBe(code);
  return ran;
}

function infrastructure(credential: string, more = ''): string {
  return `kind: infrastructure\nstorageSystems:\n  probe: { driver: probe, mode: observe, credential: "${credential}", configuration: { a: 1${more} } }\n`;
}

/** Runs the command and looks at all processes meanwhile. */
async function watched(argv: readonly string[], env: Record<string, string>) {
  const seen = { children: new Set<string>(), leaks: new Set<string>() };
  let timer: NodeJS.Timeout | undefined;
  const secrets = { ...CANARIES, ...keys() };
  const ran = await coprhd(argv, {
    env,
    onStart: (pid) => {
      timer = setInterval(() => {
        for (const { commandLine, environment, isChild } of processes(pid)) {
          for (const name of found(Buffer.from(commandLine), secrets)) seen.leaks.add(`command line: ${name}`);
          // Between fork and exec a child still shows its parent, whose environment is given by the user.
          if (!isChild || commandLine.includes('bin/run.js')) continue;
          seen.children.add(commandLine.trim());
          for (const name of found(Buffer.from(environment), secrets)) seen.leaks.add(`environment: ${name}`);
        }
      }, 40);
    },
  });
  clearInterval(timer);
  return { ...ran, children: [...seen.children], leaks: [...seen.leaks] };
}

/** The keys themselves are secrets, too. */
const keys = (): Record<string, string> => keysIn(keyFile);

beforeAll(async () => {
  ensureBuilt();
  mkdirSync(work);
  mkdirSync(join(home, 'keys'), { mode: 0o700 });
  writeFileSync(passwordFile, `${CANARIES.file}\n`, { mode: 0o600 });
  chmodSync(passwordFile, 0o600);
}, 120_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('planted secrets', () => {
  const plans = (credential: string, more = '') => {
    writeFileSync(join(work, 'plan.yaml'), infrastructure(credential, more));
    return 'plan.yaml';
  };
  const identity = async (): Promise<string> => {
    const { output } = await expectCode(0, ['device', 'list', '--json']);
    return (JSON.parse(output) as { devices: { firmwareVersion: string }[] }).devices[0]!.firmwareVersion;
  };

  it('come to the device from the vault, the environment and a file', async () => {
    await expectCode(0, ['init']);
    await expectCode(0, ['secret', 'init', '--human']);
    await expectCode(0, ['secret', 'set', 'array/probe', '--human'], { input: CANARIES.former });
    await expectCode(0, ['secret', 'set', 'array/probe', '--json'], { input: `${CANARIES.vault}\n` });
    await expectCode(0, ['secret', 'set', 'old'], { input: CANARIES.removed });
    await expectCode(0, ['plan', plans('vault:array/probe'), '--out', 'saved.plan', '--json']);
    await expectCode(0, ['show', 'saved.plan', '--json']);
    await expectCode(0, ['apply', 'saved.plan', '--yes', '--json']);
    expect(await identity()).toBe(sha256(CANARIES.vault));
    for (const [credential, name] of [
      ['env:PROBE_PASSWORD', 'env'],
      [`file:${passwordFile}`, 'file'],
    ] as const) {
      const env = { PROBE_PASSWORD: CANARIES.env };
      await expectCode(0, ['apply', plans(credential), '--yes', '--human'], { env });
      const { output } = await expectCode(0, ['doctor', '--json'], { env });
      expect(output).toContain(sha256(CANARIES[name]));
    }
    await expectCode(0, ['apply', plans('vault:array/probe'), '--yes', '--plain']);
  });

  it('are used by commands that fail in every way', async () => {
    await expectCode(1, ['drift', '--human'], { env: { COPRHD_KEY_FILE: join(home, 'nowhere') } });
    await expectCode(1, ['drift', '--json'], {
      env: { COPRHD_KEY_FILE: '', COPRHD_KEY: randomBytes(32).toString('base64') },
    });
    const other = join(home, 'other.yaml');
    for (const [behaviour, credential, format] of [
      ['refuses', 'vault:array/probe', '--human'],
      ['refuses', 'env:PROBE_PASSWORD', '--json'],
      ['breaks', 'vault:array/probe', '--json'],
      ['breaks', `file:${passwordFile}`, '--human'],
    ] as const) {
      writeFileSync(other, infrastructure(credential, `, behaviour: ${behaviour}`).replaceAll('probe:', 'second:'));
      const ran = await coprhd(['plan', other, format], { env: { PROBE_PASSWORD: CANARIES.env } });
      expect(ran.output).toContain('[redacted]');
      if (behaviour === 'breaks') expect(ran.output).toMatch(/INTERNAL-001.*TypeError/s);
    }
    await expectCode(64, ['secret', 'set', 'array/probe', `--value=${CANARIES.vault}`]);
    await expectCode(64, ['secret', 'set', 'array/probe', CANARIES.vault]);
    await expectCode(64, ['device', 'add', 'x', '--driver', 'probe', '--credential', CANARIES.vault]);
    await expectCode(64, ['secret', 'set', 'long'], { input: CANARIES.vault.repeat(1_000) });
  });

  it('are nowhere on a command line, and in the environment of no program that is run', async () => {
    for (const credential of ['vault:array/probe', 'env:PROBE_PASSWORD']) {
      const seen = await watched(['plan', plans(credential, ', seconds: 0.7'), '--json'], {
        PROBE_PASSWORD: CANARIES.env,
      });
      expect(seen.children.some((line) => line.includes('probe-login'))).toBe(true);
      expect(seen.leaks).toEqual([]);
    }
  });

  it('do not come to light by a kill, a rotation, a removal, an export, or a bundle for support', async () => {
    const killed = await coprhd(['apply', plans('vault:array/probe', ', seconds: 1'), '--yes', '--json'], {
      killAt: 'workflow.committed',
    });
    expect(killed.code).toBeNull();
    await expectCode(0, ['recover', '--human']);
    await expectCode(0, ['secret', 'rotate', '--human']);
    await expectCode(0, ['secret', 'list', '--json']);
    await expectCode(0, ['secret', 'remove', 'old', '--yes']);
    await expectCode(0, ['state', 'export', '--out', 'state.json']);
    await expectCode(0, ['state', 'show', 'storageSystem.probe', '--json']);
    await expectCode(0, ['doctor', '--bundle', 'bundle.tar.gz', '--human']);
    expect((await expectCode(0, ['doctor', '--json'])).output).toContain(sha256(CANARIES.vault));
    expect(Object.keys(keys())).toEqual(['key-0', 'key-1']);
  });

  it('are found in nothing that was stored, written or printed', () => {
    const secrets = { ...CANARIES, ...keys() };
    expect(searchFiles(work, secrets)).toEqual([]);
    const printed = transcripts.flatMap(({ argv, output }) =>
      found(Buffer.from(output), secrets).map((name) => `${argv.join(' ')}: ${name}`),
    );
    expect(printed).toEqual([]);
    const files = readdirSync(work, { recursive: true, encoding: 'utf8' });
    for (const name of ['.coprhd/data.mdb', 'saved.plan', 'state.json', 'bundle.tar.gz']) expect(files).toContain(name);
    expect(files.some((name) => /log\/audit-\d+\.jsonl$/.test(name))).toBe(true);
  });
});

describe('the search itself', () => {
  it('finds what is there: as text, encoded, compressed, on a command line and in an environment', async () => {
    const secret = canary('planted');
    const directory = join(home, 'planted');
    mkdirSync(directory);
    writeFileSync(join(directory, 'plain'), `x${secret}y`);
    for (const shift of [0, 1, 2]) {
      writeFileSync(
        join(directory, `base64-${shift}`),
        Buffer.from(`${'-'.repeat(shift)}${secret}tail`).toString('base64'),
      );
    }
    const { gzipSync } = await import('node:zlib');
    writeFileSync(join(directory, 'packed.gz'), gzipSync(`x${secret}`));
    expect(searchFiles(directory, { secret }).sort()).toEqual(
      ['base64-0', 'base64-1', 'base64-2', 'packed.gz', 'plain'].map((name) => `${name}: secret`),
    );
    const child = spawn('/bin/sh', ['-c', 'sleep 5', secret], {
      env: { PATH: process.env.PATH ?? '', SECRET: secret },
    });
    try {
      await new Promise((resolve) => child.on('spawn', resolve));
      await expect
        .poll(() => processes(process.pid).some(({ commandLine, isChild }) => isChild && commandLine.includes(secret)))
        .toBe(true);
      expect(processes(process.pid).some(({ environment, isChild }) => isChild && environment.includes(secret))).toBe(
        true,
      );
      expect(readlinkSync(`/proc/${child.pid}/exe`)).not.toBe('');
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('finds a secret that a stored record would hold', async () => {
    const directory = mkdtempSync(join(home, 'leaky-'));
    const { openLmdbStore } = await import('../../src/engine/state/lmdb/lmdb-store.ts');
    const { systemClock } = await import('../../src/lib/clock.ts');
    const { systemRandom } = await import('../../src/lib/random.ts');
    const store = await openLmdbStore({ directory, clock: systemClock, random: systemRandom, create: true });
    const secret = canary('stored');
    await store.txn({ success: [{ type: 'put', key: 'r/x', value: JSON.stringify({ secret }) }] });
    await store.close();
    expect(searchFiles(directory, { secret })).toContain('data.mdb: secret');
  });
});
