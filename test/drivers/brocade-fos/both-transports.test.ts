/** One switch over SSH and over HTTPS at the same time: both show the same, and a plan made over one is done over the other. */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { hostWwpn, targetWwpn } from '../../../drivers/simulator/fos/state/build.ts';
import type { NetworkSystem } from '../../../src/engine/driver/network-contract.ts';
import { makeTls, type TestTls } from '../simulator/fos/support.ts';
import { callContext, startSwitch } from './network-target.ts';

let tls: TestTls;
beforeAll(() => {
  tls = makeTls();
});

const HOSTS = [0, 1].map((host) => hostWwpn(20, host));
const TARGET = targetWwpn(20, 0);
const ZONING = {
  aliases: { h0: [HOSTS[0]!], h0_with_a_longer_name: [HOSTS[0]!, hostWwpn(20, 0, 1)], t0: [TARGET] },
  zones: {
    z1: ['h0', 't0'],
    a_longer_name: ['h0_with_a_longer_name', 't0', '1,4', HOSTS[1]!],
    peer: { principals: ['t0'], members: ['h0', HOSTS[1]!] },
    later: [HOSTS[1]!, TARGET],
  },
  cfgs: { prod: ['z1', 'a_longer_name', 'peer'], next: ['later', 'z1'] },
};

async function both(firmware: string) {
  const options = { hosts: 2, targets: 1, npiv: 2, director: true, zoning: ZONING, effective: 'prod' };
  const { simulator, connect, fabric } = await startSwitch(
    { scheme: 'ssh', firmware, tls, virtualFabric: 20 },
    options,
  );
  const [ssh, https] = [await connect(), await connect({ scheme: 'https' })];
  onTestFinished(async () => {
    await Promise.all([ssh.close(), https.close()]);
    await simulator.close();
  });
  return { simulator, ssh, https, fabric };
}

async function shown(network: NetworkSystem, fabric: string) {
  const ctx = callContext();
  const zones = await network.listZones(ctx, fabric);
  return {
    identity: await network.identify(ctx),
    fabrics: await network.listFabrics(ctx),
    endpoints: await network.listEndpoints(ctx, fabric),
    aliases: await network.listAliases(ctx, fabric),
    zones,
    configurations: await network.listConfigurations(ctx, fabric),
    zoning: await network.readZoning(ctx, fabric),
  };
}

describe.each(['v8.2.1', 'v8.2.3c', 'v9.1.1b'])('Fabric OS %s', (firmware) => {
  test('shows the same over both, whatever is saved, pending or open', async () => {
    const { simulator, ssh, https, fabric } = await both(firmware);
    const same = async () => {
      const [one, other] = [await shown(ssh, fabric), await shown(https, fabric)];
      expect(other).toEqual(one);
      return one;
    };
    const first = await same();
    expect(first.endpoints).toMatchObject({ complete: true, items: { length: 7 } });
    expect(first.zones.items.map(({ name, kind }) => [name, kind])).toEqual([
      ['a_longer_name', 'standard'],
      ['later', 'standard'],
      ['peer', 'other'],
      ['z1', 'standard'],
    ]);
    simulator.hand.changeZone('z1', ['h0'], false, 20);
    simulator.hand.deleteZone('a_longer_name', false, 20);
    expect((await same()).zoning.pendingCount).toBe(2);
    simulator.hand.openTransaction({ user: 'colleague' }, 20);
    await same();
  });

  test('does over one what was planned over the other', async () => {
    const { ssh, https, fabric } = await both(firmware);
    const { fingerprint } = await ssh.readZoning(callContext(), fabric);
    const add = [
      {
        name: 'ours',
        members: [
          { type: 'wwpn' as const, wwpn: TARGET },
          { type: 'alias' as const, alias: 'h0' },
        ],
      },
    ];
    const delta = {
      ...{ fabric, base: fingerprint, owner: 'coprhd', configuration: 'prod', activate: true, activatePending: false },
      ...{ addAliases: [], removeAliases: [], add, change: [], remove: [] },
    };
    const done = await https.applyZoneDelta(callContext(), delta);
    expect(await ssh.applyZoneDelta(callContext(), delta)).toEqual(done);
  });
});
