/** Continuous copies in the middle of their operations: what others may not do meanwhile, and what is left when one is called off. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { exportState, importState } from '../../../src/engine/state/transfer.ts';
import { createEstate, type Estate, GIB, TIB } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const INFRASTRUCTURE = infrastructure({ pools: ['fast', 'slow'] });
const FREE = 'protect: false, onRemove: delete';
const FOLLOWING = 'copyOf: a, continuous: true, protect: false, onRemove: quarantine';
const BOTH = stack({ volumes: { a: FREE, m: FOLLOWING } });

let estate: Estate;
beforeEach(async () => {
  estate = await createEstate({ poolBytes: TIB });
  await estate.applied(INFRASTRUCTURE);
});

const stored = (name: string) => estate.show().volumes.find((each) => each.name.startsWith(`${name}-`));
const drift = async () => (await estate.run('drift', {})).items.map(({ summary }) => summary);

async function planOf(verb: 'pause' | 'resume', ...addresses: readonly string[]): Promise<Plan> {
  const { plan, ...rest } = await estate.run('copy.invoke', { verb, addresses });
  expect(plan, JSON.stringify(rest)).toBeDefined();
  return plan!;
}
const apply = (plan: Plan, more: object = {}) =>
  estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0, confirmDestroy: 0, ...more });

/** The process dies there; its successor finds what it left. */
async function killedAt(point: string, work: () => Promise<unknown>): Promise<void> {
  estate.crashPoint = (name) => {
    if (name === point) throw new Error('killed');
  };
  await expect(work()).rejects.toThrow('killed');
  estate.crashPoint = undefined;
}

async function heldBy(address: string): Promise<readonly string[]> {
  return (await estate.run('claim.show', { address })).claims.map(({ operation }) => operation);
}

describe('what is followed is held', () => {
  it('until what begins to follow it is in sync, also where both are made by one plan', async () => {
    await killedAt('step:before-call:mirror.begin', () => estate.apply(BOTH));
    expect(await heldBy('s/volume.a')).toEqual(['apply']);
  });

  it('while what follows it is put into quarantine, and so must hold what it held', async () => {
    await estate.applied(BOTH);
    const without = stack({ volumes: { a: FREE } });
    await killedAt('step:before-call:mirror.split', () => estate.apply(without, { confirmDestroy: 1 }));
    expect(await heldBy('s/volume.a')).toEqual(['apply']);
  });
});

describe('a resume that comes to nothing', () => {
  beforeEach(async () => {
    await estate.applied(BOTH);
    await apply(await planOf('pause', 's/volume.m'));
  });

  async function isPausedAgain(): Promise<void> {
    expect(stored('m')?.mirror?.paused).toBe(true);
    expect(await drift()).toEqual([]);
  }

  for (const point of ['before-call', 'after-call']) {
    it(`is paused again, wherever its process died (${point}), and is so on the array`, async () => {
      const plan = await planOf('resume', 's/volume.m');
      await killedAt(`step:${point}:mirror.resume`, () => apply(plan));
      const [task] = (await estate.keys('w/')).map((key) => key.slice(2));
      estate.restart();
      await estate.run('task.cancel', { task: task! });
      await estate.run('recover', {});
      expect(await estate.keys('w/')).toEqual([]);
      await isPausedAgain();
    });
  }

  it('is paused again, when it was in sync already and another one of its plan fails', async () => {
    await estate.applied(stack({ volumes: { a: FREE, m: FOLLOWING, n: FOLLOWING } }));
    await apply(await planOf('pause', 's/volume.n'));
    const plan = await planOf('resume', 's/volume.m', 's/volume.n');
    let resumed = 0;
    estate.wrap = (array) => ({
      ...array,
      mirrors: {
        ...array.mirrors!,
        resumeMirror: async (ctx, pair) => {
          if (++resumed === 2) estate.fault({ operation: 'resumeMirror', before: 'invalid', times: 1 });
          return array.mirrors!.resumeMirror(ctx, pair);
        },
      },
    });
    estate.restart();
    const { units } = await apply(plan, { atomic: true, parallel: 1 });
    expect(resumed).toBe(2);
    expect(units.map(({ state }) => state)).toEqual(['undone', 'undone']);
    expect(stored('n')?.mirror?.paused).toBe(true);
    await isPausedAgain();
  });
});

it('what is so on the array already is looked at again: whoever made it so may have taken that back', async () => {
  await estate.applied(BOTH);
  for (const [verb, asAsked, back] of [
    ['pause', 'pause', 'follow'],
    ['resume', 'follow', 'pause'],
  ] as const) {
    estate.edit({ edit: 'mirror', volume: stored('m')!.name, does: asAsked });
    const plan = await planOf(verb, 's/volume.m');
    expect(plan.changes[0]?.reason).toContain('already');
    estate.edit({ edit: 'mirror', volume: stored('m')!.name, does: back });
    expect((await apply(plan)).outcome).toBe('ok');
    expect(stored('m')?.mirror?.paused).toBe(verb === 'pause');
    expect(await drift()).toEqual([]);
  }
});

describe('a state that is put back', () => {
  const write = (name: string, content: string) =>
    estate.edit({ edit: 'write-content', volume: stored(name)!.name, content });

  /** Exported while `begun` was open; that was finished, and `since` done, before the export is put back and recovered. */
  async function putBack(point: string, begun: () => Promise<unknown>, since: () => Promise<unknown>): Promise<void> {
    await killedAt(point, begun);
    estate.restart();
    const { document } = await exportState(estate.engine.store);
    expect((await estate.run('recover', {})).workflows).toMatchObject([{ result: 'finished' }]);
    await since();
    const { installation } = await importState(estate.engine.store, document, { replace: true });
    estate.setEpoch(installation.epoch);
    estate.restart();
    await estate.run('device.review', { name: 'array-1', accept: 'manage' });
    await estate.run('recover', {});
  }

  it('lets nothing follow that was split and written to since', async () => {
    await putBack(
      'step:before-intent:mirror.begin',
      () => estate.apply(BOTH),
      async () => {
        const { plan } = await estate.run('copy.invoke', { verb: 'split', addresses: ['s/volume.m'] });
        await apply(plan!);
        write('m', 'used');
      },
    );
    expect(stored('m')).toMatchObject({ content: 'used' });
    expect(stored('m')?.mirror).toBeUndefined();
  });

  it('lets nothing go on that was paused anew since', async () => {
    await estate.applied(BOTH);
    await apply(await planOf('pause', 's/volume.m'));
    const resume = await planOf('resume', 's/volume.m');
    await putBack(
      'step:before-intent:mirror.resume',
      () => apply(resume),
      async () => {
        write('a', 'kept');
        await apply(await planOf('pause', 's/volume.m'));
        write('a', 'newer');
      },
    );
    expect(stored('m')).toMatchObject({ content: 'kept', mirror: { paused: true } });
  });
});

it('what follows somebody by hand is not copied: it may be neither one thing nor the other', async () => {
  await estate.applied(stack({ volumes: { a: FREE, b: FREE } }));
  const [a, b] = [stored('a')!, stored('b')!];
  estate.edit({ edit: 'write-volume', volume: a.name, allocatedBytes: 8 * GIB });
  const { plan } = await estate.run('copy.make', { name: 'c', of: 's/volume.b', protect: false });
  estate.edit({ edit: 'mirror', volume: b.name, does: 'follow', source: a.name });
  const { units } = await apply(plan!);
  expect(units).toMatchObject([{ state: 'undone', error: expect.stringContaining(`follows ${a.id}`) }]);
  expect(stored('c')).toBeUndefined();
});
