import fc from 'fast-check';
import { expect, it } from 'vitest';
import { place } from '../../../src/engine/placement/place.ts';
import { placeTogether } from '../../../src/engine/placement/together.ts';
import { someEstate } from './estates.ts';
import { candidate, GIB, pools, role, someRequest, unit } from './support.ts';

const sizes = (...gib: number[]) => gib.map((each, n) => unit(`v${n}`, role({ sizeBytes: each * GIB })));

it('places the largest first where only that finds a place for all, and tells it in the order that was given', () => {
  const two = [candidate(1), candidate(2)];
  const units = sizes(30, 30, 80);
  expect(place({ units }, two).failures.map(({ unit: id }) => id)).toEqual(['v2']);
  const { units: order, result } = placeTogether(units, two);
  expect(order.map(({ id }) => id)).toEqual(['v2', 'v0', 'v1']);
  expect(result.decisions.map(({ unit: id }) => id)).toEqual(['v0', 'v1', 'v2']);
  expect(result.failures).toEqual([]);
  expect(pools(result)).toEqual(['native-2', 'native-2', 'native-1']);
});

it('is what place says wherever that leaves nobody out, or nothing helps', () => {
  fc.assert(
    fc.property(someRequest, someEstate, ({ units }, candidates) => {
      const given = place({ units }, candidates);
      const { result } = placeTogether(units, candidates);
      if (given.failures.length === 0 || result.failures.length > 0) expect(result).toEqual(given);
      else expect(result.decisions.map(({ unit: id }) => id)).toEqual(units.map(({ id }) => id));
    }),
    { numRuns: 300 },
  );
});
