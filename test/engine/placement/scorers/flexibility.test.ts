import { expect, it } from 'vitest';
import { place } from '../../../../src/engine/placement/place.ts';
import { flexibilityScorer } from '../../../../src/engine/placement/scorers/flexibility.ts';
import { candidate, GIB, inputOf, pools, role, unit } from '../support.ts';

it('falls with the number of virtual pools; where it is not known it has no say', () => {
  const raw = (virtualPools?: number) =>
    flexibilityScorer.raw(inputOf(virtualPools === undefined ? {} : { virtualPools }));
  expect([raw(1), raw(2), raw(4), raw(0), raw()]).toEqual([1, 0.5, 0.25, 1, undefined]);
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
