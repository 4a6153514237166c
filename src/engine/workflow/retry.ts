/**
 * What to do about a device error: a pure table over its class, and the delay before the next attempt. The only place
 * that decides this; message text is never looked at.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { DriverErrorClass } from '../driver/errors.ts';

/**
 * again: nothing happened, the same call may work later. reopen: log in again, once. probe: it may have happened, look
 * first. fail: it will never work.
 */
export type RetryRule = 'again' | 'reopen' | 'probe' | 'fail';

const RULES: Readonly<Record<DriverErrorClass, RetryRule>> = {
  transient: 'again',
  busy: 'again',
  auth: 'reopen',
  ambiguous: 'probe',
  conflict: 'fail',
  exists: 'fail',
  'not-found': 'fail',
  invalid: 'fail',
  unsupported: 'fail',
  capacity: 'fail',
};

export function retryRule(errorClass: DriverErrorClass): RetryRule {
  return RULES[errorClass];
}

/**
 * Milliseconds before attempt `attempt + 1` (attempts count from 1): doubles from LIMITS.retryBackoffBaseMs up to
 * LIMITS.retryBackoffMaxMs. `fraction` in [0, 1) spreads it over the upper half, so that many runners don't knock together.
 */
export function backoffMs(attempt: number, fraction: number): number {
  const full = Math.min(LIMITS.retryBackoffMaxMs, LIMITS.retryBackoffBaseMs * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * fraction);
}
