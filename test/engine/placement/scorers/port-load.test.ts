import { expect, it } from 'vitest';
import { place } from '../../../../src/engine/placement/place.ts';
import { portLoadScorer } from '../../../../src/engine/placement/scorers/port-load.ts';
import { candidate, inputOf, pools, units, urn } from '../support.ts';

const on = (system: number, busy?: number) => ({
  system: urn('storageSystem', system),
  systemName: `array-${system}`,
  ...(busy === undefined ? {} : { portBusyPercent: busy }),
});

it('is the idle share of the ports; not measured counts as half busy, and says so', () => {
  const raw = (busy?: number) => portLoadScorer.raw(inputOf(on(1, busy)));
  expect([raw(0), raw(20), raw(100), raw(130), raw()]).toEqual([1, 0.8, 0, 0, 0.5]);
  expect(portLoadScorer.tell!(inputOf())).toBe('not measured, counts as 50 % busy');
  expect(portLoadScorer.tell!(inputOf(on(1, 12.5)))).toBe('ports 12.5 % busy');
});

it('an unmeasured system neither wins over an idle one nor loses to a busy one', () => {
  const [busy, idle, unknown] = [candidate(1, on(1, 70)), candidate(2, on(2, 30)), candidate(3, on(3))];
  expect(pools(place(units(1), [busy, idle, unknown]))).toEqual(['native-2']);
  expect(pools(place(units(1), [busy, unknown]))).toEqual(['native-3']);
});
