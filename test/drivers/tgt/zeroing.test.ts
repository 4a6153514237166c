import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { context, expectOf, MIB, mapped, markOf, useBench, volumeArgs } from './support.ts';

const bench = useBench();
const SIZE = 512 * MIB;

async function thick(name: string, sizeBytes = SIZE) {
  const made = await bench.driver.ensureVolume(context(), volumeArgs(name, { provisioning: 'thick', sizeBytes }));
  return { made, expectation: expectOf(made, markOf(name)), path: join(bench.array.poolDirectory, `${name}.img`) };
}

/** A program of a job that is killed and still writes: it has what its shell had open, with its lock. */
async function lingering(path: string): Promise<void> {
  const script = 'exec 8<>"$1"; flock 8; echo; sleep 0.7';
  const holder = spawn('sh', ['-c', script, 'sh', path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
}

describe('zeroing a thick volume', () => {
  it('reserves its space at once, then writes zeros until done', async () => {
    const { driver } = bench;
    const { made, expectation, path } = await thick('plain', 96 * MIB);
    expect(made).toMatchObject({ zeroed: false, provisioning: 'thick' });
    expect(made.allocatedBytes).toBeGreaterThanOrEqual(96 * MIB);
    const handle = await driver.zeroing!.startZeroing(context(), expectation);
    await expect
      .poll(() => driver.zeroing!.pollZeroing(context(), expectation, handle), { timeout: 20_000 })
      .toEqual({ state: 'done', doneBytes: 96 * MIB, totalBytes: 96 * MIB });
    expect((await driver.readVolume(context(), made.nativeId))!.zeroed).toBe(true);
    expect(readFileSync(path).every((byte) => byte === 0)).toBe(true);
    // Started again there is nothing to do.
    const again = await driver.zeroing!.startZeroing(context(), expectation);
    expect((await driver.zeroing!.pollZeroing(context(), expectation, again)).state).toBe('done');
  });

  it('is one job, however often and from wherever it is started, and another session finds it by its handle', async () => {
    const other = await bench.connect();
    const { expectation } = await thick('shared-job');
    const handles = await Promise.all(
      [bench.driver, other, bench.driver].map((driver) => driver.zeroing!.startZeroing(context(), expectation)),
    );
    expect(new Set(handles.map((handle) => JSON.stringify(handle))).size).toBe(1);
    const progress = await other.zeroing!.pollZeroing(context(), expectation, handles[0]!);
    expect(progress).toMatchObject({ state: 'running', totalBytes: SIZE });
    await bench.driver.zeroing!.cancelZeroing(context(), expectation, handles[0]!);
  });

  it('that was killed is lost, and goes on where it was', async () => {
    const { driver } = bench;
    const { expectation, path } = await thick('resumed');
    const first = await driver.zeroing!.startZeroing(context(), expectation);
    const poll = (handle: typeof first) => driver.zeroing!.pollZeroing(context(), expectation, handle);
    await expect.poll(async () => (await poll(first)).doneBytes, { interval: 10 }).toBeGreaterThan(0);
    await driver.zeroing!.cancelZeroing(context(), expectation, first);
    await driver.zeroing!.cancelZeroing(context(), expectation, first);
    const lost = await poll(first);
    expect(lost.state).toBe('lost');
    expect(lost.doneBytes).toBeLessThan(SIZE);
    // What is behind the progress isn't written again.
    execFileSync('sh', ['-c', 'printf x | dd of="$1" bs=1 seek=100 conv=notrunc status=none', 'sh', path]);
    const second = await driver.zeroing!.startZeroing(context(), expectation);
    expect(second).not.toEqual(first);
    await expect.poll(async () => (await poll(second)).state, { timeout: 30_000 }).toBe('done');
    expect(readFileSync(path).subarray(100, 101).toString()).toBe('x');
  });

  it('has ended when the last of its programs has: until then a cancel waits, and so does whoever starts or removes', async () => {
    const { driver } = bench;
    const { expectation, path } = await thick('slow-end');
    const handle = await driver.zeroing!.startZeroing(context(), expectation);
    await driver.zeroing!.cancelZeroing(context(), expectation, handle);
    await lingering(path);
    await driver.zeroing!.cancelZeroing(context(), expectation, handle);
    execFileSync('flock', ['-n', path, 'true']);
    await lingering(path);
    const again = await driver.zeroing!.startZeroing(context(), expectation);
    await driver.zeroing!.cancelZeroing(context(), expectation, again);
    await lingering(path);
    await driver.deleteVolume(context(), expectation);
    expect(existsSync(path)).toBe(false);
  });

  it('is refused for a mapped volume and for one of another owner', async () => {
    const { driver } = bench;
    const { expectation } = await thick('theirs', 16 * MIB);
    const wrong = { ...expectation, mark: markOf('theirs', 'installation-2') };
    await expect(driver.zeroing!.startZeroing(context(), wrong)).rejects.toMatchObject({ class: 'conflict' });
    const { path } = await thick('exported', 16 * MIB);
    await bench.array.tgtadm('--op', 'new', '--mode', 'target', '--tid', '90', '-T', 'iqn.2003-01.org.example:x');
    await bench.array.tgtadm('--op', 'new', '--mode', 'logicalunit', '--tid', '90', '--lun', '1', '-b', path);
    const exported = (await driver.findVolume(context(), 'exported'))!;
    const call = driver.zeroing!.startZeroing(context(), expectOf(exported, markOf('exported')));
    await expect(call).rejects.toMatchObject({ class: 'conflict', holders: ['iqn.2003-01.org.example:x'] });
  });

  it('of a thin volume has nothing to do', async () => {
    const { volumeExpect } = await mapped(bench, 'thin-one');
    const handle = await bench.driver.zeroing!.startZeroing(context(), volumeExpect);
    expect((await bench.driver.zeroing!.pollZeroing(context(), volumeExpect, handle)).state).toBe('done');
  });

  it('ends when its volume is removed', async () => {
    const { driver } = bench;
    const { expectation } = await thick('removed-meanwhile');
    const { pid } = await driver.zeroing!.startZeroing(context(), expectation);
    await driver.deleteVolume(context(), expectation);
    // Gone, or a zombie where nobody collects orphans.
    const state = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : 'Z';
    expect(state).toMatch(/^Z|\) Z /);
  });
});
