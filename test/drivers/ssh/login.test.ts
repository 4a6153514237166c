/** Who is let in and who is believed: keys, passwords, agents, jump hosts, host keys, and shells that can't be used. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import type { SshHop, SshLogin } from '../../../src/engine/driver/ssh/hop.ts';
import { readHostKeys } from '../../../src/engine/driver/ssh/route.ts';
import { createSshSession, type SshSession, type SshSessionOptions } from '../../../src/engine/driver/ssh/session.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { Redacted } from '../../../src/lib/redacted.ts';
import { type Sshd, startSshd } from './sshd.ts';

let sshd: Sshd;
let jump: Sshd;
beforeAll(async () => {
  [sshd, jump] = await Promise.all([startSshd({ hostKeys: ['ed25519', 'rsa', 'ecdsa'] }), startSshd()]);
});
afterAll(() => Promise.all([sshd.remove(), jump.remove()]));

const hopTo = (server: Sshd, login: SshLogin = { type: 'secret', secret: server.key }): SshHop => ({
  user: 'root',
  host: '127.0.0.1',
  port: server.port,
  login,
});

function connect(over: Partial<SshSessionOptions> = {}): SshSession {
  const options = { name: 'array-1', hops: [hopTo(sshd)], hostKeys: [], clock: systemClock, ...over };
  const session = createSshSession(options);
  onTestFinished(() => session.close());
  return session;
}

const echo = (session: SshSession) =>
  session.run({ argv: ['echo', 'on'], deadlineMs: systemClock.nowMs() + 10_000 }).then(({ stdout }) => stdout.trim());

async function failure(work: Promise<unknown>): Promise<DriverError> {
  const error = await work.then(
    () => undefined,
    (why: unknown) => why,
  );
  expect(error).toBeInstanceOf(DriverError);
  return error as DriverError;
}

describe('a login', () => {
  test('with a key that the server does not take is refused, and the key is in no text', async () => {
    const error = await failure(echo(connect({ hops: [hopTo(sshd, { type: 'secret', secret: sshd.wrongKey })] })));
    expect([error.class, error.message]).toEqual([
      'auth',
      `127.0.0.1:${sshd.port} refused the login of root by private key`,
    ]);
    expect(JSON.stringify(error) + error.stack).not.toContain(sshd.wrongKey.reveal().split('\n')[1]);
  });

  test('by ssh-agent', async () => {
    const socket = join(sshd.directory, 'agent');
    const agent: ChildProcess = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    onTestFinished(() => void agent.kill());
    for (let tries = 0; !existsSync(socket) && tries < 500; tries++) await systemClock.sleep(10);
    const login = { type: 'agent', socket } as const;
    expect((await failure(echo(connect({ hops: [hopTo(sshd, login)] })))).class).toBe('auth');
    execFileSync('ssh-add', ['-q', sshd.keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
    expect(await echo(connect({ hops: [hopTo(sshd, login)] }))).toBe('on');
  });

  test.each(['password', 'keyboard-interactive'] as const)('by %s', async (method) => {
    const { port } = await passwordServer(method, 'hunter2-secret');
    const hop = (secret: string): SshHop => ({
      user: 'admin',
      host: '127.0.0.1',
      port,
      login: { type: 'secret', secret: new Redacted(secret) },
    });
    const deadline = () => ({ prompt: /switch> $/, deadlineMs: systemClock.nowMs() + 10_000 });
    const shell = await connect({ hops: [hop('hunter2-secret')] }).openShell(deadline());
    expect(shell.greeting).toBe('welcome\n');
    expect(await shell.send({ line: 'show é', ...deadline() })).toBe('you said show é\n');
    expect(await shell.send({ line: 'rubbed', ...deadline() })).toBe('ab\nyou said rubbed\n');
    expect(await shell.send({ line: 'really', ...deadline(), prompt: /\[no\] $/ })).toBe('');
    expect(await shell.send({ line: 'yes', ...deadline() })).toBe('you said yes\n');
    const asked = await shell.exchange({ line: 'really', ...deadline(), prompt: /\[no\] $/ });
    expect([asked.text, asked.prompt]).toEqual(['', 'Sure? [no] ']);
    expect(await shell.send({ line: 'no', ...deadline() })).toBe('you said no\n');
    const before = systemClock.nowMs();
    await shell.pause?.(50);
    expect(systemClock.nowMs() - before).toBeGreaterThanOrEqual(45);
    const silent = await failure(
      shell.send({ line: 'hang', prompt: /switch> $/, deadlineMs: systemClock.nowMs() + 300 }),
    );
    expect([silent.class, silent.message]).toEqual(['ambiguous', 'no prompt in time']);
    expect((await failure(shell.send({ line: 'show', ...deadline() }))).class).toBe('transient');
    const wrong = await failure(connect({ hops: [hop('wrong-secret')] }).openShell(deadline()));
    expect([wrong.class, wrong.message]).toEqual(['auth', `127.0.0.1:${port} refused the login of admin by password`]);
    expect(JSON.stringify(wrong) + wrong.stack).not.toContain('wrong-secret');
  });

  test('is made again for shells on a connection that the device has just ended, once for all of them', async () => {
    const { port, hangUp } = await passwordServer('password', 'hunter2-secret');
    const login = { type: 'secret', secret: new Redacted('hunter2-secret') } as const;
    const session = connect({ hops: [{ user: 'admin', host: '127.0.0.1', port, login }] });
    const request = () => ({ prompt: /switch> $/, deadlineMs: systemClock.nowMs() + 10_000 });
    await session.openShell(request());
    hangUp();
    const shells = await Promise.all([session.openShell(request()), session.openShell(request())]);
    expect(await Promise.all(shells.map((shell) => shell.send({ line: 'show', ...request() })))).toEqual([
      'you said show\n',
      'you said show\n',
    ]);
  });

  test('with an encrypted or a broken private key says what it is', async () => {
    const encrypted = join(sshd.directory, 'encrypted');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'passphrase', '-f', encrypted]);
    const { readFileSync } = await import('node:fs');
    const by = (text: string) => hopTo(sshd, { type: 'secret', secret: new Redacted(text) });
    const error = await failure(echo(connect({ hops: [by(readFileSync(encrypted, 'utf8'))] })));
    expect([error.class, error.message]).toEqual(['auth', 'the private key is encrypted']);
    expect((await failure(echo(connect({ hops: [by('-----BEGIN OPENSSH PRIVATE KEY-----\nAA')] })))).class).toBe(
      'auth',
    );
  });
});

describe('a host key', () => {
  test.each(['ed25519', 'rsa', 'ecdsa'] as const)(
    'of kind %s that is pinned is asked for and believed',
    async (kind) => {
      const type = { ed25519: 'ssh-ed25519', rsa: 'ssh-rsa', ecdsa: 'ecdsa-sha2-nistp256' }[kind];
      const key = { at: `ssh 127.0.0.1:${sshd.port}`, type, fingerprint: sshd.fingerprint(kind) };
      const session = connect({ hostKeys: [key] });
      expect(await echo(session)).toBe('on');
      expect(session.hostKeys()).toEqual([key]);
    },
  );

  test('that is not the pinned one is refused before anything is told to the server', async () => {
    const at = `ssh 127.0.0.1:${sshd.port}`;
    const session = connect({ hostKeys: [{ at, type: 'ssh-ed25519', fingerprint: jump.fingerprint() }] });
    const error = await failure(echo(session));
    expect(error.class).toBe('auth');
    expect(error.message).toContain(jump.fingerprint());
    expect(error.message).toContain(sshd.fingerprint());
    expect(error.hint).toContain('coprhd device trust array-1');
  });

  test('of the first connection is the one that later connections must show', async () => {
    const own = await startSshd();
    onTestFinished(() => own.remove());
    const session = connect({ hops: [hopTo(own)] });
    expect(await echo(session)).toBe('on');
    expect(session.hostKeys()[0]!.fingerprint).toBe(own.fingerprint());
    await own.renewHostKeys();
    expect((await failure(echo(session))).message).toContain('the host key of array-1 has changed');
  });
});

describe('a jump host', () => {
  const hops = () => [hopTo(jump), hopTo(sshd)];

  test('is gone through, and both keys are pinned', async () => {
    const session = connect({ hops: hops() });
    expect(await echo(session)).toBe('on');
    expect(session.hostKeys().map(({ fingerprint }) => fingerprint)).toEqual([jump.fingerprint(), sshd.fingerprint()]);
    jump.cut();
    expect(await echo(session)).toBe('on');
  });

  test('whose key has changed is shown before the device behind it is asked', async () => {
    const options = { name: 'array-1', hops: hops(), clock: systemClock, limitMs: 5_000 };
    const at = `ssh 127.0.0.1:${jump.port}`;
    const old = [{ at, type: 'ssh-ed25519', fingerprint: sshd.fingerprint() }];
    const first = await readHostKeys({ ...options, pinned: old });
    expect(first.map(({ fingerprint }) => fingerprint)).toEqual([jump.fingerprint()]);
    const both = await readHostKeys({ ...options, pinned: first });
    expect(both.map(({ fingerprint }) => fingerprint)).toEqual([jump.fingerprint(), sshd.fingerprint()]);
  });

  test('from where the device can not be reached is named', async () => {
    const error = await failure(echo(connect({ hops: [hopTo(jump), { ...hopTo(sshd), port: 1 }] })));
    expect(error.class).toBe('transient');
    expect(error.message).toContain(`ssh 127.0.0.1:${jump.port} could not connect to 127.0.0.1:1`);
  });
});

test('a login shell that says something of its own is refused before a command is sent', async () => {
  const noisy = await startSshd({ lines: ['ForceCommand echo hello; eval "$SSH_ORIGINAL_COMMAND"'] });
  onTestFinished(() => noisy.remove());
  const marker = join(noisy.directory, 'ran');
  const session = connect({ hops: [hopTo(noisy)] });
  const error = await failure(session.run({ argv: ['touch', marker], deadlineMs: systemClock.nowMs() + 5_000 }));
  expect(error.class).toBe('unsupported');
  expect(error.hint).toContain('/bin/sh');
  expect(existsSync(marker)).toBe(false);
});

/** A switch-like server: its own prompt, an echo, and a question. */
async function passwordServer(
  method: 'password' | 'keyboard-interactive',
  password: string,
): Promise<{ port: number; hangUp: () => void }> {
  // ssh2 makes an ed25519 key that it can't read itself, once in 500.
  const { private: key } = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const clients = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [key] }, (client) => {
    clients.add(client);
    client.on('error', () => {});
    client.on('authentication', (auth) => {
      if (auth.method !== method) return auth.reject([method]);
      if (auth.method === 'password') return auth.password === password ? auth.accept() : auth.reject([method]);
      const interactive = auth as ssh2.KeyboardAuthContext;
      interactive.prompt([{ prompt: 'Password: ', echo: false }], (answers) =>
        answers[0] === password ? interactive.accept() : interactive.reject(),
      );
    });
    client.on('session', (accept) => {
      const session = accept();
      session.on('pty', (ok) => ok?.());
      session.on('shell', (ok) => {
        const stream = ok();
        stream.write('welcome\r\nswitch> ');
        stream.on('data', (chunk: Buffer) => {
          const line = chunk.toString().trim();
          stream.write(`${line}\r\n`);
          if (line === 'rubbed') stream.write('abX\u0008 \u0008\r\n');
          if (line === 'really') stream.write('Sure? [no] ');
          else if (line !== 'hang') stream.write(`\u001b[1myou said\u001b[0m ${line}\r\nswitch> `);
        });
      });
    });
  });
  const hangUp = () => {
    for (const client of clients) client.end();
  };
  onTestFinished(() => {
    hangUp();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, hangUp };
}
