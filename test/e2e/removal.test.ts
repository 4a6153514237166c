/** Removing and renaming in a project: held, confirmed by number, quarantined, brought back. On a simulated array. */
import { beforeAll, describe, expect, it } from 'vitest';
import { EVERYTHING } from '../long-only.ts';
import {
  actionsIn,
  type DiscoverDocument,
  ensureBuilt,
  expectNoChanges,
  heldIn,
  lunsOf,
  type PlanDocument,
  type ShownDocument,
  volumeFacts,
} from './cli.ts';
import { iqnOf, numbered, stack, without } from './plans.ts';
import { simWorld } from './sim.ts';

beforeAll(ensureBuilt);

const FREE = { protect: false } as const;
const volume = (name: string) => `web/volume.${name}`;
const codes = (result: { diagnostics: readonly { code: string }[] }) => result.diagnostics.map(({ code }) => code);

async function applied(text: string) {
  const world = await simWorld(text);
  await world.expect(0, 'apply', 'plans', '--yes');
  return world;
}

describe.concurrent('a volume that is dropped from the file', () => {
  it('is held when it is protected, and a rename is offered when one of the same size is new', async () => {
    const all = numbered(20);
    const world = await applied(stack(all));
    const before = await world.device();
    world.writeStack(stack(without(all, 'data-07')));
    const dropped = (await world.json<PlanDocument>(3, 'plan', 'plans')).plan;
    expect(heldIn(dropped)).toMatchObject([{ address: volume('data-07'), code: 'COPRHD-HELD-002' }]);
    expect(heldIn(dropped)[0]!.fix).not.toContain('movedFrom');
    world.writeStack(stack({ ...without(all, 'data-07'), renamed: {} }));
    const renamed = (await world.json<PlanDocument>(3, 'plan', 'plans')).plan;
    expect(heldIn(renamed)[0]!.fix).toContain('`movedFrom: volume.data-07` on volume.renamed');
    expect(codes(await world.result(3, 'apply', 'plans', '--yes'))).toContain('COPRHD-PLAN-007');
    expect(codes(await world.result(3, 'apply', 'plans', '--confirm-destroy=1'))).toContain('COPRHD-PLAN-007');
    expect(await world.device()).toEqual(before);
  });

  it('is quarantined only when its number is confirmed, and comes back as it was', async () => {
    const all = numbered(20, FREE);
    const world = await applied(stack(all));
    const was = await volumeFacts(world, 'volume.data-07');
    const before = await world.device();
    world.writeStack(stack(without(all, 'data-07')));
    const { plan } = await world.json<PlanDocument>('plan', 'plans');
    expect(actionsIn(plan)).toEqual({ [volume('data-07')]: 'quarantine' });
    expect(plan.removals).toMatchObject({ volumes: 1, limitsExceeded: [] });
    for (const flags of [['--yes'], ['--yes', '--confirm-destroy=2'], ['--confirm-destroy=0']]) {
      expect(codes(await world.result(3, 'apply', 'plans', ...flags)), flags.join(' ')).toContain('COPRHD-PLAN-008');
      expect(await world.device()).toEqual(before);
    }
    await world.expect(0, 'apply', 'plans', '--confirm-destroy=1');
    const kept = (await world.device()).volumes.find(({ id }) => id === was.nativeId)!;
    expect(kept).toMatchObject({ quarantined: true, wwn: was.wwn });
    expect(kept.name).not.toBe(was.label);
    expect((await volumeFacts(world, 'volume.data-07')).phase).toBe('quarantined');
    await expectNoChanges(world, 'plans');

    world.writeStack(stack(all));
    const again = (await world.json<PlanDocument>(3, 'plan', 'plans')).plan;
    expect(heldIn(again)).toMatchObject([{ address: volume('data-07'), code: 'COPRHD-HELD-010' }]);
    await world.expect(0, 'undelete', volume('data-07'), '--yes');
    expect(await volumeFacts(world, 'volume.data-07')).toEqual(was);
    world.writeStack(stack(without(all, 'data-07')));
    const undeclared = (await world.json<PlanDocument>(3, 'plan', 'plans')).plan;
    expect(heldIn(undeclared)).toMatchObject([{ address: volume('data-07'), code: 'COPRHD-HELD-013' }]);
    world.writeStack(stack(all));
    await world.expect(0, 'apply', 'plans', '--yes');
    await expectNoChanges(world, 'plans');
    expect(await volumeFacts(world, 'volume.data-07')).toEqual(was);
    expect(await world.device()).toEqual(before);
  });

  const limits = [
    { dropped: 2, of: 20, exceeded: 0, why: '10 % of a project of 20' },
    { dropped: 3, of: 20, exceeded: 1, why: 'more than 10 % of a project of 20' },
    { dropped: 5, of: 10, exceeded: 0, why: 'five of a small project' },
    { dropped: 6, of: 10, exceeded: 1, why: 'more than five' },
  ];
  // One on each side of a limit; the planner's tests have all.
  it.each(EVERYTHING ? limits : limits.slice(1, 3))(
    '$dropped of $of ($why): limits exceeded: $exceeded',
    async ({ dropped, of, exceeded }) => {
      const all = numbered(of, { ...FREE, onRemove: 'delete' });
      const world = await applied(stack(all));
      const before = await world.device();
      world.writeStack(stack(without(all, ...Object.keys(all).slice(0, dropped))));
      const { plan } = await world.json<PlanDocument>(exceeded ? 3 : 0, 'plan', 'plans');
      expect(plan.removals.volumes).toBe(dropped);
      expect(plan.removals.limitsExceeded.map(({ code }) => code)).toEqual(exceeded ? ['COPRHD-HELD-003'] : []);
      const refused = codes(await world.result(3, 'apply', 'plans', '--yes'));
      expect(refused).toContain('COPRHD-PLAN-008');
      expect(refused.includes('COPRHD-HELD-003')).toBe(exceeded > 0);
      expect(await world.device()).toEqual(before);
      await world.expect(0, 'apply', 'plans', `--confirm-destroy=${dropped}`);
      expect((await world.device()).volumes).toEqual(before.volumes.filter(({ name }) => !isAmong(name, dropped)));
      await expectNoChanges(world, 'plans');
    },
  );

  it.runIf(EVERYTHING)('stays on the device, no longer ours, with onRemove: retain and with forget', async () => {
    const all = { kept: { ...FREE, onRemove: 'retain' as const }, forgotten: {}, rest: {} };
    const world = await applied(stack(all));
    const before = await world.device();
    world.writeStack(stack({ rest: {} }, {}, 'forget: [volume.forgotten]'));
    const { plan } = await world.json<PlanDocument>('plan', 'plans');
    expect(actionsIn(plan)).toEqual({ [volume('kept')]: 'retain', [volume('forgotten')]: 'forget' });
    expect(plan.removals.volumes).toBe(0);
    await world.expect(0, 'apply', 'plans', '--yes');
    const after = await world.device();
    expect(after.volumes.map(({ name, wwn }) => ({ name, wwn }))).toEqual(
      before.volumes.map(({ name, wwn }) => ({ name, wwn })),
    );
    expect(after.volumes.filter(({ tag }) => tag !== undefined).map(({ name }) => name)).toEqual([
      expect.stringMatching(/^rest-/),
    ]);
    const { foreign, systems } = await world.json<DiscoverDocument>('discover');
    expect(systems).toMatchObject([{ ours: 1, foreign: 2 }]);
    expect(foreign).toHaveLength(2);
    world.writeStack(stack({ rest: {} }));
    await expectNoChanges(world, 'plans');
  });

  it('is gone for good after purge, which wants the number too', async () => {
    const all = numbered(3, FREE);
    const world = await applied(stack(all));
    world.writeStack(stack(without(all, 'data-01')));
    await world.expect(1, 'purge', volume('data-01'), '--confirm-destroy=1');
    await world.expect(0, 'apply', 'plans', '--confirm-destroy=1');
    const before = await world.device();
    expect(codes(await world.result(3, 'purge', volume('data-01'), '--yes'))).toContain('COPRHD-PLAN-008');
    expect(await world.device()).toEqual(before);
    await world.expect(0, 'purge', volume('data-01'), '--confirm-destroy=1');
    expect((await world.device()).volumes).toEqual(before.volumes.filter(({ quarantined }) => !quarantined));
    await world.expect(1, 'undelete', volume('data-01'), '--yes');
    await expectNoChanges(world, 'plans');
    world.writeStack(stack(all));
    await world.expect(0, 'apply', 'plans', '--yes');
    expect((await world.device()).volumes).toHaveLength(3);
  });
});

const isAmong = (label: string, count: number) => Number(/^data-(\d+)-/.exec(label)![1]) <= count;

describe.concurrent('a volume that is renamed with movedFrom', () => {
  it.runIf(EVERYTHING)('keeps its identity, its LUN and its place on the device', async () => {
    const all = numbered(20);
    const world = await applied(stack(all, { 'app-1': ['data-{01..20}'] }));
    const was = await volumeFacts(world, 'volume.data-07');
    const luns = await lunsOf(world, 'export.app-1');
    const before = await world.device();
    const names = Object.keys(all).map((name) => (name === 'data-07' ? 'renamed' : name));
    const rest = without(all, 'data-07');
    world.writeStack(stack({ ...rest, renamed: { movedFrom: 'volume.data-07' } }, { 'app-1': names }));
    const { plan } = await world.json<PlanDocument>('plan', 'plans');
    expect(actionsIn(plan)).toMatchObject({ [volume('renamed')]: 'move' });
    expect(plan.removals.volumes).toBe(0);
    await world.expect(0, 'apply', 'plans', '--yes');
    expect(await volumeFacts(world, 'volume.renamed')).toEqual(was);
    expect(await world.device()).toEqual(before);
    const after = await lunsOf(world, 'export.app-1');
    expect(after.map(({ hlu, wwn }) => ({ hlu, wwn }))).toEqual(luns.map(({ hlu, wwn }) => ({ hlu, wwn })));
    expect(after[6]!.volume).toBe('renamed');
    await expectNoChanges(world, 'plans');
    world.writeStack(stack({ ...rest, renamed: {} }, { 'app-1': names }));
    await expectNoChanges(world, 'plans');
    await world.expect(1, 'show', 'volume.data-07');
  });
});

describe.concurrent('an export that is dropped', () => {
  it.runIf(EVERYTHING)('is held while an initiator is logged in, and goes when somebody attests', async () => {
    const world = await applied(stack(numbered(2), { 'app-1': ['data-{01..02}'] }));
    await world.edit({ edit: 'login', initiator: iqnOf('app-1') });
    world.writeStack(stack(numbered(2)));
    const before = await world.device();
    const { plan } = await world.json<PlanDocument>(3, 'plan', 'plans');
    expect(heldIn(plan)).toMatchObject([{ address: 'web/export.app-1', code: 'COPRHD-HELD-005' }]);
    await world.expect(3, 'apply', 'plans', '--yes');
    expect(await world.device()).toEqual(before);
    await world.expect(0, 'apply', 'plans', '--yes', '--attest-offline', 'night shift');
    expect((await world.device()).masks).toEqual([]);
    expect((await world.device()).volumes.map(({ mappings }) => mappings)).toEqual([[], []]);
    await expectNoChanges(world, 'plans');
  });
});

describe.concurrent('destroy', () => {
  it('holds what is protected, and leaves infrastructure unless it is named', async () => {
    const world = await applied(stack({ a: { ...FREE, onRemove: 'delete' }, b: {} }, { 'app-1': ['a', 'b'] }));
    const before = await world.device();
    const dry = await world.result(3, 'destroy', '--stack', 'web', '--confirm-destroy=1');
    expect(codes(dry)).toContain('COPRHD-PLAN-007');
    expect(await world.device()).toEqual(before);
    world.writeStack(stack({ a: { ...FREE, onRemove: 'delete' }, b: { ...FREE } }, { 'app-1': ['a', 'b'] }));
    await world.expect(0, 'apply', 'plans', '--yes');
    expect(codes(await world.result(3, 'destroy', '--stack', 'web', '--yes'))).toContain('COPRHD-PLAN-008');
    await world.expect(0, 'destroy', 'plans/stack.yaml', '--confirm-destroy=2');
    expect((await world.device()).volumes).toMatchObject([{ quarantined: true }]);
    expect((await world.device()).masks).toEqual([]);
    const kinds = async () => {
      const { resources } = await world.json<ShownDocument>('show');
      return [...new Set(resources.map(({ kind }) => kind))].sort();
    };
    expect(await kinds()).toContain('storageSystem');
    await world.expect(3, 'destroy', '--stack', 'infrastructure', '--yes');
    await world.expect(0, 'purge', volume('b'), '--confirm-destroy=1');
    await world.expect(0, 'destroy', '--stack', 'infrastructure', '--yes');
    expect(await kinds()).toEqual(expect.not.arrayContaining(['storageSystem', 'host', 'project', 'virtualPool']));
    expect((await world.device()).volumes).toEqual([]);
  });
});
