import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  capacityBytes,
  context,
  HOST_A,
  HOST_B,
  MIB,
  mapped,
  markOf,
  pageEightyThree,
  qemuIo,
  useBench,
  volumeArgs,
} from './support.ts';

const bench = useBench();

describe('an initiator', () => {
  it('reads through the second portal what it wrote through the first, and another one is refused', async () => {
    const { mask } = await mapped(bench, 'data');
    const [first, second] = bench.array.portals as [string, string];
    await qemuIo(first, mask.targetName!, 1, HOST_A, 'write -P 0xa5 1M 1M', 'flush');
    await qemuIo(second, mask.targetName!, 1, HOST_A, 'read -P 0xa5 1M 1M', 'read -P 0 2M 1M');
    await expect(qemuIo(first, mask.targetName!, 1, HOST_B, 'read 0 4k')).rejects.toThrow(/Target not found/);
  });

  it('gives freed blocks of a thin volume back to the pool', async () => {
    const { mask } = await mapped(bench, 'freed');
    const used = () => statSync(join(bench.array.poolDirectory, 'freed.img')).blocks * 512;
    const [portal] = bench.array.portals as [string];
    await qemuIo(portal, mask.targetName!, 1, HOST_A, 'write -P 1 0 8M', 'flush');
    expect(used()).toBeGreaterThanOrEqual(8 * MIB);
    await qemuIo(portal, mask.targetName!, 1, HOST_A, 'discard 0 8M', 'flush');
    expect(used()).toBeLessThan(8 * MIB);
  });
});

describe('expanding', () => {
  it('under load shows the new size with the same identity, and no I/O fails', async () => {
    const { volume, mask, volumeExpect } = await mapped(bench, 'grown');
    const { driver, array } = bench;
    const [portal] = array.portals as [string];
    const writer = startWriter(portal, mask.targetName!, 1);
    let sizeBytes = volume.sizeBytes;
    for (let round = 0; round < 2; round++) {
      await writer.progress(200);
      sizeBytes += 16 * MIB;
      const grown = await driver.expand!.expandVolume(context(), volumeExpect, { sizeBytes: sizeBytes - 1 });
      expect(grown).toMatchObject({ nativeId: volume.nativeId, wwn: volume.wwn, sizeBytes });
    }
    await writer.progress(200);
    const said = await writer.end();
    expect(said).not.toMatch(/write failed|error/i);
    expect(await capacityBytes(portal, mask.targetName!, 1, HOST_A)).toBe(sizeBytes);
    expect(await pageEightyThree(portal, mask.targetName!, 1, HOST_A)).toBe(volume.wwn);
    await qemuIo(portal, mask.targetName!, 1, HOST_A, `read -P 0 ${sizeBytes - MIB} 1M`);
  });

  it('to less or the same changes nothing, not even sessions', async () => {
    const { volume, mask, volumeExpect } = await mapped(bench, 'as-large');
    const [portal] = bench.array.portals as [string];
    const writer = startWriter(portal, mask.targetName!, 1);
    await writer.progress(50);
    const sessions = async () =>
      (await bench.array.tgtadm('--op', 'show', '--mode', 'target')).match(/I_T nexus: \d+/g);
    const before = await sessions();
    for (const sizeBytes of [volume.sizeBytes, MIB]) {
      const same = await bench.driver.expand!.expandVolume(context(), volumeExpect, { sizeBytes });
      expect(same.sizeBytes).toBe(volume.sizeBytes);
    }
    expect(await sessions()).toEqual(before);
    await writer.end();
  });

  it('keeps a zeroed thick volume zeroed: what is added reads as zeros', async () => {
    const { driver } = bench;
    const made = await driver.ensureVolume(context(), volumeArgs('thick-grown', { provisioning: 'thick' }));
    const expectation = { nativeId: made.nativeId, mark: markOf('thick-grown') };
    const handle = await driver.zeroing!.startZeroing(context(), expectation);
    while ((await driver.zeroing!.pollZeroing(context(), expectation, handle)).state === 'running');
    const grown = await driver.expand!.expandVolume(context(), expectation, { sizeBytes: 48 * MIB });
    expect(grown).toMatchObject({ zeroed: true, sizeBytes: 48 * MIB });
    expect(grown.allocatedBytes).toBeGreaterThanOrEqual(48 * MIB);
  });
});

describe('sessions', () => {
  it('are told, and end with the mask, which goes only when it maps nothing', async () => {
    const { mask, maskExpect, volumeExpect } = await mapped(bench, 'logged-in');
    const writer = startWriter(bench.array.portals[0]!, mask.targetName!, 1);
    await writer.progress(10);
    expect((await bench.driver.readMask(context(), mask.nativeId))!.loggedIn).toEqual([HOST_A]);
    await writer.pause();
    await expect(bench.driver.deleteMask(context(), maskExpect)).rejects.toMatchObject({ class: 'conflict' });
    await bench.driver.removeMapping(context(), maskExpect, { volume: volumeExpect, hlu: 1 });
    await bench.driver.deleteMask(context(), maskExpect);
    expect(await bench.driver.readMask(context(), mask.nativeId)).toBeUndefined();
    await writer.kill();
  });
});

describe('after tgtd was killed and started with the files of the driver', () => {
  it('sizes, identities, HLUs, access and data are as before', async () => {
    const { array, driver } = bench;
    const { volume, mask, maskExpect, volumeExpect } = await mapped(bench, 'survivor', 7, [HOST_A]);
    await driver.expand!.expandVolume(context(), volumeExpect, { sizeBytes: 32 * MIB });
    const closed = await driver.ensureMask(context(), {
      name: 'nobody',
      mark: markOf('nobody'),
      initiators: [],
      ports: [],
    });
    const [first, second] = array.portals as [string, string];
    await qemuIo(first, mask.targetName!, 7, HOST_A, 'write -P 0x5a 0 1M', 'flush');
    const before = (await driver.listMasks(context())).items;
    await array.restart();
    const after = (await driver.listMasks(context())).items;
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect([...after].sort(byName)).toEqual([...before].sort(byName));
    await qemuIo(second, mask.targetName!, 7, HOST_A, 'read -P 0x5a 0 1M', 'discard 4M 1M');
    expect(await capacityBytes(second, mask.targetName!, 7, HOST_A)).toBe(32 * MIB);
    expect(await pageEightyThree(second, mask.targetName!, 7, HOST_A)).toBe(volume.wwn);
    for (const target of [mask.targetName!, closed.targetName!]) {
      await expect(qemuIo(first, target, 7, HOST_B, 'read 0 4k')).rejects.toThrow(/Target not found/);
    }
    // And it is still ours, to be changed as before.
    const rest = await driver.removeMapping(context(), maskExpect, { volume: volumeExpect, hlu: 7 });
    expect(rest.mappings).toEqual([]);
  });

  it('without its files, asking again brings masks and mappings back', async () => {
    const { array, driver } = bench;
    const { mask, maskExpect, volumeExpect } = await mapped(bench, 'forgotten', 3);
    await array.kill9();
    await expect(driver.listMasks(context())).rejects.toMatchObject({ class: 'transient' });
    await array.restart();
    const listing = await array.tgtadm('--op', 'show', '--mode', 'target');
    const tid = new RegExp(`Target (\\d+): ${mask.nativeId}\n`).exec(listing)![1]!;
    await array.tgtadm('--op', 'delete', '--mode', 'target', '--tid', tid);
    expect(await driver.readMask(context(), mask.nativeId)).toBeUndefined();
    await driver.ensureMask(context(), { name: mask.name, mark: maskExpect.mark, initiators: [HOST_A], ports: [] });
    expect(await driver.ensureMapping(context(), maskExpect, { volume: volumeExpect, hlu: 3 })).toEqual(mask);
  });
});

/** Writes 64 KiB at a time as HOST_A, one command after the other, until told otherwise. */
function startWriter(portal: string, target: string, lun: number) {
  const image = `driver=iscsi,transport=tcp,portal=${portal},target=${target},lun=${lun},initiator-name=${HOST_A}`;
  const child = spawn('qemu-io', ['--image-opts', image], { stdio: ['pipe', 'pipe', 'pipe'] });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let said = '';
  let writes = 0;
  let running = true;
  const waiters: { count: number; resolve: () => void }[] = [];
  const next = () => {
    if (running) child.stdin.write(`write -P 7 ${writes % 8}M 64k\n`);
  };
  child.stdin.on('error', () => {});
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  child.stdout.on('data', (chunk: Buffer) => {
    const text = chunk.toString();
    said += text.replace(/qemu-io> /g, '');
    for (const _ of text.matchAll(/ops;/g)) {
      writes++;
      next();
    }
    for (const waiter of [...waiters]) if (writes >= waiter.count) waiter.resolve();
  });
  next();
  return {
    /** Resolves when so many more writes have ended. */
    progress: (count: number) =>
      new Promise<void>((resolve, reject) => {
        waiters.push({ count: writes + count, resolve });
        void closed.then(() => reject(new Error(said)));
      }),
    pause: async () => {
      running = false;
      const before = writes;
      await expect.poll(() => writes).toBeGreaterThanOrEqual(before + 1);
    },
    end: async () => {
      running = false;
      child.stdin.end('quit\n');
      await closed;
      return said;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
