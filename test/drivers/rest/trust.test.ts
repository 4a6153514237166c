/** Who is talked to, and as whom: certificates and logins. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import { readCertificate } from '../../../src/engine/driver/rest/connect.ts';
import { createRestSession } from '../../../src/engine/driver/rest/session.ts';
import type { SessionTypes } from '../../../src/engine/driver/session.ts';
import { openSession } from '../../../src/engine/operations/device-session.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { fingerprintOf, type HostKey, inPairs, readFingerprint } from '../../../src/lib/host-key.ts';
import { Redacted } from '../../../src/lib/redacted.ts';
import { type RestServer, startRestServer } from './server.ts';
import { ask, classOf, closeAll, connect, failure, inMs, wait } from './support.ts';

let server: RestServer;
let shown: string;

beforeAll(async () => {
  server = await startRestServer();
  shown = inPairs(fingerprintOf(server.hash));
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
    expect(error).toMatchObject({ class: 'auth', hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
    expect(error.message).toContain(`SHA-256 ${shown}`);
    expect(server.arrived).toEqual([]);
    await session.close();
  });

  describe('of a registered device', () => {
    const place = () => `tls 127.0.0.1:${server.port}`;
    const trusting = (pinned: readonly HostKey[], tls = {}) =>
      connect(server, { tls, trust: { name: 'array-1', pinned } });
    const key = (type: string, hash = server.hash): HostKey => ({
      at: place(),
      type,
      fingerprint: fingerprintOf(hash),
    });

    test('is pinned when it is seen first, and is the only one that is taken then', async () => {
      answers();
      const session = trusting([]);
      expect(session.hostKeys()).toEqual([]);
      await ask(session, 'GET', '/');
      const first = session.hostKeys();
      expect(first).toEqual([key('certificate')]);
      await ask(trusting(first), 'GET', '/');
      server.renew('same');
      answers();
      // That its connection is gone has reached it.
      await wait(200);
      for (const again of [session, trusting(first)]) {
        const error = await failure(ask(again, 'POST', '/'));
        expect(error).toMatchObject({ class: 'auth', hint: expect.stringContaining('coprhd device trust array-1') });
        expect(error.message).toContain(
          `pinned is SHA-256 ${inPairs(first[0]!.fingerprint)}, it shows SHA-256 ${inPairs(fingerprintOf(server.hash))}`,
        );
        expect(again.hostKeys()).toEqual(first);
      }
      expect(server.arrived).toEqual([]);
    });

    test('may be renewed where an authority that is trusted vouches for it, and only there', async () => {
      answers();
      const { ca } = server;
      const session = trusting([], { ca });
      await ask(session, 'GET', '/');
      const first = session.hostKeys();
      expect(first).toEqual([key('authority')]);
      server.renew('same');
      const renewed = trusting(first, { ca });
      await ask(renewed, 'GET', '/');
      expect(renewed.hostKeys()).toEqual(first);
      server.renew('other');
      answers();
      const error = await failure(ask(trusting(first, { ca }), 'POST', '/'));
      expect(error.message).toContain('pinned is one that a trusted authority signed, it shows SHA-256');
      expect(server.arrived).toEqual([]);
    });

    test('can be looked at without anything being sent', async () => {
      answers();
      const where = { host: '127.0.0.1', port: server.port, clock: systemClock, limitMs: 10_000 };
      expect(await readCertificate(where)).toEqual(key('certificate'));
      expect(server.arrived).toEqual([]);
      const nobody = await startRestServer();
      await nobody.close();
      expect(await classOf(readCertificate({ ...where, port: nobody.port }))).toBe('transient');
    });
  });
});

test('a fingerprint is read as ssh-keygen and as openssl show it', () => {
  const hash = Buffer.alloc(32, 0xab);
  const hex = hash.toString('hex');
  const written = [fingerprintOf(hash), hex, inPairs(fingerprintOf(hash)), `SHA256:${hash.toString('base64')}`];
  for (const text of [...written, `sha256 Fingerprint=${inPairs(fingerprintOf(hash))}`]) {
    expect(readFingerprint(text), text).toBe(fingerprintOf(hash));
  }
  for (const text of ['', 'AB:CD', hex.slice(2), `${hex}0`, 'SHA256:']) expect(readFingerprint(text)).toBeUndefined();
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
  await opened.session.request({ method: 'GET', path: '/', deadlineMs: inMs(10_000) });
  expect(opened.hostKeys()).toMatchObject([{ at: `tls 127.0.0.1:${server.port}`, type: 'certificate' }]);
  await opened.session.close();
  const local = openSession({ ...spec, endpoint: 'local' }, { session: 'rest', name: 'x' }, systemClock, resolve);
  expect((await failure(local)).hint).toBe('write https://host:port');
});

test('of the sessions that a driver takes the scheme of the endpoint picks one', async () => {
  const manifest = { session: ['rest', 'command'], name: 'x' } as const;
  const open = (endpoint: string) =>
    openSession(
      { name: 'a', driver: 'x', endpoint, configuration: {}, credential: 'env:X' },
      manifest,
      systemClock,
      async () => new Redacted('hunter2'),
    );
  const types = [];
  for (const endpoint of ['https://127.0.0.1:1', 'ssh://admin@127.0.0.1:1', 'local']) {
    const { session, credential } = await open(endpoint);
    // Over SSH the session logs in itself.
    types.push([session.type, credential?.reveal()]);
    await session.close();
  }
  expect(types).toEqual([
    ['rest', 'hunter2'],
    ['command', undefined],
    ['command', 'hunter2'],
  ]);
  const only = (session: SessionTypes) =>
    openSession(
      { name: 'a', driver: 'x', endpoint: 'ssh://admin@127.0.0.1', configuration: {} },
      { session, name: 'x' },
      systemClock,
      async () => new Redacted(''),
    );
  expect((await failure(only(['none', 'rest']))).hint).toBe('write local or https://host:port');
});
