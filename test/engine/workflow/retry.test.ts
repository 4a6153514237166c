/** The retry table: every class of device error has a rule, and delays grow within their bounds. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CERTAINLY_NOT_DONE } from '../../../src/engine/driver/errors.ts';
import { backoffMs, retryRule } from '../../../src/engine/workflow/retry.ts';
import { LIMITS } from '../../../src/lib/limits.ts';

it('a call that may have worked is probed, and only such a call', () => {
  expect(retryRule('ambiguous')).toBe('probe');
  for (const errorClass of CERTAINLY_NOT_DONE) expect(retryRule(errorClass)).not.toBe('probe');
});

it('only what may pass by itself is tried again', () => {
  const again = [...CERTAINLY_NOT_DONE].filter((errorClass) => retryRule(errorClass) === 'again');
  expect(again.sort()).toEqual(['busy', 'transient']);
});

it('delays double within their bounds, whatever the jitter', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempt, fraction) => {
        const delay = backoffMs(attempt, fraction);
        expect(delay).toBeLessThanOrEqual(LIMITS.retryBackoffMaxMs);
        expect(delay).toBeGreaterThanOrEqual(LIMITS.retryBackoffBaseMs / 2);
        expect(backoffMs(attempt + 1, fraction)).toBeGreaterThanOrEqual(delay);
      },
    ),
  );
});
