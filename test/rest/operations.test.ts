/** Operations over HTTPS: the same results, events, errors and interruptions as in one process. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineClient, EngineEvent, InputOf } from '../../src/engine/operations/types.ts';
import { OperationError } from '../../src/lib/diagnostic.ts';
import { oneArray, startTestDaemon, type TestDaemon } from './support.ts';

const infrastructure = (directory: string) => `
${oneArray(directory)}
virtualPools: { gold: { type: block, protocols: [iscsi], driveType: ssd, virtualArrays: [dc1] } }
projects: { p: {} }
`;
const stack = (volumes: readonly string[]) => `
kind: stack
stack: s
project: p
volumes:
${volumes.map((name) => `  ${name}: { size: 1GiB, virtualPool: gold, virtualArray: dc1, protect: false, onRemove: delete }`).join('\n')}
`;
const sourceOf = (...texts: string[]): InputOf<'plan'> => ({
  texts: texts.map((text, index) => ({ file: `${index}.yaml`, text })),
  variables: {},
});
const applyOf = (...texts: string[]): InputOf<'apply'> => ({
  source: sourceOf(...texts),
  skipHeld: false,
  claimWaitMs: 0,
});

let daemon: TestDaemon;
let admin: EngineClient;
let sim: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
  admin = daemon.as('admin');
  sim = path.join(daemon.directory, 'sim');
  await admin.call('sim', { verb: 'up', arguments: { directory: sim, generate: { arrays: 1 } } });
});
afterAll(async () => {
  await daemon.end();
  expect(daemon.errors).toEqual([]);
});

describe('an operation over HTTPS', () => {
  it('plans, applies with its events, and shows what a local call shows', async () => {
    const { plan } = await admin.call('plan', sourceOf(infrastructure(sim), stack(['a'])));
    expect(plan?.counts).toMatchObject({ create: expect.any(Number), held: 0 });
    const events: EngineEvent[] = [];
    const onEvent = (event: EngineEvent) => events.push(event);
    const result = await admin.call('apply', applyOf(infrastructure(sim), stack(['a'])), { onEvent });
    expect([result.outcome, result.diagnostics]).toEqual(['ok', []]);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const types = new Set(events.map(({ type }) => type));
    for (const type of ['plan.made', 'workflow.committed', 'step.started', 'unit.finished'] as const) {
      expect(types).toContain(type);
    }
    expect(await admin.call('show', {})).toEqual(await daemon.local.call('show', {}));
    const [volume] = (await admin.call('resource.list', { kind: 'volume' })).resources;
    const { record } = await admin.call('state.show', { address: volume!.urn });
    expect(record?.createdBy).toEqual({ type: 'user', name: 'admin' });
  });

  it('fails as a local call does, with the same diagnostics', async () => {
    const calls = [
      ['show', { address: 'volume.nope' }],
      ['zone.verify', { target: 'network.nope' }],
      ['plan', { texts: 7 } as never],
      ['validate', sourceOf('kind: stack')],
    ] as const;
    for (const [name, input] of calls) {
      const ends = await Promise.all(
        [admin, daemon.local].map((client) => client.call(name, input as never).catch((error: unknown) => error)),
      );
      const told = ends.map((end) =>
        end instanceof OperationError ? { outcome: end.outcome, diagnostics: end.diagnostics } : end,
      );
      expect(told[0], name).toEqual(told[1]);
    }
  });

  it('is refused to who lacks the right, and nothing is changed', async () => {
    const before = await daemon.local.call('state.export', {});
    const monitor = daemon.as('monitor');
    expect((await monitor.call('show', {})).outcome).toBe('ok');
    for (const [user, name, input] of [
      ['monitor', 'apply', applyOf(stack(['b']))],
      ['monitor', 'device.deregister', { name: 'sim-1' }],
      ['nobody', 'show', {}],
    ] as const) {
      const refused = await daemon
        .as(user)
        .call(name, input as never)
        .catch((error: unknown) => error);
      expect(refused, `${user} ${name}`).toMatchObject({ diagnostics: [{ code: 'COPRHD-REMOTE-004' }] });
    }
    expect(await daemon.local.call('state.export', {})).toEqual(before);
  });

  it('needs a login', async () => {
    const refused = await daemon
      .as('stranger')
      .call('show', {})
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ diagnostics: [{ code: 'COPRHD-REMOTE-003', fix: `coprhd login ${daemon.url}` }] });
  });

  it('stops at the next step when its caller has had enough, and goes on later', async () => {
    const texts = [infrastructure(sim), stack(['a', 'c1', 'c2', 'c3', 'c4'])] as const;
    await admin.call('sim', {
      verb: 'fault',
      arguments: { directory: sim, array: 'sim-1', add: { operation: 'ensureVolume', latencyMs: 400 } },
    });
    const stop = new AbortController();
    const onEvent = ({ type }: EngineEvent) => {
      if (type === 'step.started') stop.abort();
    };
    const input = { ...applyOf(...texts), parallel: 1 };
    const result = await admin.call('apply', input, { onEvent, signal: stop.signal });
    expect(result.outcome).toBe('interrupted');
    expect(result.counts['not-started']).toBeGreaterThan(0);
    await admin.call('sim', { verb: 'fault', arguments: { directory: sim, array: 'sim-1', clear: 'all' } });
    const again = await admin.call('apply', { ...applyOf(...texts), claimWaitMs: 10_000 });
    expect(again.outcome).toBe('ok');
    expect((await admin.call('resource.list', { kind: 'volume' })).resources).toHaveLength(5);
  });

  it('that is not there, or makes a state, is not found', async () => {
    const headers = { 'x-sds-auth-token': 'admin', 'content-type': 'application/json' };
    for (const name of ['nope', 'init', 'state.import', 'sim', 'user.login', 'constructor', '__proto__']) {
      const { status, json } = await daemon.send({
        method: 'POST',
        path: `/coprhd/operations/${name}`,
        headers,
        body: '{}',
      });
      expect([status, json.code], name).toEqual([404, 2000]);
    }
    await expect(admin.call('init', {})).rejects.toThrow('not through a daemon');
  });

  it('without lines has the result alone, and 400 or 409 for what fails', async () => {
    const headers = { 'x-sds-auth-token': 'admin', 'content-type': 'application/json' };
    const ask = (name: string, body: object) =>
      daemon.send({ method: 'POST', path: `/coprhd/operations/${name}`, headers, body: JSON.stringify(body) });
    const shown = await ask('state.list', { kind: 'project' });
    expect([shown.status, shown.json.outcome]).toEqual([200, 'ok']);
    expect((await ask('show', { address: 'volume.nope' })).status).toBe(409);
    expect((await ask('show', { adress: 'x' })).status).toBe(400);
  });
});

describe('a daemon that nobody asks for anything', () => {
  it('writes nothing, however often it looks for work that was left', async () => {
    const idle = await startTestDaemon();
    try {
      const before = await idle.local.call('state.export', {});
      // Several of its looks.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(await idle.local.call('state.export', {})).toEqual(before);
    } finally {
      await idle.end();
    }
  });
});

describe('the door', () => {
  it('lets in who logs in with Basic, and names the realm to others', async () => {
    const open = await daemon.send({ path: '/login' });
    expect([open.status, open.headers['www-authenticate'], open.json.code]).toEqual([401, 'Basic realm="ViPR"', 4000]);
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    const entered = await daemon.send({ path: '/login', headers: basic('admin:admin-pw') });
    expect([entered.status, entered.headers['x-sds-auth-token'], entered.json.user]).toEqual([200, 'admin', 'admin']);
    const wrong = await daemon.send({ path: '/login', headers: basic('admin:x') });
    expect([wrong.status, wrong.headers['x-sds-auth-token']]).toEqual([401, undefined]);
    for (const path of ['/logout', '/nowhere', '/coprhd/operations/show', '/block/volumes']) {
      expect((await daemon.send({ path })).status, path).toBe(401);
    }
    const cookie = await daemon.send({ path: '/login?using-cookies=true', headers: basic('admin:admin-pw') });
    expect(String(cookie.headers['set-cookie'])).toMatch(/^X-SDS-AUTH-TOKEN=admin; Path=\/; Secure; HttpOnly/);
    expect((await daemon.send({ path: '/login', headers: { cookie: 'a=b; X-SDS-AUTH-TOKEN=admin' } })).status).toBe(
      200,
    );
  });

  it('answers nonsense with an error body and never with 5xx', async () => {
    const headers = { 'x-sds-auth-token': 'admin', 'content-type': 'application/json' };
    const path = '/coprhd/operations/show';
    for (const [what, asked] of Object.entries({
      'no JSON': { body: '{' },
      'a prototype': { body: '{"__proto__":{"right":"read"}}' },
      'another media type': { headers: { ...headers, 'content-type': 'text/plain' }, body: 'x' },
      'a list': { body: '[]' },
      'deep nesting': { body: '['.repeat(50_000) },
      'a call id that is none': { headers: { ...headers, 'x-coprhd-call': 'x' }, body: '{}' },
    })) {
      const { status, json } = await daemon.send({ method: 'POST', path, headers, ...asked });
      expect(status, what).toBeGreaterThanOrEqual(400);
      expect(status, what).toBeLessThan(500);
      expect(json, what).toMatchObject({ code: expect.any(Number), details: expect.any(String), retryable: false });
    }
    expect(
      (await daemon.send({ method: 'DELETE', path: '/nowhere', headers: { 'x-sds-auth-token': 'admin' } })).status,
    ).toBe(404);
  });

  it('is healthy while the state answers', async () => {
    expect(await daemon.send({ path: '/health' })).toMatchObject({ status: 200, json: { status: 'ok' } });
  });

  it('has the certificate that was pinned, or nobody talks to it', async () => {
    const other = await startTestDaemon();
    try {
      const { openRemoteClient } = await import('../../src/client/remote-client.ts');
      const fooled = openRemoteClient({ url: other.url, token: 'admin', certificate: daemon.certificate });
      const refused = await fooled.call('show', {}).catch((error: unknown) => error);
      expect(refused).toMatchObject({
        diagnostics: [{ code: 'COPRHD-REMOTE-001', summary: expect.stringContaining('another certificate') }],
      });
      await fooled.close();
    } finally {
      await other.end();
    }
  });
});

describe('without --allow-local', () => {
  it('no device, file or variable of its machine is used for anybody', async () => {
    const strict = await startTestDaemon({ allowLocal: false });
    try {
      const client = strict.as('admin');
      const result = await client.call('apply', applyOf(infrastructure(sim))).catch((error: OperationError) => error);
      expect(JSON.stringify(result)).toContain('a daemon uses nothing of its own machine');
      for (const credential of ['file:/etc/shadow', 'env:HOME']) {
        const text = infrastructure(sim)
          .replace(
            'driver: simulator',
            `driver: tgt, credential: "${credential}", endpoint: "ssh://root@127.0.0.1:1"`.replaceAll(', ', '\n    '),
          )
          .replace(
            /configuration: .*/,
            'configuration: { socket: /run/x, controlPort: 0, pools: { fast: /tmp }, configDirectory: /tmp }',
          );
        const answer = await client.call('apply', applyOf(text)).catch((error: OperationError) => error);

        expect(JSON.stringify(answer), credential).toContain('a daemon uses nothing of its own machine');
      }
    } finally {
      await strict.end();
    }
  });
});
