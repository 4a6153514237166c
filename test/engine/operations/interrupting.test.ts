/** Ctrl-C and --timeout in the middle of an operation: how it ends, and what it may say then. */
import { describe, expect, it } from 'vitest';
import type { BlockArray } from '../../../src/engine/driver/contract.ts';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import { interruptible } from '../../../src/engine/operations/interrupting.ts';
import { createEstate, type Estate, GIB, lines } from '../planner/estate.ts';
import { infrastructure, sourceOf, stack } from '../planner/texts.ts';
import { EXPORTED, refusal, suspended } from './suspended.ts';

const PLAN = [infrastructure(), stack({ volumes: { a: null, b: null } })];

interface Enough {
  /** Calls from the one at which the caller had had enough. */
  readonly calls: string[];
}

/** The caller has had enough at the first call that `at` names; `silent`: from then on no array answers. */
function enough(estate: Estate, at: RegExp, { silent = false } = {}): Enough {
  const calls: string[] = [];
  const caller = new AbortController();
  estate.signal = caller.signal;
  estate.wrap = (array) =>
    Object.fromEntries(
      Object.entries(array).map(([name, call]) => [
        name,
        async (...args: never[]) => {
          if (calls.length > 0 || at.test(name)) calls.push(name);
          if (calls.length > 0) caller.abort(new Error('had enough'));
          if (calls.length > 0 && silent) throw new DriverError({ class: 'transient', message: 'no answer' });
          return (call as (...args: never[]) => Promise<unknown>)(...args);
        },
      ]),
    ) as unknown as BlockArray;
  return { calls };
}

/** The caller comes back. */
function again(estate: Estate): void {
  estate.signal = new AbortController().signal;
  estate.wrap = undefined;
}

const INTERRUPTED = { outcome: 'interrupted', diagnostics: [] };

/** A process died at this point of an apply. */
async function diedAt(point: string, plan: readonly string[] = PLAN): Promise<{ estate: Estate; workflow: string }> {
  const estate = await createEstate();
  await estate.applied([infrastructure()]);
  estate.crashPoint = (name) => {
    if (name === point) throw new Error('killed');
  };
  await expect(estate.apply(plan, { parallel: 1 })).rejects.toThrow('killed');
  estate.crashPoint = undefined;
  estate.restart();
  const [task] = (await estate.run('task.list', {})).tasks;
  return { estate, workflow: task!.workflow };
}

describe('an operation that only looks', () => {
  it('is interrupted by nothing but the abort: a bug in the same moment is still a bug', async () => {
    const caller = new AbortController();
    caller.abort(new Error('had enough'));
    const bug = new TypeError('a bug');
    await expect(interruptible(caller.signal, () => Promise.reject(bug))).rejects.toBe(bug);
    const early = new Error('the reason, before it was one');
    await expect(interruptible(new AbortController().signal, () => Promise.reject(early))).rejects.toBe(early);
  });

  it('ends as interrupted: plan, drift, import', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    const { volume } = estate.edit({
      edit: 'add-volume',
      name: 'theirs',
      pool: 'fast',
      sizeBytes: GIB,
      provisioning: 'thin',
    }) as { volume: string };
    enough(estate, /^identify$/, { silent: true });
    expect(await refusal(estate.run('plan', sourceOf(PLAN)))).toMatchObject(INTERRUPTED);
    enough(estate, /^identify$/, { silent: true });
    expect(await refusal(estate.run('drift', {}))).toMatchObject(INTERRUPTED);
    enough(estate, /^readVolume$/, { silent: true });
    const wanted = { address: 's/volume.t', system: 'array-1', nativeId: volume, project: 'p' };
    const places = { virtualPool: 'gold', virtualArray: 'dc1' };
    expect(await refusal(estate.run('import', { ...wanted, ...places }))).toMatchObject(INTERRUPTED);
  });

  it('discover does not say that all is well with a pool that it could not record', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure()]);
    const pools = await estate.records('pool');
    estate.wrap = (array) => ({
      ...array,
      listPools: async (ctx, page) => {
        const { items, ...more } = await array.listPools(ctx, page);
        return { items: [...items, { ...items[0]!, nativeId: 'pool-new', name: 'new' }], ...more };
      },
    });
    const caller = new AbortController();
    estate.signal = caller.signal;
    estate.onEvent = ({ type }) => {
      if (type === 'observe.finished') caller.abort(new Error('had enough'));
    };
    expect(await refusal(estate.run('discover', { systems: ['array-1'] }))).toMatchObject(INTERRUPTED);
    expect(await estate.records('pool')).toEqual(pools);
    estate.onEvent = undefined;
    estate.signal = new AbortController().signal;
    expect((await estate.run('discover', { systems: ['array-1'] })).outcome).toBe('ok');
    expect((await estate.records('pool')).length).toBeGreaterThan(pools.length);
  });
});

describe('what a rollback would do', () => {
  it('is not said by half: the preview ends as interrupted, on a silent array and on one that answers', async () => {
    const { estate, workflow } = await suspended();
    estate.clearFaults();
    for (const silent of [true, false]) {
      const { calls } = enough(estate, /^(read|find)/, { silent });
      const before = await estate.revision();
      expect(await refusal(estate.run('task.rollback', { task: workflow, preview: true }))).toMatchObject(INTERRUPTED);
      expect(calls).toHaveLength(1);
      expect(await estate.revision()).toBe(before);
    }
    again(estate);
    const seen = await estate.run('task.rollback', { task: workflow, preview: true });
    expect([seen.outcome, seen.compensations.length]).toEqual(['ok', 2]);
  });

  it('is what a rollback and a cancel wait for: they begin nothing', async () => {
    const gone = 'protect: false, onRemove: delete';
    const estate = await createEstate();
    await estate.applied([infrastructure(), stack({ volumes: { a: gone } })]);
    estate.crashPoint = (point) => {
      if (point === 'step:after-intent:volume.delete') throw new Error('killed');
    };
    const removal = estate.apply([infrastructure(), stack({ volumes: {} })], { confirmDestroy: 1 });
    await expect(removal).rejects.toThrow('killed');
    estate.crashPoint = undefined;
    estate.restart();
    const [task] = (await estate.run('task.list', { states: ['pending'] })).tasks;
    const before = await estate.revision();
    for (const run of [
      () => estate.run('task.rollback', { task: task!.workflow, preview: false }),
      () => estate.run('task.cancel', { task: task!.workflow }),
    ]) {
      enough(estate, /^(read|find)/, { silent: true });
      expect(await refusal(run())).toMatchObject(INTERRUPTED);
    }
    expect(await estate.revision()).toBe(before);
  });
});

describe('work of the dead that somebody goes on with', () => {
  it('recover: says which workflows it did not bring to their end, and the next one does', async () => {
    const { estate, workflow } = await diedAt('step:after-intent:volume.create');
    enough(estate, /^(read|find)/, { silent: true });
    const recovered = await estate.run('recover', {});
    expect(recovered).toMatchObject({ outcome: 'interrupted', workflows: [{ workflow, result: 'interrupted' }] });
    // From the start: nothing is even taken over.
    const before = await estate.revision();
    estate.signal = AbortSignal.abort();
    expect(await estate.run('recover', {})).toMatchObject({
      outcome: 'interrupted',
      workflows: [{ workflow, result: 'interrupted', steps: [] }],
    });
    expect((await estate.revision()) - before).toBeLessThanOrEqual(2);
    again(estate);
    expect(await estate.run('recover', {})).toMatchObject({ outcome: 'ok', workflows: [{ result: 'finished' }] });
    expect(lines(await estate.planned(PLAN))).toEqual([]);
  });

  it('task suspend, resume and rollback end as interrupted, and somebody else may go on at once', async () => {
    const { estate, workflow } = await diedAt('step:after-intent:volume.create');
    estate.signal = AbortSignal.abort();
    expect(await estate.run('task.suspend', { task: workflow })).toMatchObject(INTERRUPTED);
    for (const run of [
      () => estate.run('task.resume', { task: workflow }),
      () => estate.run('task.rollback', { task: workflow, preview: false }),
    ]) {
      enough(estate, /^(read|find)/, { silent: true });
      expect(await run()).toMatchObject(INTERRUPTED);
    }
    again(estate);
    // The rollback was decided before it was interrupted.
    expect((await estate.run('recover', {})).outcome).toBe('partial');
    expect(lines(await estate.planned(PLAN))).toEqual(['create s/volume.a', 'create s/volume.b']);
  });

  it('resolve: nothing is said about whose word counts before the device was asked', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure()]);
    estate.wrap = (array) => ({
      ...array,
      ensureVolume: async (...args) => {
        try {
          return await array.ensureVolume(...args);
        } finally {
          estate.takeDown('sim-1');
        }
      },
    });
    estate.fault({ operation: 'ensureVolume', after: true });
    const plan = [infrastructure(), stack({ volumes: { a: null } })];
    const { workflow } = await estate.apply(plan);
    estate.clearFaults();
    enough(estate, /^(read|find)/, { silent: true });
    const resolved = await estate.run('resolve', { address: 's/volume.a', as: 'absent' });
    expect([resolved.outcome, resolved.diagnostics]).toEqual(['interrupted', []]);
    again(estate);
    estate.bringUp('sim-1');
    await estate.run('recover', {});
    const [ended] = (await estate.run('history', { workflow: workflow! })).workflows;
    expect(ended!.attested).toMatchObject([{ as: 'absent' }]);
    expect(ended!.attested![0]).not.toHaveProperty('counted');
  });
});

describe('an apply that is through', () => {
  it('says so, although nobody waits for the look at what it has changed', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure()]);
    let through = false;
    estate.onEvent = ({ type }) => {
      through ||= type === 'unit.finished';
    };
    const caller = new AbortController();
    estate.signal = caller.signal;
    estate.wrap = (array) => ({
      ...array,
      listMasks: async (ctx, page) => {
        if (through) caller.abort(new Error('had enough'));
        ctx.signal.throwIfAborted();
        return array.listMasks(ctx, page);
      },
    });
    const result = await estate.apply(EXPORTED);
    expect([caller.signal.aborted, result.outcome, result.diagnostics]).toEqual([true, 'ok', []]);
    expect(new Set(result.units.map(({ state }) => state))).toEqual(new Set(['done']));
  });
});
