/** Calls at once on one device, and who comes next. */
import { describe, expect, it } from 'vitest';
import { createDeviceSlots } from '../../../src/engine/workflow/device-slots.ts';
import { SYSTEM, urnOf } from './world.ts';

const OTHER = urnOf('storageSystem', 2);

function gate() {
  const slots = createDeviceSlots();
  const began: string[] = [];
  const ends: (() => void)[] = [];
  const call = (owner: string, name: string, system = SYSTEM, max = 1) =>
    slots.use(system, owner, max, async () => {
      began.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
    });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const endOne = async () => {
    ends.shift()?.();
    await turn();
  };
  return { call, began, endOne, turn };
}

describe('calls on one device', () => {
  it('are no more at once than it takes; other devices are not concerned', async () => {
    const { call, began, endOne, turn } = gate();
    for (const name of ['a', 'b', 'c']) void call('w1', name, SYSTEM, 2);
    void call('w1', 'x', OTHER, 1);
    await turn();
    expect(began).toEqual(['a', 'b', 'x']);
    await endOne();
    expect(began).toEqual(['a', 'b', 'x', 'c']);
  });

  it('of a small workflow do not wait for all of a large one', async () => {
    const { call, began, endOne, turn } = gate();
    for (let n = 0; n < 100; n++) void call('large', `l${n}`);
    void call('small', 's0');
    void call('small', 's1');
    void call('third', 't0');
    await turn();
    for (let n = 0; n < 8; n++) await endOne();
    expect(began).toEqual(['l0', 'l1', 's0', 't0', 'l2', 's1', 'l3', 'l4', 'l5']);
  });

  it('give their slot back when they fail', async () => {
    const slots = createDeviceSlots();
    await expect(slots.use(SYSTEM, 'w', 1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await slots.use(SYSTEM, 'w', 1, async () => 'next')).toBe('next');
  });
});
