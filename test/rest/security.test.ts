/** Logins, passwords and tokens of a daemon with its own users, as CoprHD's clients ask for them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGate } from '../../src/daemon/gate.ts';
import { SERVICE_NAMES } from '../../src/daemon/service-names.ts';
import { LIMITS } from '../../src/lib/limits.ts';
import { startTestDaemon, type TestDaemon } from './support.ts';

let daemon: TestDaemon;
const passwords: Record<string, string> = {};

beforeAll(async () => {
  daemon = await startTestDaemon({ gate: createGate });
  passwords.root = (await daemon.local.call('user.initialise', {})).rootPassword!;
  for (const name of ['sysmonitor', 'proxyuser']) {
    passwords[name] = `${name.toUpperCase().slice(0, 2)}x1-secret`;
    await daemon.local.call('user.password', { name, password: passwords[name] });
  }
});
afterAll(async () => {
  await daemon.end();
  expect(daemon.errors).toEqual([]);
});

const basic = (user: string, password = passwords[user]!) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
const header = (value: unknown): string => {
  expect(value).toEqual(expect.any(String));
  return value as string;
};
const login = async (user: string) =>
  header((await daemon.send({ path: '/login', headers: basic(user) })).headers['x-sds-auth-token']);
const send = (method: string, path: string, token: string | undefined, body?: object, more = {}) =>
  daemon.send({
    method,
    path,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { 'x-sds-auth-token': token }),
      ...more,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const whoami = async (token: string, more = {}) => {
  const { status, json } = await send('GET', '/user/whoami', token, undefined, more);
  return status === 200 ? json.common_name : status;
};

describe('a login with a service to go on to', () => {
  it('goes back to this server only, whatever the address says', async () => {
    const asked = async (service: string) => {
      const path = `/login?service=${encodeURIComponent(service)}`;
      return daemon.send({ path, headers: basic('root') });
    };
    const own = new URL(daemon.url).host;
    for (const [service, location] of [
      ['https://vip.example/block/vpools?tag=a%20b', `https://${own}/block/vpools?tag=a+b&auth-redirected`],
      ['https://user:pw@evil.example:9/x', `https://${own}/x?auth-redirected`],
      ['//evil.example/x', `https://${own}/x?auth-redirected`],
      ['/tenant', `https://${own}/tenant?auth-redirected`],
    ]) {
      const { status, headers } = await asked(service!);
      expect([service, status, headers.location]).toEqual([service, 302, location]);
      expect(await whoami(header(headers['x-sds-auth-token']))).toBe('root');
    }
    for (const bad of ['http://x/', 'javascript:alert(1)', 'https://', 'https://['])
      expect((await asked(bad)).status).toBe(400);
    const refused = await daemon.send({ path: '/login?service=/x', headers: basic('root', 'wrong') });
    expect([refused.status, refused.headers.location]).toEqual([401, undefined]);
  });
});

describe('a proxy token', () => {
  it('lets proxyuser ask in the name of its user, and nobody else, and by itself it is nothing', async () => {
    const [root, monitor, proxy] = [await login('root'), await login('sysmonitor'), await login('proxyuser')];
    const given = await send('GET', '/proxytoken', monitor);
    const token = header(given.headers['x-sds-auth-proxy-token']);
    const named = { 'x-sds-auth-proxy-token': token };
    expect(await whoami(proxy, named)).toBe('sysmonitor');
    expect(await whoami(proxy)).toBe(403);
    expect(await whoami(token)).toBe(401);
    expect(await whoami(root, named)).toBe(401);
    expect(await whoami(proxy, { 'x-sds-auth-proxy-token': root })).toBe(401);
    expect(await whoami(proxy, { 'x-sds-auth-proxy-token': `${token}x` })).toBe(401);
    expect((await send('GET', '/proxytoken', proxy, undefined, named)).status).toBe(403);
  });

  it('may not do what changes who may do what', async () => {
    const token = header((await send('GET', '/proxytoken', await login('root'))).headers['x-sds-auth-proxy-token']);
    const named = { 'x-sds-auth-proxy-token': token };
    const [proxy, body] = [await login('proxyuser'), { username: 'svcuser', password: 'Sv1-secret' }];
    expect((await send('PUT', '/password/reset', proxy, body, named)).status).toBe(403);
    expect((await send('GET', '/vdc/storage-systems', proxy, undefined, named)).status).toBe(200);
    const own = { old_password: passwords.root, password: 'Another-1-word' };
    expect((await send('PUT', '/password', proxy, own, named)).status).toBe(403);
    for (const query of ['', '?username=sysmonitor', '?force=true'])
      expect((await send('GET', `/logout${query}`, proxy, undefined, named)).status).toBe(403);
    expect(await whoami(proxy, named)).toBe('root');
  });

  it('outlives a logout of its user, unless that is what is asked for', async () => {
    const [first, proxy] = [await login('sysmonitor'), await login('proxyuser')];
    const token = header((await send('GET', '/proxytoken', first)).headers['x-sds-auth-proxy-token']);
    const named = { 'x-sds-auth-proxy-token': token };
    expect((await send('GET', '/logout?force=true', first)).json).toEqual({ user: 'sysmonitor' });
    expect([await whoami(first), await whoami(proxy, named)]).toEqual([401, 'sysmonitor']);
    expect((await send('GET', '/logout?force=true&proxytokens=true', await login('sysmonitor'))).status).toBe(200);
    expect(await whoami(proxy, named)).toBe(401);
  });
});

describe('a logout of somebody else', () => {
  it('is for who looks after security, and ends that one only', async () => {
    const [root, monitor] = [await login('root'), await login('sysmonitor')];
    expect((await send('GET', '/logout?username=root', monitor)).status).toBe(403);
    expect((await send('GET', '/logout?username=nobody', root)).status).toBe(400);
    expect((await send('GET', '/logout?username=SYSMONITOR', root)).json).toEqual({ user: 'SYSMONITOR' });
    expect([await whoami(monitor), await whoami(root)]).toEqual([401, 'root']);
  });
});

describe('a password', () => {
  const change = (path: string, method: string, body: object, token?: string) => send(method, path, token, body);

  it('is changed by who knows it, without a token, and every login ends', async () => {
    const token = await login('sysmonitor');
    const body = { username: 'sysmonitor', old_password: passwords.sysmonitor, password: 'Another-1-word' };
    expect((await change('/validate-password-change', 'POST', body)).status).toBe(200);
    expect(await whoami(token)).toBe('sysmonitor');
    expect((await change('/change-password', 'PUT', body)).status).toBe(200);
    expect(await whoami(token)).toBe(401);
    passwords.sysmonitor = 'Another-1-word';
    expect(await whoami(await login('sysmonitor'))).toBe('sysmonitor');
  });

  it('is changed with a token for its own user only, by the rules', async () => {
    const token = await login('sysmonitor');
    const own = { old_password: passwords.sysmonitor, password: 'Yet-another-2' };
    const weak = await change('/password', 'PUT', { ...own, password: 'short' }, token);
    expect([weak.status, weak.json.details]).toEqual([400, expect.stringMatching(/8 characters/)]);
    const used = await change('/password/validate-update', 'POST', { ...own, password: passwords.sysmonitor }, token);
    expect([used.status, used.json.details]).toEqual([400, expect.stringMatching(/before|differ/)]);
    expect((await change('/password', 'PUT', { ...own, old_password: 'wrong' }, token)).status).toBe(401);
    expect((await change('/password', 'PUT', own)).status).toBe(401);
    expect((await change('/password/validate-update', 'POST', own, token)).status).toBe(200);
    expect(await whoami(token)).toBe('sysmonitor');
    expect((await change('/password', 'PUT', own, token)).status).toBe(200);
    passwords.sysmonitor = own.password;
    expect(await whoami(token)).toBe(401);
  });

  it('is set for others by an administrator', async () => {
    const [root, monitor] = [await login('root'), await login('sysmonitor')];
    const body = { username: 'svcuser', password: 'Sv1-secret' };
    expect((await change('/password/reset', 'PUT', body, monitor)).status).toBe(403);
    expect((await change('/password/validate', 'POST', { password: 'no' }, root)).status).toBe(400);
    expect((await change('/password/validate', 'POST', { password: 'Long-enough-3' }, root)).status).toBe(200);
    expect((await change('/password/reset', 'PUT', { ...body, username: 'x' }, root)).status).toBe(400);
    expect((await change('/password/reset', 'PUT', body, root)).status).toBe(200);
    passwords.svcuser = body.password;
    expect(await whoami(await login('svcuser'))).toBe('svcuser');
  });
});

describe('too many wrong passwords', () => {
  it('shut an address out, old ones of a change counted too, until an administrator lets it in', async () => {
    const root = await login('root');
    expect((await send('GET', '/config/login-failed-ips', root)).json).toEqual({ login_failed_ip: [] });
    const guess = { username: 'root', old_password: 'wrong', password: 'Another-1-word' };
    for (let n = 0; n < LIMITS.loginFailuresMax; n++) {
      const asked =
        n % 2 === 0
          ? send('PUT', '/change-password', undefined, guess)
          : daemon.send({ path: '/login', headers: basic('root', 'x') });
      expect((await asked).status).toBe(401);
    }
    const shut = await send('PUT', '/change-password', undefined, { ...guess, old_password: passwords.root });
    expect([shut.status, shut.json.details]).toEqual([401, expect.stringContaining('too many wrong passwords')]);
    const listed = (await send('GET', '/config/login-failed-ips', root)).json.login_failed_ip as { ip: string }[];
    expect(listed).toEqual([{ ip: expect.stringContaining('127.0.0.1') }]);
    const at = `/config/login-failed-ips/${encodeURIComponent(listed[0]!.ip)}`;
    expect((await send('DELETE', at, await root)).status).toBe(200);
    expect((await send('DELETE', at, root)).status).toBe(404);
    expect(await whoami(await login('root'))).toBe('root');
  });
});

describe('services of CoprHD', () => {
  it('are mounted apart where that is asked for, and each looks at tokens', async () => {
    const at = { auth: '/login', api: '/tenant', sys: '/upgrade/target-version' } as const;
    for (const name of SERVICE_NAMES) {
      const one = await startTestDaemon({ services: [name] });
      const headers = { 'x-sds-auth-token': 'admin' };
      const status = async (path: string, known = true) =>
        (await one.send({ path, ...(known ? { headers } : {}) })).status;
      const found = await Promise.all(SERVICE_NAMES.map(async (each) => [each, await status(at[each])]));
      const there = { auth: 200, api: 200, sys: 403 } as const;
      expect(found).toEqual(SERVICE_NAMES.map((each) => [each, each === name ? there[each] : 404]));
      expect(await status(at[name], false)).toBe(401);
      expect(await status('/health', false)).toBe(200);
      await one.end();
    }
  });
});
