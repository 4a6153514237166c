/**
 * At most `concurrencyMax` calls in flight on one device, for all workflows of a process together. Whoever waits is served
 * in turns: one call of each workflow after the other, each workflow's own first come first served, so that a plan of
 * thousands of volumes doesn't keep one of a single volume waiting. A slot is held for one attempt of one call, never while
 * a job or a retry is waited for.
 */
import type { Urn } from '../model/urn.ts';

export interface DeviceSlots {
  /** Runs `fn` in a slot of the device. `owner`: the workflow. */
  use<T>(system: Urn, owner: string, concurrencyMax: number, fn: () => Promise<T>): Promise<T>;
}

interface Device {
  used: number;
  /** By owner, in the order in which they are served next; no empty lists. */
  readonly waiting: Map<string, (() => void)[]>;
}

export function createDeviceSlots(): DeviceSlots {
  const devices = new Map<Urn, Device>();
  return {
    use: async (system, owner, concurrencyMax, fn) => {
      let device = devices.get(system);
      if (!device) devices.set(system, (device = { used: 0, waiting: new Map() }));
      const { waiting } = device;
      // A slot that is given back goes straight to who is next: `used` stays.
      if (device.used < Math.max(1, concurrencyMax)) device.used++;
      else
        await new Promise<void>((resolve) => {
          const own = waiting.get(owner);
          if (own) own.push(resolve);
          else waiting.set(owner, [resolve]);
        });
      try {
        return await fn();
      } finally {
        const next = takeNext(waiting);
        if (next) next();
        else if (--device.used === 0) devices.delete(system);
      }
    },
  };
}

function takeNext(waiting: Device['waiting']): (() => void) | undefined {
  for (const [owner, own] of waiting) {
    const next = own.shift();
    waiting.delete(owner);
    // To the end: everybody else has a turn before it.
    if (own.length > 0) waiting.set(owner, own);
    return next;
  }
  return undefined;
}
