import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, expectForPeople, lunsOf, ROOT, spawnProgram } from './cli.ts';
import { numbered, stack } from './plans.ts';
import { describeOnTgt, seenOverIscsi, targetNamed, useTgt } from './tgt.ts';

beforeAll(ensureBuilt);

const quickstart = (...flags: string[]) => spawnProgram(process.execPath, ['scripts/quickstart.js', ...flags]);

describe('npm run quickstart -- --simulator', () => {
  it('goes from nothing to an empty second plan and tears down', async () => {
    const ran = await quickstart('--simulator');
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expectForPeople(ran);
    expect(ran.stdout).toContain('+2 volumes (512 MiB thin)');
    expect(ran.stdout).toMatch(/^data-01: LUN 1 of \S+, WWN 6[0-9a-f]{31}$/m);
    expect(ran.stdout).toMatch(/^data-02: LUN 2 of \S+, WWN 6[0-9a-f]{31}$/m);
    expect(ran.stdout).toContain('No changes.');
    expect(ran.stdout).toMatch(/quickstart done in \d+\.\d s/);
    expect(existsSync(`${ROOT}.quickstart`)).toBe(false);
  });
});

describeOnTgt('quickstart', () => {
  const fresh = useTgt();

  it('plans, creates, exports, writes, reads, refuses a stranger and tears down', async () => {
    const ran = await quickstart();
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expectForPeople(ran);
    const checked = [...ran.stdout.matchAll(/^ok {2}(size in bytes|WWN|target|LUN): (\S+)$/gm)];
    expect(checked.map(([, what, seen]) => `${what} ${seen}`)).toEqual([
      'size in bytes 268435456',
      expect.stringMatching(/^WWN 6[0-9a-f]{31}$/),
      expect.stringMatching(/^target iqn\.2026-01\.io\.coprhd:app-1-[0-9a-f]{8}$/),
      'LUN 1',
      'size in bytes 268435456',
      expect.stringMatching(/^WWN 6[0-9a-f]{31}$/),
      expect.stringMatching(/^target iqn/),
      'LUN 2',
    ]);
    expect([...ran.stdout.matchAll(/^(wrote|read) 4194304\/4194304 bytes/gm)].map(([, verb]) => verb)).toEqual([
      'wrote',
      'read',
      'wrote',
      'read',
    ]);
    expect(ran.stdout).toContain('No changes.');
    // A reader learns how the target is started and ended, too.
    expect(ran.stdout).toMatch(/^\$ TGT_IPC_SOCKET=\.quickstart\/array\/tgtd\.sock tgtd -f .* --iscsi portal=/m);
    expect(ran.stdout).toMatch(/^\$ kill -KILL \d+$/m);
    expect(ran.stdout).toMatch(/quickstart done in \d+\.\d s/);
    expect(existsSync(`${ROOT}.quickstart`)).toBe(false);
  });

  it('shows sizes, target, LUN numbers and WWNs as an initiator sees them through each portal', async () => {
    const sizes = { a: { size: '16MiB' }, b: { size: '24MiB' }, ...numbered(1, { size: '40MiB' }) };
    const world = await fresh(stack(sizes, { 'app-1': ['a', 'b', 'data-01'] }));
    await world.expect(0, 'apply', 'plans', '--yes');
    const luns = await lunsOf(world, 'export.app-1');
    expect(luns.map(({ sizeBytes, hlu }) => ({ hlu, mib: sizeBytes / 2 ** 20 }))).toEqual([
      { hlu: 1, mib: 16 },
      { hlu: 2, mib: 24 },
      { hlu: 3, mib: 40 },
    ]);
    for (const lun of luns) {
      expect(lun.portals).toEqual(world.array.portals);
      for (const portal of lun.portals) {
        expect(await seenOverIscsi(lun, portal)).toEqual({ sizeBytes: lun.sizeBytes, wwn: lun.wwn, luns: [1, 2, 3] });
      }
    }
    expect(new Set(luns.map(({ wwn }) => wwn)).size).toBe(3);
    const target = await targetNamed(world.array, 'app-1');
    expect(target.acl).toEqual(luns[0]!.initiators);
  });
});
