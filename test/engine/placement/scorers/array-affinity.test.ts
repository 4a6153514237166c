import { expect, it } from 'vitest';
import type { Urn } from '../../../../src/engine/model/urn.ts';
import { place } from '../../../../src/engine/placement/place.ts';
import { arrayAffinityScorer } from '../../../../src/engine/placement/scorers/array-affinity.ts';
import { candidate, GIB, inputOf, pools, role, unit, units, urn } from '../support.ts';

const SERVING = urn('storageSystem', 2);
const HOSTS = [1, 2, 3, 4].map((n) => urn('host', n));
const full = candidate(2, {
  system: SERVING,
  systemName: 'array-2',
  portBusyPercent: 100,
  virtualPools: 9,
  attributes: { freeBytes: 41 * GIB },
});

it('is the share of the hosts that the system serves', () => {
  const wish = { hosts: HOSTS, affinity: { [urn('storageSystem', 1)]: [HOSTS[2]!] } };
  expect(arrayAffinityScorer.raw(inputOf({}, wish))).toBe(0.25);
  expect(arrayAffinityScorer.raw(inputOf({ system: SERVING }, wish))).toBe(0);
  expect(arrayAffinityScorer.raw(inputOf({}, wish, { hosts: 2 }))).toBe(0.75);
  expect(arrayAffinityScorer.raw(inputOf({}, { hosts: HOSTS }))).toBeUndefined();
  expect(arrayAffinityScorer.raw(inputOf())).toBeUndefined();
});

it('decides before everything else, as long as there is room', () => {
  const many = Array.from({ length: 100 }, (_, n) => urn('host', n));
  const wish = { hosts: many, affinity: { [SERVING]: [many[7]!] } };
  const idle = candidate(1, { portBusyPercent: 0, virtualPools: 1 });
  expect(pools(place(units(3, wish), [idle, full]))).toEqual(['native-2', 'native-2', 'native-1']);
  expect(pools(place(units(1), [idle, full]))).toEqual(['native-1']);
});

it('keeps what one host sees together, also when it saw nothing before', () => {
  const [a, b] = HOSTS as [Urn, Urn];
  const wish = (hosts: readonly Urn[]) => role({ hosts, affinity: {} });
  const request = {
    units: [
      unit('1', wish([a])),
      unit('2', wish([a])),
      unit('3', wish([b])),
      unit('4', wish([b])),
      unit('5', wish([a, b])),
    ],
  };
  const first = candidate(1);
  const second = candidate(2, { system: SERVING, systemName: 'array-2' });
  expect(pools(place(request, [first, second]))).toEqual(['native-1', 'native-1', 'native-2', 'native-2', 'native-1']);
});

it('counts volumes for the host of those too that ask for nothing', () => {
  const hosts = [HOSTS[0]!];
  const request = { units: [unit('1', role({ hosts })), unit('2', role({ hosts, affinity: {} }))] };
  const second = candidate(2, { system: SERVING, systemName: 'array-2' });
  expect(pools(place(request, [candidate(1), second]))).toEqual(['native-1', 'native-1']);
});
