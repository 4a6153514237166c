import { expect, it } from 'vitest';
import {
  compressionFilter,
  deduplicationFilter,
  longTermRetentionFilter,
} from '../../../../src/engine/placement/filters/features.ts';
import { inputOf } from '../support.ts';

it.each([
  ['compression', compressionFilter],
  ['deduplication', deduplicationFilter],
] as const)('%s is had where it is asked for, and nothing else matters', (name, filter) => {
  const check = (wanted: boolean | undefined, has: boolean | undefined) =>
    filter.check(
      inputOf(has === undefined ? {} : { attributes: { [name]: has } }, wanted === undefined ? {} : { [name]: wanted }),
    )?.had;
  expect([check(true, true), check(undefined, true), check(undefined, undefined), check(false, false)]).toEqual([
    ...[undefined, undefined, undefined, undefined],
  ]);
  expect([check(true, false), check(true, undefined)]).toEqual(['none', 'not reported']);
});

it('a pool for long-term retention is taken exactly where that is asked for', () => {
  const check = (wanted: boolean | undefined, has: boolean | undefined) =>
    longTermRetentionFilter.check(
      inputOf(
        has === undefined ? {} : { attributes: { longTermRetention: has } },
        wanted === undefined ? {} : { longTermRetention: wanted },
      ),
    ) === undefined;
  expect([check(true, true), check(undefined, undefined), check(undefined, false)]).toEqual([true, true, true]);
  expect([check(true, undefined), check(undefined, true), check(false, true)]).toEqual([false, false, false]);
});
