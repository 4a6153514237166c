import { describe, expect, it } from 'vitest';
import DeviceAdd from '../../src/commands/device/add.ts';
import NetworkFabrics from '../../src/commands/network/fabrics.ts';
import NetworkReach from '../../src/commands/network/reach.ts';
import { FABRIC_CONTENTS, FABRICS, REACHED } from '../views/fixtures/fabrics.ts';
import { run } from './harness.ts';

describe('network fabrics', () => {
  it('asks for what is named, and says what it found', async () => {
    const answers = { 'network.fabrics': FABRICS };
    const all = await run(NetworkFabrics, [], { answers });
    expect([all.code, all.calls]).toEqual([0, [{ name: 'network.fabrics', input: { refresh: 'auto' } }]]);
    const flags = ['core-a', '--fabric', 'net-a', '--contents', '--refresh', 'full'];
    const one = await run(NetworkFabrics, flags, { answers: { 'network.fabrics': FABRIC_CONTENTS } });
    const input = { system: 'core-a', fabric: 'net-a', contents: true, refresh: 'full' };
    expect(one.calls).toEqual([{ name: 'network.fabrics', input }]);
  });
});

describe('network reach', () => {
  it('hands what is asked on; all pairs need a host', async () => {
    const answers = { 'network.reach': REACHED };
    const ran = await run(NetworkReach, ['--host', 'h1', '--all'], { answers });
    expect(ran.calls).toEqual([{ name: 'network.reach', input: { host: 'h1', all: true, refresh: 'auto' } }]);
    expect((await run(NetworkReach, ['--all'], { answers })).code).toBe(64);
  });
});

describe('device add', () => {
  it('takes fabrics, VSANs or all fabrics of a network system', async () => {
    const answers = { 'device.add': { outcome: 'error', diagnostics: [] } } as const;
    const inputOf = async (...flags: string[]) =>
      (await run(DeviceAdd, ['core-b', '--driver', 'cisco-mds', ...flags], { answers })).calls[0]?.input;
    expect(await inputOf('--vsan', '20', '--vsan', '21')).toMatchObject({ vsans: [20, 21], pools: [] });
    expect(await inputOf('--fabric', 'net-b', '--kind', 'network-system')).toMatchObject({
      fabrics: ['net-b'],
      kind: 'networkSystem',
    });
    expect(await inputOf('--all-fabrics')).toMatchObject({ allFabrics: true });
    expect(await inputOf('--all-fabrics', '--vsan', '20')).toBeUndefined();
  });
});
