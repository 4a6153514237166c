import { expect, test } from 'vitest';
import { ioLimitsFilter } from '../../../../src/engine/placement/filters/io-limits.ts';
import { inputOf } from '../support.ts';

const check = (able: boolean | undefined, ioLimits?: { iops: number }) =>
  ioLimitsFilter.check(
    inputOf({ attributes: able === undefined ? {} : { ioLimits: able } }, ioLimits === undefined ? {} : { ioLimits }),
  );

test('host I/O is limited only where the pool can', () => {
  expect(check(true, { iops: 500 })).toBeUndefined();
  expect(check(false, { iops: 500 })).toMatchObject({ needed: 'a pool that keeps them', had: 'none' });
  expect(check(undefined, { iops: 500 })).toMatchObject({ had: 'not reported' });
});

test('who asks for no limit goes anywhere', () => {
  for (const able of [true, false, undefined]) expect(check(able)).toBeUndefined();
});
