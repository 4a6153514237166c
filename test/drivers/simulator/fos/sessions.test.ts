/** The engine's own sessions with the simulated switch: what a driver will have. */
import { afterEach, expect, test } from 'vitest';
import { type FosSimulator, startFosSimulator } from '../../../../drivers/simulator/fos/simulator.ts';
import { DriverError } from '../../../../src/engine/driver/errors.ts';
import { createRestSession } from '../../../../src/engine/driver/rest/session.ts';
import type { Shell } from '../../../../src/engine/driver/session.ts';
import { createSshSession, type SshSession } from '../../../../src/engine/driver/ssh/session.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { Redacted } from '../../../../src/lib/redacted.ts';
import { virtualState, zonedState } from './estate.ts';
import { BASIC, makeTls, printed } from './support.ts';

const PROMPT = /^[\w-]+(:FID\d+)?:[\w-]+> $/;
const QUESTION = /\(yes, y, no, n\): \[no\] $/;
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const deadlineMs = () => systemClock.nowMs() + 10_000;

async function dialogue(switched: FosSimulator): Promise<{ session: SshSession; shell: Shell }> {
  const login = { type: 'secret', secret: new Redacted('password') } as const;
  const hops = [{ user: 'admin', host: switched.host, port: switched.sshPort, login }];
  const session = createSshSession({ name: 'switch-1', hops, hostKeys: [], clock: systemClock });
  open.push(session);
  const shell = await session.openShell({ prompt: PROMPT, deadlineMs: deadlineMs() });
  open.push(shell);
  return { session, shell };
}

async function begin(state = zonedState()): Promise<FosSimulator> {
  const switched = await startFosSimulator({ state });
  open.push(switched);
  return switched;
}

const send = (shell: Shell, line: string, prompt?: RegExp) =>
  shell.send({ line, deadlineMs: deadlineMs(), ...(prompt ? { prompt } : {}) });

test('a dialogue gives what the switch prints, without echo and prompt', async () => {
  const { shell } = await dialogue(await begin());
  expect(await send(shell, 'cfgshow')).toBe(printed(zonedState(), 'cfgshow'));
  expect(await send(shell, 'nscamshow')).toBe(printed(zonedState(), 'nscamshow'));
  expect(await send(shell, 'zonecreate "z","a1;array_port_0"')).toBe('');
});

test('a dialogue answers questions, and works on another FID', async () => {
  const switched = await begin(virtualState());
  const { shell } = await dialogue(switched);
  await send(shell, 'setcontext 20');
  expect(await send(shell, 'alicreate "a","10:00:00:00:00:00:00:01"')).toBe('');
  expect(await send(shell, 'cfgsave', QUESTION)).toContain('You are about to save the Defined zoning configuration.');
  expect(await send(shell, 'y')).toContain('FID 20, INFO, tst_sw1, cfgSave completes successfully.');
  expect(await send(shell, 'fosexec --fid 128 -cmd "zonedelete \'peer\'"')).toBe('');
  await send(shell, 'fosexec --fid 128 -cmd "cfgsave"', QUESTION);
  expect(await send(shell, 'n')).toBe('Operation cancelled...\n');
  expect(switched.writes()).toBe(1);
});

test('the host key that a session sees is the one that the simulator tells', async () => {
  const switched = await begin();
  const { session } = await dialogue(switched);
  expect(session.hostKeys().map(({ fingerprint }) => fingerprint)).toEqual([switched.fingerprint]);
});

test('a reply that is lost fails the dialogue', async () => {
  const switched = await begin();
  const { shell } = await dialogue(switched);
  await send(shell, 'zonedelete "peer"');
  switched.faults.add({ fault: 'lose-reply' });
  await expect(send(shell, 'cfgsave -f')).rejects.toThrow(DriverError);
  expect(switched.writes()).toBe(1);
});

test('a REST session logs in once, and again when its session has expired', async () => {
  const tls = makeTls();
  const switched = await startFosSimulator({ state: zonedState(), tls });
  open.push(switched);
  const { host, httpsPort } = switched;
  const session = createRestSession({ host, port: httpsPort!, tls: { ca: tls.ca }, clock: systemClock });
  open.push(session);
  const yang = 'application/yang-data+json';
  let logins = 0;
  const authenticate = async (limitMs: number) => {
    logins += 1;
    const headers = { authorization: BASIC, accept: yang };
    const reply = await session.request({ method: 'POST', path: '/rest/login', headers, deadlineMs: limitMs });
    return { authorization: String(reply.headers.authorization) };
  };
  const path = '/rest/running/brocade-zone/effective-configuration/checksum';
  const read = () =>
    session.request({ method: 'GET', path, headers: { accept: yang }, deadlineMs: deadlineMs(), authenticate });
  expect([(await read()).status, (await read()).status, logins]).toEqual([200, 200, 1]);
  switched.faults.expireSessions();
  expect([(await read()).status, logins]).toEqual([200, 2]);
});
