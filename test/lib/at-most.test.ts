import { expect, test } from 'vitest';
import { atMost } from '../../src/lib/at-most.ts';

test('so many at once and no more, results in the order of the things, whoever is done first', async () => {
  let running = 0;
  let most = 0;
  const results = await atMost(3, [5, 1, 4, 2, 3, 0, 6], async (item) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < item; turn++) await Promise.resolve();
    running--;
    return item * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30, 0, 60]);
  expect(most).toBe(3);
  expect(await atMost(3, [], async () => 1)).toEqual([]);
});

test('the first failure is the failure of all', async () => {
  const work = atMost(2, [1, 2, 3], async (item) => {
    if (item === 2) throw new Error('two');
    return item;
  });
  await expect(work).rejects.toThrow('two');
});
