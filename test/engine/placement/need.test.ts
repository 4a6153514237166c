import { expect, it } from 'vitest';
import { needOfPools } from '../../../src/engine/placement/need.ts';

it('is the number of virtual pools where each may use all', () => {
  const users = ['gold', 'silver'];
  expect(
    needOfPools([
      { totalBytes: 10, users },
      { totalBytes: 30, users },
    ]),
  ).toEqual([2, 2]);
});

it('counts a virtual pool as often as its bytes go into those of the one that may use most', () => {
  const pools = [
    { totalBytes: 10, users: ['any', 'ssd'] },
    { totalBytes: 20, users: ['any', 'raid6'] },
    { totalBytes: 10, users: ['any'] },
    { totalBytes: 1000, users: [] },
  ];
  expect(needOfPools(pools)).toEqual([1 + 4, 1 + 2, 1, 0]);
});

it('counts each once where no pool has a size, and in a pool without one', () => {
  expect(needOfPools([{ totalBytes: 0, users: ['a', 'b'] }])).toEqual([2]);
  expect(
    needOfPools([
      { totalBytes: 0, users: ['a', 'b'] },
      { totalBytes: 5, users: ['a'] },
    ]),
  ).toEqual([2, 1]);
});
