import { expect, it } from 'vitest';
import { assignedPoolsFilter } from '../../../../src/engine/placement/filters/assigned-pools.ts';
import { inputOf } from '../support.ts';

it('admits the pools that the virtual pool names, and all where it names none', () => {
  const check = (assignedPools?: readonly string[]) =>
    assignedPoolsFilter.check(inputOf({}, assignedPools === undefined ? {} : { assignedPools }));
  expect([check(), check(['array-1/pool-1']), check(['array-9/*', '*/pool-?'])]).toEqual([
    ...[undefined, undefined, undefined],
  ]);
  expect(check(['array-2/*'])).toMatchObject({ fact: 'assigned pools', needed: 'array-2/*', had: 'array-1/pool-1' });
});
