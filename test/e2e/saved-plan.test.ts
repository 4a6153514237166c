/** Saved plans are applied exactly, once, or not at all; state is exported and imported; devices are reviewed after. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EVERYTHING } from '../long-only.ts';
import {
  cliIn,
  ensureBuilt,
  expectNoChanges,
  heldIn,
  type PlanDocument,
  type ShownDocument,
  volumeFacts,
} from './cli.ts';
import { numbered, stack } from './plans.ts';
import { type SimWorld, simWorld } from './sim.ts';

beforeAll(ensureBuilt);

const codes = (result: { diagnostics: readonly { code: string }[] }) => result.diagnostics.map(({ code }) => code);
const planned = async (count = 2): Promise<SimWorld> => {
  const world = await simWorld(stack(numbered(count), { 'app-1': Object.keys(numbered(count)) }));
  await world.expect(0, 'plan', 'plans', '--out', 'first.plan');
  return world;
};

describe.concurrent('a saved plan', () => {
  it('is applied exactly as it was shown, once', async () => {
    const world = await planned();
    expect(statSync(join(world.directory, 'first.plan')).mode & 0o777).toBe(0o600);
    const { plan } = JSON.parse(readFileSync(join(world.directory, 'first.plan'), 'utf8')) as PlanDocument;
    expect((await world.device()).volumes).toEqual([]);
    // The plan is closed: what the files say meanwhile doesn't count.
    world.writeStack(stack(numbered(9)));
    const { stdout } = await world.expect(0, 'show', 'first.plan', '--human');
    expect(stdout).toContain('+2 volumes');
    await world.expect(0, 'apply', 'first.plan', '--yes');
    const { volumes, masks } = await world.device();
    const wwns = plan.changes.flatMap(({ facts }) => (facts.wwn === undefined ? [] : [facts.wwn]));
    expect(volumes.map(({ wwn }) => wwn).sort()).toEqual(wwns.sort());
    expect(masks).toHaveLength(1);
    const before = await world.device();
    const again = await world.result(4, 'apply', 'first.plan', '--yes');
    expect(codes(again)).toContain('COPRHD-PLAN-002');
    expect(await world.device()).toEqual(before);
  });

  it('is stale when something of it changed in between, and starts nothing', async () => {
    const world = await planned(1);
    await world.expect(0, 'apply', 'plans', '--yes');
    const made = await world.device();
    expect(codes(await world.result(4, 'apply', 'first.plan', '--yes'))).toContain('COPRHD-PLAN-001');
    expect(await world.device()).toEqual(made);
    world.writeStack(stack(numbered(1, { size: '32MiB' }), { 'app-1': ['data-01'] }));
    await world.expect(0, 'plan', 'plans', '--out', 'grow.plan');
    world.writeStack(stack(numbered(1, { size: '24MiB' }), { 'app-1': ['data-01'] }));
    await world.expect(0, 'apply', 'plans', '--yes');
    expect(codes(await world.result(4, 'apply', 'grow.plan', '--yes'))).toContain('COPRHD-PLAN-001');
    expect((await world.device()).volumes).toMatchObject([{ sizeBytes: 24 * 2 ** 20 }]);
  });

  it.runIf(EVERYTHING)('survives changes elsewhere', async () => {
    const world = await planned(1);
    const other = stack({ other: {} }, {}, '', 'elsewhere');
    writeFileSync(join(world.directory, 'other.yaml'), other);
    await world.expect(0, 'apply', 'first.plan', '--yes');
    world.writeStack(stack(numbered(2), { 'app-1': ['data-01'] }));
    await world.expect(0, 'plan', 'plans', '--out', 'second.plan');
    await world.expect(0, 'apply', 'other.yaml', '--yes');
    await world.expect(0, 'apply', 'second.plan', '--yes');
    expect((await world.device()).volumes).toHaveLength(3);
    await expectNoChanges(world, 'plans', 'other.yaml');
  });

  const damages = [
    { how: 'changed', damage: (text: string) => text.replace(/"sizeBytes":16777216/, '"sizeBytes":16777217') },
    { how: 'cut short', damage: (text: string) => text.slice(0, text.length / 2) },
    { how: 'something else', damage: () => 'kind: stack\n' },
    { how: 'empty', damage: () => '' },
  ];
  // test/commands/plan-files.test.ts has each kind of damage, without processes.
  it.each(EVERYTHING ? damages : damages.slice(0, 1))('is refused when it is damaged: $how', async ({ damage }) => {
    const world = await planned(1);
    const file = join(world.directory, 'first.plan');
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    expect(codes(await world.result(1, 'apply', 'first.plan', '--yes'))).toEqual(['COPRHD-PLAN-004']);
    expect((await world.device()).volumes).toEqual([]);
  });

  it.runIf(EVERYTHING)('is refused by another state', async () => {
    const world = await planned(1);
    const other = cliIn(world.directory, join(world.directory, 'other-state'));
    await other.expect(0, 'init');
    expect(codes(await other.result(1, 'apply', 'first.plan', '--yes'))).toEqual(['COPRHD-PLAN-005']);
    expect((await world.device()).volumes).toEqual([]);
  });
});

describe.concurrent('plan --exit-code', () => {
  it('is 2 with changes, 0 without, 3 when something is held; without it changes are 0', async () => {
    const world = await simWorld(stack(numbered(1)));
    const before = (await world.expect(0, 'state', 'export')).stdout;
    await world.expect(0, 'plan', 'plans');
    await world.expect(2, 'plan', 'plans', '--exit-code');
    expect((await world.expect(0, 'state', 'export')).stdout).toBe(before);
    await world.expect(0, 'apply', 'plans', '--yes');
    await world.expect(0, 'plan', 'plans', '--exit-code');
    world.writeStack(stack({ other: {} }));
    await world.expect(3, 'plan', 'plans', '--exit-code');
    await world.expect(3, 'plan', 'plans');
  });

  it.runIf(EVERYTHING)('is the same from whatever directory the command is run', async () => {
    const world = await simWorld(stack(numbered(1)));
    await world.expect(0, 'apply', 'plans', '--yes');
    const elsewhere = cliIn('/', world.state);
    await expectNoChanges(elsewhere, join(world.directory, 'plans'));
    await expectNoChanges(world, './plans/');
    await expectNoChanges(world, 'plans/stack.yaml', 'plans/infrastructure.yaml');
  });
});

describe.concurrent('export and import of the state', () => {
  it('raises the epoch; devices are observed until somebody reviewed them', async () => {
    const world = await simWorld(stack(numbered(2), { 'app-1': ['data-{01..02}'] }));
    await world.expect(0, 'apply', 'plans', '--yes');
    await world.expect(0, 'state', 'export', '--out', 'backup.json');
    expect(statSync(join(world.directory, 'backup.json')).mode & 0o777).toBe(0o600);
    const was = await volumeFacts(world, 'volume.data-01');
    const before = await world.device();

    await world.expect(1, 'state', 'import', 'backup.json');
    const restored = { ...world, ...cliIn(world.directory, join(world.directory, 'restored')) };
    const imported = await restored.json<{ epoch: number; records: number }>('state', 'import', 'backup.json');
    expect(imported.epoch).toBe(2);
    expect(existsSync(restored.state)).toBe(true);
    expect(await volumeFacts(restored, 'volume.data-01')).toEqual(was);
    await expectNoChanges(restored, 'plans');

    world.writeStack(stack(numbered(3), { 'app-1': ['data-{01..03}'] }));
    const { plan } = await restored.json<PlanDocument>(3, 'plan', 'plans');
    expect(heldIn(plan).map(({ code }) => code)).toContain('COPRHD-HELD-006');
    expect(heldIn(plan).map(({ fix }) => fix)).toContain('coprhd device review array-1 --accept manage');
    await restored.expect(3, 'apply', 'plans', '--yes');
    expect(await world.device()).toEqual(before);
    const devices = await restored.json<{ devices: { mode: string; effectiveMode: string }[] }>('device', 'list');
    expect(devices.devices).toMatchObject([{ mode: 'manage', effectiveMode: 'observe' }]);

    const looked = await restored.json<{ ours: number; foreign: number }>('device', 'review', 'array-1');
    expect(looked).toMatchObject({ ours: 2, foreign: 0 });
    await restored.expect(3, 'plan', 'plans');
    await restored.expect(0, 'device', 'review', 'array-1', '--accept', 'manage');
    await restored.expect(0, 'apply', 'plans', '--yes');
    expect((await world.device()).volumes).toHaveLength(3);
    await expectNoChanges(restored, 'plans');
  });

  it.runIf(EVERYTHING)(
    'is refused where a state is, unless it is to be replaced; and a broken document changes nothing',
    async () => {
      const world = await simWorld(stack(numbered(1)));
      await world.expect(0, 'apply', 'plans', '--yes');
      await world.expect(0, 'state', 'export', '--out', 'backup.json');
      world.writeStack(stack(numbered(2)));
      await world.expect(0, 'apply', 'plans', '--yes');
      await world.expect(1, 'state', 'import', 'backup.json', '--yes');
      const text = readFileSync(join(world.directory, 'backup.json'), 'utf8');
      writeFileSync(join(world.directory, 'broken.json'), text.slice(0, text.length / 2));
      const before = (await world.expect(0, 'state', 'export')).stdout;
      await world.expect(1, 'state', 'import', 'broken.json', '--replace', '--yes');
      expect((await world.expect(0, 'state', 'export')).stdout).toBe(before);
      await world.expect(0, 'state', 'import', 'backup.json', '--replace', '--yes');
      const { resources } = await world.json<ShownDocument>('show');
      expect(resources.filter(({ kind }) => kind === 'volume').map(({ name }) => name)).toEqual(['data-01']);
      // What was made after the backup is not taken for ours, and not made a second time.
      await world.expect(3, 'plan', 'plans');
      expect((await world.device()).volumes).toHaveLength(2);
    },
  );
});
