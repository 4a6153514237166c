/** Snapshots and copies as initiators see them. How a set is of one moment: frozen-sets.test.ts; copies by a job: copy-jobs.test.ts. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CallContext, VolumeObservation } from 'coprhd/driver';
import { describe, expect, it } from 'vitest';
import {
  context,
  expectOf,
  HOST_A,
  MIB,
  mapped,
  markOf,
  memberOf,
  pageEightyThree,
  qemuIo,
  qemuRead,
  useBench,
  volumeArgs,
} from './support.ts';

const bench = useBench();

const portal = () => bench.array.portals[0]!;

async function snapshotOf(volume: VolumeObservation, name: string, ctx: CallContext = context()) {
  const members = [memberOf(volume, name)];
  const [seen] = await bench.driver.copies!.ensureSnapshots(ctx, { set: `set-${name}`, members });
  return { seen: seen!, expectation: expectOf(seen!, markOf(name)) };
}

async function copy(from: { nativeId: string; name: string }, to: { nativeId: string; name: string }, id: string) {
  const args = { copy: id, from: expectOf(from, markOf(from.name)), to: expectOf(to, markOf(to.name)) };
  return bench.driver.copies!.startCopy(context(), args);
}

describe('a snapshot', () => {
  it('reads what its source held, through a LUN that refuses writes, also after a restart of tgtd', async () => {
    const { volume, mask, maskExpect } = await mapped(bench, 'source');
    const target = mask.targetName!;
    await qemuIo(portal(), target, 1, HOST_A, 'write -P 0xa5 0 4M', 'flush');
    const { seen, expectation } = await snapshotOf(volume, 'snap');
    await qemuIo(portal(), target, 1, HOST_A, 'write -P 0x5a 0 4M', 'flush');
    await bench.driver.ensureMapping(context(), maskExpect, { volume: expectation, hlu: 2 });
    const check = async () => {
      await qemuIo(portal(), target, 1, HOST_A, 'read -P 0x5a 0 4M');
      await qemuRead(portal(), target, 2, HOST_A, 'read -P 0xa5 0 4M', 'read -P 0 4M 12M');
      expect(await pageEightyThree(portal(), target, 2, HOST_A)).toBe(seen.wwn);
      await expect(qemuIo(portal(), target, 2, HOST_A, 'write -P 1 0 4k')).rejects.toThrow(/write.protected/i);
      // The device itself refuses every command that writes, not only this initiator.
      const said = writeProtection(target, 2);
      expect(said).toMatch(/tests +1 +1 +1 +0 /);
      expect(said).toMatch(/\[OK\] WRITE16 returned CHECK_CONDITION .*WRITE_PROTECTED/);
    };
    await check();
    const before = await bench.driver.readMask(context(), mask.nativeId);
    await bench.array.restart();
    expect(await bench.driver.readMask(context(), mask.nativeId)).toEqual(before);
    await check();
  });

  it('carries its own mark and none of its source, and is a volume like others when its file is copied by hand', async () => {
    const { driver, array } = bench;
    const volume = await driver.ensureVolume(context(), volumeArgs('marked'));
    const { seen } = await snapshotOf(volume, 'marked-snap');
    expect(seen.mark).toEqual({ ...markOf('marked-snap'), nativeIdentity: seen.nativeId });
    const [from, to] = ['marked-snap', 'by-hand'].map((name) => join(array.poolDirectory, `${name}.img`));
    execFileSync('cp', ['--reflink=always', '--preserve=all', from!, to!]);
    const copied = (await driver.findVolume(context(), 'by-hand'))!;
    expect(copied).not.toHaveProperty('mark');
    expect(copied).not.toHaveProperty('snapshot');
    expect(copied).not.toHaveProperty('wwn');
  });

  it('shares its blocks: it takes no room until its source is overwritten', async () => {
    const { driver } = bench;
    const free = async () => (await driver.listPools(context())).items[0]!.freeBytes;
    const { volume, mask } = await mapped(bench, 'shared');
    await qemuIo(portal(), mask.targetName!, 1, HOST_A, 'write -P 1 0 16M', 'flush');
    const before = await free();
    const { expectation } = await snapshotOf(volume, 'shared-snap');
    expect(before - (await free())).toBeLessThan(4 * MIB);
    await qemuIo(portal(), mask.targetName!, 1, HOST_A, 'write -P 2 0 16M', 'flush');
    expect(before - (await free())).toBeGreaterThan(12 * MIB);
    await driver.deleteVolume(context(), expectation);
  });

  it('of one volume holds nobody, of several keeps how long, and leaves no file of its own behind', async () => {
    const { driver } = bench;
    const [a, b] = [await mapped(bench, 'held-a'), await mapped(bench, 'held-b')];
    const { seen: alone } = await snapshotOf(a.volume, 'alone');
    expect(alone.snapshot!.ioPausedMs).toBe(0);
    const members = [memberOf(a.volume, 'held-a-snap'), memberOf(b.volume, 'held-b-snap')];
    const [first, second] = await driver.copies!.ensureSnapshots(context(), { set: 'held', members });
    const { ioPausedMs } = first!.snapshot!;
    expect(ioPausedMs).toBeGreaterThan(0);
    expect(ioPausedMs).toBeLessThan(2_000);
    expect(second!.snapshot!.ioPausedMs).toBe(ioPausedMs);
    // It stays with the snapshot, for whoever reads it.
    expect((await driver.readVolume(context(), second!.nativeId))!.snapshot!.ioPausedMs).toBe(ioPausedMs);
    expect(readdirSync(bench.array.poolDirectory).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('a copy', () => {
  it('onto a volume gives it what a snapshot holds, with the identity and the LUN that it had', async () => {
    const { driver } = bench;
    const { volume, mask } = await mapped(bench, 'restored');
    const target = mask.targetName!;
    await qemuIo(portal(), target, 1, HOST_A, 'write -P 0xa5 1M 4M', 'flush');
    const { seen } = await snapshotOf(volume, 'good');
    await qemuIo(portal(), target, 1, HOST_A, 'write -P 0x5a 0 16M', 'flush');
    const handle = await copy(seen, volume, 'restore');
    expect(await driver.copies!.pollCopy(context(), expectOf(volume, markOf('restored')), handle)).toEqual({
      state: 'done',
      doneBytes: 16 * MIB,
      totalBytes: 16 * MIB,
    });
    await qemuIo(portal(), target, 1, HOST_A, 'read -P 0xa5 1M 4M', 'read -P 0 0 1M', 'read -P 0 5M 11M');
    expect(await pageEightyThree(portal(), target, 1, HOST_A)).toBe(volume.wwn);
    expect(await driver.readMask(context(), mask.nativeId)).toEqual(mask);
    expect(await bench.array.tgtadm('--op', 'show', '--mode', 'target')).not.toContain('offline');
  });

  it('is independent of its source, has a WWN of its own, and is larger where its volume is', async () => {
    const { driver } = bench;
    const source = await mapped(bench, 'original');
    await qemuIo(portal(), source.mask.targetName!, 1, HOST_A, 'write -P 0x11 0 16M', 'flush');
    const clone = await driver.ensureVolume(context(), volumeArgs('clone', { sizeBytes: 32 * MIB }));
    await copy(source.volume, clone, 'clone');
    const after = { volume: expectOf(clone, markOf('clone')), hlu: 2 };
    await driver.ensureMapping(context(), source.maskExpect, after);
    const target = source.mask.targetName!;
    await qemuIo(portal(), target, 2, HOST_A, 'read -P 0x11 0 16M', 'read -P 0 16M 16M', 'write -P 0x22 0 1M', 'flush');
    await qemuIo(portal(), target, 1, HOST_A, 'read -P 0x11 0 16M', 'write -P 0x33 8M 1M', 'flush');
    await qemuIo(portal(), target, 2, HOST_A, 'read -P 0x22 0 1M', 'read -P 0x11 1M 15M');
    expect(await pageEightyThree(portal(), target, 2, HOST_A)).toBe(clone.wwn);
    expect(clone.wwn).not.toBe(source.volume.wwn);
    const seen = await driver.readVolume(context(), clone.nativeId);
    expect(seen).toMatchObject({ wwn: clone.wwn, mark: clone.mark, copied: { copy: 'clone', done: true } });
  });
});

/** What libiscsi's tests of a read-only device say: each command that writes must be refused as write protected. */
function writeProtection(target: string, lun: number): string {
  const args = [
    '--dataloss',
    '-V',
    '-i',
    HOST_A,
    '-t',
    'SCSI.ReadOnly.ReadOnlySBC',
    `iscsi://${portal()}/${target}/${lun}`,
  ];
  return execFileSync('iscsi-test-cu', args, { encoding: 'utf8', timeout: 30_000 });
}
