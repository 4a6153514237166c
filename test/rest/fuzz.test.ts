/**
 * Every route of CoprHD's API with bodies, ids and parameters made from its schema and from nonsense: never 5xx, never a hang,
 * an error body in its form; and what is refused has changed neither the state nor the array. The same requests in every run;
 * SEED=n tries others, COPRHD_FUZZ_REQUESTS=n more of them.
 */
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Route } from '../../src/daemon/coprhd/route.ts';
import { COPRHD_ROUTES } from '../../src/daemon/coprhd/routes.ts';
import { shapeOf } from '../../src/daemon/wire/leaves.ts';
import type { Json } from './client.ts';
import { type Answer, oneArray, startTestDaemon, type TestDaemon } from './support.ts';

const REQUESTS = Number(process.env.COPRHD_FUZZ_REQUESTS ?? 500);
const seed = Number(process.env.SEED ?? 1);
const SLOW_MS = 10_000;

const TEXT = (sim: string) => `
${oneArray(sim)}
virtualPools: { gold: { type: block, protocols: [iscsi], virtualArrays: [dc1], multiVolumeConsistency: true } }
hosts: { h1: { type: linux, initiators: [{ iqn: "iqn.2026-01.com.example:h1", network: san }] } }
projects: { p: {} }
---
kind: stack
stack: web
project: p
volumes:
  declared: { size: 1GiB, virtualPool: gold, virtualArray: dc1 }
  clone: { size: 1GiB, virtualPool: gold, virtualArray: dc1, copyOf: declared }
snapshots: { before: { volume: declared } }
exports: { shown: { host: h1, volumes: [declared] } }
`;

let daemon: TestDaemon;
let sim: string;
let urns: string[];

beforeAll(async () => {
  daemon = await startTestDaemon();
  sim = path.join(daemon.directory, 'sim');
  await daemon.local.call('sim', { verb: 'up', arguments: { directory: sim, generate: { arrays: 1 } } });
  const source = { texts: [{ file: 'a.yaml', text: TEXT(sim) }], variables: {} };
  expect((await daemon.local.call('apply', { source, skipHeld: false, claimWaitMs: 0 })).outcome).toBe('ok');
  const { resources } = await daemon.local.call('state.list', {});
  urns = resources.map(({ urn }) => urn);
});
afterAll(async () => {
  await daemon.end();
  expect(daemon.errors).toEqual([]);
});

const text = fc.oneof(
  fc.constantFrom('x', 'gold', '1GB', '64MB', '0', '-1', 'true', 'Host', 'Linux', 'iSCSI', 'iqn.2026-01.com.example:f'),
  fc.constantFrom('', ' ', '\u0000', '../..', '%2e%2e', '${x}', 'a'.repeat(5_000), '\ud800', '[1..9]', 'volume.x'),
  fc.string({ maxLength: 20 }),
);
const urn = fc.integer({ min: 0, max: 9_999 }).map((index) => urns[index % urns.length]!);
const strangeUrn = urn.map((known) => known.replace(/:[0-9a-f]{8}-/, ':00000000-'));
const leaf = fc.oneof(
  { weight: 4, arbitrary: urn },
  { weight: 1, arbitrary: strangeUrn },
  { weight: 3, arbitrary: text },
  { weight: 2, arbitrary: fc.constantFrom(null, true, false, 0, 1, -1, 2 ** 31, 1e300, 64 * 1024 ** 2) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown> },
);

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
}

/** Fields of the schema, most of them there; and now and then one that nobody knows. */
function fromShape({ properties, items }: Shape): fc.Arbitrary<unknown> {
  if (properties) {
    const fields = Object.fromEntries(
      Object.entries(properties).map(([key, shape]) => [key, fc.option(fromShape(shape), { nil: undefined, freq: 4 })]),
    );
    const known = fc.record(fields);
    return fc.oneof(
      { weight: 8, arbitrary: known },
      { weight: 1, arbitrary: fc.tuple(known, text, leaf).map(([body, key, value]) => ({ ...body, [key]: value })) },
      { weight: 1, arbitrary: leaf },
    );
  }
  if (items) return fc.oneof({ weight: 5, arbitrary: fc.array(fromShape(items), { maxLength: 4 }) }, leaf);
  return leaf;
}

interface Asked {
  readonly route: Route;
  readonly ids: readonly string[];
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const QUERY = ['name', 'tag', 'project', 'tenant', 'type', 'force', 'initiators', 'detach_storage', 'requestToken'];

const asked: fc.Arbitrary<Asked> = fc.constantFrom(...COPRHD_ROUTES).chain((route) =>
  fc.record({
    route: fc.constant(route),
    ids: fc.array(fc.oneof({ weight: 6, arbitrary: urn }, strangeUrn, text), { minLength: 2, maxLength: 2 }),
    query: fc.dictionary(fc.constantFrom(...QUERY), fc.oneof(urn, text), { maxKeys: 2 }),
    body: fromShape(route.body === undefined ? {} : shapeOf(route.body)),
  }),
);

async function send({ route, ids, query, body }: Asked): Promise<Answer> {
  let index = 0;
  const where = route.path.replace(/:\w+/g, () => encodeURIComponent(wellFormed(ids[index++]!)));
  const parameters = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(wellFormed(value))}`);
  const headers = { 'x-sds-auth-token': 'admin', accept: 'application/json', 'content-type': 'application/json' };
  const answer = daemon.send({
    method: route.method,
    path: `${where}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`,
    headers,
    ...(route.method === 'GET' || body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const tooLong = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('it hangs')), SLOW_MS).unref());
  return Promise.race([answer, tooLong]);
}

/** A lone surrogate can't be written in a URL. */
const wellFormed = (given: string): string => given.replace(/[\ud800-\udfff]/g, '?');

/** All that is recorded and all that the array has, when nothing is under way. */
async function world(): Promise<string> {
  let records: string[];
  for (;;) {
    const { tasks } = await daemon.local.call('task.list', { states: ['queued', 'pending'], limit: 1 });
    const { document } = await daemon.local.call('state.export', {});
    records = document.split('\n').filter((line) => /^\["[rl]\//.test(line));
    // What a workflow of several units holds is let go of a moment after the last of them.
    if (tasks.length === 0 && !records.some((line) => line.includes('\\"claim\\":'))) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { output } = (await daemon.local.call('sim', {
    verb: 'show',
    arguments: { directory: sim, name: 'sim-1' },
  })) as Json;
  return JSON.stringify([records, output.volumes, output.masks]);
}

it(`${REQUESTS} requests made of schemas and nonsense are answered, and refused ones change nothing`, async () => {
  const endings: Record<string, number> = {};
  let before = await world();
  const property = fc.asyncProperty(asked, async (request) => {
    const { status, text: said, json } = await send(request);
    const what = `${request.route.method} ${request.route.path}`;
    endings[`${Math.floor(status / 100)}xx`] = (endings[`${Math.floor(status / 100)}xx`] ?? 0) + 1;
    expect(status, `${what}: ${said}`).toBeLessThan(500);
    if (status >= 400) {
      const { code, description, details, retryable } = json as Json;
      expect([typeof code, typeof description, typeof details, typeof retryable], what).toEqual([
        'number',
        'string',
        'string',
        'boolean',
      ]);
    }
    if (request.route.method === 'GET') return;
    const after = await world();
    if (status >= 400) expect(after, `${what} ${status}`).toBe(before);
    before = after;
  });
  await fc.assert(property, { seed, numRuns: REQUESTS, endOnFailure: process.env.COPRHD_FUZZ_REQUESTS === undefined });
  console.log(`${REQUESTS} requests: ${JSON.stringify(endings)}`);
  // Requests that are all refused at their first field would prove little.
  expect(endings['2xx']).toBeGreaterThan(REQUESTS / 20);
}, 600_000);
