import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSimulatedArray, type Transport } from '../../../drivers/simulator/client.ts';
import { createDiskArray, createDiskTransport } from '../../../drivers/simulator/disk.ts';
import { type FileOperations, realFiles } from '../../../drivers/simulator/disk-files.ts';
import { type Holder, thisHolder } from '../../../drivers/simulator/disk-lock.ts';
import manifest from '../../../drivers/simulator/index.ts';
import { simUp } from '../../../drivers/simulator/manage.ts';
import type { Request } from '../../../drivers/simulator/messages.ts';
import type { EnsureVolumeArgs } from '../../../src/engine/driver/contract.ts';
import { sha256Hex } from '../../../src/lib/canonical-json.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { EVERYTHING } from '../../long-only.ts';
import { checkInvariants, contentsOnDisk, countersOf } from './invariants.ts';
import { DEAD, Killed, killedAt } from './killed.ts';
import { ask, callContext, smallTopology, temporaryDirectory } from './target.ts';

const MIB = 1024 ** 2;
const ARRAY = 'sim-1';
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

let directory: string;
let remove: () => void;
beforeEach(() => {
  ({ directory, remove } = temporaryDirectory());
});
afterEach(() => remove());

const mark = { installation: 'mine', urn: 'urn:1', epoch: 1 };
const volumeArgs = (id: string): EnsureVolumeArgs => ({
  name: `v-${id}`,
  pool: 'fast',
  sizeBytes: 4 * MIB,
  provisioning: 'thick',
  wwn: `6${sha256Hex(id).slice(0, 31)}`,
  serial: 's',
  mark,
});

const show = (transport: Transport) => ask(transport, systemClock, 'show', {});

describe('killed in the middle of a call', () => {
  /** A request after those that prepare it, by what it writes: many files, one new, one changed, one removed. */
  const SCENARIOS: Record<string, { prepare: Omit<Request, 'nowMs'>[]; request: Omit<Request, 'nowMs'> }> = {
    'making a volume': { prepare: [], request: { operation: 'ensureVolume', args: volumeArgs('1') } },
    'deleting a volume': {
      prepare: [{ operation: 'ensureVolume', args: volumeArgs('1') }],
      request: { operation: 'deleteVolume', args: { expect: { nativeId: 'vol-000001', mark } } },
    },
    'renewing a mark': {
      prepare: [{ operation: 'ensureVolume', args: volumeArgs('1') }],
      request: {
        operation: 'markVolume',
        args: { expect: { nativeId: 'vol-000001', mark: { ...mark, epoch: 2 } } },
      },
    },
    'setting a fault': { prepare: [], request: { operation: 'addFault', args: { operation: '*', before: 'busy' } } },
    'mapping by hand': {
      prepare: [
        { operation: 'ensureVolume', args: volumeArgs('1') },
        {
          operation: 'hand',
          args: { edit: 'add-mask', name: 'm', initiators: ['iqn.2026-01.io.test:a'], mappings: [] },
        },
      ],
      request: { operation: 'hand', args: { edit: 'add-mapping', mask: 'm', volume: 'v-1', hlu: 3 } },
    },
  };

  test.each(Object.keys(SCENARIOS))('%s is done whole or not at all, at every file operation', async (title) => {
    const { prepare, request } = SCENARIOS[title]!;
    const seen = new Set<string>();
    let ended = false;
    for (let count = 1; !ended; count++) {
      for (const torn of [false, true]) {
        const array = `a-${count}-${torn}`;
        createDiskArray(directory, smallTopology(array));
        const alive = createDiskTransport(directory, array);
        for (const { operation, args } of prepare) await ask(alive, systemClock, operation, args as never);
        const state = async () => JSON.stringify([await show(alive), await ask(alive, systemClock, 'listFaults', {})]);
        const before = await state();
        const dying = createDiskTransport(directory, array, { files: killedAt(count, torn), self: DEAD });
        const outcome = await ask(dying, systemClock, request.operation, request.args as never).catch((e) => e);
        ended = !(outcome instanceof Killed);
        const after = await state();
        checkInvariants(contentsOnDisk(directory, array));
        seen.add(after === before ? 'not done' : 'done');
        if (ended) expect(after).not.toBe(before);
        // Whoever comes next can do it.
        if (after === before) await ask(alive, systemClock, request.operation, request.args as never);
        expect(await state()).not.toBe(before);
      }
    }
    expect([...seen].sort()).toEqual(['done', 'not done']);
  });
});

describe('the lock', () => {
  const hold = (holder: Holder) => {
    const name = `${holder.pid}-${holder.thread}-${holder.startTime}`;
    realFiles.write(path.join(directory, ARRAY, 'lock', name), '');
  };
  const identify = (timeoutMs: number) => {
    const array = createSimulatedArray(createDiskTransport(directory, ARRAY));
    return array.identify(callContext(systemClock, { deadlineMs: systemClock.nowMs() + timeoutMs }));
  };
  beforeEach(() => createDiskArray(directory, smallTopology(ARRAY)));

  test('a dead holder is put out at once', async () => {
    hold(DEAD);
    const startMs = systemClock.nowMs();
    await identify(5_000);
    expect(systemClock.nowMs() - startMs).toBeLessThan(500);
  });

  test('a later process with the number of a dead holder is not mistaken for it', async () => {
    hold({ pid: process.pid, thread: 99, startTime: '1' });
    await identify(5_000);
  });

  test('a living holder is waited for until the deadline, then the array is busy', async () => {
    hold({ ...thisHolder(), thread: 99 });
    await expect(identify(100)).rejects.toMatchObject({ class: 'busy' });
  });
});

async function startWorker(id: string, count: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', WORKER, directory, ARRAY, id, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout!, 'data');
  return child;
}

describe('several processes', () => {
  beforeEach(() => createDiskArray(directory, smallTopology(ARRAY)));

  test('work on one array at once and lose nothing of each other', async () => {
    const workers = await Promise.all(['a', 'b', 'c'].map((id) => startWorker(id, 20)));
    const codes = await Promise.all(workers.map(async (child) => child.exitCode ?? (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0, 0]);
    const contents = contentsOnDisk(directory, ARRAY);
    checkInvariants(contents);
    expect([...contents.keys()].filter((key) => key.startsWith('volume/'))).toHaveLength(30);
    // Every volume that was ever made had its own number.
    expect(countersOf(contents).slice(0, 2)).toEqual([61, 61]);
  });

  test.runIf(EVERYTHING)('one after another is killed while another goes on', async () => {
    const steady = await startWorker('steady', 0);
    for (let round = 0; round < 6; round++) {
      const victim = await startWorker(`victim-${round}`, 0);
      await systemClock.sleep(20 + 7 * round);
      victim.kill('SIGKILL');
      await once(victim, 'exit');
    }
    steady.kill('SIGKILL');
    await once(steady, 'exit');
    const { volumes } = await show(createDiskTransport(directory, ARRAY));
    expect(volumes.length).toBeGreaterThan(6);
    checkInvariants(contentsOnDisk(directory, ARRAY));
    expect(existsSync(path.join(directory, ARRAY, 'batch.json'))).toBe(false);
  });
});

/** Counts what reaches the file system. */
function counting(): FileOperations & { take(): number } {
  let count = 0;
  const counted =
    <A extends unknown[], R>(run: (...args: A) => R) =>
    (...args: A) => {
      count++;
      return run(...args);
    };
  return {
    read: counted(realFiles.read),
    write: counted(realFiles.write),
    rename: counted(realFiles.rename),
    remove: counted(realFiles.remove),
    names: counted(realFiles.names),
    take: () => {
      const taken = count;
      count = 0;
      return taken;
    },
  };
}

/** File operations and milliseconds of each call. */
async function costs(array: string): Promise<Map<string, { operations: number; ms: number }>> {
  const files = counting();
  const session = createSimulatedArray(createDiskTransport(directory, array, { files }));
  const ctx = () => callContext(systemClock);
  const result = new Map<string, { operations: number; ms: number }>();
  const measure = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
    files.take();
    const startMs = performance.now();
    const value = await call();
    result.set(name, { operations: files.take(), ms: performance.now() - startMs });
    return value;
  };
  await session.identify(ctx());
  const seen = await measure('ensureVolume', () => session.ensureVolume(ctx(), volumeArgs('bench')));
  const volume = { nativeId: seen.nativeId, mark };
  await measure('readVolume', () => session.readVolume(ctx(), seen.nativeId));
  await measure('findVolume', () => session.findVolume(ctx(), seen.name));
  const maskArgs = { name: 'm', mark, initiators: ['iqn.2026-01.io.test:a'], ports: ['SP-A1'] };
  const mask = await measure('ensureMask', () => session.ensureMask(ctx(), maskArgs));
  const at = { volume, hlu: 1 };
  await measure('ensureMapping', () => session.ensureMapping(ctx(), { nativeId: mask.nativeId, mark }, at));
  await measure('removeMapping', () => session.removeMapping(ctx(), { nativeId: mask.nativeId, mark }, at));
  const before = await session.changes!.changesSince(ctx());
  await measure('deleteVolume', () => session.deleteVolume(ctx(), volume));
  await measure('changesSince', () => session.changes!.changesSince(ctx(), (before as { token: string }).token));
  return result;
}

test.runIf(EVERYTHING)(
  'a call costs the same on an array of 100 and of 10,000 pools or volumes',
  { timeout: 120_000 },
  async () => {
    await simUp({ directory: path.join(directory, 'small'), generate: { arrays: 1, pools: 100, volumes: 100 } });
    await simUp({ directory: path.join(directory, 'large'), generate: { arrays: 1, pools: 10_000, volumes: 10_000 } });
    const [few, many] = [await costs('small/sim-1'), await costs('large/sim-1')];
    const rows = [...few].map(([operation, small]) => {
      const large = many.get(operation)!;
      return { operation, small: small.operations, large: large.operations, msSmall: small.ms, msLarge: large.ms };
    });
    console.table(rows);
    for (const row of rows) expect(row.large / row.small, row.operation).toBeLessThan(1.5);
  },
);

test.runIf(EVERYTHING)('a page costs what it shows, however much is behind it', async () => {
  const topology = { ...smallTopology('small'), pageItems: 50 };
  createDiskArray(directory, { ...topology, foreignVolumes: 200 });
  createDiskArray(directory, { ...topology, name: 'large', foreignVolumes: 2_000 });
  const pageCost = async (array: string) => {
    const files = counting();
    const session = createSimulatedArray(createDiskTransport(directory, array, { files }));
    const { next } = await session.listVolumes(callContext(systemClock));
    files.take();
    const { items } = await session.listVolumes(callContext(systemClock), next);
    expect(items).toHaveLength(50);
    return files.take();
  };
  expect((await pageCost('large')) / (await pageCost('small'))).toBeLessThan(1.5);
});

describe('the driver over the disk', () => {
  test('an array that is not there is not found, and nothing is made in its place', async () => {
    const configuration = manifest.configuration.parse({ directory, array: 'nowhere' });
    const array = await manifest.connect({ configuration, session: { type: 'none', close: async () => {} } });
    await expect(array.identify(callContext(systemClock))).rejects.toMatchObject({
      class: 'not-found',
      hint: expect.stringContaining('sim up'),
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('a file that can not be written is ambiguous for a change, transient for a read', async () => {
    createDiskArray(directory, smallTopology(ARRAY));
    const full: FileOperations = {
      ...realFiles,
      write: () => {
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      },
    };
    const array = createSimulatedArray(createDiskTransport(directory, ARRAY, { files: full }));
    const change = array.ensureVolume(callContext(systemClock), volumeArgs('1'));
    await expect(change).rejects.toMatchObject({ class: 'ambiguous' });
    await expect(array.identify(callContext(systemClock))).rejects.toMatchObject({ class: 'transient' });
  });

  test('a configuration with unknown keys or an array name that leaves the directory is refused', () => {
    expect(manifest.configuration.safeParse({ directory, array: '../x' }).success).toBe(false);
    expect(manifest.configuration.safeParse({ directory, array: '..' }).success).toBe(false);
    expect(manifest.configuration.safeParse({ directory, array: 'a', more: 1 }).success).toBe(false);
  });
});
