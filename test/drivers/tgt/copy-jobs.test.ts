/** A pool without reflinks beside one that has them: what is refused there, and copies that a job makes. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlockArray, EnsureVolumeArgs, JobHandle, StartCopyArgs, VolumeObservation } from 'coprhd/driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COPY_START } from '../../../drivers/tgt/copy-scripts.ts';
import type { CommandSession } from '../../../src/engine/driver/session.ts';
import { context, expectOf, HOST_A, MIB, markOf, memberOf, replacing, useBench, volumeArgs } from './support.ts';

const bench = useBench();
const root = mkdtempSync(join(tmpdir(), 'coprhd-plain-'));
const plain = join(root, 'pool');
let driver: BlockArray;

const connect = (session?: CommandSession) =>
  bench.connect(session, { pools: { main: bench.array.poolDirectory, plain } });

beforeAll(async () => {
  mkdirSync(plain);
  writeFileSync(join(root, 'pool.img'), '');
  truncateSync(join(root, 'pool.img'), 400 * MIB);
  execFileSync('mkfs.xfs', ['-q', '-m', 'reflink=0', join(root, 'pool.img')]);
  execFileSync('mount', ['-o', 'loop', join(root, 'pool.img'), plain]);
  driver = await connect();
});
afterAll(async () => {
  open();
  await bench.array.kill9();
  execFileSync('umount', [plain]);
  rmSync(root, { recursive: true });
});

const fileOf = ({ pool, name }: VolumeObservation) =>
  join(pool === 'plain' ? plain : bench.array.poolDirectory, `${name}.img`);

/** A volume whose first mebibytes hold this byte. */
async function filled(name: string, byte: number, over: Partial<EnsureVolumeArgs> = {}, mebibytes = 4) {
  const made = await driver.ensureVolume(context(), volumeArgs(name, over));
  execFileSync('qemu-io', ['-f', 'raw', '-c', `write -P ${byte} 1M ${mebibytes}M`, fileOf(made)]);
  return made;
}

const copyOf = (from: VolumeObservation, to: VolumeObservation, copy: string): StartCopyArgs => ({
  copy,
  from: expectOf(from, markOf(from.name)),
  to: expectOf(to, markOf(to.name)),
});

const poll = (args: StartCopyArgs, handle: JobHandle, by: BlockArray = driver) =>
  by.copies!.pollCopy(context(), args.to, handle);

const ends = (args: StartCopyArgs, handle: JobHandle) =>
  expect.poll(async () => (await poll(args, handle)).state, { timeout: 30_000 });

const temporary = () =>
  [plain, bench.array.poolDirectory].flatMap((each) => readdirSync(each).filter((name) => name.startsWith('.')));

/** Jobs wait before they copy, until they may. */
const gate = join(root, 'shut');
const open = () => rmSync(gate, { force: true });
function waiting() {
  writeFileSync(gate, '');
  const waits = COPY_START.replace('was=$(state)', `was=$(state); while [ -e ${gate} ]; do sleep 0.1; done`);
  return connect(replacing(COPY_START, waits));
}

describe('a pool without reflinks', () => {
  it('says that its snapshots are full copies, and makes none by a call, with nothing left behind', async () => {
    const pools = (await driver.listPools(context())).items;
    expect(pools.map(({ name, snapshots, notes }) => [name, snapshots, notes!.snapshots])).toEqual([
      ['main', 'copy-on-write', 'by reflink'],
      ['plain', 'full-copy', expect.stringMatching(/^by full copy: .*reflinks/)],
    ]);
    const volumes = [await filled('with', 1), await filled('without', 1, { pool: 'plain' })];
    const members = volumes.map((volume) => memberOf(volume, `${volume.name}-snap`));
    const refused = driver.copies!.ensureSnapshots(context(), { set: 'both', members });
    await expect(refused).rejects.toMatchObject({ class: 'unsupported', message: expect.stringContaining('reflinks') });
    expect((await driver.listVolumes(context())).items.map(({ name }) => name).sort()).toEqual(['with', 'without']);
    expect(temporary()).toEqual([]);
  });
});

describe('a copy into another pool', () => {
  it('is a job that outlives its session, is found by its handle, and gives what the source held when it began', async () => {
    const from = await filled('job-from', 0x11);
    const to = await filled('job-to', 0x99, { pool: 'plain', sizeBytes: 32 * MIB }, 20);
    const args = copyOf(from, to, 'job');
    const first = await waiting();
    const handle = await first.copies!.startCopy(context(), args);
    await first.close();
    expect(await poll(args, handle)).toMatchObject({ state: 'running', totalBytes: 16 * MIB });
    expect(await driver.copies!.startCopy(context(), args)).toEqual(handle);
    await expect(driver.copies!.startCopy(context(), copyOf(from, to, 'other'))).rejects.toMatchObject({
      class: 'busy',
    });
    execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 0x22 0 16M', fileOf(from)]);
    open();
    await ends(args, handle).toBe('done');
    const bytes = readFileSync(fileOf(to));
    const expected = Buffer.alloc(32 * MIB);
    expected.fill(0x11, MIB, 5 * MIB);
    expect(bytes.equals(expected)).toBe(true);
    const seen = (await driver.readVolume(context(), to.nativeId))!;
    expect(seen).toMatchObject({ wwn: to.wwn, mark: to.mark, copied: { copy: 'job', done: true } });
    // What isn't written in the source takes no room.
    expect(seen.allocatedBytes).toBeLessThan(8 * MIB);
    expect(temporary()).toEqual([]);
  });

  it('onto a thick volume writes over all of it, and leaves its room set aside', async () => {
    const from = await filled('thick-from', 0x33);
    const to = await driver.ensureVolume(context(), volumeArgs('thick-to', { provisioning: 'thick' }));
    expect(to.zeroed).toBe(false);
    const args = copyOf(from, to, 'thick');
    const handle = await driver.copies!.startCopy(context(), args);
    await ends(args, handle).toBe('done');
    expect(readFileSync(fileOf(to)).equals(readFileSync(fileOf(from)))).toBe(true);
    const seen = (await driver.readVolume(context(), to.nativeId))!;
    expect(seen.zeroed).toBe(true);
    expect(seen.allocatedBytes).toBeGreaterThanOrEqual(16 * MIB);
  });

  it('that was cancelled is lost, and goes with its volume when that is deleted', async () => {
    const [from, to] = [await filled('cut-from', 1), await filled('cut-to', 2, { pool: 'plain' })];
    const args = copyOf(from, to, 'cut');
    const slow = await waiting();
    const handle = await slow.copies!.startCopy(context(), args);
    await driver.copies!.cancelCopy(context(), args.to, handle);
    expect(await poll(args, handle)).toMatchObject({ state: 'lost' });
    expect((await driver.readVolume(context(), to.nativeId))!.copied).toEqual({ copy: 'cut', done: false });
    const again = await slow.copies!.startCopy(context(), args);
    expect((await poll(args, again)).state).toBe('running');
    await driver.deleteVolume(context(), args.to);
    open();
    expect(await driver.readVolume(context(), to.nativeId)).toBeUndefined();
  });
});

describe('a copy out of a pool without reflinks', () => {
  it('is lost when its source is written to meanwhile, and done when it is not', async () => {
    const [from, to] = [await filled('live-from', 0x44, { pool: 'plain' }), await filled('live-to', 2)];
    const args = copyOf(from, to, 'live');
    const slow = await waiting();
    const handle = await slow.copies!.startCopy(context(), args);
    execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 0x55 8M 1M', fileOf(from)]);
    open();
    await ends(args, handle).toBe('lost');
    await ends(args, await driver.copies!.startCopy(context(), args)).toBe('done');
    expect(readFileSync(fileOf(to)).equals(readFileSync(fileOf(from)))).toBe(true);
  });

  it('is refused while somebody may write to its source', async () => {
    const [from, to] = [await filled('used-from', 1, { pool: 'plain' }), await filled('used-to', 2)];
    const mark = markOf('mask-used');
    const made = await driver.ensureMask(context(), { name: 'mask-used', mark, initiators: [HOST_A], ports: [] });
    await driver.ensureMapping(context(), expectOf(made, mark), {
      volume: expectOf(from, markOf('used-from')),
      hlu: 1,
    });
    const before = readFileSync(fileOf(to));
    const image = `driver=iscsi,transport=tcp,portal=${bench.array.portals[0]!},target=${made.targetName!},lun=1`;
    const args = ['--image-opts', `${image},initiator-name=${HOST_A}`, '-c', 'sleep 60000'];
    const host = spawn('qemu-io', args, { stdio: 'ignore' });
    await expect
      .poll(async () => (await driver.readMask(context(), made.nativeId))!.loggedIn, { timeout: 10_000 })
      .toEqual([HOST_A]);
    await expect(driver.copies!.startCopy(context(), copyOf(from, to, 'used'))).rejects.toMatchObject({
      class: 'unsupported',
    });
    expect(readFileSync(fileOf(to)).equals(before)).toBe(true);
    host.kill('SIGKILL');
  });
});
