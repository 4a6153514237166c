import { expect, it } from 'vitest';
import { place } from '../../../../src/engine/placement/place.ts';
import { flexibilityScorer } from '../../../../src/engine/placement/scorers/flexibility.ts';
import { candidate, GIB, inputOf, pools, role, unit } from '../support.ts';

it('falls with the number of virtual pools; where it is not known it has no say', () => {
  const raw = (virtualPools?: number) =>
    flexibilityScorer.raw(inputOf(virtualPools === undefined ? {} : { virtualPools }));
  expect([raw(1), raw(2), raw(4), raw(0), raw()]).toEqual([1, 0.5, 0.25, 1, undefined]);
});

it('counts virtual pools as the need says, where it is known, and tells both', () => {
  const wishes = { virtualPools: 2, virtualPoolNeed: 5 };
  expect(flexibilityScorer.raw(inputOf(wishes))).toBe(0.2);
  expect(flexibilityScorer.tell!(inputOf(wishes))).toBe(
    'usable for 2 virtual pools, counted as 5.0 for what else they have',
  );
  expect(flexibilityScorer.tell!(inputOf({ virtualPools: 1, virtualPoolNeed: 1 }))).toBe('usable for 1 virtual pool');
});

it('of pools that as many can use, whoever has a choice takes the one that the others need less', () => {
  const ssd = candidate(1, { virtualPools: 2, virtualPoolNeed: 5 });
  const raid6 = candidate(2, { virtualPools: 2, virtualPoolNeed: 3 });
  expect(pools(place({ units: [unit('any', role({ sizeBytes: 40 * GIB }))] }, [ssd, raid6]))).toEqual(['native-2']);
});

it('those who have a choice leave the pools that others need', () => {
  const ssd = candidate(1, { virtualPools: 3 });
  const hdd = candidate(2, { virtualPools: 1, attributes: { driveType: 'hdd' } });
  const big = { sizeBytes: 40 * GIB };
  const request = {
    units: [unit('any-1', role(big)), unit('any-2', role(big)), unit('ssd', role({ ...big, driveType: 'ssd' }))],
  };
  expect(pools(place(request, [ssd, hdd]))).toEqual(['native-2', 'native-2', 'native-1']);
});
