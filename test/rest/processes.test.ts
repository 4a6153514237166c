/** Daemons as processes: login from another process, commands through it, and one that is killed at work. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const POLL_MS = 100;
const WAIT_MS = 60_000;

let directory: string;
let children: ChildProcess[];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'coprhd-nodes-'));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `user`: whose configuration it has. */
function start(words: readonly string[], { user = 'ada', input = '' } = {}) {
  const env = { PATH: process.env.PATH, HOME: path.join(directory, user), NO_COLOR: '1' };
  const child = spawn(process.execPath, [RUN, ...words], { cwd: directory, env });
  children.push(child);
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (part) => (text.stdout += part));
  child.stderr.on('data', (part) => (text.stderr += part));
  child.stdin.end(input);
  const ended = new Promise<Ran>((resolve) => child.on('close', (code) => resolve({ code, ...text })));
  return { child, text, ended };
}

async function run(words: readonly string[], options: { user?: string; input?: string } = {}): Promise<Ran> {
  return start(words, options).ended;
}

async function ok(words: readonly string[], options: { user?: string; input?: string } = {}): Promise<string> {
  const { code, stdout, stderr } = await run(words, options);
  expect(`${code} ${stderr}`, words.join(' ')).toMatch(/^0 /);
  return stdout;
}

async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${what} did not come in ${WAIT_MS} ms`);
}

async function node() {
  const started = start(['daemon', 'start', '--listen', '127.0.0.1:0', '--allow-local', '--plain']);
  const facts = await until('a daemon', () => /^daemon\t(\S+)\t(\S+)$/m.exec(started.text.stdout) ?? undefined);
  const password = await until('a password', () => {
    const found = /^rootPassword\t(\S+)$/m.exec(started.text.stdout)?.[1];
    return found ?? (passwordTold ? '' : undefined);
  });
  passwordTold = true;
  return { ...started, url: facts[1]!, fingerprint: facts[2]!, password };
}
let passwordTold = false;

const STACK = (names: readonly string[]) =>
  ['kind: stack', 'stack: many', 'project: first', 'volumes:']
    .concat(names.map((name) => `  ${name}: { size: 1GiB, virtualPool: gold, virtualArray: dc1 }`))
    .join('\n');

describe('daemons', () => {
  it('serve commands of other users and machines, until SIGTERM', async () => {
    passwordTold = false;
    await ok(['sim', 'up']);
    await ok(['init']);
    const { url, fingerprint, password, child, ended } = await node();
    const login = ['login', url, '--fingerprint', fingerprint];
    expect((await run(login, { user: 'bob', input: 'wrong\n' })).stderr).toContain('COPRHD-REMOTE-003');
    expect((await run(['login', url], { user: 'bob', input: password })).code).toBe(64);
    await ok(login, { user: 'bob', input: `${password}\n` });
    await ok(['apply', 'first.yaml', '--yes'], { user: 'bob' });
    const shown = JSON.parse(await ok(['show', '--json'], { user: 'bob' })) as object;
    expect(JSON.parse(await ok(['show', '--json'], { user: 'ada' }))).toEqual(shown);
    expect(await ok(['volume', 'list', '--plain', '--state', url], { user: 'bob' })).toContain('first/volume.vol1');
    // Who isn't logged in has the state of this directory, or none.
    expect((await run(['show', '--state', url], { user: 'eve' })).stderr).toContain('nobody is logged in');
    await ok(['logout'], { user: 'bob' });
    expect((await run(['volume', 'list', '--state', url], { user: 'bob' })).stderr).toContain('nobody is logged in');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  it('go on with what one of them was at when it was killed', async () => {
    passwordTold = false;
    await ok(['sim', 'up']);
    await ok(['init']);
    const first = await node();
    const second = await node();
    const login = (url: string, fingerprint: string) =>
      ok(['login', url, '--fingerprint', fingerprint], { user: 'bob', input: first.password });
    await login(first.url, first.fingerprint);
    await ok(['apply', 'first.yaml', '--yes'], { user: 'bob' });
    await ok(['sim', 'fault', 'sim-1', 'operation=ensureVolume', 'latencyMs=300']);
    await ok(['sim', 'fault', 'sim-2', 'operation=ensureVolume', 'latencyMs=300']);
    const names = Array.from({ length: 20 }, (_, index) => `v${index}`);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path.join(directory, 'many.yaml'), STACK(names));
    const apply = start(['apply', 'many.yaml', '--yes', '--parallel', '2', '--plain'], { user: 'bob' });
    await until('a volume', () =>
      /\tmany\/volume\.v\d+/.test(apply.text.stderr) && /unit\.finished|done/.test(apply.text.stderr)
        ? true
        : undefined,
    );
    first.child.kill('SIGKILL');
    const cut = await apply.ended;
    // Nobody knows here what became of it: that is exit code 7, with what to do.
    expect([cut.code, cut.stderr]).toEqual([7, expect.stringContaining('COPRHD-REMOTE-001')]);
    await login(second.url, second.fingerprint);
    await until('the end of all tasks', async () => {
      const listed = JSON.parse(await ok(['task', 'list', '--json'], { user: 'bob' })) as {
        tasks: { state: string; resource: { address: string } }[];
      };
      const many = listed.tasks.filter(({ resource }) => resource.address.startsWith('many/'));
      return many.length === 20 && many.every(({ state }) => state === 'ready') ? true : undefined;
    });
    expect((await run(['orphans'], { user: 'bob' })).code).toBe(0);
    expect((await run(['drift'], { user: 'bob' })).code).toBe(0);
    expect((await run(['plan', 'many.yaml', '--exit-code'], { user: 'bob' })).code).toBe(0);
  });
});
