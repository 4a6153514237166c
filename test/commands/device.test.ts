import { describe, expect, it } from 'vitest';
import DeviceRotate from '../../src/commands/device/rotate.ts';
import { ROTATED } from '../views/fixtures/devices.ts';
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
