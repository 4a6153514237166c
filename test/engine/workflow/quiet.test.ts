/**
 * What a dead process had sent may still arrive until its deadline. Whoever goes on for it lets nobody else at the objects
 * before that: a volume that was made twice over and removed in between would be nobody's.
 */
import { expect, it } from 'vitest';
import { LIMITS } from '../../../src/lib/limits.ts';
import { createEstate } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

class Killed extends Error {}

async function recoveredAfter(point: string): Promise<number> {
  const estate = await createEstate();
  await estate.applied(infrastructure());
  estate.crashPoint = (name) => {
    if (name === point) throw new Killed(point);
  };
  await expect(estate.apply(stack({ volumes: { a: null } }))).rejects.toThrow(Killed);
  const diedAtMs = estate.clock.nowMs();
  let endedAtMs = 0;
  estate.crashPoint = (name) => {
    if (name === 'unit:before-end') endedAtMs = estate.clock.nowMs();
  };
  estate.restart();
  expect((await estate.run('recover', {})).outcome).toBe('ok');
  expect((await estate.record('volume', 'a')).record.claim).toBeUndefined();
  return endedAtMs - diedAtMs;
}

it('a unit with a call of a dead process ends only when that call can not arrive any more', async () => {
  expect(await recoveredAfter('step:before-call:volume.create')).toBeGreaterThanOrEqual(LIMITS.deviceCallDeadlineMs);
});

it('a unit whose calls were all answered ends at once', async () => {
  expect(await recoveredAfter('unit:before-end')).toBeLessThan(1_000);
});
