import { describe, expect, it } from 'vitest';
import { amountsIn, capacityLimits, volumeBytesLeft } from '../../../src/engine/placement/amounts.ts';
import { capacityFilter } from '../../../src/engine/placement/filters/capacity.ts';
import { DEFAULT_POLICY } from '../../../src/engine/placement/policy.ts';
import type { RoleRequest } from '../../../src/engine/placement/request.ts';
import { type CandidateWishes, GIB, inputOf, NOTHING, role } from './support.ts';

const check = (filter: typeof capacityFilter, wishes: CandidateWishes, more: Partial<RoleRequest> = {}) =>
  filter.check(inputOf(wishes, more));
/** The first filter of the policy that refuses, space apart. */
const attributes = (
  wishes: CandidateWishes['attributes'],
  more: Partial<RoleRequest> = {},
  of: CandidateWishes = {},
) => {
  const filters = DEFAULT_POLICY.filters.filter(({ readsPromised }) => !readsPromised);
  const asked = { ...of, ...(wishes === undefined ? {} : { attributes: wishes }) };
  return filters.map((filter) => check(filter, asked, more)).find((miss) => miss !== undefined);
};
const capacity = (wishes: CandidateWishes['attributes'], more: Partial<RoleRequest> = {}, promised = NOTHING) =>
  check(capacityFilter, { ...(wishes === undefined ? {} : { attributes: wishes }), promised }, more);

describe('what a pool must be', () => {
  it('is usable, and says why it is not', () => {
    expect(attributes({})).toBeUndefined();
    expect(attributes({ usable: false, unusableWhy: 'not mounted' })).toMatchObject({
      fact: 'usable',
      had: 'not mounted',
    });
  });

  it('offers the provisioning, all protocols and the drive type asked for', () => {
    expect(attributes({ provisioning: ['thin'] })).toMatchObject({
      fact: 'provisioning',
      needed: 'thick',
      had: 'thin',
    });
    expect(attributes({ protocols: ['iscsi'] }, { protocols: ['iscsi', 'fc'] })).toMatchObject({ fact: 'protocols' });
    expect(attributes({ driveType: 'hdd' }, { driveType: 'ssd' })).toMatchObject({ needed: 'ssd', had: 'hdd' });
    expect(attributes({ driveType: 'hdd' })).toBeUndefined();
  });

  it('has one of the RAID levels and is on one of the types of storage system asked for', () => {
    const raidLevels = ['raid5', 'raid6'];
    expect(attributes({ raidLevels: ['raid1', 'raid6'] }, { raidLevels })).toBeUndefined();
    expect(attributes({ raidLevels: ['raid1'] }, { raidLevels })).toMatchObject({
      fact: 'RAID level',
      needed: 'raid5 or raid6',
      had: 'raid1',
    });
    expect(attributes({}, { raidLevels })).toMatchObject({ had: 'not reported' });
    const systemTypes = ['tgt', 'unity'];
    expect(attributes({}, { systemTypes }, { systemType: 'tgt' })).toBeUndefined();
    expect(attributes({}, { systemTypes }, { systemType: 'simulator' })).toMatchObject({
      fact: 'type of storage system',
      needed: 'tgt or unity',
      had: 'simulator',
    });
    expect(attributes({}, {}, { systemType: 'whatever' })).toBeUndefined();
  });

  it('takes volumes of this size, after rounding up', () => {
    expect(attributes({ volumeBytesMax: 10 * GIB })).toBeUndefined();
    expect(attributes({ volumeBytesMax: 10 * GIB, granularityBytes: 4 * GIB })).toMatchObject({
      fact: 'largest volume',
      needed: '12 GiB',
      had: 'at most 10 GiB',
    });
    expect(attributes({ volumeBytesMax: 5 * GIB })).toMatchObject({ shortfall: 0.5 });
    expect(attributes({ volumeBytesMin: 20 * GIB })).toMatchObject({ fact: 'smallest volume', shortfall: 0.5 });
  });
});

describe('space in a pool', () => {
  const used = (gib: number) => ({ freeBytes: (100 - gib) * GIB });

  it('for thick volumes is bounded by the utilisation limit, to the byte', () => {
    expect(capacity(used(70))).toBeUndefined();
    expect(capacity(used(70), { sizeBytes: 10 * GIB + 1 })).toMatchObject({
      fact: 'utilisation limit 80 %',
      lackBytes: 1,
    });
    const promised = { allocatedBytes: GIB, subscribedBytes: GIB, volumes: 1 };
    expect(capacity(used(70), {}, promised)).toMatchObject({ lackBytes: GIB, shortfall: 0.1, had: '9 GiB left' });
  });

  it('for thin volumes is bounded by the subscription limit', () => {
    const thin = { provisioning: 'thin' as const, sizeBytes: 50 * GIB };
    expect(capacity(used(70), thin)).toBeUndefined();
    expect(capacity({ ...used(70), subscribedBytes: 51 * GIB }, thin)).toMatchObject({ lackBytes: GIB });
    expect(capacity({ subscribedBytes: 110 * GIB }, thin)).toMatchObject({
      had: '10 GiB over the limit',
      shortfall: 1,
    });
    const promised = { allocatedBytes: 0, subscribedBytes: 60 * GIB, volumes: 1 };
    expect(capacity({}, thin, promised)).toMatchObject({ fact: 'subscription limit 100 %', lackBytes: 10 * GIB });
  });

  it('ends at 85 % in use for every new volume, whatever the limits allow', () => {
    const generous = { limits: { utilisation: 1, subscription: 5 }, provisioning: 'thin' as const };
    expect(capacity(used(84), generous)).toBeUndefined();
    expect(capacity(used(85), generous)).toMatchObject({
      fact: 'filled to 85 % or more, no new volumes',
      had: '85 %',
      lackBytes: 1,
    });
    const promised = { allocatedBytes: 5 * GIB, subscribedBytes: 5 * GIB, volumes: 1 };
    expect(capacity(used(80), generous, promised)).toMatchObject({ had: '85 %' });
  });

  it('does not exist in a pool of no size', () => {
    expect(capacity({ totalBytes: 0, freeBytes: 0 })).toMatchObject({ had: 'no space at all' });
  });

  it('is bounded by the tighter one of the limits of the virtual pool and of the pool itself', () => {
    const limits = { utilisation: 0.6, subscription: 2 };
    expect(check(capacityFilter, { limits, attributes: used(51) })).toMatchObject({
      fact: 'utilisation limit 60 % of the pool itself',
      lackBytes: GIB,
    });
    expect(check(capacityFilter, { limits, attributes: { subscribedBytes: 91 * GIB } })).toMatchObject({
      fact: 'subscription limit 100 %',
      lackBytes: GIB,
    });
    expect(check(capacityFilter, { limits: { subscription: 0.5 }, attributes: used(70) })).toBeUndefined();
  });

  it('is set aside at once for a part of a thin volume, in whole units of the pool', () => {
    const thin = { provisioning: 'thin' as const, thinPreAllocation: 0.25 };
    expect(amountsIn({ granularityBytes: GIB }, role(thin))).toMatchObject({
      allocatedBytes: 3 * GIB,
      subscribedBytes: 10 * GIB,
    });
    expect(amountsIn({ granularityBytes: 1 }, role({ ...thin, thinPreAllocation: 1 })).allocatedBytes).toBe(10 * GIB);
    expect(capacity(used(77), { ...thin, thinPreAllocation: 0.3 })).toBeUndefined();
    expect(capacity(used(78), { ...thin, thinPreAllocation: 0.3 })).toMatchObject({
      fact: 'utilisation limit 80 %',
      needed: '3 GiB',
      lackBytes: GIB,
    });
  });

  it('left for more like it is exactly what the filter lets in', () => {
    const roles = [role(), role({ provisioning: 'thin' }), role({ provisioning: 'thin', thinPreAllocation: 0.5 })];
    for (const wanted of roles) {
      for (const filled of [0, 30, 79, 81, 86]) {
        const { candidate: one } = inputOf({ attributes: { ...used(filled), subscribedBytes: filled * GIB } });
        const leftBytes = volumeBytesLeft(one, wanted, NOTHING);
        const fits = (sizeBytes: number) =>
          capacityFilter.check({ ...inputOf(), candidate: one, role: { ...wanted, sizeBytes } }) === undefined;
        if (leftBytes > 0) expect(fits(leftBytes)).toBe(true);
        expect(fits(leftBytes + 2)).toBe(false);
      }
    }
  });

  it('counts a volume as large as the pool makes it', () => {
    expect(amountsIn({ granularityBytes: 4 * GIB }, role())).toEqual({
      allocatedBytes: 12 * GIB,
      subscribedBytes: 12 * GIB,
      volumes: 1,
    });
    expect(amountsIn({ granularityBytes: 1 }, role({ provisioning: 'thin' }))).toEqual({
      allocatedBytes: 0,
      subscribedBytes: 10 * GIB,
      volumes: 1,
    });
  });

  it('has limits in whole bytes, never rounded up', () => {
    expect(capacityLimits(101, { utilisation: 0.5, subscription: 3 })).toEqual({
      allocatedBytesMax: 50,
      subscribedBytesMax: 303,
    });
  });
});
