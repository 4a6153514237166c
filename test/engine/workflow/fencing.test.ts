/** One runner a workflow: what happens to processes that are slow, cut off, or whose store fails. */
import { describe, expect, it } from 'vitest';
import { keys } from '../../../src/engine/state/keys.ts';
import { type StateStore, StoreError } from '../../../src/engine/state/store.ts';
import { recoverAll } from '../../../src/engine/workflow/recover.ts';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { expectSettled, snapshot } from './invariants.ts';
import { createVolumeUnit, exportUnit, fullUnits, planOf } from './plans.ts';
import { createWorld, Killed, noNetwork } from './world.ts';

const NO_WAIT = { claimWaitMs: 0 };
const units = () => [createVolumeUnit(1, true), exportUnit([1], ['volume.data-1'])];

describe('a process that was cut off', () => {
  it('has its writes refused after a take-over, and calls no device any more', async () => {
    const world = await createWorld();
    const zombie = await world.start({ host: 'db-9' });
    let recovered: unknown;
    let callsAfter = -1;
    world.onCall = async (operation) => {
      if (operation !== 'ensureVolume' || recovered) return;
      // Its call hangs; meanwhile its lease ends and another takes over.
      recovered = [];
      zombie.freeze();
      world.clock.advance(LIMITS.processLeaseTtlMs + 1);
      recovered = await recoverAll((await world.start()).env);
      callsAfter = world.changes.length;
    };
    const result = await runPlan(zombie.env, await planOf(world, units()), NO_WAIT);
    expect(recovered).toMatchObject([{ result: 'finished' }]);
    expect(result).toMatchObject({ status: 'unknown', diagnostics: [{ code: 'COPRHD-APPLY-004' }] });
    // Only the one call that hung.
    expect(world.changes.length - callsAfter).toBe(1);
    expect(snapshot(world).volumes).toHaveLength(1);
    await expectSettled(world);
  });

  it('writes nothing once another owns the workflow, even if that one has done nothing yet', async () => {
    const world = await createWorld();
    const zombie = await world.start({ host: 'db-9' });
    let taken = false;
    world.onCall = async (operation) => {
      if (operation !== 'ensureVolume' || taken) return;
      taken = true;
      zombie.freeze();
      world.clock.advance(LIMITS.processLeaseTtlMs + 1);
      const crashPoint = (name: string) => {
        if (name === 'recover:taken-over') throw new Killed(name);
      };
      const other = await world.start({ crashPoint });
      await expect(recoverAll(other.env)).rejects.toThrow(Killed);
      other.kill();
    };
    const result = await runPlan(zombie.env, await planOf(world, units()), NO_WAIT);
    expect(result).toMatchObject({ status: 'unknown', diagnostics: [{ code: 'COPRHD-APPLY-004' }] });
    const step = await world.store.get(keys.journal(result.workflow, 'volume.data-1', 'create'));
    expect(JSON.parse(step!.value)).toMatchObject({ state: 'intent' });
    await recoverAll((await world.start()).env);
    expect(snapshot(world).volumes).toHaveLength(1);
    await expectSettled(world);
  });

  it('is no trouble to the second of two that recover it at once: it has ended, with its plan', async () => {
    const world = await createWorld();
    const dead = await world.start({
      crashPoint: (name) => {
        if (name === 'commit:after') throw new Killed(name);
      },
    });
    await expect(runPlan(dead.env, await planOf(world, units()), NO_WAIT)).rejects.toThrow(Killed);
    dead.kill();
    const [first, second] = [await world.start(), await world.start()];
    const { blobs } = second.env;
    const get = async (hash: string) => {
      expect(await recoverAll(first.env)).toMatchObject([{ result: 'finished' }]);
      return blobs.get(hash);
    };
    expect(await recoverAll({ ...second.env, blobs: { ...blobs, get } })).toEqual([]);
    await expectSettled(world);
  });

  it('never begins a call that its lease would not outlast', async () => {
    const world = await createWorld();
    const zombie = await world.start({
      host: 'db-9',
      crashPoint: (name) => {
        if (name !== 'step:before-call:volume.create') return;
        zombie.freeze();
        world.clock.advance(LIMITS.processLeaseTtlMs - LIMITS.leaseSafetyMarginMs);
      },
    });
    const device = await zombie.env.devices.open({} as never);
    const calls: PropertyKey[] = [];
    const array = new Proxy(device.array, {
      get: (target, name) => {
        calls.push(name);
        return Reflect.get(target, name);
      },
    });
    const devices = {
      open: async () => ({ ...device, array }),
      reopen: async () => device,
      openNetwork: noNetwork,
      reopenNetwork: noNetwork,
    };
    const result = await runPlan({ ...zombie.env, devices }, await planOf(world, units()), NO_WAIT);
    expect(result).toMatchObject({ status: 'unknown', diagnostics: [{ code: 'COPRHD-APPLY-004' }] });
    // Not even given to the driver, whatever that one makes of deadlines.
    expect(calls).toEqual(['findVolume']);
    expect(world.changes).toEqual([]);
  });

  it('stops when it is told that its lease is lost', async () => {
    const world = await createWorld();
    const process = await world.start();
    const lost = new AbortController();
    const env = { ...process.env, process: { ...process.env.process, signal: lost.signal } };
    world.onCall = (operation) => {
      if (operation === 'ensureVolume') lost.abort();
    };
    const result = await runPlan(env, await planOf(world, units()), NO_WAIT);
    expect(result).toMatchObject({ status: 'unknown', diagnostics: [{ code: 'COPRHD-APPLY-004' }] });
    expect(world.changes.length).toBeLessThanOrEqual(1);
    process.kill();
    world.onCall = undefined;
    await recoverAll((await world.start()).env);
    await expectSettled(world);
  });
});

describe('taking over', () => {
  const killedAt = async (point: string, host = 'db-1') => {
    const world = await createWorld();
    const process = await world.start({
      host,
      crashPoint: (name) => {
        if (name === point) throw new Killed(name);
      },
    });
    const plan = await planOf(world, fullUnits());
    await expect(runPlan(process.env, plan, NO_WAIT)).rejects.toThrow(Killed);
    return { world, process };
  };

  it('leaves alone what a living process runs', async () => {
    const { world } = await killedAt('commit:after');
    const { env } = await world.start();
    expect(await recoverAll(env)).toMatchObject([{ result: 'left', steps: [] }]);
    expect(world.changes).toEqual([]);
  });

  it('happens at once on the same machine, elsewhere when the lease has ended', async () => {
    const near = await killedAt('commit:after');
    near.process.kill();
    expect(await recoverAll((await near.world.start()).env)).toMatchObject([{ result: 'finished' }]);

    const far = await killedAt('commit:after', 'db-9');
    far.process.kill();
    expect(await recoverAll((await far.world.start()).env)).toMatchObject([{ result: 'left' }]);
    far.world.clock.advance(LIMITS.processLeaseTtlMs + 1);
    expect(await recoverAll((await far.world.start()).env)).toMatchObject([{ result: 'finished' }]);
    await expectSettled(far.world);
  });

  it('a commit that arrives in the last moment is kept: the workflow goes forward', async () => {
    const { world, process } = await killedAt('commit:before');
    process.kill();
    const { env } = await world.start();
    // What the dead process had sent arrives between the look at its workflow and the take-over.
    let arrived = false;
    const store: StateStore = {
      ...env.store,
      txn: async (txn) => {
        const takesOver = txn.success.some((op) => op.type === 'put' && op.key.startsWith(keys.workflowOwners));
        if (takesOver && !arrived) {
          arrived = true;
          const { items } = await env.store.range({ prefix: keys.workflows });
          const { key, value, modRevision } = items[0]!;
          const committed = JSON.stringify({ ...(JSON.parse(value) as object), phase: 'committed' });
          const sent = { compare: [{ key, modRevision }], success: [{ type: 'put', key, value: committed } as const] };
          expect((await env.store.txn(sent)).succeeded).toBe(true);
        }
        return env.store.txn(txn);
      },
    };
    expect(await recoverAll({ ...env, store })).toMatchObject([{ result: 'finished' }]);
    expect(arrived).toBe(true);
    expect(snapshot(world).volumes).toHaveLength(3);
    await expectSettled(world);
  });

  it('is done by one when two try at once', async () => {
    const { world, process } = await killedAt('step:after-call:mask.ensure');
    process.kill();
    const [a, b] = [await world.start(), await world.start()];
    const results = (await Promise.all([recoverAll(a.env), recoverAll(b.env)])).flat();
    expect(results.filter(({ result }) => result === 'finished')).toHaveLength(1);
    expect(results.filter(({ result }) => result === 'left').length).toBeLessThanOrEqual(1);
    expect(world.changes.filter((name) => name === 'ensureMask')).toHaveLength(1);
    await expectSettled(world);
  });

  it('says what it found about each step that was left open', async () => {
    const { world, process } = await killedAt('step:after-call:mask.ensure');
    process.kill();
    const recovering = await world.start();
    const [recovered] = await recoverAll(recovering.env);
    expect(recovered?.holder).toMatch(/anna on db-1, process \d+/);
    expect(recovered?.steps).toContainEqual({ unit: 'export.ora', step: 'mask', verdict: 'done' });
    expect(recovering.events.map(({ type }) => type)).toContain('recovery.step');
  });
});

/** Fails the n-th transaction, before or after it took effect, and everything after it. */
function failingStore(
  store: StateStore,
  index: number,
  afterEffect: boolean,
): { store: StateStore; hit: () => boolean } {
  let count = 0;
  const failing: StateStore = Object.assign(Object.create(store) as StateStore, {
    txn: async (txn: Parameters<StateStore['txn']>[0]) => {
      const mine = count++;
      if (mine === index && afterEffect) await store.txn(txn);
      if (mine >= index) throw new StoreError('the store does not answer', { unknown: true });
      return store.txn(txn);
    },
  });
  return { store: failing, hit: () => count > index };
}

describe('a store that stops answering', () => {
  it.each([false, true])('at any transaction (effect took place: %s) is recovered from', async (afterEffect) => {
    let index = 0;
    for (; ; index++) {
      const world = await createWorld();
      const process = await world.start();
      const failing = failingStore(process.env.store, index, afterEffect);
      const env = { ...process.env, store: failing.store };
      const plan = await planOf(world, units());
      const outcome = await runPlan(env, plan, NO_WAIT).then(
        ({ status }) => status,
        (error: unknown) => error,
      );
      if (!failing.hit()) {
        expect(outcome).toBe('done');
        break;
      }
      expect(outcome).toBeInstanceOf(StoreError);
      process.kill();
      const next = await world.start();
      await recoverAll(next.env);
      const used = await world.store.get(`m/applied/${plan.id}`);
      const end = used ? 'done' : (await runPlan(next.env, plan, NO_WAIT)).status;
      expect(end).toBe('done');
      expect(snapshot(world).volumes).toHaveLength(1);
      expect(snapshot(world).masks).toHaveLength(1);
      await expectSettled(world);
    }
    expect(index).toBeGreaterThan(12);
  });
});
