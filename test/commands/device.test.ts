import { describe, expect, it } from 'vitest';
import DeviceDeregister from '../../src/commands/device/deregister.ts';
import DeviceMaintenance from '../../src/commands/device/maintenance.ts';
import DeviceRegister from '../../src/commands/device/register.ts';
import DeviceRotate from '../../src/commands/device/rotate.ts';
import PoolDeregister from '../../src/commands/pool/deregister.ts';
import PoolRegister from '../../src/commands/pool/register.ts';
import PortDeregister from '../../src/commands/port/deregister.ts';
import PortRegister from '../../src/commands/port/register.ts';
import { DEREGISTERED, REGISTERED, RESTING, ROTATED } from '../views/fixtures/devices.ts';
import { run } from './harness.ts';

describe('device rotate', () => {
  const answers = { 'device.rotate': ROTATED };
  const inputOf = async (...flags: string[]) => {
    const ran = await run(DeviceRotate, ['pmx-71', ...flags], { answers });
    return [ran.code, ran.calls.map(({ input }) => input)];
  };

  it('takes a new credential and how long the old one is kept, or the end of the window', async () => {
    expect(await inputOf('--credential', 'env:NEW', '--keep-old-for', '2h')).toEqual([
      0,
      [{ name: 'pmx-71', credential: 'env:NEW', keepOldForMs: 7_200_000 }],
    ]);
    expect(await inputOf('--finish')).toEqual([0, [{ name: 'pmx-71', end: 'finish' }]]);
    expect(await inputOf('--back')).toEqual([0, [{ name: 'pmx-71', end: 'back' }]]);
  });

  it('is told exactly one thing', async () => {
    for (const flags of [[], ['--finish', '--back'], ['--credential', 'env:NEW', '--back'], ['--keep-old-for', '2h']]) {
      expect(await inputOf(...flags), flags.join(' ')).toEqual([64, []]);
    }
  });
});

describe('registration', () => {
  it.each([
    ['device.deregister', DeviceDeregister],
    ['pool.deregister', PoolDeregister],
    ['port.deregister', PortDeregister],
  ] as const)('%s hands the name and the reason on', async (name, command) => {
    const ran = await run(command, ['a/b', '--why', 'old'], { answers: { [name]: DEREGISTERED } });
    expect([ran.code, ran.calls]).toEqual([0, [{ name, input: { name: 'a/b', why: 'old' } }]]);
    const silent = await run(command, ['a/b'], { answers: { [name]: DEREGISTERED } });
    expect(silent.calls).toEqual([{ name, input: { name: 'a/b' } }]);
  });

  it.each([
    ['device.register', DeviceRegister],
    ['pool.register', PoolRegister],
    ['port.register', PortRegister],
  ] as const)('%s hands the name on', async (name, command) => {
    const ran = await run(command, ['a/b'], { answers: { [name]: REGISTERED } });
    expect([ran.code, ran.calls]).toEqual([0, [{ name, input: { name: 'a/b' } }]]);
  });
});

describe('device maintenance', () => {
  const inputOf = async (...flags: string[]) => {
    const ran = await run(DeviceMaintenance, ['pmx-71', ...flags], { answers: { 'device.maintenance': RESTING } });
    return [ran.code, ran.calls.map(({ input }) => input)];
  };

  it('begins, with an end and a reason, or ends', async () => {
    expect(await inputOf('--start')).toEqual([0, [{ name: 'pmx-71', on: true }]]);
    expect(await inputOf('--start', '--until', '2h', '--why', 'w')).toEqual([
      0,
      [{ name: 'pmx-71', on: true, forMs: 7_200_000, why: 'w' }],
    ]);
    expect(await inputOf('--end')).toEqual([0, [{ name: 'pmx-71', on: false }]]);
  });

  it('is told exactly one thing, and its end takes no time or reason', async () => {
    for (const flags of [[], ['--start', '--end'], ['--end', '--until', '2h'], ['--end', '--why', 'w']]) {
      expect(await inputOf(...flags), flags.join(' ')).toEqual([64, []]);
    }
  });
});
