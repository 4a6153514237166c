/** What the daemon says of itself: OpenAPI, the page of it, metrics. */
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COPRHD_ROUTES } from '../../src/daemon/coprhd/routes.ts';
import type { OpenApi } from '../../src/daemon/openapi.ts';
import { OF_THE_DOOR } from '../../src/daemon/routes/of-the-door.ts';
import { INPUTS } from '../../src/engine/operations/inputs.ts';
import { startTestDaemon, type TestDaemon } from './support.ts';

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(async () => {
  await daemon.end();
  expect(daemon.errors).toEqual([]);
});

describe('the description for programs', () => {
  it('has every route with its parameters and body, every operation, and needs no token', async () => {
    const { status, json } = await daemon.send({ path: '/openapi.json' });
    const { openapi, paths, components } = json as unknown as OpenApi;
    expect([status, openapi]).toEqual([200, '3.1.0']);
    for (const { method, path, body, refused } of COPRHD_ROUTES) {
      if (refused !== undefined) continue;
      const described = paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      expect(described, `${method} ${path}`).toBeDefined();
      const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
      expect((described!.parameters ?? []).map(({ name }) => name)).toEqual(names);
      expect(described!.requestBody !== undefined, `${method} ${path}`).toBe(body !== undefined);
    }
    expect(paths['/block/volumes']?.post?.requestBody).toMatchObject({
      content: {
        'application/json': {
          schema: {
            required: ['name', 'size', 'project', 'varray', 'vpool'],
            properties: { count: { type: 'integer' }, size: { type: ['string', 'integer'] } },
            additionalProperties: false,
          },
        },
      },
    });
    const operations = Object.keys(paths).filter((path) => path.startsWith('/coprhd/operations/'));
    expect(operations.length).toBe(Object.keys(INPUTS).length - OF_THE_DOOR.size);
    expect(paths['/coprhd/operations/user.login']).toBeUndefined();
    const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    expect(new Set(ids).size).toBe(ids.length);
    expect(components).toMatchObject({ securitySchemes: { token: { name: 'X-SDS-AUTH-TOKEN' } } });
  });

  it('is a page too, that loads nothing from anywhere', async () => {
    const { status, text, headers } = await daemon.send({ path: '/api' });
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(text).toContain('<code>/block/volumes/{id}/expand</code>');
    expect(text).not.toMatch(/<script|src=|https?:\/\//);
  });
});

describe('events', () => {
  it('tell of every task that changes, to those who may read, until they hang up', async () => {
    expect((await daemon.send({ path: '/coprhd/events' })).status).toBe(401);
    expect((await daemon.send({ path: '/coprhd/events', headers: { 'x-sds-auth-token': 'nobody' } })).status).toBe(403);
    let made = Promise.resolve();
    const seen = new Promise<{ head: IncomingMessage; text: string }>((resolve, reject) => {
      const headers = { 'x-sds-auth-token': 'monitor' };
      const asked = request(new URL('/coprhd/events', daemon.url), { headers, rejectUnauthorized: false }, (head) => {
        let text = '';
        head.setEncoding('utf8');
        head.on('data', (chunk: string) => {
          text += chunk;
          if (!/"state":"ready"[^\n]*\n\n/.test(text)) return;
          resolve({ head, text });
          asked.destroy();
        });
        // Whoever follows hears what comes from now on, and doesn't say when that is: something is made until he has heard.
        const make = async (): Promise<void> => {
          for (let n = 1; !asked.destroyed; n++) {
            const { plan } = await daemon.local.call('resource.create', {
              kind: 'network',
              resources: { [`n${n}`]: { transport: 'fc' } },
            });
            await daemon.local.call('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0 });
            await new Promise((wait) => setTimeout(wait, 100));
          }
        };
        made = make();
        made.catch(reject);
      });
      asked.on('error', () => {});
      asked.end();
    });
    const { head, text } = await seen;
    await made;
    expect(head.headers['content-type']).toBe('text/event-stream');
    const last = text.trim().split('\n\n').at(-1)!;
    expect(last).toMatch(/^event: task\ndata: \{/);
    expect(JSON.parse(last.slice(last.indexOf('{')))).toMatchObject({
      id: expect.stringMatching(/^urn:storageos:Task:/),
      state: 'ready',
      resource: { name: expect.stringMatching(/^n\d+$/) },
    });
    while ((await daemon.send({ path: '/health' })).json.calls !== 0) await new Promise((r) => setTimeout(r, 20));
  });
});

describe('metrics', () => {
  it('are for those who may read, by header or as a bearer, and count by route and never by id', async () => {
    expect((await daemon.send({ path: '/metrics' })).status).toBe(401);
    expect((await daemon.send({ path: '/metrics', headers: { 'x-sds-auth-token': 'nobody' } })).status).toBe(403);
    const id = 'urn:storageos:Volume:00000000-0000-4000-8000-000000000000:vdc1';
    await daemon.send({ path: `/block/volumes/${id}`, headers: { 'x-sds-auth-token': 'monitor' } });
    await daemon.send({ path: '/no/such/thing', headers: { 'x-sds-auth-token': 'monitor' } });
    const ask = () => daemon.send({ path: '/metrics', headers: { authorization: 'Bearer monitor' } });
    // A request is counted when its answer is out, which its client may know first.
    let answer = await ask();
    while (!answer.text.includes('route="unknown",status="404"} 1')) answer = await ask();
    const { status, text } = answer;
    expect(status).toBe(200);
    expect(text).toContain('coprhd_http_requests_total{method="GET",route="/block/volumes/:id",status="404"} 1');
    expect(text).toContain('coprhd_http_requests_total{method="GET",route="unknown",status="404"} 1');
    expect(text).toMatch(
      /coprhd_http_request_duration_seconds_bucket\{le="0.005",method="GET",route="\/metrics"\}|coprhd_http_request_duration_seconds_count/,
    );
    expect(text).toContain('coprhd_workflows_open 0');
    expect(text).toContain('coprhd_build_info{version="0.0.0"} 1');
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toContain('urn:');
  });
});
