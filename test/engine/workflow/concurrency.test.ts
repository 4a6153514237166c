/** Two plans at once on one state: what each may touch, who waits for whom, and what is said about it. */
import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import { expectSettled, snapshot } from './invariants.ts';
import { changed, createVolumeUnit, expandUnit, fullUnits, planOf } from './plans.ts';
import { createWorld, GIB, HOST, PROJECT, type World } from './world.ts';

const NO_WAIT = { claimWaitMs: 0 };

async function applied(world: World, units = fullUnits()) {
  const { env } = await world.start();
  const result = await runPlan(env, await planOf(world, units), NO_WAIT);
  expect(result.diagnostics).toEqual([]);
  expect(result.status).toBe('done');
}

const touch = (record: ResourceRecord): ResourceRecord => ({ ...record, tags: [...(record.tags ?? []), 'touched'] });

describe('two plans at once', () => {
  it('both go through when they touch different things', async () => {
    const world = await createWorld();
    const [a, b] = [await world.start(), await world.start()];
    const results = await Promise.all([
      runPlan(a.env, await planOf(world, [createVolumeUnit(1), createVolumeUnit(2)]), NO_WAIT),
      runPlan(b.env, await planOf(world, [createVolumeUnit(3), createVolumeUnit(4)]), NO_WAIT),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['done', 'done']);
    expect(snapshot(world).volumes).toHaveLength(4);
    await expectSettled(world);
  });

  it('never both change one volume: the other one is stale or claimed', async () => {
    const world = await createWorld();
    await applied(world, [createVolumeUnit(1)]);
    const plans = [
      await planOf(world, [await expandUnit(world, 1, 2 * GIB)]),
      await planOf(world, [await expandUnit(world, 1, 3 * GIB)]),
    ];
    const processes = [await world.start(), await world.start()];
    const results = await Promise.all(
      plans.map((plan, i) => runPlan(processes[i]!.env, plan, { claimWaitMs: 60_000 })),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['done', 'stale']);
    const winner = results.findIndex(({ status }) => status === 'done');
    expect(snapshot(world).volumes[0]?.sizeBytes).toBe((winner + 2) * GIB);
    await expectSettled(world);
  });

  it('says who holds the resource when it does not get free in time', async () => {
    const world = await createWorld();
    await applied(world, [createVolumeUnit(1)]);
    const first = await planOf(world, [await expandUnit(world, 1, 2 * GIB)]);
    const second = await planOf(world, [await expandUnit(world, 1, 3 * GIB)]);
    const [holder, other] = [await world.start(), await world.start()];
    let result: Awaited<ReturnType<typeof runPlan>> | undefined;
    world.onCall = async (operation) => {
      if (operation !== 'expandVolume' || result) return;
      result = await runPlan(other.env, second, { claimWaitMs: 500 });
    };
    await runPlan(holder.env, first, NO_WAIT);
    expect(result).toMatchObject({ status: 'claimed', workflow: '', diagnostics: [{ code: 'COPRHD-APPLY-003' }] });
    const [diagnostic] = result!.diagnostics;
    expect(diagnostic?.address).toBe('erp/volume.data-1');
    expect(diagnostic?.detail).toMatch(/anna on db-1, process \d+, since 20/);
    expect(other.events.filter(({ type }) => type === 'claim.waiting')).toHaveLength(1);
    await expectSettled(world);
    // It had written nothing: only what the first has changed makes it stale.
    expect((await runPlan(other.env, second, NO_WAIT)).status).toBe('stale');
  });

  it('nobody changes for good what another relies on while that one runs', async () => {
    const world = await createWorld();
    const [a, b] = [await world.start(), await world.start()];
    const write = await changed(world, PROJECT, 'updating', touch);
    const edit = {
      ...createVolumeUnit(8),
      id: 'project',
      urn: PROJECT,
      writes: [write],
      steps: [],
      reservations: [],
      shared: [],
    };
    const editPlan = await planOf(world, [edit]);
    let during: string | undefined;
    world.onCall = async (operation) => {
      if (operation === 'ensureVolume') during = (await runPlan(b.env, editPlan, NO_WAIT)).status;
    };
    expect((await runPlan(a.env, await planOf(world, [createVolumeUnit(1)]), NO_WAIT)).status).toBe('done');
    expect(during).toBe('claimed');
    world.onCall = undefined;
    expect((await runPlan(b.env, editPlan, NO_WAIT)).status).toBe('done');
    await expectSettled(world);
  });

  it('one that had to put its claims back is not made stale by that', async () => {
    const world = await createWorld();
    const [a, b] = [await world.start(), await world.start()];
    const write = await changed(world, PROJECT, 'updating', touch);
    const unit = {
      ...createVolumeUnit(8),
      id: 'p',
      urn: PROJECT,
      writes: [write],
      steps: [],
      reservations: [],
      shared: [],
    };
    // The host comes after the project in claim order and is nobody else's: only its revision changes.
    const host = await changed(world, HOST, 'updating', touch);
    const both = [unit, { ...unit, id: 'h', urn: HOST, writes: [host] }];
    const [edit, create] = [await planOf(world, both), await planOf(world, [createVolumeUnit(1)])];
    const waiting = () => a.events.some(({ type }) => type === 'claim.waiting');
    let other: Promise<unknown> | undefined;
    // B takes its shared claim on the project after A has looked and before A writes its exclusive one.
    const store = Object.assign(Object.create(a.env.store) as typeof a.env.store, {
      txn: async (txn: Parameters<typeof a.env.store.txn>[0]) => {
        if (!other && txn.success.some((operation) => 'key' in operation && operation.key.startsWith('wo/'))) {
          await new Promise<void>((resolve) => {
            world.onCall = async (operation) => {
              if (operation !== 'ensureVolume') return;
              resolve();
              while (!waiting()) await new Promise((next) => setImmediate(next));
            };
            other = runPlan(b.env, create, NO_WAIT);
          });
        }
        return a.env.store.txn(txn);
      },
    });
    const result = await runPlan({ ...a.env, store }, edit, { claimWaitMs: 3_600_000 });
    expect(await other).toMatchObject({ status: 'done' });
    expect(result).toMatchObject({ status: 'done', diagnostics: [] });
    await expectSettled(world);
  });

  it('one that waits goes on when the other gave up and put everything back', async () => {
    const world = await createWorld();
    await applied(world, [createVolumeUnit(1)]);
    const plan = await planOf(world, [await expandUnit(world, 1, 2 * GIB)]);
    const dying = await world.start({
      crashPoint: (name) => {
        if (name === 'commit:before') throw new Error('killed');
      },
    });
    const other = await planOf(world, [await expandUnit(world, 1, 3 * GIB)]);
    await expect(runPlan(dying.env, other, NO_WAIT)).rejects.toThrow('killed');
    dying.kill();
    const { env } = await world.start();
    expect((await runPlan(env, plan, NO_WAIT)).status).toBe('done');
    await expectSettled(world);
  });
});
