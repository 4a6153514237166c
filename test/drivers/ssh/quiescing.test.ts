/** What is run on a host around a snapshot, by the shell of this machine: it thaws when it is asked to, and by itself, whoever has died. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { createLocalSession } from '../../../src/engine/driver/local.ts';
import { createQuiescingHost, type QuiescingHost } from '../../../src/engine/driver/quiesce.ts';
import type { CommandSession } from '../../../src/engine/driver/session.ts';

const home = mkdtempSync(join(tmpdir(), 'coprhd rest-'));
/** With a space, and with what a shell would take for more than a name. */
const frozen = join(home, "is $(frozen) 'now'");
afterEach(() => rmSync(frozen, { force: true }));

function host(
  over: Partial<{ freeze: string[]; thaw: string[]; timeoutMs: number; session: CommandSession }> = {},
): QuiescingHost {
  const { session = createLocalSession(Date.now), ...rest } = over;
  const hooks = { freeze: ['touch', frozen], thaw: ['rm', '-f', frozen], timeoutMs: 1_000, ...rest };
  return createQuiescingHost('db-1', session, hooks, Date.now);
}

const failed = (call: Promise<unknown>) =>
  call.then(
    () => expect.fail('it worked'),
    (error: { class: string; message: string }) => error,
  );

it('freezes until it is asked to thaw, and says so; asked once more it says that it was not at rest any more', async () => {
  const db = host();
  await db.freeze('one');
  expect(existsSync(frozen)).toBe(true);
  expect(await db.thaw('one')).toBe('asked');
  expect(existsSync(frozen)).toBe(false);
  expect(await db.thaw('one')).toBe('late');
  expect(await db.thaw('never')).toBe('late');
});

it('thaws by itself when the time is over, and then says that it was late', async () => {
  const db = host();
  const began = Date.now();
  await db.freeze('two');
  await expect.poll(() => existsSync(frozen), { timeout: 5_000 }).toBe(false);
  expect(Date.now() - began).toBeGreaterThanOrEqual(900);
  expect(await db.thaw('two')).toBe('late');
});

it('has one snapshot wait for another, also for one that nobody ends any more', async () => {
  const order: string[] = [];
  await host().freeze('three');
  const second = host()
    .freeze('four')
    .then(() => order.push(`four ${existsSync(frozen)}`));
  await sleep(300);
  expect(order).toEqual([]);
  await second;
  expect(order).toEqual(['four true']);
  expect(await host().thaw('three')).toBe('late');
  expect(existsSync(frozen)).toBe(true);
  expect(await host().thaw('four')).toBe('asked');
});

it('thaws what a freeze that fails, or takes too long, has frozen in part, and says why it failed', async () => {
  const partly = (more: string) => ['sh', '-c', `touch "$1"; ${more}`, 'freeze', frozen];
  const no = await failed(host({ freeze: partly('echo the log is full >&2; exit 3') }).freeze('five'));
  expect(no).toMatchObject({
    class: 'invalid',
    message: expect.stringContaining('db-1: the freeze command: it ended with code 3: the log is full'),
  });
  expect(existsSync(frozen)).toBe(false);
  expect((await failed(host({ freeze: partly('sleep 30') }).freeze('six'))).message).toContain('it took too long');
  expect(existsSync(frozen)).toBe(false);
});

it('tries a thaw that fails again and again, and says aloud that it may stay frozen', async () => {
  const works = join(home, 'works');
  const db = host({
    thaw: ['sh', '-c', `test -e "$1" || { echo not yet; exit 1; }; rm -f "$2"`, 'thaw', works, frozen],
  });
  await db.freeze('seven');
  expect((await failed(db.thaw('seven'))).message).toMatch(/the thaw command: not yet.*MAY STAY FROZEN/);
  execFileSync('touch', [works]);
  await expect.poll(() => existsSync(frozen), { timeout: 5_000 }).toBe(false);
});

it('goes on to thaw what a freeze that fails has frozen in part, where the thaw fails too, and says aloud that it may stay frozen', async () => {
  const works = join(home, 'works now');
  const db = host({
    freeze: ['sh', '-c', 'touch "$1"; echo the log is full; exit 3', 'freeze', frozen],
    thaw: ['sh', '-c', `test -e "$1" || { echo not yet; exit 1; }; rm -f "$2"`, 'thaw', works, frozen],
  });
  const no = await failed(db.freeze('eight'));
  expect(no.message).toMatch(/the freeze command: it ended with code 3: the log is full.*not yet.*MAY STAY FROZEN/);
  execFileSync('touch', [works]);
  await expect.poll(() => existsSync(frozen), { timeout: 5_000 }).toBe(false);
  expect(await db.thaw('eight')).toBe('late');
});

it('gives up at once where there is no program to freeze with, nor to thaw', async () => {
  const db = host({ freeze: [join(home, 'none')], thaw: [join(home, 'none')] });
  expect((await failed(db.freeze('nine'))).message).toMatch(/it ended with code 127/);
  await host().freeze('ten');
  expect(await host().thaw('ten')).toBe('asked');
});

it('thaws when the process that froze it is killed, at whatever moment', async () => {
  for (const afterMs of [5, 15, 30, 60, 120, 400]) {
    const real = createLocalSession(Date.now);
    // The shell of the freeze dies, as with its connection; the keeper is in a session of its own.
    const dying: CommandSession = {
      ...real,
      run: ({ argv }) =>
        new Promise((_resolve, reject) => {
          const child = spawn(argv[0]!, argv.slice(1), { detached: true, stdio: 'ignore' });
          setTimeout(() => {
            try {
              process.kill(-child.pid!, 'SIGKILL');
            } catch {
              // It was through already.
            }
            reject(new Error('killed'));
          }, afterMs);
        }),
    };
    await host({ session: dying })
      .freeze(`dying-${afterMs}`)
      .catch(() => undefined);
    await sleep(1_500);
    expect(existsSync(frozen), `after ${afterMs} ms`).toBe(false);
  }
  await host().freeze('after');
  expect(await host().thaw('after')).toBe('asked');
  // No keeper is left.
  const left = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(frozen));
  expect(left).toEqual([]);
  expect(readFileSync(`/dev/shm/coprhd-quiesce-${process.getuid!()}/lock`, 'utf8')).toBe('');
}, 60_000);
