/** Passwords of storage systems come in over CoprHD's API, are kept in the vault, and never go out. */
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KeySource } from '../../src/engine/operations/credentials.ts';
import { Redacted } from '../../src/lib/redacted.ts';
import { clientOf } from './client.ts';
import { startTestDaemon, type TestDaemon } from './support.ts';

const lines: string[] = [];
const keySource: KeySource = {
  description: 'a key in memory',
  read: async () => (lines.length === 0 ? undefined : new Redacted(lines.join('\n'))),
  append: async (line) => void lines.push(line.reveal()),
};
let daemon: TestDaemon;
const client = clientOf((asked) => daemon.send(asked), 'json');

beforeAll(async () => {
  daemon = await startTestDaemon({ keySource });
  await daemon.local.call('secret.init', {});
});
afterAll(async () => {
  await daemon.end();
  expect(daemon.errors).toEqual([]);
});

const secrets = async () => (await daemon.local.call('secret.list', {})).secrets.map(({ usedBy }) => usedBy);
const shown = async () => (await daemon.local.call('device.list', {})).devices[0]!;

it('a storage system is registered with a password and gets another one; neither is shown anywhere', async () => {
  const directory = path.join(daemon.directory, 'sim');
  await daemon.local.call('sim', { verb: 'up', arguments: { directory, generate: { arrays: 1 } } });
  const body = {
    ...{ name: 'one', system_type: 'simulator', ip_address: 'local', configuration: { directory, array: 'sim-1' } },
    ...{ port_number: '0', user_name: 'admin', password: 'FIRST-WORD', smis_use_ssl: 'false' },
  };
  const said: string[] = [];
  const wrong = await client.post('/vdc/storage-systems', '', { ...body, configuration: {} });
  expect(wrong.status).toBe(400);
  // What came to nothing leaves no password behind.
  expect(await secrets()).toEqual([]);
  const made = await client.post('/vdc/storage-systems', '', body);
  expect([made.status, made.body.details]).toEqual([202, undefined]);
  await daemon.local.call('task.watch', { task: made.body.id });
  const first = (await shown()).credential!;
  expect(first).toMatch(/^vault:storage-systems\/one\//);
  expect(await secrets()).toEqual([['one']]);
  const at = `/vdc/storage-systems/${made.body.resource.id}`;
  const changed = await client.send('PUT', at, '', { password: 'SECOND-WORD' });
  expect([changed.status, changed.body.state]).toEqual([200, 'ready']);
  const { credential, credentialWindow } = await shown();
  expect(credential).not.toBe(first);
  expect(credentialWindow?.credential).toBe(first);
  for (const { body: answer } of [wrong, made, changed, await client.get(at), await client.get('/vdc/tasks')])
    said.push(JSON.stringify(answer));
  said.push((await daemon.local.call('state.export', {})).document);
  expect(said.filter((text) => /FIRST-WORD|SECOND-WORD/.test(text))).toEqual([]);
  // A rotation is open: another one is refused, and its password is not kept.
  expect((await client.send('PUT', at, '', { password: 'THIRD-WORD' })).status).toBe(400);
  expect((await secrets()).length).toBe(2);
});
