/** Addresses from which too many wrong passwords came: for some time nothing that they send is looked at. Of this process. */
import { LIMITS } from '../../lib/limits.ts';

interface Failures {
  count: number;
  lastAtMs: number;
}

export interface Lockout {
  /** Undefined = go on; else until when not. */
  lockedUntilMs(address: string, nowMs: number): number | undefined;
  failed(address: string, nowMs: number): void;
  succeeded(address: string): void;
}

export function createLockout(): Lockout {
  const byAddress = new Map<string, Failures>();
  const current = (address: string, nowMs: number): Failures | undefined => {
    const found = byAddress.get(address);
    if (found && nowMs - found.lastAtMs < LIMITS.lockoutMs) return found;
    byAddress.delete(address);
    return undefined;
  };
  return {
    lockedUntilMs: (address, nowMs) => {
      const found = current(address, nowMs);
      return found && found.count >= LIMITS.loginFailuresMax ? found.lastAtMs + LIMITS.lockoutMs : undefined;
    },
    failed: (address, nowMs) => {
      const { count } = current(address, nowMs) ?? { count: 0 };
      byAddress.delete(address);
      byAddress.set(address, { count: count + 1, lastAtMs: nowMs });
      // Whoever was longest silent is forgotten first.
      if (byAddress.size > LIMITS.callersRememberedMax) byAddress.delete(byAddress.keys().next().value!);
    },
    succeeded: (address) => void byAddress.delete(address),
  };
}
