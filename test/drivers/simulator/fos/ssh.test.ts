/** The simulated switch over real SSH: lines, questions, the shell, accounts, and sessions that end. */
import ssh2 from 'ssh2';
import { afterEach, describe, expect, test } from 'vitest';
import { type FosSimulator, startFosSimulator } from '../../../../drivers/simulator/fos/simulator.ts';
import type { FosState } from '../../../../drivers/simulator/fos/state/model.ts';
import { virtualState, zonedState } from './estate.ts';
import { connect, printed, type TestClient } from './support.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function start(state: FosState = zonedState()): Promise<{ switched: FosSimulator; client: TestClient }> {
  const switched = await startFosSimulator({ state });
  open.push(switched);
  const client = await connect(switched);
  open.push(client);
  return { switched, client };
}

describe('exec', () => {
  test('prints what the core prints, with exit code 0, also for an error', async () => {
    const { client } = await start();
    expect(await client.exec('cfgshow')).toEqual({ stdout: printed(zonedState(), 'cfgshow'), code: 0 });
    expect(await client.exec('zonedelete "none"')).toEqual({ stdout: 'error: "none" not found\n', code: 0 });
    expect((await client.exec('frob')).code).toBe(127);
  });

  test('edits of several lines on one connection are one transaction', async () => {
    const { switched, client } = await start();
    expect(await client.exec('zonecreate "z","a1;array_port_0"')).toEqual({ stdout: '', code: 0 });
    expect(await client.exec('cfgadd "prod","z"')).toEqual({ stdout: '', code: 0 });
    const saved = await client.exec('cfgenable "prod"', ['y']);
    expect(saved.stdout).toMatch(
      /Do you want to enable 'prod' configuration[^\n]*\n.*zone config "prod" is in effect\n/s,
    );
    expect(switched.writes()).toBe(1);
    expect(switched.commands().map(({ text, write }) => [text, write])).toEqual([
      ['zonecreate "z","a1;array_port_0"', true],
      ['cfgadd "prod","z"', true],
      ['cfgenable "prod"', true],
      ['y', false],
    ]);
    expect(switched.asked()).toBe(3);
  });

  test('a question without an answer is a no', async () => {
    const { switched, client } = await start();
    await client.exec('zonedelete "peer"');
    const done = await client.exec('cfgsave');
    expect(done.stdout).toMatch(/\[no\] \nOperation cancelled\.\.\.\n$/);
    expect(switched.writes()).toBe(0);
  });

  test('a cancelled save ends with 248 on FOS 9', async () => {
    const { client } = await start(zonedState({ firmware: 'v9.1.1b' }));
    await client.exec('zonedelete "peer"');
    expect((await client.exec('cfgsave', ['n'])).code).toBe(248);
  });
});

describe('the shell', () => {
  test('has the prompt of the switch, echoes, and asks', async () => {
    const { client } = await start();
    const shell = await client.shell();
    expect(await shell.until('> ')).toBe('fab_sw1:admin> ');
    shell.type('zonedelete "peer"\r');
    expect(await shell.until('> ')).toBe('zonedelete "peer"\r\nfab_sw1:admin> ');
    shell.type('cfgsave\r');
    expect(await shell.until('[no] ')).toMatch(
      /^cfgsave\r\nYou are about to save the Defined zoning configuration\. This\r\n/,
    );
    shell.type('y\r');
    expect(await shell.until('> ')).toMatch(
      /^y\r\nsw0 Updating flash \.\.\.\r\n.*Updating flash \.\.\.\r\nfab_sw1:admin> $/s,
    );
    shell.type('exit\r');
    await shell.ended;
  });

  test('setcontext works on another FID, and the prompt says which', async () => {
    const { client } = await start(virtualState());
    const shell = await client.shell();
    expect(await shell.until('> ')).toBe('fab_sw1:FID128:admin> ');
    shell.type('setcontext 20\r');
    expect(await shell.until('> ')).toBe('setcontext 20\r\ntst_sw1:FID20:admin> ');
    shell.type('cfgactvshow\r');
    expect(await shell.until('> ')).toContain('No Effective configuration: (No Access)');
    shell.type('setcontext 99\r');
    expect(await shell.until('> ')).toContain('Logical switch with FID 99 does not exist.');
  });

  test('Ctrl-C answers a question with no', async () => {
    const { switched, client } = await start();
    const shell = await client.shell();
    await shell.until('> ');
    shell.type('cfgdisable\r');
    await shell.until('[no] ');
    shell.type('\u0003');
    expect(await shell.until('> ')).toBe('^C\r\nOperation cancelled...\r\nfab_sw1:admin> ');
    expect(switched.writes()).toBe(0);
  });

  test('backspace mends a line', async () => {
    const { client } = await start();
    const shell = await client.shell();
    await shell.until('> ');
    shell.type('cfgsizz\u007fe\r');
    expect(await shell.until('> ')).toContain('Zone DB max size');
  });
});

describe('sessions', () => {
  test('a transaction outlives the session that opened it', async () => {
    const { switched, client } = await start();
    await client.exec('zonedelete "peer"');
    const { stdout: token } = await client.exec('cfgtransshow');
    client.close();
    const next = await connect(switched);
    open.push(next);
    expect((await next.exec('cfgtransshow')).stdout).toBe(token);
    expect((await next.exec('zoneshow peer')).stdout).toContain('does not exist');
    expect(await next.exec('cfgtransabort')).toEqual({ stdout: '', code: 0 });
    expect(switched.logins()).toBe(2);
  });

  test('end when they are expired, and the switch lets in again', async () => {
    const { switched, client } = await start();
    const shell = await client.shell();
    await shell.until('> ');
    switched.faults.expireSessions();
    await shell.ended;
    const next = await connect(switched);
    open.push(next);
    expect((await next.exec('version')).code).toBe(0);
  });
});

describe('accounts', () => {
  const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const accounts = [
    { user: 'keys', publicKey, role: 'zoneadmin' },
    { user: 'viewer', password: 'look', role: 'user' },
  ] as const;
  const begin = async () => {
    const switched = await startFosSimulator({ state: zonedState({ accounts }) });
    open.push(switched);
    return switched;
  };

  test('log in with a public key', async () => {
    const switched = await begin();
    const client = await connect(switched, { username: 'keys', privateKey });
    open.push(client);
    expect(await client.exec('zonedelete "peer"')).toEqual({ stdout: '', code: 0 });
  });

  test('log in with keyboard-interactive, and change nothing without the right', async () => {
    const switched = await begin();
    const client = await connect(switched, {
      username: 'viewer',
      password: 'look',
      tryKeyboard: true,
      authHandler: ['keyboard-interactive'],
    });
    open.push(client);
    expect((await client.exec('zonedelete "peer"')).stdout).toBe('RBAC permission denied.\n');
    expect((await client.exec('cfgtransshow')).stdout).toContain('no outstanding');
  });

  test.each([
    { username: 'viewer', password: 'wrong' },
    { username: 'nobody', password: 'look' },
    { username: 'keys', password: '' },
  ])('%j is refused', async (config) => {
    await expect(connect(await begin(), config)).rejects.toThrow(/authentication/);
  });

  test('another key is refused', async () => {
    const { private: wrong } = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
    const config = { username: 'keys', privateKey: wrong };
    await expect(connect(await begin(), config)).rejects.toThrow(/authentication/);
  });
});

test('the host key is the one that was given, and its fingerprint is told', async () => {
  const { private: hostKey } = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const first = await startFosSimulator({ hostKey });
  const second = await startFosSimulator({ hostKey });
  open.push(first, second);
  expect(first.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  expect(second.fingerprint).toBe(first.fingerprint);
  expect(second.sshPort).not.toBe(first.sshPort);
});
