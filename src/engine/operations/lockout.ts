/** Addresses from which too many wrong passwords came: for some time nothing that they send is looked at. Of this process. */
import { LIMITS } from '../../lib/limits.ts';

interface Failures {
  count: number;
  lastAtMs: number;
}

export interface Lockout {
  /** Undefined = go on; else until when not. */
  lockedUntilMs(address: string, nowMs: number): number | undefined;
  /** False = as many are being looked at as may still be wrong: this one has to wait. Ends with one of the next three. */
  begin(address: string, nowMs: number): boolean;
  failed(address: string, nowMs: number): void;
  succeeded(address: string): void;
  /** It wasn't looked at. */
  dropped(address: string): void;
  /** Addresses that are locked out now. */
  locked(nowMs: number): string[];
  /** False: nothing wrong was known of it. */
  forget(address: string): boolean;
}

export function createLockout(): Lockout {
  const byAddress = new Map<string, Failures>();
  const current = (address: string, nowMs: number): Failures | undefined => {
    const found = byAddress.get(address);
    if (found && nowMs - found.lastAtMs < LIMITS.lockoutMs) return found;
    byAddress.delete(address);
    return undefined;
  };
  const underWay = new Map<string, number>();
  const end = (address: string): void => {
    const count = (underWay.get(address) ?? 0) - 1;
    if (count > 0) underWay.set(address, count);
    else underWay.delete(address);
  };
  const isLocked = (address: string, nowMs: number): boolean =>
    (current(address, nowMs)?.count ?? 0) >= LIMITS.loginFailuresMax;
  return {
    locked: (nowMs) => [...byAddress.keys()].filter((address) => isLocked(address, nowMs)),
    forget: (address) => byAddress.delete(address),
    begin: (address, nowMs) => {
      const count = underWay.get(address) ?? 0;
      if (count + (current(address, nowMs)?.count ?? 0) >= LIMITS.loginFailuresMax) return false;
      underWay.set(address, count + 1);
      return true;
    },
    dropped: end,
    lockedUntilMs: (address, nowMs) => {
      const found = current(address, nowMs);
      return found && found.count >= LIMITS.loginFailuresMax ? found.lastAtMs + LIMITS.lockoutMs : undefined;
    },
    failed: (address, nowMs) => {
      end(address);
      const { count } = current(address, nowMs) ?? { count: 0 };
      byAddress.delete(address);
      byAddress.set(address, { count: count + 1, lastAtMs: nowMs });
      // Whoever was longest silent is forgotten first.
      if (byAddress.size > LIMITS.callersRememberedMax) byAddress.delete(byAddress.keys().next().value!);
    },
    succeeded: (address) => {
      end(address);
      byAddress.delete(address);
    },
  };
}
