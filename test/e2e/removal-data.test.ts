/** Removing and renaming never costs data that somebody may want back. On a real target, with data. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { EVERYTHING } from '../long-only.ts';
import { ensureBuilt, expectNoChanges, heldIn, lunsOf, type PlanDocument, volumeFacts } from './cli.ts';
import { numbered, stack, without } from './plans.ts';
import { describeOnTgt, expectPattern, filesOf, login, seenOverIscsi, targetsOf, useTgt, writePattern } from './tgt.ts';

beforeAll(ensureBuilt);

const FREE = { protect: false } as const;

describeOnTgt('removing and renaming', () => {
  const fresh = useTgt();

  it('brings a quarantined volume of a project of 20 back with its WWN and its data', async () => {
    const all = numbered(20, FREE);
    const world = await fresh(stack(all, { 'app-1': ['data-01', 'data-02'] }));
    await world.expect(0, 'apply', 'plans', '--yes');
    const [kept, lun] = await lunsOf(world, 'export.app-1');
    await writePattern(kept!, 0x21);
    await writePattern(lun!, 0x22);
    const was = await volumeFacts(world, 'volume.data-02');

    world.writeStack(stack(without(all, 'data-02'), { 'app-1': ['data-01'] }));
    const before = [await targetsOf(world.array), filesOf(world.array)];
    await world.expect(3, 'apply', 'plans', '--yes');
    expect([await targetsOf(world.array), filesOf(world.array)]).toEqual(before);
    await world.expect(0, 'apply', 'plans', '--confirm-destroy=1');
    const [target] = await targetsOf(world.array);
    expect(target!.luns).toMatchObject([{ lun: 1, scsiId: kept!.wwn }]);
    expect(filesOf(world.array)).toContain(`quarantined-${was.label}.img`);
    await expectNoChanges(world, 'plans');

    await world.expect(0, 'undelete', 'web/volume.data-02', '--yes');
    expect((await targetsOf(world.array))[0]!.luns).toHaveLength(1);
    world.writeStack(stack(all, { 'app-1': ['data-01', 'data-02'] }));
    await world.expect(0, 'apply', 'plans', '--yes');
    expect(await volumeFacts(world, 'volume.data-02')).toEqual(was);
    expect(await lunsOf(world, 'export.app-1')).toEqual([kept, lun]);
    expect((await seenOverIscsi(lun!, lun!.portals[0]!)).wwn).toBe(was.wwn);
    await expectPattern(lun!, 0x22);
    await expectPattern(kept!, 0x21);
    await expectNoChanges(world, 'plans');
  });

  it.runIf(EVERYTHING)(
    'renames with movedFrom under a host that stays logged in, and forgets without touching data',
    async () => {
      const world = await fresh(stack({ old: {}, left: {} }, { 'app-1': ['old'], 'app-2': ['left'] }));
      await world.expect(0, 'apply', 'plans', '--yes');
      const [lun] = await lunsOf(world, 'export.app-1');
      const [left] = await lunsOf(world, 'export.app-2');
      await writePattern(lun!, 0x31);
      await writePattern(left!, 0x32);
      const [was, leftWas] = await Promise.all([volumeFacts(world, 'volume.old'), volumeFacts(world, 'volume.left')]);
      const session = await login(world.array, lun!);
      const before = await targetsOf(world.array);
      world.writeStack(stack({ new: { movedFrom: 'volume.old' }, left: {} }, { 'app-1': ['new'], 'app-2': ['left'] }));
      await world.expect(0, 'apply', 'plans', '--yes');
      expect(await targetsOf(world.array)).toEqual(before);
      expect(await volumeFacts(world, 'volume.new')).toEqual(was);
      await expectPattern(lun!, 0x31);
      await session.logout();

      world.writeStack(stack({ new: {} }, { 'app-1': ['new'] }, 'forget: [volume.left]'));
      await world.expect(0, 'apply', 'plans', '--yes');
      const path = join(world.array.poolDirectory, `${leftWas.label}.img`);
      const attributes = execFileSync('getfattr', ['-d', '-m', '-', '--absolute-names', path], { encoding: 'utf8' });
      expect(attributes).not.toContain('user.coprhd.mark');
      expect(execFileSync('od', ['-An', '-tx1', '-j1M', '-N4', path], { encoding: 'utf8' }).trim()).toBe('32 32 32 32');
      await world.expect(1, 'show', 'volume.left');
      await expectNoChanges(world, 'plans');
    },
  );

  it.runIf(EVERYTHING)('holds an unexport while the host is logged in', async () => {
    const world = await fresh(stack(numbered(1), { 'app-1': ['data-01'] }));
    await world.expect(0, 'apply', 'plans', '--yes');
    const [lun] = await lunsOf(world, 'export.app-1');
    await login(world.array, lun!);
    const before = await targetsOf(world.array);
    world.writeStack(stack(numbered(1)));
    const { plan } = await world.json<PlanDocument>(3, 'plan', 'plans');
    expect(heldIn(plan)).toMatchObject([{ address: 'web/export.app-1', code: 'COPRHD-HELD-005' }]);
    await world.expect(3, 'apply', 'plans', '--yes');
    await world.expect(0, 'apply', 'plans', '--yes', '--skip-held');
    expect(await targetsOf(world.array)).toEqual(before);
  });

  it.runIf(EVERYTHING)('unexports from a host that is logged in when somebody attests', async () => {
    const world = await fresh(stack(numbered(1), { 'app-1': ['data-01'] }));
    await world.expect(0, 'apply', 'plans', '--yes');
    const [lun] = await lunsOf(world, 'export.app-1');
    await login(world.array, lun!);
    world.writeStack(stack(numbered(1)));
    await world.expect(0, 'apply', 'plans', '--yes', '--attest-offline', 'night shift');
    expect(await targetsOf(world.array)).toEqual([]);
    await expectNoChanges(world, 'plans');
  });
});
