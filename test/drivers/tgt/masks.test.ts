import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandSession } from 'coprhd/driver';
import { describe, expect, it } from 'vitest';
import { CONF_WRITE } from '../../../drivers/tgt/target-scripts.ts';
import { createLocalSession } from '../../../src/engine/driver/local.ts';
import { EVERYTHING } from '../../long-only.ts';
import {
  capacityBytes,
  context,
  everything,
  expectOf,
  HOST_A,
  HOST_B,
  mapped,
  markOf,
  pageEightyThree,
  useBench,
  volumeArgs,
} from './support.ts';

const bench = useBench();
const sorted = (list: readonly string[]) => [...list].sort();
const maskArgs = (name: string, initiators: readonly string[] = [HOST_A]) => ({
  name,
  mark: markOf(name),
  initiators,
  ports: bench.array.portals,
});
const confNames = () => readdirSync(join(bench.array.configDirectory, 'targets')).sort();

describe('ports', () => {
  it('are the portals of tgtd', async () => {
    const { items, complete } = await bench.driver.listPorts(context());
    expect(complete).toBe(true);
    expect(items.map(({ nativeId, status, transport }) => ({ nativeId, status, transport }))).toEqual(
      sorted(bench.array.portals).map((nativeId) => ({ nativeId, status: 'up', transport: 'ip' })),
    );
    expect(new Set(items.map(({ physicalPort }) => physicalPort)).size).toBe(2);
  });
});

describe('a mask', () => {
  it('that was deleted gets no file again from a write that a dead process left behind', async () => {
    const { driver } = bench;
    const { maskExpect, volumeExpect } = await mapped(bench, 'late');
    const real = createLocalSession(Date.now);
    const left: Parameters<CommandSession['run']>[0][] = [];
    // The process dies between the start of its script and the script's first line.
    const dying = await bench.connect({
      ...real,
      run: async (request) => {
        if (!request.argv.some((word) => word.endsWith(CONF_WRITE))) return real.run(request);
        left.push(request);
        throw new Error('killed');
      },
    });
    await expect(dying.removeMapping(context(), maskExpect, { volume: volumeExpect, hlu: 1 })).rejects.toThrow();
    await driver.removeMapping(context(), maskExpect, { volume: volumeExpect, hlu: 1 });
    await driver.deleteMask(context(), maskExpect);
    expect(confNames()).not.toContain('mask-late.conf');
    expect(left).toHaveLength(1);
    const late = await real.run({ ...left[0]!, deadlineMs: Date.now() + 10_000 });
    expect(late.exitCode).not.toBe(0);
    expect(confNames()).not.toContain('mask-late.conf');
  });

  it('is made once, however often it is asked for', async () => {
    const { driver } = bench;
    const made = await driver.ensureMask(context(), maskArgs('once', [HOST_B, HOST_A.toUpperCase()]));
    const before = await everything(bench);
    expect(await driver.ensureMask(context(), maskArgs('once', [HOST_A, HOST_B]))).toEqual(made);
    expect(await driver.readMask(context(), made.nativeId)).toEqual(made);
    expect(await driver.findMask(context(), 'once')).toEqual(made);
    expect((await driver.listMasks(context())).items).toContainEqual(made);
    expect(await everything(bench)).toBe(before);
    expect(made).toEqual({
      nativeId: 'iqn.2026-01.io.coprhd:once',
      name: 'once',
      targetName: 'iqn.2026-01.io.coprhd:once',
      mark: { ...markOf('once'), nativeIdentity: 'iqn.2026-01.io.coprhd:once' },
      initiators: [HOST_A, HOST_B],
      ports: sorted(bench.array.portals),
      mappings: [],
      loggedIn: [],
    });
  });

  it('admits exactly the initiators asked for, also after somebody opened it by hand', async () => {
    const { driver, array } = bench;
    const made = await driver.ensureMask(context(), maskArgs('exact', [HOST_A, HOST_B]));
    const narrowed = await driver.ensureMask(context(), maskArgs('exact', [HOST_B]));
    expect(narrowed.initiators).toEqual([HOST_B]);
    const listing = await array.tgtadm('--op', 'show', '--mode', 'target');
    const tid = new RegExp(`Target (\\d+): ${made.nativeId}\n`).exec(listing)![1]!;
    await array.tgtadm('--op', 'bind', '--mode', 'target', '--tid', tid, '-I', 'ALL');
    expect((await driver.readMask(context(), made.nativeId))!.initiators).toEqual(['all', HOST_B]);
    expect((await driver.ensureMask(context(), maskArgs('exact', [HOST_B]))).initiators).toEqual([HOST_B]);
    expect((await driver.ensureMask(context(), maskArgs('exact', []))).initiators).toEqual([]);
  });

  it('refuses initiators that are none', async () => {
    for (const initiator of [
      '',
      'host',
      'iqn.1994-05.test:a b',
      'iqn.1994-05.test:$(x)',
      'ALL',
      '10.0.0.1',
      `iqn.1994-05.t:${'a'.repeat(220)}`,
    ]) {
      const call = bench.driver.ensureMask(context(), maskArgs('bad-initiator', [initiator]));
      await expect(call, initiator).rejects.toMatchObject({ class: 'invalid' });
    }
    expect(await bench.driver.findMask(context(), 'bad-initiator')).toBeUndefined();
  });

  it('of another owner is a conflict', async () => {
    const { driver } = bench;
    const made = await driver.ensureMask(context(), maskArgs('owned'));
    for (const mark of [markOf('owned', 'installation-2'), markOf('other'), markOf('owned', 'installation-1', 0)]) {
      const before = await everything(bench);
      await expect(driver.ensureMask(context(), { ...maskArgs('owned'), mark })).rejects.toMatchObject({
        class: 'conflict',
      });
      await expect(driver.deleteMask(context(), expectOf(made, mark))).rejects.toMatchObject({ class: 'conflict' });
      expect(await everything(bench)).toBe(before);
    }
  });

  it('is removed with its file, and removing the missing succeeds', async () => {
    const { driver } = bench;
    const made = await driver.ensureMask(context(), maskArgs('short-lived'));
    expect(confNames()).toContain('short-lived.conf');
    await driver.deleteMask(context(), expectOf(made, markOf('short-lived')));
    await driver.deleteMask(context(), expectOf(made, markOf('short-lived')));
    expect(confNames()).not.toContain('short-lived.conf');
    expect(await driver.findMask(context(), 'short-lived')).toBeUndefined();
  });

  it('is not removed while it maps something', async () => {
    const { volume, maskExpect } = await mapped(bench, 'still-mapping');
    await expect(bench.driver.deleteMask(context(), maskExpect)).rejects.toMatchObject({
      class: 'conflict',
      holders: [volume.nativeId],
    });
  });

  it('is asked for by four sessions at once with two installations beside it', async () => {
    const drivers = await Promise.all(Array.from({ length: 4 }, () => bench.connect()));
    const others = await Promise.all([1, 2].map(() => bench.connect()));
    const made = await Promise.all([
      ...drivers.map((driver) => driver.ensureMask(context(), maskArgs('raced'))),
      ...others.map((driver, index) =>
        driver.ensureMask(context(), {
          ...maskArgs(`other-${index}`),
          mark: markOf('other', `installation-${index + 5}`),
        }),
      ),
    ]);
    expect(new Set(made.slice(0, 4).map((mask) => JSON.stringify(mask))).size).toBe(1);
    expect(made.map(({ initiators }) => initiators)).toEqual(Array(6).fill([HOST_A]));
    const listing = await bench.array.tgtadm('--op', 'show', '--mode', 'target');
    expect(listing.match(/^Target \d+: \S+:raced$/gm)).toHaveLength(1);
  });
});

describe('a mapping', () => {
  it('shows the volume with its identity and size at the HLU, once', async () => {
    const { volume, mask, maskExpect, volumeExpect } = await mapped(bench, 'shown', 5);
    expect(mask.mappings).toEqual([{ hlu: 5, volume: volume.nativeId, wwn: volume.wwn }]);
    const before = await everything(bench);
    expect(await bench.driver.ensureMapping(context(), maskExpect, { volume: volumeExpect, hlu: 5 })).toEqual(mask);
    expect(await everything(bench)).toBe(before);
    expect((await bench.driver.readVolume(context(), volume.nativeId))!.mappedBy).toEqual([mask.nativeId]);
    for (const portal of bench.array.portals) {
      expect(await pageEightyThree(portal, mask.targetName!, 5, HOST_A)).toBe(volume.wwn);
      expect(await capacityBytes(portal, mask.targetName!, 5, HOST_A)).toBe(volume.sizeBytes);
    }
  });

  it('is removed, and removing the missing succeeds', async () => {
    const { mask, maskExpect, volumeExpect } = await mapped(bench, 'unshown', 2);
    const rest = await bench.driver.removeMapping(context(), maskExpect, { volume: volumeExpect, hlu: 2 });
    expect(rest).toEqual({ ...mask, mappings: [] });
    expect(await bench.driver.removeMapping(context(), maskExpect, { volume: volumeExpect, hlu: 2 })).toEqual(rest);
    await bench.driver.deleteMask(context(), maskExpect);
    const none = await bench.driver.removeMapping(context(), maskExpect, { volume: volumeExpect, hlu: 2 });
    expect(none.mappings).toEqual([]);
  });

  it('at an HLU in use, of another volume, or at a second HLU is a conflict', async () => {
    const { maskExpect, volumeExpect } = await mapped(bench, 'first', 1);
    const other = await bench.driver.ensureVolume(context(), volumeArgs('second'));
    const otherExpect = expectOf(other, markOf('second'));
    const { driver } = bench;
    const conflict = { class: 'conflict' };
    await expect(driver.ensureMapping(context(), maskExpect, { volume: otherExpect, hlu: 1 })).rejects.toMatchObject(
      conflict,
    );
    await expect(driver.removeMapping(context(), maskExpect, { volume: otherExpect, hlu: 1 })).rejects.toMatchObject(
      conflict,
    );
    await expect(driver.ensureMapping(context(), maskExpect, { volume: volumeExpect, hlu: 2 })).rejects.toMatchObject(
      conflict,
    );
    for (const hlu of [0, 256, 1.5, -1]) {
      const call = driver.ensureMapping(context(), maskExpect, { volume: otherExpect, hlu });
      await expect(call).rejects.toMatchObject({ class: 'invalid' });
    }
  });

  it('of a thick volume waits until it is zeroed, of a quarantined one until it is back', async () => {
    const { driver } = bench;
    const mask = await driver.ensureMask(context(), maskArgs('not-yet'));
    const maskExpect = expectOf(mask, markOf('not-yet'));
    const thick = await driver.ensureVolume(context(), volumeArgs('thick', { provisioning: 'thick' }));
    const call = driver.ensureMapping(context(), maskExpect, { volume: expectOf(thick, markOf('thick')), hlu: 1 });
    await expect(call).rejects.toMatchObject({ class: 'conflict' });
    const thin = await driver.ensureVolume(context(), volumeArgs('away'));
    const expectation = expectOf(thin, markOf('away'));
    await driver.renameVolume(context(), expectation, { name: 'q-away', quarantined: true });
    const mapping = driver.ensureMapping(context(), maskExpect, { volume: expectation, hlu: 1 });
    await expect(mapping).rejects.toMatchObject({ class: 'conflict' });
  });

  it('that somebody changed by hand is put right', async () => {
    const { mask, maskExpect, volumeExpect, volume } = await mapped(bench, 'tampered');
    const listing = await bench.array.tgtadm('--op', 'show', '--mode', 'target');
    const tid = new RegExp(`Target (\\d+): ${mask.nativeId}\n`).exec(listing)![1]!;
    await bench.array.tgtadm(
      '--op',
      'update',
      '--mode',
      'logicalunit',
      '--tid',
      tid,
      '--lun',
      '1',
      '--params',
      `scsi_id=6${'f'.repeat(31)}`,
    );
    await bench.array.tgtadm('--op', 'update', '--mode', 'target', '--tid', tid, '-n', 'state', '-v', 'offline');
    expect((await bench.driver.readMask(context(), mask.nativeId))!.mappings[0]!.wwn).toBe(`6${'f'.repeat(31)}`);
    expect(await bench.driver.ensureMapping(context(), maskExpect, { volume: volumeExpect, hlu: 1 })).toEqual(mask);
    expect(await pageEightyThree(bench.array.portals[0]!, mask.targetName!, 1, HOST_A)).toBe(volume.wwn);
  });

  it('to eight volumes at once by two sessions ends with all of them in the file', async () => {
    const mask = await bench.driver.ensureMask(context(), maskArgs('crowd'));
    const maskExpect = expectOf(mask, markOf('crowd'));
    const names = Array.from({ length: 8 }, (_, index) => `crowd-${index}`);
    const volumes = await Promise.all(names.map((name) => bench.driver.ensureVolume(context(), volumeArgs(name))));
    const sessions = [bench.driver, await bench.connect()];
    await Promise.all(
      volumes.map((volume, index) =>
        sessions[index % 2]!.ensureMapping(context(), maskExpect, {
          volume: expectOf(volume, markOf(names[index]!)),
          hlu: index + 1,
        }),
      ),
    );
    const conf = readFileSync(join(bench.array.configDirectory, 'targets/crowd.conf'), 'utf8');
    expect(conf.match(/ {4}lun \d+/g)).toHaveLength(8);
    expect((await bench.driver.readMask(context(), mask.nativeId))!.mappings).toHaveLength(8);
  });
});

describe('what others made on the same tgtd', () => {
  // test/e2e/foreign.test.ts has it through whole commands.
  it.runIf(EVERYTHING)('is listed, is nobody of ours, and is the same after all of this', async () => {
    const { array, driver } = bench;
    const foreignFile = join(array.poolDirectory, 'theirs.img');
    writeFileSync(foreignFile, Buffer.alloc(1_000_000, 7));
    const adm = (...args: string[]) => array.tgtadm(...args);
    await adm('--op', 'new', '--mode', 'target', '--tid', '150', '-T', 'iqn.2026-01.io.coprhd:theirs');
    await adm('--op', 'new', '--mode', 'logicalunit', '--tid', '150', '--lun', '1', '-b', foreignFile);
    await adm('--op', 'bind', '--mode', 'target', '--tid', '150', '-I', 'ALL');
    const other = await bench.connect(undefined, { configDirectory: join(array.configDirectory, 'elsewhere') });
    const otherMark = { ...maskArgs('second-installation'), mark: markOf('x', 'installation-2') };
    await other.ensureMask(context(), otherMark);
    const section = async () => {
      const all = await adm('--op', 'show', '--mode', 'target');
      return all.split(/^(?=Target )/m).filter((text) => /:theirs\n|:second-installation\n/.test(text));
    };
    const before = await section();

    const masks = (await driver.listMasks(context())).items;
    const theirs = masks.find(({ name }) => name === 'theirs')!;
    expect(theirs.mark).toBeUndefined();
    expect(theirs.initiators).toEqual(['all']);
    expect(theirs.mappings[0]!.wwn).toBeUndefined();
    expect(masks.find(({ name }) => name === 'second-installation')!.mark).toBeUndefined();
    const conflict = { class: 'conflict' };
    await expect(driver.ensureMask(context(), maskArgs('theirs'))).rejects.toMatchObject(conflict);
    await expect(driver.deleteMask(context(), expectOf(theirs, markOf('theirs')))).rejects.toMatchObject(conflict);
    const { volumeExpect, maskExpect } = await mapped(bench, 'beside-them', 3);
    const theirExpect = expectOf(theirs, markOf('theirs'));
    await expect(driver.ensureMapping(context(), theirExpect, { volume: volumeExpect, hlu: 9 })).rejects.toMatchObject(
      conflict,
    );
    await driver.expand!.expandVolume(context(), volumeExpect, { sizeBytes: 40 * 1024 ** 2 });
    await driver.removeMapping(context(), maskExpect, { volume: volumeExpect, hlu: 3 });
    await driver.deleteMask(context(), maskExpect);
    await driver.deleteVolume(context(), volumeExpect);

    expect(await section()).toEqual(before);
    expect(readFileSync(foreignFile)).toEqual(Buffer.alloc(1_000_000, 7));
  });
});
