/** A node of a cluster knows from its bootstrap file where the state is, who it is and where the key is; all else is in state. */
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBootstrap } from '../../src/commands/_base/bootstrap-file.ts';
import { keySourceOf } from '../../src/commands/_base/key-source.ts';
import { type Served, serve, servingOf } from '../../src/daemon/serve.ts';
import { makeKeyPair } from '../../src/daemon/tls.ts';
import { openLocalClient } from '../../src/engine/operations/local-client.ts';
import { OperationError } from '../../src/lib/diagnostic.ts';
import { freePort } from '../drivers/ssh/sshd.ts';
import { sendTo } from './support.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'coprhd-bootstrap-'));
const file = path.join(directory, 'node.yaml');
const write = (text: string) => writeFileSync(file, text);
const client = (keyFile: string) =>
  openLocalClient({
    state: path.join(directory, 'state'),
    actor: { type: 'system', name: 'daemon' },
    keySource: keySourceOf({ COPRHD_KEY_FILE: keyFile }),
    allowLocal: false,
  });

beforeAll(async () => {
  const first = await client(path.join(directory, 'key'));
  await first.call('init', {});
  await first.call('daemon.configure', { listen: `127.0.0.1:${await freePort()}`, services: ['auth', 'sys'] });
  await first.close();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** As `daemon start --bootstrap` does. */
async function started(): Promise<Served> {
  const { node, key } = readBootstrap(file);
  const told = await servingOf(await client(key), node);
  return serve(await client(key), { ...told, version: '0.0.0', onError: (error) => expect.unreachable(String(error)) });
}

const urlOf = ({ host, port }: Served) => `https://${host}:${port}`;

describe('a node with a bootstrap file', () => {
  it('serves as the state says, with a certificate that it makes once and whose key is in the vault', async () => {
    write('# one of three\nstate: state\nnode: node-1\nkey: "key"\n');
    const first = await started();
    expect((await sendTo(urlOf(first), undefined, { path: '/health' })).json).toEqual({
      status: 'ok',
      calls: 0,
      node: 'node-1',
    });
    expect((await sendTo(urlOf(first), undefined, { path: '/tenant' })).status).toBe(401);
    expect((await sendTo(urlOf(first), undefined, { path: '/coprhd/operations/x', method: 'POST' })).status).toBe(401);
    expect(first.rootPassword).toEqual(expect.any(String));
    await first.stop();
    expect(statSync(path.join(directory, 'key')).mode & 0o077).toBe(0);
    const stored = await client(path.join(directory, 'key'));
    const { secrets } = await stored.call('secret.list', {});
    expect(secrets.map(({ name }) => name)).toEqual(['daemon/node-1/tls.key']);
    const { document } = await stored.call('state.export', {});
    expect(document).not.toContain('PRIVATE KEY');
    await stored.close();
    const again = await started();
    expect([again.fingerprint, again.rootPassword]).toEqual([first.fingerprint, undefined]);
    await again.stop();
  });

  it('is another one under another name, and follows what it alone is told', async () => {
    write('state: state\nnode: node-2\nkey: key\n');
    const one = await client(path.join(directory, 'key'));
    const port = await freePort();
    await one.call('daemon.configure', { node: 'node-2', listen: `127.0.0.1:${port}`, services: null });
    const { key, cert } = await makeKeyPair(Date.now());
    const other = await makeKeyPair(Date.now());
    const wrong = one.call('daemon.configure', { node: 'node-2', tls: { key: other.key, certificate: cert } });
    await expect(wrong).rejects.toMatchObject({ diagnostics: [{ code: 'COPRHD-DAEMON-002' }] });
    await one.call('daemon.configure', { node: 'node-2', tls: { key, certificate: cert } });
    expect((await one.call('daemon.settings', { node: 'node-2' })).settings).toMatchObject({
      ...{ listen: `127.0.0.1:${port}`, services: ['auth', 'sys'], certificate: cert },
    });
    await one.close();
    const served = await started();
    expect([served.port, served.fingerprint]).toEqual([port, new X509Certificate(cert).fingerprint256]);
    await served.stop();
  });

  it('does not start with a key that opens nothing', async () => {
    write('state: state\nnode: node-1\nkey: other-key\n');
    writeFileSync(path.join(directory, 'other-key'), `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 });
    await expect(started()).rejects.toMatchObject({ diagnostics: [{ code: 'COPRHD-DAEMON-002' }] });
  });
});

describe('a bootstrap file', () => {
  const problem = (text: string): string => {
    write(text);
    try {
      readBootstrap(file);
    } catch (error) {
      if (error instanceof OperationError) return error.diagnostics[0]!.summary.replace(file, 'FILE');
      throw error;
    }
    return 'none';
  };

  it('has three names, once each, and nothing else', () => {
    const whole = 'state: etcd://a,b,c/x\nnode: n1 # mine\nkey: /k\n';
    write(whole);
    expect(readBootstrap(file)).toEqual({ state: 'etcd://a,b,c/x', node: 'n1', key: '/k' });
    expect(problem(`${whole}listen: 1:2\n`)).toBe('FILE:4: "listen" is not known here');
    expect(problem(`${whole}node: n2\n`)).toBe('FILE:4: node stands here twice');
    expect(problem('state: x\nkey: y\n')).toBe('FILE: node is missing');
    expect(problem('state: x\nnode: a/b\nkey: y\n')).toBe('FILE: a/b is not the name of a node');
    expect(problem('state:\n  - x\n')).toBe('FILE:1: not `name: value`');
    rmSync(file);
    expect(() => readBootstrap(file)).toThrow(/can't be read/);
    expect(readFileSync(path.join(directory, 'key'), 'utf8')).not.toBe('');
  });
});
