/** What holds for every route of CoprHD's API: who may, what nonsense gets, and in which form. */
import { Agent } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COPRHD_ROUTES } from '../../src/daemon/coprhd/routes.ts';
import { startTestDaemon, type TestDaemon } from './support.ts';

let daemon: TestDaemon;
/** Thousands of requests: a connection for each would be most of the work. */
const agent = new Agent({ keepAlive: true });

beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(async () => {
  agent.destroy();
  await daemon.end();
  expect(daemon.errors).toEqual([]);
});

describe('every route', () => {
  /** A URN of the right class that nobody has. */
  const filled = (where: string) =>
    where.replace(/:\w+/g, () => 'urn:storageos:Volume:00000000-0000-4000-8000-000000000000:vdc1');

  it('is for those who may, and says so', async () => {
    for (const { method, path: where, right } of COPRHD_ROUTES) {
      const ask = async (token?: string) => {
        const headers = {
          accept: 'application/json',
          'content-type': 'application/json',
          ...(token === undefined ? {} : { 'x-sds-auth-token': token }),
        };
        return (await daemon.send({ method, path: filled(where), headers, agent })).status;
      };
      const what = `${method} ${where}`;
      expect([what, await ask(), await ask('stranger'), await ask('nobody')]).toEqual([what, 401, 401, 403]);
      const reads = right === 'read' || right === 'monitor';
      // The version to upgrade to is nobody's to know.
      const refused =
        where === '/upgrade/target-version' ? 401 : expect.toSatisfy((code) => code === 401 || code === 403);
      if (reads) expect([what, await ask('monitor')]).not.toEqual([what, refused]);
      else expect([what, await ask('monitor')]).toEqual([what, 403]);
    }
  });

  it('answers nonsense with 4xx in the form that was asked for', async () => {
    const ids = [
      'x',
      '%00',
      'urn:storageos:Volume::',
      'urn:storageos:Nothing:00000000-0000-4000-8000-000000000000:vdc1',
      '..%2f..%2fetc',
      'a'.repeat(400),
    ];
    for (const { method, path: where } of COPRHD_ROUTES.filter(({ path: each }) => each.includes(':'))) {
      for (const id of ids) {
        const headers = { 'x-sds-auth-token': 'admin', accept: 'application/xml', 'content-type': 'application/json' };
        const { status, text } = await daemon.send({
          method,
          path: where.replace(/:\w+/g, id),
          headers,
          agent,
          ...(method === 'POST' ? { body: '{"x":' } : {}),
        });
        expect(`${method} ${where} ${id} ${status}`).toMatch(/ 4\d\d$/);
        expect(text).toMatch(/^<\?xml.*<error><code>\d+<\/code>/);
      }
    }
  });

  it('says which methods there are where another is asked for', async () => {
    for (const where of new Set(COPRHD_ROUTES.map(({ path: each }) => each))) {
      const headers = { 'x-sds-auth-token': 'admin', accept: 'application/json' };
      const { status, json } = await daemon.send({ method: 'PATCH', path: filled(where), headers, agent });
      expect([where, status, json.code]).toEqual([where, 405, 1007]);
    }
  });

  it('ignores case in its beginning, and .json and .xml decide the form', async () => {
    const headers = { 'x-sds-auth-token': 'admin' };
    expect((await daemon.send({ path: '/BLOCK/VPools', headers })).status).toBe(200);
    expect(
      (await daemon.send({ path: '/tenant', headers: { ...headers, accept: '*/*' } })).headers['content-type'],
    ).toContain('application/xml');
    expect(
      (
        await daemon.send({
          path: '/tenant',
          headers: { ...headers, accept: 'application/json, application/octet-stream' },
        })
      ).headers['content-type'],
    ).toContain('application/json');
    expect((await daemon.send({ path: '/upgrade/target-version', headers })).status).toBe(403);
  });
});
