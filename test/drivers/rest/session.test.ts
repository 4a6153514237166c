/** Requests over real TLS: what arrives, what comes back, and what is known when something goes wrong. */
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/lib/limits.ts';
import { type RestServer, startRestServer } from './server.ts';
import { ask, classOf, closeAll, connect, failure, inMs, wait } from './support.ts';

const MIB = 1024 ** 2;
let server: RestServer;

beforeAll(async () => {
  server = await startRestServer();
});
afterEach(closeAll);
afterAll(() => server.close());

describe('a request', () => {
  test('arrives as it is, and the answer comes back with status and headers', async () => {
    server.reset((_request, response) => {
      response.writeHead(404, { 'X-Reason': 'gone', 'Set-Cookie': ['a=1', 'b=2'] });
      response.end('né');
    });
    const answer = await ask(connect(server), 'POST', '/v?x=1&y=%20', { headers: { 'x-a': 'b' }, body: '{"é":1}' });
    expect(answer).toMatchObject({ status: 404, body: 'né' });
    expect(answer.headers).toMatchObject({ 'x-reason': 'gone', 'set-cookie': ['a=1', 'b=2'] });
    expect(server.arrived).toMatchObject([
      { method: 'POST', path: '/v?x=1&y=%20', headers: { 'x-a': 'b' }, body: '{"é":1}' },
    ]);
  });

  test('can be big, and so can the answer', async () => {
    server.reset((request, response) => void response.end(request.body));
    const body = 'é'.repeat(4 * MIB);
    const answer = await ask(connect(server), 'PUT', '/big', { body });
    expect(answer.body === body).toBe(true);
  });

  test('with an answer beyond the limit is given up: not known for a change, certain for a question', async () => {
    const part = Buffer.alloc(MIB, 'x');
    server.reset(async (_request, response) => {
      response.on('error', () => {});
      for (let sent = 0; sent <= LIMITS.restResponseBytesMax && !response.destroyed; sent += part.length) {
        if (!response.write(part)) await wait(1);
      }
      response.end();
    });
    const session = connect(server);
    const change = await failure(ask(session, 'POST', '/all'));
    expect(change).toMatchObject({ class: 'ambiguous', message: expect.stringContaining(`${64 * MIB} bytes`) });
    expect(await classOf(ask(session, 'GET', '/all'))).toBe('unsupported');
    expect(server.arrived).toHaveLength(2);
  });

  test('that is redirected is an error that says so, and goes nowhere else', async () => {
    server.reset((request, response) => {
      const location = `https://u:hunter2@127.0.0.1:${server.port}/other?token=hunter2`;
      response.writeHead(request.path === '/moved' ? 307 : 303, { location }).end();
    });
    const session = connect(server);
    const moved = await failure(ask(session, 'POST', '/moved'));
    expect(moved.class).toBe('unsupported');
    expect(moved.message).toBe(
      `POST /moved: the device redirects to https://127.0.0.1:${server.port}/other (307); redirects are not followed`,
    );
    // After 303 the change was perhaps made.
    expect(await classOf(ask(session, 'POST', '/seen'))).toBe('ambiguous');
    expect(await classOf(ask(session, 'GET', '/seen'))).toBe('unsupported');
    expect(server.arrived.map(({ path }) => path)).toEqual(['/moved', '/seen', '/seen']);
  });

  test('that is not HTTP is refused without telling its headers', async () => {
    server.reset((_request, response) => void response.end());
    const session = connect(server);
    const wrong = await failure(ask(session, 'GET', '/x', { headers: { authorization: 'hunter2\r\nx: y' } }));
    expect(wrong.class).toBe('invalid');
    expect(inspect(wrong)).not.toContain('hunter2');
    expect(await classOf(ask(session, 'GET', 'https://elsewhere/x'))).toBe('invalid');
    expect(server.arrived).toEqual([]);
  });
});

describe('connections', () => {
  test('are kept from request to request', async () => {
    server.reset((_request, response) => void response.end('ok'));
    const session = connect(server, { connectionsMax: 1 });
    for (let round = 0; round < 5; round++) await ask(session, 'POST', '/');
    expect(server.connections()).toBe(1);
  });

  test('are no more at once than the device takes', async () => {
    let now = 0;
    let most = 0;
    server.reset(async (_request, response) => {
      most = Math.max(most, ++now);
      await wait(30);
      now -= 1;
      response.end();
    });
    const session = connect(server, { connectionsMax: 2 });
    await Promise.all(Array.from({ length: 8 }, () => ask(session, 'POST', '/')));
    expect([most, server.connections(), server.arrived.length]).toEqual([2, 2, 8]);
  });

  test('that the device ended while idle are made again', async () => {
    server.reset((_request, response) => void response.end('ok'));
    const session = connect(server);
    await ask(session, 'POST', '/');
    server.endIdle();
    await wait(100);
    expect((await ask(session, 'POST', '/')).body).toBe('ok');
    expect([server.connections(), server.arrived.length]).toEqual([2, 2]);
  });

  test('are closed with the session: what is under way is not known, what waits or comes later is not sent', async () => {
    server.reset(() => {});
    const session = connect(server, { connectionsMax: 1 });
    const underWay = failure(ask(session, 'POST', '/'));
    await expect.poll(() => server.arrived.length).toBe(1);
    const waiting = failure(ask(session, 'POST', '/'));
    await session.close();
    expect(await underWay).toMatchObject({ class: 'ambiguous', message: 'POST /: the session was closed' });
    expect(await waiting).toMatchObject({ class: 'transient' });
    expect(await classOf(ask(session, 'POST', '/'))).toBe('transient');
    await expect.poll(() => server.openNow()).toBe(0);
    expect(server.arrived).toHaveLength(1);
  });
});

describe('before anything is sent', () => {
  let silent: Server;
  let held: Socket[] = [];
  let onSocket: (socket: Socket) => void = () => {};
  const silentPort = () => (silent.address() as { port: number }).port;

  beforeAll(async () => {
    silent = createTcpServer((socket) => {
      socket.on('error', () => {});
      held.push(socket);
      onSocket(socket);
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    for (const socket of held) socket.destroy();
    held = [];
    onSocket = () => {};
  });
  afterAll(() => new Promise((resolve) => silent.close(resolve)));

  test('no time left, or interrupted: nothing happens', async () => {
    server.reset((_request, response) => void response.end());
    const session = connect(server);
    expect(await classOf(ask(session, 'POST', '/', { ms: 0 }))).toBe('transient');
    expect(await classOf(ask(session, 'POST', '/', { signal: AbortSignal.abort() }))).toBe('transient');
    expect([server.arrived.length, server.connections()]).toEqual([0, 0]);
  });

  test('a refused connection is transient', async () => {
    const gone = createTcpServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as { port: number };
    await new Promise((resolve) => gone.close(resolve));
    const refused = await failure(ask(connect(server, { port }), 'POST', '/'));
    expect(refused).toMatchObject({ class: 'transient', message: `no connection to 127.0.0.1:${port}: ECONNREFUSED` });
  });

  test('a connection that is cut while it is made is transient', async () => {
    onSocket = (socket) => socket.once('data', () => socket.destroy());
    expect(await classOf(ask(connect(server, { port: silentPort() }), 'POST', '/'))).toBe('transient');
    expect(held).toHaveLength(1);
  });

  test('a device that takes connections and says nothing is transient at the deadline, and closing does not hang', async () => {
    const session = connect(server, { port: silentPort() });
    const error = await failure(ask(session, 'POST', '/', { ms: 100 }));
    expect(error).toMatchObject({ class: 'transient', message: 'POST /: no answer in time; nothing was sent' });
    const ended = new Promise((resolve) => held[0]!.once('close', resolve));
    held[0]!.resume();
    await session.close();
    await ended;
  });

  test('a request that waits for a connection until its deadline is transient and is not sent later', async () => {
    let free = () => {};
    server.reset((_request, response) => {
      free = () => response.end();
    });
    const session = connect(server, { connectionsMax: 1 });
    const first = ask(session, 'POST', '/first');
    await expect.poll(() => server.arrived.length).toBe(1);
    const controller = new AbortController();
    const interrupted = failure(ask(session, 'POST', '/interrupted', { signal: controller.signal }));
    expect(await classOf(ask(session, 'POST', '/late', { ms: 100 }))).toBe('transient');
    controller.abort();
    expect((await interrupted).class).toBe('transient');
    free();
    expect((await first).status).toBe(200);
    server.answer = (_request, response) => void response.end();
    await ask(session, 'POST', '/last');
    expect(server.arrived.map(({ path }) => path)).toEqual(['/first', '/last']);
  });
});

describe('after it was sent', () => {
  test.each<readonly [string, (socket: Socket, method: string) => unknown]>([
    ['cut before the answer', (socket) => socket.destroy()],
    [
      'cut within the answer',
      (socket, method) =>
        socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 9\r\n${method === 'HEAD' ? 'X-Ha' : '\r\nhalf'}`),
    ],
    [
      'cut within an answer after which the connection ends anyway',
      (socket, method) =>
        method === 'HEAD'
          ? socket.destroy()
          : socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf'),
    ],
    ['answered by something else', (socket) => socket.end('hunter2\r\n')],
  ])('%s: a change is not known, a question is transient, and neither is repeated', async (_name, cut) => {
    server.reset((request, response) => void cut(response.socket!, request.method));
    const session = connect(server);
    const path = '/v?token=hunter2';
    for (const [method, expected] of [
      ['POST', 'ambiguous'],
      ['DELETE', 'ambiguous'],
      ['GET', 'transient'],
      ['HEAD', 'transient'],
    ] as const) {
      const error = await failure(ask(session, method, path, { headers: { authorization: 'hunter2' } }));
      expect(error.class).toBe(expected);
      expect(error.message).toContain(`${method} /v: the connection was cut`);
      expect(inspect(error)).not.toContain('hunter2');
    }
    await wait(100);
    expect(server.arrived.map(({ method }) => method)).toEqual(['POST', 'DELETE', 'GET', 'HEAD']);
  });

  test('a slow answer ends at the deadline, before or within its body, and the next request is on another connection', async () => {
    server.reset((request, response) => {
      if (request.path === '/half') response.write('half');
      if (request.path === '/quick') response.end('quick');
    });
    const session = connect(server, { connectionsMax: 1 });
    const startedAtMs = inMs(0);
    expect(await classOf(ask(session, 'POST', '/none', { ms: 300 }))).toBe('ambiguous');
    expect(await classOf(ask(session, 'POST', '/half', { ms: 300 }))).toBe('ambiguous');
    expect(await classOf(ask(session, 'GET', '/none', { ms: 300 }))).toBe('transient');
    expect(inMs(0) - startedAtMs).toBeLessThan(10_000);
    expect((await ask(session, 'GET', '/quick')).body).toBe('quick');
    expect(server.connections()).toBe(4);
  });

  test('interrupted: a change is not known, a question is transient', async () => {
    for (const [method, expected] of [
      ['POST', 'ambiguous'],
      ['GET', 'transient'],
    ] as const) {
      server.reset(() => {});
      const controller = new AbortController();
      const work = failure(ask(connect(server), method, '/', { signal: controller.signal }));
      await expect.poll(() => server.arrived.length).toBe(1);
      controller.abort();
      expect((await work).class).toBe(expected);
    }
  });
});
