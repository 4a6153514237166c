import { expect, it } from 'vitest';
import { createEstate } from '../planner/estate.ts';
import { infrastructure, sourceOf, stack } from '../planner/texts.ts';

const names = (prefix: string) => Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`${prefix}${n}`, null]));

it('calls on a device are limited over all applies of a process together', async () => {
  const estate = await createEstate();
  await estate.applied([infrastructure()]);
  let [now, most] = [0, 0];
  estate.wrap = (array) => ({
    ...array,
    ensureVolume: async (...args) => {
      most = Math.max(most, ++now);
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      now--;
      return array.ensureVolume(...args);
    },
  });
  const apply = (name: string) =>
    estate.run('apply', {
      source: sourceOf([infrastructure(), stack({ stack: name, volumes: names(name) })]),
      skipHeld: false,
      claimWaitMs: 60_000,
      deviceLimit: 2,
    });
  const results = await Promise.all(['x', 'y', 'z'].map(apply));
  expect(results.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok']);
  expect(most).toBe(2);
});
