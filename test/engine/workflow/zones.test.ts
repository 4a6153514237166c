import { describe, expect, test } from 'vitest';
import { recoverAll } from '../../../src/engine/workflow/recover.ts';
import { runPlan } from '../../../src/engine/workflow/run-plan.ts';
import { adding, createFabricWorld, type FabricWorld, HBA, SWITCH, TARGET, zoneUnit } from './fabric-world.ts';
import { expectSettled } from './invariants.ts';
import { planOf } from './plans.ts';
import { Killed, urnOf } from './world.ts';

const NO_WAIT = { claimWaitMs: 0 };
const predicates = [{ type: 'managed', system: SWITCH, firmwareVersion: '1' }] as const;
const planFor = (world: FabricWorld, ...units: Parameters<typeof planOf>[1][number][]) =>
  planOf(world, units, { predicates });

/** An edit of somebody, as somebody looked at it. */
const REVIEWED = [
  {
    name: 'their_draft',
    change: 'add',
    saved: [HBA, '50:00:00:00:00:00:00:97'].map((wwpn) => ({ type: 'wwpn', wwpn })),
  },
] as const;

const namesOf = async (world: FabricWorld, state: 'defined' | 'effective') =>
  (await world.zones())
    .flatMap((zone) => (zone[state] ? [zone.name] : []))
    .filter((name) => /^(ours|their)/.test(name));

const foreign = async (world: FabricWorld) => (await world.zones()).filter(({ name }) => !name.startsWith('ours'));

describe('a step that zones', () => {
  test('puts our zones into effect, leaves all others as they are and records ours', async () => {
    const world = await createFabricWorld();
    const before = await foreign(world);
    const { env } = await world.startOnFabric();
    const { status } = await runPlan(env, await planFor(world, zoneUnit(world, 1)), NO_WAIT);
    expect(status).toBe('done');
    expect(await namesOf(world, 'effective')).toEqual(['ours_1', 'theirs']);
    expect(await foreign(world)).toEqual(before);
    expect((await world.get(urnOf('zone', 1)))?.record.status.phase).toBe('ready');
    await expectSettled(world);
  });

  test('of many units of a plan takes few activations', async () => {
    const world = await createFabricWorld();
    const { env } = await world.startOnFabric();
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
    const { status } = await runPlan(
      env,
      await planFor(world, ...numbers.map((number) => zoneUnit(world, number))),
      NO_WAIT,
    );
    expect(status).toBe('done');
    expect(world.zonings.length).toBeLessThanOrEqual(2);
    expect((await namesOf(world, 'effective')).length).toBe(9);
  });

  test('whose answer is lost is looked at, and done once', async () => {
    const world = await createFabricWorld();
    world.breakFabric({ operation: 'applyZoneDelta', after: true, times: 1 });
    const { env } = await world.startOnFabric();
    const { status } = await runPlan(env, await planFor(world, zoneUnit(world, 1)), NO_WAIT);
    expect(status).toBe('done');
    expect(world.zonings).toHaveLength(1);
    await expectSettled(world);
  });

  test('whose activation is rejected leaves the fabric as it was', async () => {
    const world = await createFabricWorld();
    const before = await world.zoning();
    world.breakFabric({ operation: 'activate', before: 'invalid' });
    const { env } = await world.startOnFabric();
    const { status, units } = await runPlan(env, await planFor(world, zoneUnit(world, 1)), NO_WAIT);
    expect(status).toBe('partial');
    expect(units[0]).toMatchObject({ state: 'undone' });
    expect(await world.zoning()).toEqual(before);
    await expectSettled(world);
  });

  test('is undone by what is inverse to it: zones that others made meanwhile stay', async () => {
    const world = await createFabricWorld();
    const { env } = await world.startOnFabric();
    const first = zoneUnit(world, 1);
    const second = { ...first.steps[0]!, id: 'second', args: { ...first.steps[0]!.args, delta: adding(2) } } as never;
    let zoned = 0;
    const apply = { ...env.devices };
    const devices = {
      ...apply,
      openNetwork: async (system: never) => {
        const open = await apply.openNetwork(system);
        const applyZoneDelta: typeof open.network.applyZoneDelta = async (ctx, delta) => {
          if (++zoned === 1) return open.network.applyZoneDelta(ctx, delta);
          if (zoned === 2) {
            world.edit2({
              edit: 'create-zone',
              zone: 'theirs_too',
              members: [HBA, '50:00:00:00:00:00:00:98'],
              enable: true,
            });
            world.breakFabric({ operation: 'activate', before: 'invalid', times: 1 });
          }
          return open.network.applyZoneDelta(ctx, delta);
        };
        return { ...open, network: { ...open.network, applyZoneDelta } };
      },
    };
    const plan = await planFor(world, { ...first, steps: [first.steps[0]!, second] });
    const { status } = await runPlan({ ...env, devices }, plan, NO_WAIT);
    expect(status).toBe('partial');
    expect(await namesOf(world, 'effective')).toEqual(['theirs', 'theirs_too']);
    await expectSettled(world);
  });

  test('is refused when somebody saved an edit since the plan, whose it is said, and which stays not enabled', async () => {
    const world = await createFabricWorld();
    const plan = await planFor(world, zoneUnit(world, 1));
    world.edit2({ edit: 'create-zone', zone: 'their_draft', members: [HBA, '50:00:00:00:00:00:00:97'], enable: false });
    const { env } = await world.startOnFabric();
    const { status, diagnostics } = await runPlan(env, plan, NO_WAIT);
    expect(status).toBe('partial');
    expect(JSON.stringify(diagnostics)).toContain('their_draft');
    expect(await namesOf(world, 'effective')).toEqual(['theirs']);
    expect(await namesOf(world, 'defined')).toContain('their_draft');
    await expectSettled(world);
  });

  test('puts an edit into effect that was reviewed', async () => {
    const world = await createFabricWorld();
    world.edit2({ edit: 'create-zone', zone: 'their_draft', members: [HBA, '50:00:00:00:00:00:00:97'], enable: false });
    const unit = zoneUnit(world, 1);
    const step = { ...unit.steps[0]!, args: { ...unit.steps[0]!.args, reviewed: REVIEWED } } as never;
    const { env } = await world.startOnFabric();
    expect((await runPlan(env, await planFor(world, { ...unit, steps: [step] }), NO_WAIT)).status).toBe('done');
    expect(await namesOf(world, 'effective')).toEqual(['ours_1', 'their_draft', 'theirs']);
  });

  test('is refused when the edit is another one by now than what was reviewed', async () => {
    const world = await createFabricWorld();
    const [{ saved }] = REVIEWED;
    const members = saved.map(({ wwpn }) => wwpn);
    world.edit2({ edit: 'create-zone', zone: 'their_draft', members: [...members, TARGET], enable: false });
    const unit = zoneUnit(world, 1);
    const step = { ...unit.steps[0]!, args: { ...unit.steps[0]!.args, reviewed: REVIEWED } } as never;
    const { env } = await world.startOnFabric();
    expect((await runPlan(env, await planFor(world, { ...unit, steps: [step] }), NO_WAIT)).status).toBe('partial');
    expect(await namesOf(world, 'effective')).toEqual(['theirs']);
    await expectSettled(world);
  });

  test('is refused while nothing is in effect and others have zones in the configuration, which would all go into effect', async () => {
    const world = await createFabricWorld();
    world.edit2({ edit: 'disable-configuration' });
    const { env } = await world.startOnFabric();
    const { status, diagnostics } = await runPlan(env, await planFor(world, zoneUnit(world, 1)), NO_WAIT);
    expect(status).toBe('partial');
    expect(JSON.stringify(diagnostics)).toContain('theirs');
    expect(await namesOf(world, 'effective')).toEqual([]);
    await expectSettled(world);
  });

  test('waits for an open transaction of somebody, not for ever, and then says who has it', async () => {
    const world = await createFabricWorld();
    world.edit2({ edit: 'open-transaction', owner: 'colleague@admin-7' });
    const { env } = await world.startOnFabric();
    const { status, diagnostics } = await runPlan(env, await planFor(world, zoneUnit(world, 1)), NO_WAIT);
    expect(status).toBe('partial');
    expect(world.zonings.length).toBeGreaterThan(1);
    expect(JSON.stringify(diagnostics)).toContain('colleague@admin-7');
    expect((await world.zoning()).transaction).toEqual({ owner: 'colleague@admin-7' });
    await expectSettled(world);
  });

  test('is refused while the default zone is open', async () => {
    const world = await createFabricWorld();
    world.edit2({ edit: 'default-zone', access: 'permit' });
    const { env } = await world.startOnFabric();
    expect((await runPlan(env, await planFor(world, zoneUnit(world, 1)), NO_WAIT)).status).toBe('partial');
    expect(await namesOf(world, 'effective')).toEqual(['theirs']);
  });

  test('of two processes is done by one after the other', async () => {
    const world = await createFabricWorld();
    const run = async (number: number, host: string) => {
      const { env } = await world.startOnFabric({ host });
      return runPlan(env, await planFor(world, zoneUnit(world, number)), NO_WAIT);
    };
    const results = await Promise.all([run(1, 'db-1'), run(2, 'db-2'), run(3, 'db-3')]);
    expect(results.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
    expect(world.zonings.map(({ underWay }) => underWay)).toEqual([0, 0, 0]);
    expect((await world.store.range({ prefix: 'ft/' })).items).toEqual([]);
  });

  test('is refused outside the scope of its network system', async () => {
    const world = await createFabricWorld();
    const system = (await world.get<'networkSystem'>(SWITCH))!.record;
    await world.put({ ...system, spec: { ...system.spec, scope: { fabrics: ['san-b'] } } });
    const { env } = await world.startOnFabric();
    const { status, diagnostics } = await runPlan(env, await planFor(world, zoneUnit(world, 1)), NO_WAIT);
    expect(status).toBe('partial');
    expect(diagnostics[0]?.code).toBe('COPRHD-HELD-007');
    expect(world.zonings).toEqual([]);
  });
});

describe('a process that is killed at any boundary of a step that zones', () => {
  const at = async (index: number): Promise<boolean> => {
    const world = await createFabricWorld();
    const theirs = await foreign(world);
    const plan = await planFor(world, zoneUnit(world, 1));
    let count = 0;
    const process = await world.startOnFabric({
      crashPoint: (name) => {
        if (count++ === index) throw new Killed(name);
      },
    });
    const result = await runPlan(process.env, plan, NO_WAIT).catch((error: unknown) => error);
    if (!(result instanceof Killed)) return false;
    process.kill();
    const { env } = await world.startOnFabric();
    await recoverAll(env);
    const again = await runPlan(env, plan, NO_WAIT);
    expect(['done', 'already-applied']).toContain(again.status);
    expect(await namesOf(world, 'effective')).toEqual(['ours_1', 'theirs']);
    expect(await foreign(world)).toEqual(theirs);
    await expectSettled(world);
    return true;
  };

  test('leaves all of it or nothing, and comes to the same end', async () => {
    let index = 0;
    while (await at(index)) index++;
    expect(index).toBeGreaterThan(15);
  });
});
