/** The parts of the daemon's door: so many requests, calls that end, who may do what, and the certificate. */

import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Gate, mayDo } from '../../src/daemon/gate.ts';
import { createRateLimit } from '../../src/daemon/rate-limit.ts';
import { createRunningCalls } from '../../src/daemon/running.ts';
import { createServer } from '../../src/daemon/server.ts';
import { keyPairIn } from '../../src/daemon/tls.ts';
import type { LocalClient } from '../../src/engine/operations/local-client.ts';
import { LOCAL_USERS } from '../../src/engine/tenancy/local-users.ts';
import { createVirtualClock } from '../../src/lib/clock.ts';
import { LIMITS } from '../../src/lib/limits.ts';
import { systemRandom } from '../../src/lib/random.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'coprhd-doors-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('requests of one caller', () => {
  it('are so many at once and so many a second, and others have their own', () => {
    const clock = createVirtualClock();
    const limit = createRateLimit(clock, { perSecond: 10, burst: 20, callersMax: 100 });
    const takes = (caller: string, times: number) =>
      Array.from({ length: times }, () => limit.take(caller)).filter((waitMs) => waitMs === undefined).length;
    expect(takes('a', 50)).toBe(20);
    expect(takes('b', 5)).toBe(5);
    expect(limit.take('a')).toBe(100);
    clock.advance(100);
    expect(takes('a', 5)).toBe(1);
    clock.advance(60_000);
    expect(takes('a', 50)).toBe(20);
  });

  it('are remembered of so many callers only', () => {
    const limit = createRateLimit(createVirtualClock(), { perSecond: 1, burst: 1, callersMax: 3 });
    expect([limit.take('a'), limit.take('a')]).toEqual([undefined, 1_000]);
    for (const caller of ['b', 'c', 'd']) limit.take(caller);
    expect(limit.take('a')).toBeUndefined();
  });
});

describe('made-up tokens', () => {
  it('are as many of one address as requests without any, and take nothing from who has a true one', async () => {
    const clock = createVirtualClock();
    const gate: Gate = {
      login: async () => ({ refused: 'no' }),
      check: async (token) =>
        token === 'true' ? { user: 'root', roles: [], tenantRoles: [] } : { refused: 'not a valid token' },
      logout: async () => {},
      logoutOther: async () => {},
      proxyToken: async () => ({ refused: 'no' }),
      changePassword: async () => ({ refused: 'no' }),
    };
    const { key, cert } = await keyPairIn(path.join(directory, 'inject'), Date.now());
    const app = createServer({
      client: {} as LocalClient,
      gate,
      running: createRunningCalls(1),
      clock,
      random: systemRandom,
      tls: { key, cert },
      version: '0.0.0',
      onError: (error) => expect.unreachable(String(error)),
    });
    const ask = async (token: string) =>
      (await app.inject({ url: '/logout', headers: { 'x-sds-auth-token': token } })).statusCode;
    for (let n = 0; n < LIMITS.requestsBurst; n++) expect(await ask(`made-up-${n}`)).toBe(401);
    expect(await ask('made-up')).toBe(429);
    expect(await ask('true')).toBe(200);
    await app.close();
  });
});

describe('calls under way', () => {
  const call = () => ({ user: 'ada', operation: 'apply', stop: new AbortController() });

  it('have each an id, and are so many at most', () => {
    const running = createRunningCalls(2);
    expect([running.begin('1', call()), running.begin('1', call()), running.begin('2', call())]).toEqual([
      true,
      false,
      true,
    ]);
    expect(running.begin('3', call())).toBe(false);
    running.end('1');
    expect(running.begin('3', call())).toBe(true);
  });

  it('are all told to stop, and waited for', async () => {
    const running = createRunningCalls(5);
    expect(await running.drain(1)).toBe(true);
    const one = call();
    running.begin('1', one);
    const drained = running.drain(5_000);
    expect(one.stop.signal.aborted).toBe(true);
    running.end('1');
    expect(await drained).toBe(true);
    running.begin('2', call());
    expect(await running.drain(20)).toBe(false);
  });
});

describe('rights', () => {
  it('of local users are these', () => {
    const table = LOCAL_USERS.map(({ name: user, roles, tenantRoles }) => [
      user,
      ...(['read', 'provision', 'administer'] as const).filter((right) => mayDo({ user, roles, tenantRoles }, right)),
    ]);
    expect(table).toEqual([
      ['root', 'read', 'provision', 'administer'],
      ['sysmonitor', 'read'],
      ['svcuser', 'read'],
      ['proxyuser'],
    ]);
  });
});

describe('key and certificate', () => {
  it('are made once, for the owner only, and used from then on', async () => {
    const where = path.join(directory, 'made');
    const first = await keyPairIn(where, Date.now());
    expect(first.made).toBe(true);
    expect(statSync(path.join(where, 'tls.key')).mode & 0o777).toBe(0o600);
    const certificate = new X509Certificate(first.cert);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.subjectAltName).toContain('IP Address:127.0.0.1');
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now() + 9 * 365 * 86_400_000);
    expect(await keyPairIn(where, Date.now())).toEqual({ key: first.key, cert: first.cert, made: false });
  });

  it('that are half there are not made up', async () => {
    const where = path.join(directory, 'made');
    rmSync(path.join(where, 'tls.key'));
    await expect(keyPairIn(where, Date.now())).rejects.toThrow('tls.key');
    writeFileSync(path.join(where, 'tls.key'), 'mine');
    expect((await keyPairIn(where, Date.now())).key).toBe('mine');
    expect(readFileSync(path.join(where, 'tls.key'), 'utf8')).toBe('mine');
  });
});
