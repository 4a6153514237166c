/** Serving fabrics of a data centre on disk: chosen by name or in order, on given ports, kept over restarts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simReset, simUp } from '../../../drivers/simulator/manage.ts';
import { type ServeInput, serveFabrics } from '../../../drivers/simulator/serve/serve.ts';
import { makeKeyPair } from '../../../src/daemon/tls.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { connect } from './fos/support.ts';

const root = mkdtempSync(join(tmpdir(), 'coprhd-serving-'));
const directory = join(root, 'sim');
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(async () => {
  await simUp({ directory, generate: { arrays: 1, hosts: 2, zones: 4 } });
});

const serve = (more: Partial<ServeInput> = {}) =>
  serveFabrics({
    ...{ directory, brocade: [], cisco: [], sshPorts: {}, httpsPorts: {}, password: 'simulated' },
    ...{ vsan: 20, zoneMode: 'enhanced', clock: systemClock, tls: () => makeKeyPair(Date.now()) },
    ...more,
  });

const MEMBERS = ['10:00:00:00:00:00:00:01', '50:00:00:00:00:00:00:01'];

describe('serving fabrics', () => {
  it('takes the first as Brocade and the second as Cisco, and keeps what was zoned and who it is', async () => {
    const first = await serve();
    expect(first.fabrics).toMatchObject([
      { fabric: 'fabric-a', vendor: 'brocade', configuration: 'legacy', httpsPort: expect.any(Number) },
      { fabric: 'fabric-b', vendor: 'cisco', configuration: 'legacy', vsan: 20 },
    ]);
    first.brocade
      .get('fabric-a')!
      .hand.createZone({ name: 'a1', members: MEMBERS, configuration: 'legacy', enable: true });
    const members = MEMBERS.map((wwn) => ({ kind: 'pwwn', wwn }) as const);
    first.cisco.get('fabric-b')!.hand.createZone({ vsan: 20 }, { name: 'b1', members, zoneset: 'legacy' }, false);
    await first.close();

    const again = await serve();
    try {
      expect(again.fabrics.map(({ fingerprint }) => fingerprint)).toEqual(first.fabrics.map((one) => one.fingerprint));
      const [fabric] = again.brocade.get('fabric-a')!.state().fabrics;
      expect(fabric!.effective!.zones.get('a1')!.members).toEqual(MEMBERS);
      const { switches, vsans } = again.cisco.get('fabric-b')!.dump();
      expect(switches[0]!.zoning[20]!.db.zones.at(-1)).toEqual({ name: 'b1', members });
      expect(vsans[1]!.active!.zones.map(({ name }) => name)).not.toContain('b1');
    } finally {
      await again.close();
    }
  });

  it('lets a colleague work in an ordinary session, and keeps that while it goes on', async () => {
    const serving = await serve({ brocade: ['fabric-b'] });
    const client = await connect(serving.brocade.get('fabric-b')!, { username: 'admin', password: 'simulated' });
    try {
      await client.exec(`zonecreate "by_hand","${MEMBERS.join(';')}"`);
      await client.exec('cfgadd "legacy","by_hand"');
      await client.exec('cfgsave', ['y']);
      const isKept = () => serving.brocade.get('fabric-b')!.state().fabrics[0]!.defined.zones.has('by_hand');
      expect(isKept()).toBe(true);
    } finally {
      client.close();
      await serving.close();
    }
  });

  it('refuses what is not there, what would be both, and a port that is taken', async () => {
    await expect(serve({ cisco: ['fabric-c'] })).rejects.toMatchObject({
      class: 'not-found',
      hint: 'did you mean fabric-a?',
    });
    await expect(serve({ cisco: ['fabric-a'], brocade: ['fabric-a'] })).rejects.toMatchObject({ class: 'invalid' });
    const serving = await serve({ cisco: ['fabric-b'] });
    const other = join(root, 'other');
    await simUp({ directory: other, generate: { arrays: 1, hosts: 1 } });
    const { sshPort } = serving.fabrics[0]!;
    const taken = serve({ directory: other, cisco: ['fabric-b'], sshPorts: { 'fabric-b': sshPort } });
    await expect(taken).rejects.toMatchObject({ class: 'busy', message: expect.stringContaining('EADDRINUSE') });
    await serving.close();
  });

  it('a reset forgets the zones, and not who the switches are', async () => {
    const before = await serve({ brocade: ['fabric-a'] });
    before.brocade
      .get('fabric-a')!
      .hand.createZone({ name: 'late', members: MEMBERS, configuration: 'legacy', enable: true });
    await before.close();
    await simReset({ directory });
    const after = await serve({ brocade: ['fabric-a'] });
    expect([...after.brocade.get('fabric-a')!.state().fabrics[0]!.defined.zones.keys()]).toEqual([
      'z000001',
      'z000002',
    ]);
    expect(after.fabrics[0]!.fingerprint).toBe(before.fabrics[0]!.fingerprint);
    await after.close();
  });
});
