/** A device behind https://, through the command line: its certificate is pinned like a host key, and trusted anew by hand. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fingerprintOf, inPairs } from '../../src/lib/host-key.ts';
import { type RestServer, startRestServer } from '../drivers/rest/server.ts';
import { cliIn, ensureBuilt, ROOT } from './cli.ts';

const REGISTER = join(ROOT, 'test/e2e/fixtures/probe-driver/register.mjs');
const IDENTITY = { serialNumber: 'rest-1', model: 'rest-probe', firmwareVersion: '1', nativeGuid: 'REST+1' };
const TOKEN = 'a token that nobody else may see';
const directory = mkdtempSync(join(tmpdir(), 'coprhd-certificate-'));
let server: RestServer;
beforeAll(async () => {
  ensureBuilt();
  server = await startRestServer();
  server.reset((_request, response) => void response.end(JSON.stringify(IDENTITY)));
});
afterAll(async () => {
  await server?.close();
  rmSync(directory, { recursive: true, force: true });
});

it('is pinned when the device is registered, and with another one nothing is sent to it until somebody trusts it', async () => {
  const env = { NODE_OPTIONS: `--import ${REGISTER}`, TOKEN };
  const cli = cliIn(directory, join(directory, 'state'), env);
  const pinned = fingerprintOf(server.hash);
  await cli.expect(0, 'init');
  const endpoint = `https://127.0.0.1:${server.port}`;
  const text = `kind: infrastructure\nstorageSystems:\n  a: { driver: rest-probe, endpoint: "${endpoint}", credential: "env:TOKEN" }\n`;
  writeFileSync(join(directory, 'plan.yaml'), text);
  const plan = (await cli.expect(0, 'plan', 'plan.yaml', '--human')).stdout.replace(/\s+/g, ' ');
  expect(plan).toContain(`tls 127.0.0.1:${server.port} certificate ${pinned}`);
  await cli.expect(0, 'apply', 'plan.yaml', '--yes');
  await cli.expect(0, 'plan', 'plan.yaml', '--exit-code');
  expect((await cli.expect(0, 'device', 'trust', 'a', '--human')).stdout).toContain(pinned);

  server.renew('other');
  const renewed = fingerprintOf(server.hash);
  server.reset((_request, response) => void response.end(JSON.stringify(IDENTITY)));
  const refused = await cli.run('drift', '--human');
  expect(refused.code).not.toBe(0);
  const words = (refused.stdout + refused.stderr).replace(/\s+/g, ' ');
  expect(words).toContain('has changed');
  expect(words).toContain('coprhd device trust a');
  const held = await cli.expect(3, 'device', 'trust', 'a', '--human');
  expect((held.stdout + held.stderr).replace(/\s+/g, '')).toContain(inPairs(renewed));
  await cli.expect(4, 'device', 'trust', 'a', '--fingerprint', pinned);
  await cli.expect(64, 'device', 'trust', 'a', '--fingerprint', 'AB:CD');
  expect(server.arrived).toEqual([]);

  await cli.expect(0, 'device', 'trust', 'a', '--fingerprint', inPairs(renewed));
  await cli.expect(0, 'drift');
  await cli.expect(0, 'plan', 'plan.yaml', '--exit-code');
  expect(server.arrived.length).toBeGreaterThan(0);
});
