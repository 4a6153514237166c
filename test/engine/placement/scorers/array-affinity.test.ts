import { expect, it } from 'vitest';
import { place } from '../../../../src/engine/placement/place.ts';
import { arrayAffinityScorer } from '../../../../src/engine/placement/scorers/array-affinity.ts';
import { candidate, GIB, inputOf, pools, units, urn } from '../support.ts';

const SERVING = urn('storageSystem', 2);
const full = candidate(2, {
  system: SERVING,
  systemName: 'array-2',
  portBusyPercent: 100,
  virtualPools: 9,
  attributes: { freeBytes: 41 * GIB },
});

it('is the share of the hosts that the system serves', () => {
  const affinity = { [urn('storageSystem', 1)]: 0.25 };
  expect(arrayAffinityScorer.raw(inputOf({}, { affinity }))).toBe(0.25);
  expect(arrayAffinityScorer.raw(inputOf({ system: SERVING }, { affinity }))).toBe(0);
  expect(arrayAffinityScorer.raw(inputOf())).toBeUndefined();
});

it('decides before everything else, as long as there is room', () => {
  const affinity = { [SERVING]: 0.01 };
  const idle = candidate(1, { portBusyPercent: 0, virtualPools: 1 });
  expect(pools(place(units(3, { affinity }), [idle, full]))).toEqual(['native-2', 'native-2', 'native-1']);
  expect(pools(place(units(1), [idle, full]))).toEqual(['native-1']);
});
