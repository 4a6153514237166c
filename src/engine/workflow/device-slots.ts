/**
 * At most `concurrencyMax` calls in flight on one device, first come first served. A slot is held for one attempt of one
 * call, never while a job or a retry is waited for.
 */
import type { Urn } from '../model/urn.ts';

export interface DeviceSlots {
  /** Runs `fn` in a slot of the device. */
  use<T>(system: Urn, concurrencyMax: number, fn: () => Promise<T>): Promise<T>;
}

export function createDeviceSlots(): DeviceSlots {
  const devices = new Map<Urn, { used: number; readonly waiting: (() => void)[] }>();
  return {
    use: async (system, concurrencyMax, fn) => {
      let device = devices.get(system);
      if (!device) devices.set(system, (device = { used: 0, waiting: [] }));
      const { waiting } = device;
      // A slot that is given back goes straight to the first who waits: `used` stays.
      if (device.used < Math.max(1, concurrencyMax)) device.used++;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await fn();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else device.used--;
      }
    },
  };
}
