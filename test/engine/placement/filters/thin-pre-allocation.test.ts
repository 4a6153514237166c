import { expect, it } from 'vitest';
import { thinPreAllocationFilter } from '../../../../src/engine/placement/filters/thin-pre-allocation.ts';
import { inputOf } from '../support.ts';

const check = (able: boolean | undefined, thinPreAllocation: number, provisioning: 'thin' | 'thick' = 'thin') =>
  thinPreAllocationFilter.check(
    inputOf(able === undefined ? {} : { thinPreAllocation: able }, { thinPreAllocation, provisioning }),
  );

it('a pool that can not set aside a part of a thin volume, or does not say so, is refused where one is asked for', () => {
  expect(check(true, 0.2)).toBeUndefined();
  expect(check(false, 0.2)).toMatchObject({
    fact: 'thin pre-allocation',
    needed: '20 % set aside at once',
    had: 'none',
  });
  expect(check(undefined, 0.2)).toMatchObject({ had: 'not reported' });
});

it('thick volumes, and thin ones of which nothing is set aside, may go anywhere', () => {
  expect(check(false, 0.2, 'thick')).toBeUndefined();
  expect(check(false, 0)).toBeUndefined();
  expect(thinPreAllocationFilter.check(inputOf({}, { provisioning: 'thin' }))).toBeUndefined();
});
