/** What others made on the same array is seen, listed, and never touched. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { EVERYTHING } from '../long-only.ts';
import {
  type DiscoverDocument,
  type DriftDocument,
  ensureBuilt,
  expectNoChanges,
  lunsOf,
  type PlanDocument,
  volumeFacts,
} from './cli.ts';
import { numbered, stack } from './plans.ts';
import {
  addForeign,
  describeOnTgt,
  expectPattern,
  fileState,
  filesOf,
  targetNamed,
  targetsOf,
  useTgt,
  writePattern,
} from './tgt.ts';

beforeAll(ensureBuilt);

const REMOVABLE = { protect: false, onRemove: 'delete' } as const;
const TWO = stack(numbered(2, REMOVABLE), { 'app-1': ['data-{01..02}'] });

describeOnTgt('what is not ours', () => {
  const fresh = useTgt();

  it('is the same to the byte after apply, drift, plan, discover and destroy', async () => {
    const world = await fresh(TWO);
    const { array } = world;
    const foreign = await addForeign(array);
    const before = await foreign.state();
    await world.expect(0, 'apply', 'plans', '--yes');
    expect(await foreign.state()).toBe(before);
    const drift = await world.json<DriftDocument>('drift');
    expect(drift.items.map((item) => item.class)).toEqual(['foreign', 'foreign']);
    expect(drift.items.map(({ summary }) => summary).join()).toContain(foreign.name);
    const discovered = await world.json<DiscoverDocument>('discover');
    expect(discovered.foreign).toEqual(drift.items);
    await expectNoChanges(world, 'plans');
    await world.expect(0, 'destroy', '--stack', 'web', '--confirm-destroy=2');
    await world.expect(0, 'destroy', '--stack', 'infrastructure', '--yes');
    expect((await targetsOf(array)).map(({ name }) => name)).toEqual([foreign.name]);
    expect(filesOf(array)).toEqual(['foreign.img']);
    expect(await foreign.state()).toBe(before);
  });

  it.runIf(EVERYTHING)('is also a copy of a volume of ours, with all its attributes', async () => {
    const world = await fresh(TWO);
    await world.expect(0, 'apply', 'plans', '--yes');
    const { label } = await volumeFacts(world, 'volume.data-01');
    const copy = join(world.array.poolDirectory, 'copy.img');
    execFileSync('cp', ['-a', join(world.array.poolDirectory, `${label}.img`), copy]);
    const before = await fileState(copy);
    const { foreign } = await world.json<DiscoverDocument>('discover');
    expect(foreign).toHaveLength(1);
    expect(foreign[0]!.summary).toContain('copy');
    await expectNoChanges(world, 'plans');
    await world.expect(0, 'destroy', '--stack', 'web', '--confirm-destroy=2');
    expect(filesOf(world.array)).toEqual(['copy.img']);
    expect(await fileState(copy)).toBe(before);
  });

  it.runIf(EVERYTHING)('is what another state made; both live beside each other', async () => {
    const first = await fresh(TWO);
    await first.expect(0, 'apply', 'plans', '--yes');
    const lun = (await lunsOf(first, 'export.app-1'))[0]!;
    await writePattern(lun, 0x3c);
    const { array } = first;
    const others = filesOf(array).map((name) => join(array.poolDirectory, name));
    const state = async () =>
      [(await targetNamed(array, 'app-1')).text, ...(await Promise.all(others.map(fileState)))].join('\n');
    const before = await state();

    const second = await first.another(stack(numbered(2, REMOVABLE), { 'app-2': ['data-{01..02}'] }));
    const { plan } = await second.json<PlanDocument>('plan', 'plans');
    expect(plan.changes.every(({ action }) => action === 'create')).toBe(true);
    await second.expect(0, 'apply', 'plans', '--yes');
    await expectNoChanges(second, 'plans');
    const { foreign, systems } = await second.json<DiscoverDocument>('discover');
    expect(systems).toMatchObject([{ ours: 2, foreign: 2 }]);
    expect(foreign).toHaveLength(3);
    expect((await first.json<DriftDocument>('drift')).systems).toMatchObject([{ ours: 2, foreign: 2 }]);
    await expectNoChanges(first, 'plans');
    expect(await state()).toBe(before);

    await second.expect(0, 'destroy', '--stack', 'web', '--confirm-destroy=2');
    expect(await state()).toBe(before);
    expect((await targetsOf(array)).map(({ name }) => name)).toEqual([lun.targetName]);
    await expectPattern(lun, 0x3c);
    await expectNoChanges(first, 'plans');
  });
});
