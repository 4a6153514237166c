/** Who is talked to, and as whom: certificates and logins. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import { createRestSession } from '../../../src/engine/driver/rest/session.ts';
import { openSession } from '../../../src/engine/operations/device-session.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { Redacted } from '../../../src/lib/redacted.ts';
import { type RestServer, startRestServer } from './server.ts';
import { ask, classOf, closeAll, connect, failure, inMs, wait } from './support.ts';

let server: RestServer;
let shown: string;

beforeAll(async () => {
  server = await startRestServer();
  shown = server.hash.toString('hex').toUpperCase().match(/../g)!.join(':');
});
afterEach(closeAll);
afterAll(() => server.close());

describe('a certificate', () => {
  const answers = () => server.reset((_request, response) => void response.end('ok'));

  test('of a given authority is trusted for the names in it, and for no others', async () => {
    answers();
    expect((await ask(connect(server), 'GET', '/')).body).toBe('ok');
    expect((await ask(connect(server, { host: 'localhost' }), 'GET', '/')).body).toBe('ok');
    const other = await failure(ask(connect(server, { host: '127.0.0.2' }), 'POST', '/'));
    expect(other.class).toBe('auth');
    expect(other.message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(server.arrived).toHaveLength(2);
  });

  test('of an unknown authority is refused with its fingerprint, and nothing is sent', async () => {
    answers();
    const session = createRestSession({ host: '127.0.0.1', port: server.port, clock: systemClock });
    const error = await failure(ask(session, 'POST', '/'));
    expect(error).toMatchObject({ class: 'auth', hint: expect.stringContaining('pin') });
    expect(error.message).toContain(`SHA-256 ${shown}`);
    expect(server.arrived).toEqual([]);
    await session.close();
  });

  test('that is pinned is trusted, in whichever way its fingerprint is written', async () => {
    answers();
    for (const fingerprint of [shown, server.hash.toString('hex'), `SHA256:${server.hash.toString('base64')}`]) {
      expect((await ask(connect(server, { tls: { fingerprint } }), 'GET', '/')).body).toBe('ok');
    }
    expect(() => connect(server, { tls: { fingerprint: 'AB:CD' } })).toThrow('not a SHA-256 hash');
  });

  test('other than the pinned one is refused with both fingerprints, on every connection, and nothing is sent', async () => {
    answers();
    const pinned = Array.from({ length: 32 }, () => 'AB').join(':');
    const session = connect(server, { tls: { fingerprint: pinned } });
    for (let round = 0; round < 2; round++) {
      const error = await failure(ask(session, 'POST', '/'));
      expect(error).toMatchObject({ class: 'auth', hint: expect.stringContaining('find out who answers') });
      expect(error.message).toContain(`pinned SHA-256 ${pinned}, shown ${shown}`);
    }
    expect(server.arrived).toEqual([]);
  });
});

describe('a login', () => {
  /** Takes the token of the last login; `/login` gives a new one. */
  const withTokens = (accepts = true) => {
    let token = 0;
    server.reset(async (request, response) => {
      if (request.path === '/login') {
        await wait(50);
        token += 1;
        response.end(String(token));
      } else if (accepts && token > 0 && request.headers['x-token'] === String(token)) response.end('ok');
      else response.writeHead(401).end();
    });
    return { expire: () => (token += 1) };
  };
  const hook = (session: ReturnType<typeof connect>) => async (deadlineMs: number) => ({
    'x-token': (await session.request({ method: 'POST', path: '/login', deadlineMs })).body,
  });
  const count = (path: string) => server.arrived.filter((one) => one.path === path).length;

  test('is made once for all requests that need it, and kept until the device no longer takes it', async () => {
    const tokens = withTokens();
    const session = connect(server);
    const authenticate = hook(session);
    const many = () => Promise.all(Array.from({ length: 6 }, () => ask(session, 'POST', '/v', { authenticate })));
    expect((await many()).map(({ body }) => body)).toEqual(Array(6).fill('ok'));
    expect([count('/login'), count('/v')]).toEqual([1, 12]);
    await many();
    expect([count('/login'), count('/v')]).toEqual([1, 18]);
    tokens.expire();
    await many();
    expect([count('/login'), count('/v')]).toEqual([2, 30]);
  });

  test('that does not help is an auth error after one repetition', async () => {
    withTokens(false);
    const session = connect(server);
    const error = await failure(ask(session, 'POST', '/v?token=hunter2', { authenticate: hook(session) }));
    expect(error).toMatchObject({ class: 'auth', message: 'POST /v: the device does not accept the login (401)' });
    expect([count('/login'), count('/v?token=hunter2')]).toEqual([1, 2]);
  });

  test('is not tried where there is none', async () => {
    withTokens();
    expect(await classOf(ask(connect(server), 'POST', '/v'))).toBe('auth');
    expect(server.arrived).toHaveLength(1);
  });

  test('that fails leaves nothing in doubt, and the next request tries again', async () => {
    withTokens();
    const session = connect(server);
    const authenticate = async () => {
      throw new DriverError({ class: 'ambiguous', message: 'cut' });
    };
    expect(await classOf(ask(session, 'POST', '/v', { authenticate }))).toBe('transient');
    expect((await ask(session, 'POST', '/v', { authenticate: hook(session) })).body).toBe('ok');
  });

  test('is waited for no longer than the deadline of each request', async () => {
    withTokens();
    const session = connect(server);
    const never = () => new Promise<never>(() => {});
    const error = await failure(ask(session, 'POST', '/v', { authenticate: never, ms: 300 }));
    expect(error).toMatchObject({ class: 'transient', message: expect.stringContaining('login was not done in time') });
  });
});

test('an https endpoint opens a session for drivers that take one, with the credential for the driver', async () => {
  server.reset((_request, response) => void response.end());
  const spec = { name: 'a', driver: 'x', endpoint: `https://127.0.0.1:${server.port}`, configuration: {} };
  const resolve = async () => new Redacted('hunter2');
  const opened = await openSession(
    { ...spec, credential: 'env:X' },
    { session: 'rest', name: 'x' },
    systemClock,
    resolve,
  );
  if (opened.session.type !== 'rest') throw new Error(`a ${opened.session.type} session`);
  expect(opened.credential?.reveal()).toBe('hunter2');
  const error = await failure(opened.session.request({ method: 'GET', path: '/', deadlineMs: inMs(10_000) }));
  expect(error.message).toContain('is not trusted');
  await opened.session.close();
  const local = openSession({ ...spec, endpoint: 'local' }, { session: 'rest', name: 'x' }, systemClock, resolve);
  expect((await failure(local)).hint).toBe('write https://host:port');
});
