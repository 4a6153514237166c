/** The driver over a real HTTPS session: a login when the switch asks for one, its proof on every request, and a logout. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRestSession } from '../../../src/engine/driver/rest/session.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { type RestServer, startRestServer } from '../rest/server.ts';
import { effectiveBody, FABRIC_BODY, restConnected, SECRET, SWITCH_BODY, TOKEN } from './rest-script.ts';
import { contextAt, FABRIC, type State } from './support.ts';

let server: RestServer;
beforeAll(async () => {
  server = await startRestServer();
});
afterAll(() => server.close());

const STATE: State = { effective: { name: 'prod', zones: { z: ['10:00:00:00:c9:00:00:01'] } } };
const BODIES: Readonly<Record<string, unknown>> = {
  '/rest/running/switch/fibrechannel-switch': SWITCH_BODY,
  '/rest/running/brocade-fabric/fabric-switch': FABRIC_BODY,
  '/rest/running/zoning/defined-configuration': { Response: { 'defined-configuration': {} } },
  '/rest/running/zoning/effective-configuration': effectiveBody(STATE, 'c1'),
};

test('one login serves all requests, a session that ended is one login more, and closing logs out', async () => {
  let proof = TOKEN;
  server.reset(({ path, headers }, response) => {
    const basic = `Basic ${Buffer.from(`admin:${SECRET}`).toString('base64')}`;
    if (path === '/rest/login') {
      response.writeHead(headers.authorization === basic ? 200 : 401, { authorization: proof }).end();
    } else if (headers.authorization !== proof) response.writeHead(401).end();
    else if (path === '/rest/logout') response.writeHead(204).end();
    else response.writeHead(200).end(JSON.stringify(BODIES[path]));
  });
  const session = createRestSession({
    host: '127.0.0.1',
    port: server.port,
    tls: { ca: server.ca },
    clock: systemClock,
  });
  const network = await restConnected(session);
  const context = () => ({ ...contextAt(systemClock.nowMs), deadlineMs: systemClock.nowMs() + 10_000 });
  const read = () => network.readZoning(context(), FABRIC);
  const [one, other] = await Promise.all([read(), read()]);
  expect(one).toEqual(other);
  expect(one).toMatchObject({ effectiveConfiguration: 'prod', pending: [{ name: 'z', change: 'remove' }] });
  const logins = () => server.arrived.filter(({ path }) => path === '/rest/login').length;
  expect(logins()).toBe(1);
  proof = 'Custom_Basic another';
  expect(await read()).toEqual(one);
  expect(logins()).toBe(2);
  await network.close();
  const last = server.arrived.at(-1)!;
  expect([last.path, last.headers.authorization]).toEqual(['/rest/logout', proof]);
});
