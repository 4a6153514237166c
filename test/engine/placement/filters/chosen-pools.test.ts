import { expect, it } from 'vitest';
import { chosenPoolsFilter } from '../../../../src/engine/placement/filters/chosen-pools.ts';
import type { RoleRequest } from '../../../../src/engine/placement/request.ts';
import { inputOf } from '../support.ts';

const check = (more: Partial<RoleRequest>) => chosenPoolsFilter.check(inputOf({}, more));

it('a pool is one of the required ones, by patterns of system and pool', () => {
  expect(check({ require: ['array-2/*', 'array-1/pool-?'] })).toBeUndefined();
  expect(check({ require: ['array-2/*', '*/fast'] })).toMatchObject({
    fact: 'required pools',
    needed: 'array-2/* or */fast',
    had: 'array-1/pool-1',
  });
  expect(check({ require: [] })).toMatchObject({ fact: 'required pools' });
});

it('and none of those to be avoided, required or not', () => {
  expect(check({ avoid: ['array-2/*'] })).toBeUndefined();
  expect(check({ require: ['*'], avoid: ['x', 'array-1/*'] })).toMatchObject({
    fact: 'avoided pools',
    needed: 'none of array-1/*',
    had: 'array-1/pool-1',
  });
});
