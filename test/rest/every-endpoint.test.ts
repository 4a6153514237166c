/** Every endpoint that CoprHD has: what is not there says so in CoprHD's words, and nothing that is asked breaks anything. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { COPRHD_ROUTES } from '../../src/daemon/coprhd/routes.ts';
import { createRunningCalls } from '../../src/daemon/running.ts';
import { createServer } from '../../src/daemon/server.ts';
import { makeKeyPair } from '../../src/daemon/tls.ts';
import { openLocalClient } from '../../src/engine/operations/local-client.ts';
import { createVirtualClock } from '../../src/lib/clock.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { plainGate } from './support.ts';

const ENDPOINTS = readFileSync(new URL('./fixtures/endpoints.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(' ') as [method: 'GET' | 'POST' | 'PUT' | 'DELETE', where: string]);

/** A word where others have an id is taken for one, as in CoprHD. */
const NO_IDS = ['GET /block/exports/target-storage-port-groups'];

const shapeOf = (where: string): string => where.replace(/\{[^}]*\}|:\w+/g, '*');
const served = new Set(COPRHD_ROUTES.map((route) => `${route.method} ${shapeOf(route.path)}`));
/** Of the server itself. */
const ITS_OWN = ['/login', '/logout', '/proxytoken', '/change-password', '/validate-password-change', '/password'];

it(`answers all ${ENDPOINTS.length} of them without a failure, and what it has not with 404 or 405`, async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'coprhd-endpoints-'));
  const client = await openLocalClient({
    state: path.join(directory, 'state'),
    actor: { type: 'system', name: 'daemon' },
  });
  await client.call('init', {});
  const clock = createVirtualClock();
  const { key, cert } = await makeKeyPair(Date.now());
  const app = createServer({
    ...{ client, gate: plainGate, running: createRunningCalls(100), clock, random: systemRandom },
    ...{ tls: { key, cert }, version: '0.0.0', onError: (error) => expect.unreachable(String(error)) },
  });
  const id = 'urn:storageos:Volume:00000000-0000-4000-8000-000000000000:vdc1';
  const wrong: string[] = [];
  for (const [method, where] of ENDPOINTS) {
    clock.advance(1_000);
    const headers = { 'x-sds-auth-token': 'admin', accept: 'application/json', 'content-type': 'application/json' };
    const body = method === 'GET' || method === 'DELETE' ? {} : { payload: '{}' };
    const answer = await app.inject({ method, url: where.replace(/\{[^}]*\}/g, id), headers, ...body });
    const isThere =
      served.has(`${method} ${shapeOf(where)}`) || ITS_OWN.some((own) => where === own || where.startsWith(`${own}/`));
    const status = answer.statusCode;
    const isWord = NO_IDS.includes(`${method} ${where}`) && status === 400;
    const known = isThere ? status < 500 : status === 404 || status === 405 || isWord;
    const isSaid = status < 400 || typeof answer.json<{ code: unknown }>().code === 'number';
    if (!known || !isSaid) wrong.push(`${method} ${where}: ${status} ${answer.body.slice(0, 100)}`);
  }
  expect(wrong).toEqual([]);
  await app.close();
  await client.close();
  rmSync(directory, { recursive: true, force: true });
});
