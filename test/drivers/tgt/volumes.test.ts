import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../../drivers/tgt/index.ts';
import { createLocalSession } from '../../../src/engine/driver/local.ts';
import { EVERYTHING } from '../../long-only.ts';
import { context, everything, expectOf, MIB, mapped, markOf, useBench, volumeArgs, withoutUsage } from './support.ts';

const bench = useBench();
const inPool = (name: string) => join(bench.array.poolDirectory, name);

describe('the array', () => {
  it('names itself the same every time, and not as another array', async () => {
    const first = await bench.driver.identify(context());
    expect(first).toMatchObject({ model: 'Linux SCSI target (tgt)', supported: true });
    expect(first.nativeGuid).toBe(`TGT+${first.serialNumber}`);
    expect(await (await bench.connect()).identify(context())).toEqual(first);
    const other = { ...bench.configuration(), controlPort: bench.array.controlPort + 1 };
    const stranger = await manifest.connect({ configuration: other, session: createLocalSession(Date.now) });
    await expect(stranger.identify(context())).rejects.toMatchObject({ class: 'transient' });
  });

  it('has its pools, with the reason when one cannot be used', async () => {
    const { items, complete } = await bench.driver.listPools(context());
    expect(complete).toBe(true);
    expect(items).toMatchObject([
      { nativeId: 'main', usable: true, granularityBytes: MIB, notes: { reflink: bench.array.reflink ? 'yes' : 'no' } },
    ]);
    expect(items[0]!.freeBytes).toBeGreaterThan(0);
    const configuration = {
      ...bench.configuration(),
      pools: { gone: inPool('nowhere'), main: bench.array.poolDirectory, proc: '/proc/self' },
    };
    const driver = await manifest.connect({ configuration, session: createLocalSession(Date.now) });
    const pools = (await driver.listPools(context())).items;
    expect(pools.map(({ usable }) => usable)).toEqual([false, true, false]);
    expect(pools[0]!.unusableWhy).toMatch(/not there/);
    // With a pool that can't be read, nothing may count as gone.
    expect((await driver.listVolumes(context())).complete).toBe(false);
    expect((await bench.driver.listVolumes(context())).complete).toBe(true);
  });
});

describe('a volume', () => {
  it('is made once, however often it is asked for', async () => {
    const { driver } = bench;
    const made = await driver.ensureVolume(context(), volumeArgs('once'));
    const before = await everything(bench);
    expect(await driver.ensureVolume(context(), volumeArgs('once'))).toEqual(made);
    expect(await driver.readVolume(context(), made.nativeId)).toEqual(made);
    expect(await driver.findVolume(context(), 'once')).toEqual(made);
    expect((await driver.listVolumes(context())).items).toContainEqual(made);
    expect(await everything(bench)).toBe(before);
    expect(made).toMatchObject({
      name: 'once',
      sizeBytes: 16 * MIB,
      allocatedBytes: 0,
      provisioning: 'thin',
      wwn: volumeArgs('once').wwn,
      mark: { ...markOf('once'), nativeIdentity: made.nativeId },
      zeroed: true,
      quarantined: false,
      mappedBy: [],
    });
  });

  it('has its size rounded up, and the real one is told', async () => {
    const made = await bench.driver.ensureVolume(context(), volumeArgs('odd-size', { sizeBytes: 10 * MIB + 1 }));
    expect(made.sizeBytes).toBe(11 * MIB);
    const again = await bench.driver.ensureVolume(context(), volumeArgs('odd-size', { sizeBytes: 10 * MIB + 1 }));
    expect(again.nativeId).toBe(made.nativeId);
  });

  it('with the same name and anything else different is a conflict', async () => {
    await bench.driver.ensureVolume(context(), volumeArgs('taken'));
    const others = [
      { sizeBytes: 128 * MIB },
      { wwn: `6${'0'.repeat(31)}` },
      { serial: 'OTHER' },
      { provisioning: 'thick' as const },
      { mark: markOf('other') },
      { mark: markOf('taken', 'installation-2') },
      // The state is older than the mark.
      { mark: markOf('taken', 'installation-1', 0) },
    ];
    for (const other of others) {
      const call = bench.driver.ensureVolume(context(), volumeArgs('taken', other));
      await expect(call, JSON.stringify(other)).rejects.toMatchObject({ class: 'conflict' });
    }
  });

  const names = [
    '../a',
    '$(reboot)',
    'a\nb',
    '',
    'a b',
    "a'b",
    'a"b',
    'ä',
    'a/b',
    'a;reboot',
    '.a',
    'A',
    'a'.repeat(101),
  ];
  it.each(EVERYTHING ? names : names.slice(0, 3))('is refused under the name %j, and nothing happens', async (name) => {
    const before = await everything(bench);
    await expect(bench.driver.ensureVolume(context(), volumeArgs('x', { name }))).rejects.toMatchObject({
      class: 'invalid',
    });
    expect(await bench.driver.findVolume(context(), name)).toBeUndefined();
    expect(await everything(bench)).toBe(before);
  });

  it('with the longest name works', async () => {
    const name = 'l'.repeat(manifest.naming.volumeLengthMax);
    const made = await bench.driver.ensureVolume(context(), volumeArgs('x', { name }));
    await bench.driver.deleteVolume(context(), expectOf(made, markOf('x')));
    expect(await bench.driver.findVolume(context(), name)).toBeUndefined();
  });

  it('that does not fit is refused for capacity and leaves nothing', async () => {
    const big = volumeArgs('too-big', { sizeBytes: 1024 ** 4, provisioning: 'thick' });
    await expect(bench.driver.ensureVolume(context(), big)).rejects.toMatchObject({ class: 'capacity' });
    expect(readdirSync(bench.array.poolDirectory).filter((name) => name.includes('too-big'))).toEqual([]);
  });

  it('is asked for by four sessions at once and made once', async () => {
    const drivers = await Promise.all(Array.from({ length: 4 }, () => bench.connect()));
    const made = await Promise.all(drivers.map((driver) => driver.ensureVolume(context(), volumeArgs('raced'))));
    expect(new Set(made.map(({ nativeId }) => nativeId)).size).toBe(1);
  });

  it('leaves no temporary file when one was left by a crash', async () => {
    writeFileSync(inPool('.coprhd-new-after-crash'), 'half');
    const made = await bench.driver.ensureVolume(context(), volumeArgs('after-crash'));
    expect(made.allocatedBytes).toBe(0);
    expect(readdirSync(bench.array.poolDirectory).filter((name) => name.startsWith('.coprhd'))).toEqual([]);
  });
});

describe('removing a volume', () => {
  it('succeeds when it is gone, and the next of that name is another one', async () => {
    const { driver } = bench;
    const first = await driver.ensureVolume(context(), volumeArgs('reborn'));
    await driver.deleteVolume(context(), expectOf(first, markOf('reborn')));
    await driver.deleteVolume(context(), expectOf(first, markOf('reborn')));
    expect(await driver.readVolume(context(), first.nativeId)).toBeUndefined();
    const wwn = `6${'1'.repeat(31)}`;
    const second = await driver.ensureVolume(context(), volumeArgs('reborn', { wwn }));
    expect(second.nativeId).not.toBe(first.nativeId);
    // Asked again with the identity of the first, nothing happens to the second.
    await driver.deleteVolume(context(), expectOf(first, markOf('reborn')));
    expect(await driver.readVolume(context(), second.nativeId)).toEqual(second);
  });

  it('is refused when identity or owner are not as expected', async () => {
    const { driver } = bench;
    const made = await driver.ensureVolume(context(), volumeArgs('kept'));
    const wrong = [
      { ...expectOf(made, markOf('kept')), wwn: `6${'2'.repeat(31)}` },
      expectOf(made, markOf('kept', 'installation-2')),
      expectOf(made, markOf('other')),
      expectOf(made, markOf('kept', 'installation-1', 0)),
    ];
    for (const expectation of wrong) {
      await expect(driver.deleteVolume(context(), expectation)).rejects.toMatchObject({ class: 'conflict' });
    }
    expect(await driver.readVolume(context(), made.nativeId)).toEqual(made);
  });

  it('is refused while it is mapped, naming the holders', async () => {
    const { volumeExpect, mask } = await mapped(bench, 'held');
    await expect(bench.driver.deleteVolume(context(), volumeExpect)).rejects.toMatchObject({
      class: 'conflict',
      holders: [mask.nativeId],
    });
  });

  it('is refused while any process holds the file, by whatever path', async () => {
    const made = await bench.driver.ensureVolume(context(), volumeArgs('opened'));
    execFileSync('ln', ['-s', inPool('opened.img'), inPool('alias')]);
    // A target that somebody made by hand over another path: tgtd's listing doesn't show ours.
    await bench.array.tgtadm('--op', 'new', '--mode', 'target', '--tid', '200', '-T', 'iqn.2003-01.org.example:alias');
    await bench.array.tgtadm(
      '--op',
      'new',
      '--mode',
      'logicalunit',
      '--tid',
      '200',
      '--lun',
      '1',
      '-b',
      inPool('alias'),
    );
    const expectation = expectOf(made, markOf('opened'));
    await expect(bench.driver.deleteVolume(context(), expectation)).rejects.toMatchObject({
      class: 'conflict',
      message: expect.stringMatching(/tgtd/),
    });
    await bench.array.tgtadm('--op', 'delete', '--mode', 'target', '--tid', '200');
    await bench.driver.deleteVolume(context(), expectation);
    rmSync(inPool('alias'));
  });
});

describe('quarantine', () => {
  it('renames there and back, and it stays the same volume', async () => {
    const { driver } = bench;
    const made = await driver.ensureVolume(context(), volumeArgs('away'));
    const expectation = expectOf(made, markOf('away'));
    const gone = await driver.renameVolume(context(), expectation, { name: 'quarantined-away', quarantined: true });
    expect(gone).toEqual({ ...made, name: 'quarantined-away', quarantined: true });
    const before = await everything(bench);
    await driver.renameVolume(context(), expectation, { name: 'quarantined-away', quarantined: true });
    expect(await everything(bench)).toBe(before);
    const back = await driver.renameVolume(context(), expectation, { name: 'away', quarantined: false });
    expect(back).toEqual(made);
  });

  it('is refused for a mapped volume and for a name in use', async () => {
    const { driver } = bench;
    const { volumeExpect } = await mapped(bench, 'busy-name');
    const to = { name: 'elsewhere', quarantined: true };
    await expect(driver.renameVolume(context(), volumeExpect, to)).rejects.toMatchObject({ class: 'conflict' });
    const made = await driver.ensureVolume(context(), volumeArgs('wants-name'));
    const call = driver.renameVolume(context(), expectOf(made, markOf('wants-name')), {
      name: 'busy-name',
      quarantined: false,
    });
    await expect(call).rejects.toMatchObject({ class: 'conflict' });
  });
});

describe('foreign files', () => {
  it('are listed without a mark and never touched', async () => {
    const { driver } = bench;
    const strange = 'it\'s "odd" $(x)\né.img';
    writeFileSync(inPool(strange), 'data');
    const listed = (await driver.listVolumes(context())).items.find(({ name }) => `${name}.img` === strange)!;
    expect(listed).toMatchObject({ sizeBytes: 4 });
    expect(listed.mark).toBeUndefined();
    const expectation = { nativeId: listed.nativeId, mark: markOf('x') };
    await expect(driver.deleteVolume(context(), expectation)).rejects.toMatchObject({ class: 'conflict' });
    await expect(driver.markVolume(context(), { ...expectation, unmarked: true })).rejects.toMatchObject({
      class: 'invalid',
    });
    expect(readFileSync(inPool(strange), 'utf8')).toBe('data');
    rmSync(inPool(strange));
  });

  it('with the name that is asked for are a conflict', async () => {
    writeFileSync(inPool('foreign.img'), 'data');
    await expect(bench.driver.ensureVolume(context(), volumeArgs('foreign'))).rejects.toMatchObject({
      class: 'conflict',
    });
    expect(readFileSync(inPool('foreign.img'), 'utf8')).toBe('data');
  });

  it('include copies of ours that took the attributes along', async () => {
    const made = await bench.driver.ensureVolume(context(), volumeArgs('original'));
    execFileSync('cp', ['--preserve=all', inPool('original.img'), inPool('copy.img')]);
    execFileSync('mv', [inPool('original.img'), inPool('aside.img')]);
    renameSync(inPool('copy.img'), inPool('original.img'));
    const copy = (await bench.driver.findVolume(context(), 'original'))!;
    expect(copy.nativeId).not.toBe(made.nativeId);
    expect(copy.mark).toBeUndefined();
    expect(copy.wwn).toBeUndefined();
    const expectation = { nativeId: copy.nativeId, mark: markOf('original') };
    await expect(bench.driver.deleteVolume(context(), expectation)).rejects.toMatchObject({ class: 'conflict' });
    // The one that was moved by hand is found by its id, under its new name.
    expect(await bench.driver.readVolume(context(), made.nativeId)).toEqual({ ...made, name: 'aside' });
  });

  it('become ours by import with an identity of their own, and foreign again when forgotten', async () => {
    const { driver } = bench;
    truncateSync(writeNew('imported.img'), 32 * MIB);
    const found = (await driver.findVolume(context(), 'imported'))!;
    const mark = markOf('imported');
    await expect(driver.markVolume(context(), { nativeId: found.nativeId, mark })).rejects.toMatchObject({
      class: 'conflict',
    });
    const ours = await driver.markVolume(context(), { nativeId: found.nativeId, mark, unmarked: true });
    expect(ours.wwn).toMatch(/^6[0-9a-f]{31}$/);
    expect(ours.mark).toEqual({ ...mark, nativeIdentity: found.nativeId });
    const later = await driver.markVolume(context(), expectOf(ours, { ...mark, epoch: 2 }));
    expect(later.mark!.epoch).toBe(2);
    expect(later.wwn).toBe(ours.wwn);
    const theirs = markOf('imported', 'installation-2');
    await expect(driver.markVolume(context(), { ...expectOf(ours, theirs), unmarked: true })).rejects.toMatchObject({
      class: 'conflict',
    });
    await driver.unmarkVolume(context(), expectOf(ours, { ...mark, epoch: 2 }));
    await driver.unmarkVolume(context(), expectOf(ours, { ...mark, epoch: 2 }));
    const forgotten = (await driver.findVolume(context(), 'imported'))!;
    expect(withoutUsage(forgotten)).toEqual(withoutUsage({ ...found, wwn: ours.wwn! }));
  });

  it('that hosts see without an identity are not imported under their eyes', async () => {
    truncateSync(writeNew('seen.img'), 32 * MIB);
    const found = (await bench.driver.findVolume(context(), 'seen'))!;
    await bench.array.tgtadm('--op', 'new', '--mode', 'target', '--tid', '201', '-T', 'iqn.2003-01.org.example:seen');
    await bench.array.tgtadm(
      '--op',
      'new',
      '--mode',
      'logicalunit',
      '--tid',
      '201',
      '--lun',
      '1',
      '-b',
      inPool('seen.img'),
    );
    const expectation = { nativeId: found.nativeId, mark: markOf('seen'), unmarked: true };
    await expect(bench.driver.markVolume(context(), expectation)).rejects.toMatchObject({ class: 'conflict' });
    const wwn = `6${'a'.repeat(31)}`;
    await bench.array.tgtadm(
      '--op',
      'update',
      '--mode',
      'logicalunit',
      '--tid',
      '201',
      '--lun',
      '1',
      '--params',
      `scsi_id=${wwn}`,
    );
    expect((await bench.driver.markVolume(context(), expectation)).wwn).toBe(wwn);
  });
});

function writeNew(name: string): string {
  writeFileSync(inPool(name), '');
  return inPool(name);
}
