/** Clients that mean ill: slow heads, heads that say two things, paths that lead elsewhere, bodies without an end. */
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/lib/limits.ts';
import { startTestDaemon, type TestDaemon } from './support.ts';

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(async () => {
  await daemon.end();
  expect(daemon.errors).toEqual([]);
});

interface Talk {
  readonly answer: string;
  readonly tookMs: number;
}

/** Writes these parts, one every `everyMs`, until they are over or the server has had enough; resolves when it hangs up. */
function talk(parts: Iterable<string>, everyMs = 0): Promise<Talk> {
  return new Promise((resolve) => {
    const { port, host } = daemon.daemon;
    const socket = connect({ port, host, rejectUnauthorized: false });
    const begunMs = Date.now();
    let answer = '';
    const iterator = parts[Symbol.iterator]();
    const next = () => {
      const part = iterator.next();
      if (part.done || socket.destroyed) return;
      socket.write(part.value);
      setTimeout(next, everyMs);
    };
    socket.on('secureConnect', next);
    socket.on('data', (chunk) => (answer += chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve({ answer, tookMs: Date.now() - begunMs }));
  });
}

const statusOf = ({ answer }: Talk): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
const head = (first: string, ...lines: string[]): string =>
  [first, 'Host: x', 'Accept: application/json', 'Connection: close', ...lines, '', ''].join('\r\n');
const TOKEN = 'X-SDS-AUTH-TOKEN: admin';

describe('a head', () => {
  it('that comes a letter at a time is not waited for, and others are served meanwhile', async () => {
    function* letters() {
      yield 'GET /tenant HTTP/1.1\r\nHost: x\r\nX: ';
      for (;;) yield 'a';
    }
    const slow = Array.from({ length: 50 }, () => talk(letters(), 50));
    expect((await daemon.send({ path: '/health' })).status).toBe(200);
    for (const { tookMs } of await Promise.all(slow)) expect(tookMs).toBeLessThan(10_000);
  });

  it('that is too large, or says its length twice or in two ways, is refused and nothing after it is read', async () => {
    for (const [what, text] of Object.entries({
      large: head('GET /tenant HTTP/1.1', TOKEN, `X: ${'a'.repeat(70_000)}`),
      lengths: `${head('POST /block/volumes HTTP/1.1', TOKEN, 'Content-Length: 2', 'Content-Length: 40')}{}`,
      smuggled: `${head('POST /block/volumes HTTP/1.1', TOKEN, 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\nGET /tenant HTTP/1.1\r\n\r\n`,
      chunks: `${head('POST /block/volumes HTTP/1.1', TOKEN, 'Transfer-Encoding: chunked')}ffffffffffffffff\r\n`,
      newline: head('GET /tenant HTTP/1.1', `${TOKEN}\nX-Evil: 1`),
      nul: head('GET /tenant HTTP/1.1', TOKEN, 'X: a\u0000b'),
      verb: head('BREW /tenant HTTP/1.1', TOKEN),
      http: head('GET /tenant HTTP/9.9', TOKEN),
    })) {
      const said = await talk([text]);
      expect(`${what} ${statusOf(said)}`).toMatch(/ 4\d\d$/);
      expect(said.answer.match(/HTTP\/1\.1 /g), what).toHaveLength(1);
    }
  });

  it('with two tokens, or one in each place, lets in nobody that one of them would not', async () => {
    for (const lines of [
      ['X-SDS-AUTH-TOKEN: stranger', TOKEN],
      [TOKEN, 'X-SDS-AUTH-TOKEN: stranger'],
      ['X-SDS-AUTH-TOKEN: stranger', 'Cookie: X-SDS-AUTH-TOKEN=admin'],
      ['Cookie: x=X-SDS-AUTH-TOKEN=admin'],
      ['X-SDS-AUTH-TOKEN: '],
      ['Authorization: Basic YWRtaW4='],
    ]) {
      expect([lines, statusOf(await talk([head('GET /tenant HTTP/1.1', ...lines)]))]).toEqual([lines, 401]);
    }
  });
});

describe('a path', () => {
  const TRICKS = [
    '//tenant',
    '/./tenant',
    '/health/../tenant',
    '/health/%2e%2e/tenant',
    '/login/..%2ftenant',
    '/login%2f..%2ftenant',
    '/health;/tenant',
    '/tenant%00',
    '/tenant%',
    '/health%20',
    '/%74enant',
    'https://localhost/tenant',
    '*',
    `/${'a/'.repeat(3_000)}`,
  ];

  it('that looks like one that is open lets nobody in without a token', async () => {
    for (const where of TRICKS) {
      const said = await talk([head(`GET ${where} HTTP/1.1`)]);
      expect([where, statusOf(said)]).toEqual([where, expect.toSatisfy((status) => [400, 401, 404].includes(status))]);
      expect(said.answer, where).not.toContain('urn:storageos');
    }
  });

  it('is 4xx with one, or what it plainly says', async () => {
    for (const where of TRICKS) {
      const status = statusOf(await talk([head(`GET ${where} HTTP/1.1`, TOKEN)]));
      expect([where, status]).toEqual([where, expect.toSatisfy((code) => code === 200 || (code >= 400 && code < 500))]);
    }
  });
});

describe('a body', () => {
  it('that is too large, or deeper than anybody needs, is refused', async () => {
    const headers = { 'x-sds-auth-token': 'admin', accept: 'application/json', 'content-type': 'application/json' };
    const send = (body: string) => daemon.send({ method: 'POST', path: '/block/volumes', headers, body });
    expect((await send(`{"name":"${'a'.repeat(LIMITS.restBodyBytesMax)}"}`)).status).toBe(413);
    const deep = await send(`{"name":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
    expect([deep.status, deep.json.code]).toEqual([400, 1013]);
    for (const body of [
      '{"__proto__":{"x":1}}',
      '{"constructor":{"prototype":{"x":1}}}',
      '[]',
      '"x"',
      'null',
      '{}{}',
    ]) {
      const { status, json } = await send(body);
      expect([body, status, typeof json.code]).toEqual([body, 400, 'number']);
    }
  });
});
