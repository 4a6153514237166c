/** Snapshots by full copy, in pools on ext4: what they hold, and what is left of a job that dies anywhere. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlockArray, EnsureSnapshotsArgs, JobHandle, VolumeObservation } from 'coprhd/driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FULL_JOB, FULL_START } from '../../../drivers/tgt/full-snapshot-scripts.ts';
import type { CommandSession } from '../../../src/engine/driver/session.ts';
import { EVERYTHING } from '../../long-only.ts';
import { context, deadly, expectOf, MIB, markOf, memberOf, replacing, useBench, volumeArgs } from './support.ts';

/** In every run each of so many lines; all of them in a run of everything. */
const EVERY = EVERYTHING ? 1 : 30;

const bench = useBench();
const root = mkdtempSync(join(tmpdir(), 'coprhd-ext4-'));
/** Two pools: a set spans them. */
const pools = { one: join(root, 'one'), two: join(root, 'two') };
let driver: BlockArray;

const connect = (session?: CommandSession) => bench.connect(session, { pools });

beforeAll(async () => {
  for (const [name, directory] of Object.entries(pools)) {
    const image = join(root, `${name}.img`);
    mkdirSync(directory);
    writeFileSync(image, '');
    truncateSync(image, 200 * MIB);
    execFileSync('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=1', image]);
    execFileSync('mount', ['-o', 'loop', image, directory]);
  }
  driver = await connect();
});
afterAll(async () => {
  open();
  await bench.array.kill9();
  for (const directory of Object.values(pools)) execFileSync('umount', ['--lazy', directory]);
  rmSync(root, { recursive: true });
});

const fileOf = ({ pool, name }: VolumeObservation) => join(pools[pool as 'one'], `${name}.img`);

async function filled(name: string, pool: 'one' | 'two', byte: number): Promise<VolumeObservation> {
  const made = await driver.ensureVolume(context(), volumeArgs(name, { pool, sizeBytes: 32 * MIB }));
  write(made, byte);
  return made;
}

const write = (volume: VolumeObservation, byte: number) =>
  execFileSync('qemu-io', ['-f', 'raw', '-c', `write -P ${byte} 1M 4M`, fileOf(volume)]);

async function setOf(name: string): Promise<{ volumes: VolumeObservation[]; args: EnsureSnapshotsArgs }> {
  const volumes = [await filled(`${name}-a`, 'one', 0x11), await filled(`${name}-b`, 'two', 0x22)];
  return { volumes, args: { set: name, members: volumes.map((volume) => memberOf(volume, `${volume.name}-snap`)) } };
}

const jobs = (by: BlockArray = driver) => by.copies!.snapshotJobs!;
const start = (args: EnsureSnapshotsArgs, by?: BlockArray) => jobs(by).startSnapshots(context(), args);
const ends = (args: EnsureSnapshotsArgs, handle: JobHandle) =>
  expect.poll(async () => (await jobs().pollSnapshots(context(), args, handle)).state, { timeout: 30_000 });

const there = (args: EnsureSnapshotsArgs) =>
  Promise.all(args.members.map(({ name }) => driver.findVolume(context(), name)));
const temporary = () =>
  Object.values(pools).flatMap((each) => readdirSync(each).filter((name) => name.startsWith('.')));

async function remove(args: EnsureSnapshotsArgs, volumes: readonly VolumeObservation[]): Promise<void> {
  await jobs().cancelSnapshots(context(), args);
  for (const [index, snapshot] of (await there(args)).entries()) {
    if (snapshot) await driver.deleteVolume(context(), expectOf(snapshot, args.members[index]!.mark));
  }
  for (const volume of volumes) await driver.deleteVolume(context(), expectOf(volume, markOf(volume.name)));
}

/** Jobs wait before they copy, until they may. */
const gate = join(root, 'shut');
const open = () => rmSync(gate, { force: true });
function waiting() {
  writeFileSync(gate, '');
  return connect(replacing(FULL_JOB, FULL_JOB.replace('sleep 0.2', `while [ -e ${gate} ]; do sleep 0.1; done`)));
}

describe('a set of snapshots by full copy', () => {
  it('is a job that outlives its session, of which nothing is to be seen before its end, and takes room for what it holds', async () => {
    const { volumes, args } = await setOf('whole');
    const first = await waiting();
    const handle = await start(args, first);
    await first.close();
    expect(await jobs().pollSnapshots(context(), args, handle)).toMatchObject({
      state: 'running',
      totalBytes: 64 * MIB,
    });
    expect((await driver.listVolumes(context())).items.map(({ name }) => name).sort()).toEqual(['whole-a', 'whole-b']);
    expect(await start(args)).toEqual(handle);
    open();
    await ends(args, handle).toBe('done');
    for (const [index, snapshot] of (await there(args)).entries()) {
      expect(readFileSync(fileOf(snapshot!)).equals(readFileSync(fileOf(volumes[index]!)))).toBe(true);
      expect(snapshot).toMatchObject({ snapshot: { fullCopy: true, set: 'whole' }, wwn: args.members[index]!.wwn });
      expect(snapshot!.allocatedBytes).toBeLessThan(6 * MIB);
    }
    // What its source is written to now is nothing to it.
    write(volumes[0]!, 0x99);
    expect(readFileSync(fileOf((await there(args))[0]!))[MIB]).toBe(0x11);
    expect(temporary()).toEqual([]);
    await remove(args, volumes);
  });

  it('comes to nothing when one of its volumes is written to before its end, also long after that one was copied', async () => {
    const { volumes, args } = await setOf('written');
    const end = 'set -- "$count" "$@"';
    const last = FULL_JOB.replace(end, `while [ -e ${gate} ]; do sleep 0.1; done; ${end}`);
    writeFileSync(gate, '');
    const handle = await start(args, await connect(replacing(FULL_JOB, last)));
    await expect
      .poll(async () => (await jobs().pollSnapshots(context(), args, handle)).doneBytes, { timeout: 10_000 })
      .toBe(64 * MIB);
    write(volumes[0]!, 0x33);
    open();
    await ends(args, handle).toBe('lost');
    expect(await there(args)).toEqual([undefined, undefined]);
    expect(temporary()).toEqual([]);
    await ends(args, await start(args)).toBe('done');
    expect(readFileSync(fileOf((await there(args))[0]!))[MIB]).toBe(0x33);
    await remove(args, volumes);
  });

  it('is refused where there is no room for what the volumes hold, and leaves nothing', async () => {
    const { volumes, args } = await setOf('room');
    execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 7 0 32M', fileOf(volumes[1]!)]);
    const [blocks, size] = execFileSync('stat', ['-f', '-c', '%a %S', pools.two], { encoding: 'utf8' }).split(' ');
    const free = Number(blocks) * Number(size);
    execFileSync('fallocate', ['-l', String(free - 8 * MIB), join(pools.two, 'others')]);
    await expect(start(args)).rejects.toMatchObject({ class: 'capacity', message: expect.stringContaining('no room') });
    expect(temporary()).toEqual([]);
    rmSync(join(pools.two, 'others'));
    await remove(args, volumes);
  });

  it('whose job was killed is lost; the next job takes away what it left, and cancelling does as well', async () => {
    const { volumes, args } = await setOf('killed');
    for (const how of ['again', 'cancel'] as const) {
      const handle = await start(args, await waiting());
      process.kill(-Number(handle.pid), 'SIGKILL');
      await ends(args, handle).toBe('lost');
      expect(temporary()).toHaveLength(2);
      open();
      if (how === 'again') await ends(args, await start(args)).toBe('done');
      await jobs().cancelSnapshots(context(), args);
      expect(temporary()).toEqual([]);
      for (const [index, snapshot] of (await there(args)).entries()) {
        if (snapshot) await driver.deleteVolume(context(), expectOf(snapshot, args.members[index]!.mark));
      }
    }
    await remove(args, volumes);
  });

  it.each([
    ['script that begins it', FULL_START],
    ['job', FULL_JOB],
  ])(
    'is whole in the end, and nothing else is left, wherever the %s dies',
    async (_what, script) => {
      const { volumes, args } = await setOf('dies');
      const texts = deadly(script);
      expect(texts.length).toBeGreaterThan(25);
      for (const [at, text] of texts.entries()) {
        if (at % EVERY !== 0) continue;
        const dying = await connect(replacing(script, text));
        const handle = await start(args, dying).catch((error: unknown) => error as { class: string });
        if ('pid' in handle) await ends(args, handle as JobHandle).not.toBe('running');
        await ends(args, await startPatiently(args)).toBe('done');
        const seen = await there(args);
        expect(new Set(seen.map((snapshot) => snapshot?.snapshot?.takenAtMs)).size, `line ${at}`).toBe(1);
        expect(temporary(), `line ${at}`).toEqual([]);
        for (const [index, snapshot] of seen.entries()) {
          await driver.deleteVolume(context(), expectOf(snapshot!, args.members[index]!.mark));
        }
      }
      await remove(args, volumes);
    },
    300_000,
  );
});

/** As the engine does: a job that is only beginning is waited for. */
async function startPatiently(args: EnsureSnapshotsArgs): Promise<JobHandle> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(args);
    } catch (error) {
      if ((error as { class?: string }).class !== 'busy' || attempt > 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
