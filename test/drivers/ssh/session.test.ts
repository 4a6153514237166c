/** Commands over a real OpenSSH server: what arrives, what comes back, and what is known when something goes wrong. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import { createSshSession, type SshSession, type SshSessionOptions } from '../../../src/engine/driver/ssh/session.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { type Sshd, startSshd } from './sshd.ts';

const MIB = 1024 ** 2;
let sshd: Sshd;
const open: SshSession[] = [];

beforeAll(async () => {
  sshd = await startSshd({ hostKeys: ['ed25519', 'rsa', 'ecdsa'] });
});
afterAll(async () => {
  await Promise.all(open.map((session) => session.close()));
  await sshd.remove();
});

function connect(over: Partial<SshSessionOptions> & { readonly server?: Sshd } = {}): SshSession {
  const { server = sshd, ...rest } = over;
  const session = createSshSession({
    name: 'array-1',
    hops: [{ user: 'root', host: '127.0.0.1', port: server.port, login: { type: 'secret', secret: server.key } }],
    hostKeys: [],
    clock: systemClock,
    ...rest,
  });
  open.push(session);
  return session;
}

const inMs = (ms: number) => systemClock.nowMs() + ms;
const sh = (session: SshSession, script: string, ms = 10_000) =>
  session.run({ argv: ['sh', '-c', script], deadlineMs: inMs(ms) });

async function failure(work: Promise<unknown>): Promise<DriverError> {
  const error = await work.then(
    () => undefined,
    (why: unknown) => why,
  );
  expect(error).toBeInstanceOf(DriverError);
  return error as DriverError;
}

describe('a command', () => {
  test('gives its output, its errors and its exit code', async () => {
    const result = await sh(connect(), 'echo out; echo err >&2; exit 7');
    expect(result).toEqual({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  test('gets arguments, variables and standard input as they are', async () => {
    const odd = `it's "odd" $(id) \`id\` \\ \n ~ * é`;
    const result = await connect().run({
      argv: ['sh', '-c', 'printf "%s|%s|%s|" "$1" "$ODD" "$LC_ALL"; cat', 'x', odd],
      env: { ODD: odd },
      input: `${odd}\n`.repeat(3),
      deadlineMs: inMs(10_000),
    });
    expect(result.stdout).toBe(`${odd}|${odd}|C|${`${odd}\n`.repeat(3)}`);
  });

  test('works in a directory whose name is full of quotes, spaces and commands, and runs none of it', async () => {
    const session = connect();
    const marker = join(sshd.directory, 'executed');
    const odd = join(sshd.directory, `it's a "dir" $(touch ${marker.replaceAll('/', '_')}) \`id\`; # *`);
    const run = (...argv: string[]) => session.run({ argv, deadlineMs: inMs(10_000) });
    expect((await run('mkdir', odd)).exitCode).toBe(0);
    expect((await run('touch', `${odd}/a 'b'`)).exitCode).toBe(0);
    expect((await run('ls', odd)).stdout).toBe("a 'b'\n");
    expect(readdirSync(sshd.directory).filter((name) => name.includes('executed') && !name.includes('dir'))).toEqual(
      [],
    );
    expect(existsSync(odd)).toBe(true);
  });

  test('takes and prints much, in both directions', async () => {
    const session = connect();
    const input = 'x'.repeat(8 * MIB);
    const echoed = await session.run({ argv: ['cat'], input, deadlineMs: inMs(20_000) });
    expect(echoed.stdout.length).toBe(input.length);
    expect(echoed.stdout === input).toBe(true);
    const ignored = await session.run({ argv: ['true'], input, deadlineMs: inMs(20_000) });
    expect(ignored.exitCode).toBe(0);
  });

  test('that prints without end is ended, and it is said that its effect is not known', async () => {
    const session = connect();
    const error = await failure(session.run({ argv: ['yes'], deadlineMs: inMs(30_000) }));
    expect([error.class, error.message]).toEqual(['ambiguous', 'yes printed too much']);
    expect((await sh(session, 'echo on')).stdout).toBe('on\n');
  });

  test('that is not installed is told from one that fails', async () => {
    const error = await failure(connect().run({ argv: ['no-such-program'], deadlineMs: inMs(5_000) }));
    expect([error.class, error.message]).toEqual(['unsupported', 'program no-such-program is not installed']);
    expect((await sh(connect(), 'exit 127')).exitCode).toBe(127);
  });

  test('that dies of a signal has no known effect', async () => {
    const error = await failure(sh(connect(), 'kill -9 $$'));
    expect(error.class).toBe('ambiguous');
  });
});

describe('the deadline', () => {
  test('is kept, the command is ended, and the connection goes on', async () => {
    const session = connect();
    const marker = join(sshd.directory, 'late');
    await sh(session, 'true');
    const startedAtMs = systemClock.nowMs();
    const error = await failure(sh(session, `sleep 1.5; touch ${marker}`, 500));
    expect(systemClock.nowMs() - startedAtMs).toBeLessThan(1_200);
    expect([error.class, error.message]).toEqual(['ambiguous', 'sh did not answer in time']);
    expect((await sh(session, 'echo on')).stdout).toBe('on\n');
    await systemClock.sleep(1_600);
    expect(existsSync(marker)).toBe(false);
  });

  test('ends the command also when the connection was cut before, so that a probe sees the end', async () => {
    const session = connect();
    const marker = join(sshd.directory, 'orphan');
    await sh(session, 'true');
    const running = failure(sh(session, `touch ${marker}.started; sleep 2; touch ${marker}`, 1_000));
    await until(() => existsSync(`${marker}.started`));
    sshd.cut();
    expect((await running).class).toBe('ambiguous');
    await systemClock.sleep(2_200);
    expect(existsSync(marker)).toBe(false);
    rmSync(`${marker}.started`);
  });

  test('that is over means that nothing is sent', async () => {
    expect((await failure(sh(connect(), 'true', -1))).class).toBe('transient');
  });

  test('an interruption before and while it runs', async () => {
    const session = connect();
    const early = AbortSignal.abort();
    const before = await failure(session.run({ argv: ['true'], deadlineMs: inMs(5_000), signal: early }));
    expect(before.class).toBe('transient');
    await sh(session, 'true');
    const controller = new AbortController();
    const running = failure(session.run({ argv: ['sleep', '5'], deadlineMs: inMs(8_000), signal: controller.signal }));
    await systemClock.sleep(200);
    controller.abort();
    expect((await running).class).toBe('ambiguous');
  });
});

describe('one connection', () => {
  test('is shared by all calls, within the limit of channels', async () => {
    const own = await startSshd();
    try {
      const session = connect({ server: own, sessionsMax: 3 });
      const busy = join(own.directory, 'busy');
      const one = (index: number) =>
        sh(session, `mkdir -p ${busy}/${index}; ls ${busy} | wc -l; sleep 0.1; rmdir ${busy}/${index}`);
      const results = await Promise.all(Array.from({ length: 12 }, (_, index) => one(index)));
      const most = Math.max(...results.map(({ stdout }) => Number(stdout)));
      expect(most).toBe(3);
      expect(own.connections()).toBe(1);
    } finally {
      await own.remove();
    }
  });

  test('a device that takes fewer channels than was thought is given fewer', async () => {
    const small = await startSshd({ lines: ['MaxSessions 2'] });
    try {
      const session = connect({ server: small, sessionsMax: 8 });
      const results = await Promise.all(
        Array.from({ length: 12 }, (_, index) => sh(session, `sleep 0.05; echo ${index}`)),
      );
      expect(results.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 12 }, (_, index) => index));
    } finally {
      await small.remove();
    }
  });

  test('that is cut in mid-command leaves the outcome unknown, and the next command makes a new one', async () => {
    const session = connect();
    const marker = join(sshd.directory, 'cut');
    const running = failure(sh(session, `touch ${marker}; sleep 5`));
    await until(() => existsSync(marker));
    sshd.cut();
    const error = await running;
    expect([error.class, error.message]).toEqual(['ambiguous', 'the connection was cut while sh ran']);
    expect((await sh(session, 'echo on')).stdout).toBe('on\n');
  });

  test('that was lost while it was idle is made again without anybody noticing', async () => {
    const session = connect();
    await sh(session, 'true');
    sshd.cut();
    expect((await sh(session, 'echo on')).stdout).toBe('on\n');
  });

  test('to a server that is down fails as transient within moments, and works once it is back', async () => {
    const server = await startSshd();
    try {
      await server.stop();
      const session = connect({ server });
      const startedAtMs = systemClock.nowMs();
      const error = await failure(sh(session, 'true'));
      expect([error.class, error.message]).toEqual([
        'transient',
        `could not connect to 127.0.0.1:${server.port}: ECONNREFUSED`,
      ]);
      expect(systemClock.nowMs() - startedAtMs).toBeLessThan(4_000);
      const waiting = sh(session, 'echo on');
      await systemClock.sleep(150);
      await server.start();
      expect((await waiting).stdout).toBe('on\n');
    } finally {
      await server.remove();
    }
  });

  test('is closed for good', async () => {
    const session = connect();
    await sh(session, 'true');
    await session.close();
    expect((await failure(sh(session, 'true'))).class).toBe('transient');
  });
});

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 500) throw new Error('it did not happen');
    await systemClock.sleep(10);
  }
}
