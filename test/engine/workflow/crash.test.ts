/** A run killed at every journal and driver boundary, then recovered by another process; every boundary, not a sample. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { recoverAll } from '../../../src/engine/workflow/recover.ts';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import { expectSettled, snapshot } from './invariants.ts';
import {
  createVolumeUnit,
  deleteVolumeUnit,
  expandUnit,
  exportUnit,
  fullUnits,
  planOf,
  quarantineUnit,
  unexportUnit,
} from './plans.ts';
import { createWorld, Killed, type World } from './world.ts';

const OPTIONS = { claimWaitMs: 0 };

/** Names of all crash points that a run passes. */
async function pointsOf(setUp: (world: World) => Promise<Plan>, failing = false): Promise<string[]> {
  const world = await createWorld();
  const plan = await setUp(world);
  const points: string[] = [];
  const process = await world.start({ crashPoint: (name) => void points.push(name) });
  const { status } = await runPlan(process.env, plan, OPTIONS);
  expect(status).toBe(failing ? 'partial' : 'done');
  return points;
}

function killAt(index: number): { crashPoint: (name: string) => void; passed: () => string | undefined } {
  let count = 0;
  let killed: string | undefined;
  return {
    crashPoint: (name) => {
      if (count++ !== index) return;
      killed = name;
      throw new Killed(name);
    },
    passed: () => killed,
  };
}

async function killedRun(world: World, plan: Plan, index: number): Promise<string> {
  const kill = killAt(index);
  const process = await world.start(kill);
  await expect(runPlan(process.env, plan, OPTIONS)).rejects.toThrow(Killed);
  process.kill();
  return kill.passed() ?? 'never';
}

/** Recovers and, when nothing was promised yet, applies again, as a person would. */
async function bringToEnd(world: World, plan: Plan): Promise<void> {
  const { env } = await world.start();
  await recoverAll(env);
  expect(await recoverAll(env)).toEqual([]);
  const again = await runPlan(env, plan, OPTIONS);
  if (again.status === 'stale') {
    // What was put back has new revisions, so a saved plan that never began is stale: made again it goes through.
    throw new Error(`stale: ${JSON.stringify(again.diagnostics)}`);
  }
  expect(['done', 'already-applied', 'partial']).toContain(again.status);
}

interface Scenario {
  readonly name: string;
  readonly setUp: (world: World) => Promise<Plan>;
  readonly remake: (world: World) => Promise<Plan>;
  readonly failing?: boolean;
}

const full = (world: World) => planOf(world, fullUnits());

async function apply(world: World, plan: Plan): Promise<void> {
  const { env } = await world.start();
  const { status, diagnostics } = await runPlan(env, plan, OPTIONS);
  expect(diagnostics).toEqual([]);
  expect(status).toBe('done');
}

const exported = async (world: World) => {
  await apply(world, await planOf(world, [createVolumeUnit(1), createVolumeUnit(2)]));
  await apply(world, await planOf(world, [exportUnit([1], [])]));
};

const change = async (world: World) =>
  planOf(world, [
    await unexportUnit(world, [1]),
    await deleteVolumeUnit(world, 1, ['export.ora']),
    await quarantineUnit(world, 2),
  ]);

const SCENARIOS: readonly Scenario[] = [
  { name: 'create, zero, export', setUp: full, remake: full },
  {
    name: 'unexport, delete, quarantine',
    setUp: async (world) => {
      await exported(world);
      return change(world);
    },
    remake: change,
  },
  {
    name: 'an export that fails at its second volume and is undone',
    failing: true,
    setUp: async (world) => {
      world.fault({ operation: 'ensureMapping', before: 'invalid', match: '"hlu":2' });
      return planOf(world, fullUnits());
    },
    remake: full,
  },
  {
    name: 'expand',
    setUp: async (world) => {
      await apply(world, await planOf(world, [createVolumeUnit(1)]));
      return planOf(world, [await expandUnit(world, 1, 4 * 1024 ** 3)]);
    },
    remake: async (world) => planOf(world, [await expandUnit(world, 1, 4 * 1024 ** 3)]),
  },
];

/** What is left on the array, identities and numbers of native ids aside. */
function shape(world: World): unknown {
  const { volumes, masks } = snapshot(world);
  return {
    volumes: volumes.map(({ name, sizeBytes, quarantined, mappings, wwn }) => {
      return { name, sizeBytes, quarantined, wwn, hlus: mappings.map(({ hlu }) => hlu) };
    }),
    masks: masks.map(({ name, initiators }) => ({ name, initiators })),
  };
}

const byName = (value: unknown): unknown => {
  const { volumes, masks } = value as { volumes: { name: string }[]; masks: { name: string }[] };
  const sort = (items: { name: string }[]) => [...items].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { volumes: sort(volumes), masks: sort(masks) };
};

describe.each(SCENARIOS)('$name', ({ setUp, remake, failing = false }) => {
  it('comes to the same end wherever it is killed', async () => {
    const clean = await createWorld();
    const cleanEnv = (await clean.start()).env;
    await runPlan(cleanEnv, await setUp(clean), OPTIONS);
    await expectSettled(clean);
    const wanted = byName(shape(clean));
    const points = await pointsOf(setUp, failing);
    expect(points.length).toBeGreaterThan(10);
    for (const [index, name] of points.entries()) {
      const world = await createWorld();
      const plan = await setUp(world);
      const at = await killedRun(world, plan, index);
      const { env } = await world.start();
      await recoverAll(env);
      const left = await recoverAll(env);
      const where = `killed at ${index} ${at} (clean run: ${name})`;
      expect(left, where).toEqual([]);
      await expectSettled(world).catch((error: unknown) => {
        throw new Error(where, { cause: error });
      });
      const used = await world.store.get(`m/applied/${plan.id}`);
      if (!used) await runPlan(env, await remake(world), OPTIONS);
      expect(byName(shape(world)), where).toEqual(wanted);
      await expectSettled(world);
    }
  });
});

describe('a recovery that is killed too', () => {
  it('is taken up by the next one, wherever both were killed', async () => {
    const setUp = (world: World) => planOf(world, [createVolumeUnit(1, true), exportUnit([1], ['volume.data-1'])]);
    const points = await pointsOf(setUp);
    let kills = 0;
    for (let first = 0; first < points.length; first += 2) {
      for (let second = 0; ; second++) {
        const world = await createWorld();
        const plan = await setUp(world);
        await killedRun(world, plan, first);
        const kill = killAt(second);
        const recovering = await world.start(kill);
        const survived = await recoverAll(recovering.env).then(
          () => true,
          (error: unknown) => {
            expect(error).toBeInstanceOf(Killed);
            return false;
          },
        );
        recovering.kill();
        await bringToEnd(world, await remade(world, plan));
        await expectSettled(world);
        expect(snapshot(world).volumes).toHaveLength(1);
        if (survived) break;
        kills++;
      }
    }
    expect(kills).toBeGreaterThan(100);
  });
});

async function remade(world: World, plan: Plan): Promise<Plan> {
  return (await world.store.get(`m/applied/${plan.id}`)) ? plan : planOf(world, plan.units);
}
