import { describe, expect, it } from 'vitest';
import { place } from '../../../../src/engine/placement/place.ts';
import type { RoleRequest } from '../../../../src/engine/placement/request.ts';
import { roomScorer } from '../../../../src/engine/placement/scorers/room.ts';
import { type CandidateWishes, candidate, GIB, inputOf, pools, role, unit, units, urn } from '../support.ts';

const raw = (
  attributes: CandidateWishes['attributes'],
  more: Partial<RoleRequest> = {},
  wishes: CandidateWishes = {},
) => roomScorer.raw(inputOf({ ...wishes, ...(attributes ? { attributes } : {}) }, more))!;
const thin = { provisioning: 'thin' as const, sizeBytes: GIB };
const either = (): RoleRequest => {
  const { allocation: _none, ...rest } = role({ sizeBytes: GIB });
  return rest;
};

describe('spread', () => {
  it('is the share of the limits that is left, so that pools of different sizes are filled alike', () => {
    expect(raw({ totalBytes: 1_000 * GIB, freeBytes: 600 * GIB }, { sizeBytes: 1 })).toBeCloseTo(
      raw({ totalBytes: 100 * GIB, freeBytes: 60 * GIB }, { sizeBytes: 1 }),
    );
    expect(raw({ freeBytes: 60 * GIB }, { limits: { utilisation: 0.8, subscription: 1 } })).toBeLessThan(
      raw({ freeBytes: 60 * GIB }, { limits: { utilisation: 1, subscription: 1 } }),
    );
    expect(raw({ freeBytes: 60 * GIB }, {}, { limits: { utilisation: 0.6 } })).toBeLessThan(
      raw({ freeBytes: 60 * GIB }),
    );
  });

  it('counts logical space beside physical: of two equally filled pools the less subscribed one', () => {
    expect(raw({ subscribedBytes: 50 * GIB }, thin)).toBeLessThan(raw({ subscribedBytes: 20 * GIB }, thin));
    expect(raw({ freeBytes: 50 * GIB }, thin)).toBeLessThan(raw({ freeBytes: 80 * GIB }, thin));
  });

  it('is between 0 and 1, whatever is exceeded', () => {
    expect(raw({ subscribedBytes: 900 * GIB })).toBe(0);
    expect(raw({ totalBytes: 0, freeBytes: 0 })).toBe(0);
    expect(raw({}, { sizeBytes: 0 })).toBe(1);
  });
});

describe('pack', () => {
  it('takes the fullest pool that will do, and goes on there until it is full', () => {
    const candidates = [candidate(1), candidate(2, { attributes: { freeBytes: 45 * GIB } }), candidate(3)];
    const placed = pools(place(units(5, { allocation: 'pack' }), candidates));
    expect(placed).toEqual(['native-2', 'native-2', 'native-1', 'native-1', 'native-1']);
  });

  it('of two pools filled alike takes the smaller one', () => {
    const pack = { allocation: 'pack' as const, sizeBytes: GIB };
    expect(raw({ totalBytes: 10 * GIB, freeBytes: 6 * GIB }, pack)).toBeGreaterThan(
      raw({ totalBytes: 1_000 * GIB, freeBytes: 600 * GIB }, { ...pack, sizeBytes: GIB }),
    );
  });
});

describe('a tight fit', () => {
  it('decides before the projects of the other volumes there', () => {
    const project = urn('project', 1);
    const tight = candidate(1, { attributes: { freeBytes: 45 * GIB }, projectVolumes: { [project]: 3 } });
    const wide = candidate(2, { projectVolumes: { [project]: 0 }, system: urn('storageSystem', 2) });
    const large = { ...either(), sizeBytes: 15 * GIB, project };
    expect(pools(place({ units: [unit('large', large)] }, [tight, wide]))).toEqual(['native-1']);
  });
});

describe('neither', () => {
  const roomy = (number: number) => candidate(number);

  it('fills roomy pools evenly, and then one after the other', () => {
    const request = { units: Array.from({ length: 160 }, (_, n) => unit(`v${n}`, either())) };
    const placed = pools(place(request, [roomy(1), roomy(2)]));
    const inFirst = (count: number) => placed.slice(0, count).filter((pool) => pool === 'native-1').length;
    expect(inFirst(40)).toBe(20);
    // Each takes 80. While one is being filled to its limit the other one keeps its room.
    expect(Math.max(inFirst(115), 115 - inFirst(115))).toBe(80);
    expect(placed).toHaveLength(160);
  });

  it('keeps room for a large volume that spreading to the end would have broken up', () => {
    const small = (allocation?: 'spread') =>
      Array.from({ length: 100 }, (_, n) => unit(`v${n}`, { ...either(), ...(allocation ? { allocation } : {}) }));
    const large = unit('large', { ...either(), sizeBytes: 40 * GIB });
    const candidates = [roomy(1), roomy(2)];
    expect(place({ units: [...small('spread'), large] }, candidates).failures).toHaveLength(1);
    expect(place({ units: [...small(), large] }, candidates).failures).toEqual([]);
  });
});
