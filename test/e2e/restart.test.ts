import { beforeAll, expect, it } from 'vitest';
import { ensureBuilt, expectNoChanges, lunsOf } from './cli.ts';
import { numbered, stack } from './plans.ts';
import { describeOnTgt, expectPattern, seenOverIscsi, targetsOf, useTgt, writePattern } from './tgt.ts';

beforeAll(ensureBuilt);

describeOnTgt('kill -9 of the target and a restart with what coprhd wrote down', () => {
  const fresh = useTgt();

  it('brings back every target, LUN, identity, access list and all data', async () => {
    const exports = { 'app-1': ['data-{01..03}'], 'app-2': ['more-01'] };
    const world = await fresh(stack({ ...numbered(3), ...numbered(1, {}, 'more') }, exports));
    await world.expect(0, 'apply', 'plans', '--yes');
    const luns = [...(await lunsOf(world, 'export.app-1')), ...(await lunsOf(world, 'export.app-2'))];
    for (const [index, lun] of luns.entries()) await writePattern(lun, 0x40 + index);
    const facts = async () =>
      (await targetsOf(world.array))
        .map(({ name, luns: of, acl }) => ({ name, luns: of, acl }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    const before = await facts();
    expect(before).toHaveLength(2);

    await world.array.restart();

    expect(await facts()).toEqual(before);
    for (const [index, lun] of luns.entries()) {
      const seen = await seenOverIscsi(lun, lun.portals[0]!);
      expect(seen).toMatchObject({ sizeBytes: lun.sizeBytes, wwn: lun.wwn });
      await expectPattern(lun, 0x40 + index);
    }
    const stranger = { ...luns[0]!, initiators: luns[3]!.initiators };
    await expect(seenOverIscsi(stranger, stranger.portals[0]!)).rejects.toThrow();
    await world.expect(0, 'drift');
    await expectNoChanges(world, 'plans');
  });
});
