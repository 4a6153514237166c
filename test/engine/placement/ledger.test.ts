import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Amounts, LedgerEntry } from '../../../src/engine/model/recorded-view.ts';
import {
  commitReservation,
  emptyLedger,
  release,
  reserve,
  reservedAmounts,
  takenBytes,
  withdraw,
} from '../../../src/engine/placement/ledger.ts';
import { urn } from './support.ts';

const POOL = urn('pool', 1);
const LIMITS = { allocatedBytesMax: 80, subscribedBytesMax: 200 };
const EMPTY = { allocatedBytes: 0, subscribedBytes: 0 };
const thick = (bytes: number): Amounts => ({ allocatedBytes: bytes, subscribedBytes: bytes, volumes: 1 });
const thin = (bytes: number): Amounts => ({ allocatedBytes: 0, subscribedBytes: bytes, volumes: 1 });

const reserved = (entry: LedgerEntry | undefined, workflow: string, amounts: Amounts, base = EMPTY): LedgerEntry => {
  const result = reserve(entry, POOL, workflow, amounts, LIMITS, base);
  if (result.short) throw new Error(`short of ${result.short.limit}`);
  return result.entry;
};

describe('the capacity ledger', () => {
  it('promises up to the limit, to the byte, and then says which limit and by how much', () => {
    const full = reserved(undefined, 'w1', thick(80));
    expect(full).toEqual({ pool: POOL, reservations: { w1: thick(80) }, committed: { ...EMPTY, volumes: 0 } });
    expect(reserve(full, POOL, 'w2', thick(1), LIMITS, EMPTY).short).toEqual({
      limit: 'allocated',
      needed: 1,
      available: 0,
      lack: 1,
    });
    const thinFull = reserved(full, 'w2', thin(120));
    expect(reserve(thinFull, POOL, 'w3', thin(5), LIMITS, EMPTY).short).toMatchObject({
      limit: 'subscribed',
      lack: 5,
    });
  });

  it('counts what the pool shows as taken', () => {
    const base = { allocatedBytes: 30, subscribedBytes: 150 };
    expect(reserve(undefined, POOL, 'w1', thick(51), LIMITS, base).short).toMatchObject({ available: 50 });
    expect(reserve(undefined, POOL, 'w1', thin(51), LIMITS, base).short).toMatchObject({ limit: 'subscribed' });
  });

  it('counts what is committed when the observation is older than that', () => {
    const entry = commitReservation(reserved(undefined, 'w1', thick(60)), 'w1');
    expect(reserve(entry, POOL, 'w2', thick(21), LIMITS, EMPTY).short).toMatchObject({ available: 20 });
    expect(
      reserve(entry, POOL, 'w2', thick(20), LIMITS, { allocatedBytes: 60, subscribedBytes: 60 }).entry,
    ).toBeDefined();
  });

  it('promises nothing more, not even thin, in a pool that is over its limit', () => {
    const result = reserve(undefined, POOL, 'w1', thin(1), LIMITS, { allocatedBytes: 90, subscribedBytes: 90 });
    expect(result.short).toMatchObject({ limit: 'allocated', available: -10, lack: 10 });
  });

  it('adds several reservations of one workflow and gives them back in parts', () => {
    const two = reserved(reserved(undefined, 'w1', thick(10)), 'w1', thin(5));
    expect(two.reservations.w1).toEqual({ allocatedBytes: 10, subscribedBytes: 15, volumes: 2 });
    const one = release(two, 'w1', thin(5));
    expect(one.reservations.w1).toEqual(thick(10));
    expect(release(one, 'w1', thick(10)).reservations).toEqual({});
    expect(release(two, 'w1').reservations).toEqual({});
  });

  it('moves what exists now from reserved to committed, in parts too', () => {
    const two = reserved(reserved(undefined, 'w1', thick(10)), 'w1', thick(20));
    const half = commitReservation(two, 'w1', thick(10));
    expect(half.reservations.w1).toEqual(thick(20));
    expect(half.committed).toEqual(thick(10));
    expect(commitReservation(half, 'w1')).toMatchObject({
      reservations: {},
      committed: { allocatedBytes: 30, subscribedBytes: 30, volumes: 2 },
    });
  });

  it('commits what exists even when its reservation is gone, and never goes below zero', () => {
    const entry = commitReservation(emptyLedger(POOL), 'gone', thick(10));
    expect(entry).toEqual({ pool: POOL, reservations: {}, committed: thick(10) });
    expect(withdraw(entry, thick(30)).committed).toEqual({ ...EMPTY, volumes: 0 });
    expect(release(entry, 'gone', thick(10))).toEqual(entry);
  });

  it('keeps fields that a newer version wrote', () => {
    const newer = { ...emptyLedger(POOL), later: 1 } as LedgerEntry;
    const entry = withdraw(commitReservation(release(reserved(newer, 'w1', thick(2)), 'w2'), 'w1'), thick(1));
    expect(entry).toHaveProperty('later', 1);
  });

  it('never promises more than the limits, whatever workflows do in whatever order', () => {
    const amounts = fc.oneof(fc.integer({ min: 1, max: 40 }).map(thick), fc.integer({ min: 1, max: 90 }).map(thin));
    const step = fc.record({
      what: fc.constantFrom('reserve', 'reserve', 'reserve', 'release', 'commit', 'withdraw'),
      workflow: fc.constantFrom('w1', 'w2', 'w3'),
      amounts,
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.record({ allocatedBytes: fc.nat(60), subscribedBytes: fc.nat(150) }),
        (steps, base) => {
          let entry: LedgerEntry = emptyLedger(POOL);
          for (const { what, workflow, amounts: asked } of steps) {
            const before = takenBytes(entry, base);
            if (what === 'reserve') {
              const result = reserve(entry, POOL, workflow, asked, LIMITS, base);
              const fits =
                before.allocatedBytes + asked.allocatedBytes <= LIMITS.allocatedBytesMax &&
                before.subscribedBytes + asked.subscribedBytes <= LIMITS.subscribedBytesMax;
              expect(result.entry !== undefined).toBe(fits);
              entry = result.entry ?? entry;
            } else if (what === 'release') entry = release(entry, workflow);
            else if (what === 'commit') entry = commitReservation(entry, workflow);
            else entry = withdraw(entry, asked);
            const taken = takenBytes(entry, base);
            expect(taken.allocatedBytes).toBeLessThanOrEqual(LIMITS.allocatedBytesMax);
            expect(taken.subscribedBytes).toBeLessThanOrEqual(LIMITS.subscribedBytesMax);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('leaks nothing: what was reserved and then given back or withdrawn is free again', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.boolean()), { maxLength: 10 }), (volumes) => {
        let entry = emptyLedger(POOL);
        for (const [index, [bytes]] of volumes.entries()) entry = reserved(entry, `w${index}`, thick(bytes));
        for (const [index, [bytes, succeeds]] of volumes.entries()) {
          entry = succeeds
            ? withdraw(commitReservation(entry, `w${index}`), thick(bytes))
            : release(entry, `w${index}`);
        }
        expect(entry).toEqual(emptyLedger(POOL));
        expect(reservedAmounts(entry)).toEqual({ ...EMPTY, volumes: 0 });
      }),
    );
  });
});
