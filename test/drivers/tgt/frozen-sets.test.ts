/**
 * Snapshots of sets under load: a host that writes to one LUN and, when that is done, to another must never be seen in the
 * snapshot of the second without the first. And however the script that holds tgtd for it dies, tgtd goes on.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { BlockArray, DriverError, SnapshotMember, VolumeObservation } from 'coprhd/driver';
import { afterEach, describe, expect, it } from 'vitest';
import { SNAPSHOTS } from '../../../drivers/tgt/copy-scripts.ts';
import { EVERYTHING } from '../../long-only.ts';
import { context, deadly, expectOf, HOST_A, MIB, mapped, markOf, memberOf, replacing, useBench } from './support.ts';

const bench = useBench();
const ROUNDS = EVERYTHING ? 100 : 10;
const SLOT_BYTES = 512;

/** Two volumes in one mask, each with room for so many slots. */
async function twoLuns(name: string) {
  const { driver } = bench;
  const first = await mapped(bench, `${name}-1`);
  const second = await mapped(bench, `${name}-2`);
  const sizeBytes = 512 * MIB;
  for (const { volumeExpect } of [first, second])
    await driver.expand!.expandVolume(context(), volumeExpect, { sizeBytes });
  return [first, second] as const;
}

/** qemu-io that writes one slot after the other when it is told to. */
function slotWriter(target: string) {
  const image = `driver=iscsi,transport=tcp,portal=${bench.array.portals[0]!},target=${target},lun=1,initiator-name=${HOST_A}`;
  const child = spawn('qemu-io', ['--image-opts', image], { stdio: ['pipe', 'pipe', 'pipe'] });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let said = '';
  let done = () => {};
  let failed: (reason: Error) => void = () => {};
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdout.on('data', (chunk: Buffer) => {
    const text = chunk.toString();
    if (/failed|error/i.test(text)) failed(new Error(text));
    if (text.includes('ops;')) done();
  });
  void closed.then(() => failed(new Error(said)));
  return {
    /** Resolves when the device has answered. */
    write: (slot: number) =>
      new Promise<void>((resolve, reject) => {
        done = resolve;
        failed = reject;
        child.stdin.write(`write -P 7 ${slot * SLOT_BYTES} ${SLOT_BYTES}\n`);
      }),
    end: async () => {
      failed = () => {};
      child.stdin.end('quit\n');
      await closed;
    },
  };
}

/** Writes slot 0, 1, 2... to the first LUN, then to the second, without end. */
function startOrderedWriter(luns: readonly { readonly mask: { readonly targetName?: string } }[]) {
  const [first, second] = luns.map(({ mask }) => slotWriter(mask.targetName!)) as [
    ReturnType<typeof slotWriter>,
    ReturnType<typeof slotWriter>,
  ];
  let slots = 0;
  let running = true;
  const ended = (async () => {
    for (; running; slots++) {
      await first.write(slots);
      await second.write(slots);
    }
  })();
  ended.catch(() => {});
  return {
    slots: () => slots,
    /** Rejects when a write failed. */
    end: async () => {
      running = false;
      await ended;
      await Promise.all([first.end(), second.end()]);
    },
  };
}

/** How many slots, from the first on, are written in the file of the volume; none comes after one that isn't. */
function slotsIn(volume: VolumeObservation, atMost: number): number {
  const file = openSync(join(bench.array.poolDirectory, `${volume.name}.img`), 'r');
  const bytes = Buffer.alloc((atMost + 2) * SLOT_BYTES);
  readSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
  const written = bytes.lastIndexOf(7);
  const count = Math.floor((written + SLOT_BYTES) / SLOT_BYTES);
  expect(bytes.indexOf(0)).toBeGreaterThanOrEqual(count * SLOT_BYTES);
  return count;
}

async function remove(driver: BlockArray, snapshots: readonly VolumeObservation[]): Promise<void> {
  for (const snapshot of snapshots) await driver.deleteVolume(context(), expectOf(snapshot, markOf(snapshot.name)));
}

/** State of tgtd's first thread in /proc: `T` = stopped. */
function tgtdState(): string {
  const port = `-C\0${bench.array.controlPort}\0`;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (!command.startsWith('tgtd\0') || !command.includes(port)) continue;
      return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0]!;
    } catch {
      // It ended meanwhile.
    }
  }
  throw new Error('there is no tgtd');
}

const goesOn = () => expect.poll(tgtdState, { timeout: 5_000, interval: 20 }).not.toBe('T');
const temporary = () => readdirSync(bench.array.poolDirectory).filter((name) => name.startsWith('.'));

describe('a host that writes to one LUN, then to another', () => {
  it('is never seen out of order in the snapshots of a set; in two sets one after the other it is', async () => {
    const { driver } = bench;
    const luns = await twoLuns('order');
    const writer = startOrderedWriter(luns);
    const take = async (set: string, members: readonly SnapshotMember[]) =>
      driver.copies!.ensureSnapshots(context(), { set, members });
    const order = (snapshots: readonly VolumeObservation[]) => {
      const [first, second] = snapshots.map((snapshot) => slotsIn(snapshot, writer.slots()));
      return first! - second!;
    };
    await expect.poll(writer.slots).toBeGreaterThan(10);
    for (let round = 0; round < ROUNDS; round++) {
      const before = writer.slots();
      // The second one first: whoever takes them one after the other in any order is caught.
      const members = [1, 0].map((index) => memberOf(luns[index]!.volume, `order-${round}-${index + 1}`));
      const [second, first] = (await take(`order-${round}`, members)) as [VolumeObservation, VolumeObservation];
      expect([0, 1]).toContain(order([first, second]));
      expect(slotsIn(first, writer.slots())).toBeGreaterThanOrEqual(before);
      await remove(driver, [first, second]);
      await expect.poll(writer.slots).toBeGreaterThan(before);
    }
    const first = await take('apart-1', [memberOf(luns[0].volume, 'apart-1')]);
    const between = writer.slots();
    await expect.poll(writer.slots).toBeGreaterThan(between + 2);
    const second = await take('apart-2', [memberOf(luns[1].volume, 'apart-2')]);
    expect(order([...first, ...second])).toBeLessThan(0);
    await writer.end();
  }, 600_000);
});

describe('the script that holds tgtd', () => {
  const set = async (name: string) => {
    const volumes = await Promise.all([`${name}-1`, `${name}-2`].map((each) => mapped(bench, each)));
    const members = volumes.map(({ volume }, index) => memberOf(volume, `${name}-snap-${index}`));
    return { set: name, members };
  };
  afterEach(goesOn);

  it.runIf(EVERYTHING)(
    'may die anywhere: tgtd goes on, and asking again makes the whole set',
    async () => {
      const { driver } = bench;
      const args = await set('killed');
      const all = deadly(SNAPSHOTS);
      let killed = 0;
      let stopped = 0;
      for (const instead of all) {
        const dying = await bench.connect(replacing(SNAPSHOTS, instead));
        const error = await dying.copies!.ensureSnapshots(context(), args).catch((reason: unknown) => reason);
        if (tgtdState() === 'T') stopped++;
        await goesOn();
        if (error instanceof Error) {
          killed++;
          // Where it is the watchdog that dies before it watches, nothing is begun.
          expect(['ambiguous', 'busy'], instead).toContain((error as DriverError).class);
        }
        const seen = await driver.copies!.ensureSnapshots(context(), args);
        expect(new Set(seen.map(({ snapshot }) => snapshot!.takenAtMs)).size, instead).toBe(1);
        expect(temporary(), instead).toEqual([]);
        await remove(driver, seen);
      }
      expect(killed).toBeGreaterThan(60);
      expect(stopped).toBeGreaterThan(0);
    },
    900_000,
  );

  it('is not waited for: what takes too long is given up, tgtd goes on, and there is no snapshot', async () => {
    const args = await set('late');
    const instead = SNAPSHOTS.replace(/^ {2}each clone "\$@"$/m, '  each clone "$@"\n  sleep 3');
    expect(instead).not.toBe(SNAPSHOTS);
    const slow = await bench.connect(replacing(SNAPSHOTS, instead));
    const call = slow.copies!.ensureSnapshots(context(), args).catch((reason: unknown) => reason);
    await expect.poll(tgtdState, { timeout: 10_000, interval: 5 }).toBe('T');
    await goesOn();
    expect(await call).toMatchObject({ class: 'busy' });
    for (const { name } of args.members) expect(await bench.driver.findVolume(context(), name)).toBeUndefined();
    expect(temporary()).toEqual([]);
  });

  it('does not stop tgtd for good when it comes to that only after its watchdog has woken it', async () => {
    const args = await set('stalled');
    const instead = SNAPSHOTS.replace(/^( {2}kill -s STOP .*)$/m, '  sleep 3\n$1\n  sleep 1');
    const slow = await bench.connect(replacing(SNAPSHOTS, instead));
    const call = slow.copies!.ensureSnapshots(context(), args).catch((reason: unknown) => reason);
    expect(await call).toMatchObject({ class: 'busy' });
    await goesOn();
    expect(await bench.driver.copies!.ensureSnapshots(context(), args)).toHaveLength(2);
  });
});
