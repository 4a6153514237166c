/** What is gone from the device: found by drift, held by plan where data are concerned, repaired where none are. */
import { readdirSync, rmSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { EVERYTHING } from '../long-only.ts';
import {
  actionsIn,
  type DriftDocument,
  ensureBuilt,
  expectNoChanges,
  heldIn,
  lunsOf,
  type PlanDocument,
  volumeFacts,
} from './cli.ts';
import { iqnOf, numbered, stack } from './plans.ts';
import { simWorld } from './sim.ts';
import {
  describeOnTgt,
  expectPattern,
  fileState,
  filesOf,
  login,
  seenOverIscsi,
  targetNamed,
  targetsOf,
  useTgt,
  writePattern,
} from './tgt.ts';

beforeAll(ensureBuilt);

const TWO = stack(numbered(2), { 'app-1': ['data-{01..02}'] });

describeOnTgt('what is gone from the device', () => {
  const fresh = useTgt();
  async function exported() {
    const world = await fresh(TWO);
    await world.expect(0, 'apply', 'plans', '--yes');
    const luns = await lunsOf(world, 'export.app-1');
    return { world, array: world.array, first: luns[0]!, second: luns[1]! };
  }

  it.runIf(EVERYTHING)('has nothing to do in a second plan, and no drift', async () => {
    const { world } = await exported();
    await expectNoChanges(world, 'plans');
    const drift = await world.json<DriftDocument>('drift');
    expect(drift).toMatchObject({ outcome: 'ok', items: [], systems: [{ trust: 'whole', ours: 2, foreign: 0 }] });
  });

  it('holds a LUN that somebody deleted, and maps the same volume there again when told to', async () => {
    const { world, array, second } = await exported();
    await writePattern(second, 0x5a);
    const { tid } = await targetNamed(array, 'app-1');
    await array.tgtadm('--op', 'delete', '--mode', 'logicalunit', '--tid', tid, '--lun', '2');

    const drift = await world.json<DriftDocument>(2, 'drift');
    expect(drift.items).toMatchObject([{ address: 'web/export.app-1', summary: expect.stringContaining('data-02') }]);
    const before = await targetsOf(array);
    const { plan } = await world.json<PlanDocument>(3, 'plan', 'plans');
    expect(heldIn(plan)).toMatchObject([{ address: 'web/export.app-1', code: 'COPRHD-HELD-001' }]);
    expect(heldIn(plan)[0]!.fix).toContain('--replace-missing web/export.app-1');
    expect(plan.units).toEqual([]);
    await world.expect(3, 'apply', 'plans', '--yes');
    expect(await targetsOf(array)).toEqual(before);

    await world.expect(0, 'apply', 'plans', '--yes', '--replace-missing', 'export.app-1');
    expect(await lunsOf(world, 'export.app-1')).toMatchObject([{ hlu: 1 }, { hlu: 2, wwn: second.wwn }]);
    expect((await seenOverIscsi(second, second.portals[0]!)).wwn).toBe(second.wwn);
    await expectPattern(second, 0x5a);
    await expectNoChanges(world, 'plans');
  });

  it.runIf(EVERYTHING)(
    'holds a volume whose file is gone, and makes an empty one with a new WWN only when told to',
    async () => {
      const { world, array, first, second } = await exported();
      await writePattern(first, 0x11);
      const lost = await volumeFacts(world, 'volume.data-02');
      const kept = await fileState(`${array.poolDirectory}/${filesOf(array)[0]}`);
      rmSync(`${array.poolDirectory}/${lost.label}.img`);

      const drift = await world.json<DriftDocument>(2, 'drift');
      expect(drift.items).toContainEqual(expect.objectContaining({ class: 'missing', address: 'web/volume.data-02' }));
      const { plan } = await world.json<PlanDocument>(3, 'plan', 'plans');
      expect(heldIn(plan)).toContainEqual(
        expect.objectContaining({ address: 'web/volume.data-02', code: 'COPRHD-HELD-001' }),
      );
      expect(plan.units).toEqual([]);
      await world.expect(3, 'apply', 'plans', '--yes');
      await world.expect(0, 'apply', 'plans', '--yes', '--skip-held');
      expect(filesOf(array)).toHaveLength(1);

      const { stdout } = await world.expect(
        0,
        'apply',
        'plans',
        '--yes',
        '--human',
        '--replace-missing',
        'volume.data-02',
      );
      expect(stdout).toContain('empty');
      const made = await volumeFacts(world, 'volume.data-02');
      expect(made.urn).toBe(lost.urn);
      expect(made.wwn).not.toBe(lost.wwn);
      expect((await seenOverIscsi(second, second.portals[0]!)).wwn).toBe(made.wwn);
      await expectPattern(second, 0);
      await expectPattern(first, 0x11);
      expect(await fileState(`${array.poolDirectory}/${filesOf(array)[0]}`)).not.toBe('');
      expect(JSON.parse(kept)).toMatchObject({ path: `${array.poolDirectory}/${filesOf(array)[0]}` });
      await expectNoChanges(world, 'plans');
    },
  );

  it.runIf(EVERYTHING)('does not replace a volume under a host that is logged in', async () => {
    const { world, array, second } = await exported();
    await login(array, second);
    const lost = await volumeFacts(world, 'volume.data-02');
    rmSync(`${array.poolDirectory}/${lost.label}.img`);
    const before = await targetsOf(array);
    const { plan } = await world.json<PlanDocument>(3, 'plan', 'plans', '--replace-missing', 'volume.data-02');
    expect(heldIn(plan)).toContainEqual(
      expect.objectContaining({ address: 'web/volume.data-02', code: 'COPRHD-HELD-005' }),
    );
    expect(plan.units).toEqual([]);
    await world.expect(3, 'apply', 'plans', '--yes', '--replace-missing', 'volume.data-02');
    expect(await targetsOf(array)).toEqual(before);
    expect(readdirSync(array.poolDirectory)).toHaveLength(1);
  });

  it('admits an initiator again that somebody took off', async () => {
    const { world, array, first } = await exported();
    const { tid } = await targetNamed(array, 'app-1');
    await array.tgtadm('--op', 'unbind', '--mode', 'target', '--tid', tid, '-Q', iqnOf('app-1'));
    await expect(seenOverIscsi(first, first.portals[0]!)).rejects.toThrow();
    const drift = await world.json<DriftDocument>(2, 'drift');
    expect(drift.items).toMatchObject([{ class: 'managed', address: 'web/export.app-1' }]);
    const { plan } = await world.json<PlanDocument>('plan', 'plans');
    expect(actionsIn(plan)).toEqual({ 'web/export.app-1': 'update' });
    await world.expect(0, 'apply', 'plans', '--yes');
    expect((await targetNamed(array, 'app-1')).acl).toEqual([iqnOf('app-1')]);
    expect((await seenOverIscsi(first, first.portals[0]!)).wwn).toBe(first.wwn);
    await expectNoChanges(world, 'plans');
  });

  it.runIf(EVERYTHING)(
    'makes a target again that somebody deleted, with the same name, LUNs, WWNs and data',
    async () => {
      const { world, array, first, second } = await exported();
      await writePattern(first, 0x77);
      const { tid } = await targetNamed(array, 'app-1');
      await array.tgtadm('--op', 'delete', '--mode', 'target', '--tid', tid, '--force');
      await world.expect(2, 'drift');
      await world.expect(0, 'apply', 'plans', '--yes');
      expect(await lunsOf(world, 'export.app-1')).toEqual([first, second]);
      for (const lun of [first, second]) {
        expect((await seenOverIscsi(lun, lun.portals[1]!)).wwn).toBe(lun.wwn);
      }
      await expectPattern(first, 0x77);
      await expectNoChanges(world, 'plans');
      await world.expect(0, 'drift');
    },
  );

  it.runIf(EVERYTHING)('takes an unknown initiator off again, but not while it is logged in', async () => {
    const { world, array, first } = await exported();
    const { tid } = await targetNamed(array, 'app-1');
    await array.tgtadm('--op', 'bind', '--mode', 'target', '--tid', tid, '-Q', iqnOf('intruder'));
    const session = await login(array, { ...first, initiators: [iqnOf('intruder')] });
    const { plan } = await world.json<PlanDocument>(3, 'plan', 'plans');
    expect(heldIn(plan)).toMatchObject([{ address: 'web/export.app-1', code: 'COPRHD-HELD-005' }]);
    await session.logout();
    await world.expect(0, 'apply', 'plans', '--yes');
    expect((await targetNamed(array, 'app-1')).acl).toEqual([iqnOf('app-1')]);
    await expectNoChanges(world, 'plans');
  });
});

describe.concurrent('on a simulated array: what is gone from the device', () => {
  it.runIf(EVERYTHING)('is replaced, mapped again and nothing else', async () => {
    const world = await simWorld(TWO);
    await world.expect(0, 'apply', 'plans', '--yes');
    const [first, second] = await lunsOf(world, 'export.app-1');
    const lost = await volumeFacts(world, 'volume.data-02');
    await world.edit({ edit: 'delete-volume', volume: lost.label });
    await world.expect(2, 'drift');
    await world.expect(3, 'apply', 'plans', '--yes');
    expect((await world.device()).volumes).toHaveLength(1);
    await world.expect(0, 'apply', 'plans', '--yes', '--replace-missing', 'volume.data-02');
    const made = await volumeFacts(world, 'volume.data-02');
    expect(made.wwn).not.toBe(lost.wwn);
    expect(await lunsOf(world, 'export.app-1')).toEqual([first, { ...second, wwn: made.wwn }]);
    expect((await world.device()).volumes.find(({ name }) => name === lost.label)?.mappings).toHaveLength(1);
    await expectNoChanges(world, 'plans');
  });

  it.runIf(EVERYTHING)('is not believed when too much vanished at once', async () => {
    const world = await simWorld(stack(numbered(8), { 'app-1': ['data-{01..08}'] }));
    await world.expect(0, 'apply', 'plans', '--yes');
    const labels = (await world.device()).volumes.map(({ name }) => name);
    for (const label of labels.slice(0, 4)) await world.edit({ edit: 'delete-volume', volume: label });
    const before = await world.device();
    const { plan } = await world.json<PlanDocument>(3, 'plan', 'plans');
    expect(heldIn(plan).map(({ code }) => code)).toContain('COPRHD-HELD-008');
    expect(plan.units).toEqual([]);
    await world.expect(0, 'apply', 'plans', '--yes', '--skip-held');
    await world.expect(3, 'apply', 'plans', '--yes', '--replace-missing', 'volume.data-01');
    expect(await world.device()).toEqual(before);
  });
});
