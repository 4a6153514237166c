/** The LMDB store against the conformance suite, and what only real processes and a real disk can show. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbStore } from '../../src/engine/state/lmdb/lmdb-store.ts';
import {
  rangeAll,
  type StateStore,
  StoreDamagedError,
  StoreError,
  StoreMissingError,
} from '../../src/engine/state/store.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { createSeededRandom, systemRandom } from '../../src/lib/random.ts';
import { storeConformance } from './store.ts';
import { put } from './store-context.ts';

const PAGE_BYTES = 4_096;
const temporary = () => mkdtempSync(join(tmpdir(), 'coprhd-store-'));
const openAt = (directory: string, more: { clock?: Clock; readOnly?: boolean; create?: boolean } = {}) =>
  openLmdbStore({ directory, clock: systemClock, random: systemRandom, ...more });

storeConformance('lmdb', async (clock) => {
  const directory = temporary();
  const options = { directory, clock, random: createSeededRandom(1), create: true };
  const store = await openLmdbStore(options);
  return {
    store,
    reopen: async () => {
      await store.close();
      return openLmdbStore({ ...options, create: false });
    },
    secondClient: () => openLmdbStore({ ...options, random: createSeededRandom(2), create: false }),
    dispose: async () => rmSync(directory, { recursive: true, force: true }),
  };
});

const CHILD = fileURLToPath(new URL('./store-lmdb-child.ts', import.meta.url));

interface Child {
  readonly process: ChildProcess;
  readonly lines: AsyncIterableIterator<string>;
  readonly exit: Promise<number | null>;
}

function start(role: string, directory: string, count: number, shell = ''): Child {
  const node = [process.execPath, '--import', 'tsx', CHILD, role, directory, String(count)];
  const child = shell
    ? spawn('bash', ['-c', `${shell}; exec "$@"`, 'bash', ...node], { stdio: ['ignore', 'pipe', 'inherit'] })
    : spawn(node[0]!, node.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  return { process: child, lines: createInterface({ input: child.stdout! })[Symbol.asyncIterator](), exit };
}

async function readAll(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

describe('lmdb store, several processes', () => {
  let directory: string;
  beforeEach(() => {
    directory = temporary();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('loses no update when processes increment one counter', async () => {
    const store = await openAt(directory, { create: true });
    const children = Array.from({ length: 3 }, () => start('race', directory, 500));
    for (const child of children) expect((await child.lines.next()).value).toBe('ready');
    await store.txn({ success: [put('go')] });
    const said = await Promise.all(children.map((child) => readAll(child.lines)));
    expect(await Promise.all(children.map((child) => child.exit))).toEqual([0, 0, 0]);
    const item = (await store.get('counter'))!;
    expect(item.value).toBe('1500');
    expect(item.modRevision - item.createRevision).toBe(1_499);
    // Without a conflict the processes never met, and the test would say nothing.
    const conflicts = said.flat().map((line) => Number(line.split(' ')[1]));
    expect(conflicts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    await store.close();
  });

  it('has every acknowledged chunk, and no half chunk, after kills in a commit of 5,000 records', async () => {
    for (const killAfter of [0, 1, 7, 20, 38]) {
      const child = start('commit', directory, 5_000);
      let acknowledged = -1;
      for await (const line of child.lines) {
        if (line === 'done') break;
        acknowledged = Number(line.split(' ')[1]);
        if (acknowledged === killAfter) child.process.kill('SIGKILL');
      }
      await child.exit;
      const store = await openAt(directory);
      const chunks = new Map<string, number>();
      for await (const { value } of rangeAll(store, 'r/volume/')) {
        const chunk = value.split(' ')[0]!;
        chunks.set(chunk, (chunks.get(chunk) ?? 0) + 1);
      }
      expect(acknowledged).toBeGreaterThanOrEqual(killAfter);
      for (let chunk = 0; chunk <= acknowledged; chunk++) {
        expect(chunks.get(String(chunk)), `chunk ${chunk}`).toBe(100);
      }
      for (const [chunk, size] of chunks) expect(size, `chunk ${chunk}`).toBe(100);
      await store.txn({ success: [{ type: 'delete-prefix', prefix: 'r/' }] });
      await store.close();
    }
  });

  it('shows what another process committed, even when this one never came to rest meanwhile', async () => {
    const store = await openAt(directory, { create: true });
    expect(await store.get('counter')).toBeUndefined();
    // Synchronously, so that no turn of the event loop lies between the two reads.
    spawnSync(process.execPath, ['--import', 'tsx', CHILD, 'increment', directory, '3']);
    expect((await store.get('counter'))?.value).toBe('3');
    const snapshot = await store.snapshot();
    spawnSync(process.execPath, ['--import', 'tsx', CHILD, 'increment', directory, '1']);
    expect((await snapshot.get('counter'))?.value).toBe('3');
    expect((await (await store.snapshot()).get('counter'))?.value).toBe('4');
    await store.close();
  });

  it('frees what a killed process held when its lease ends', async () => {
    const child = start('hold', directory, 2_000);
    expect((await child.lines.next()).value).toBe('holding');
    const store = await openAt(directory);
    expect((await store.get('p/child'))?.value).toBe('held');
    child.process.kill('SIGKILL');
    await child.exit;
    await systemClock.sleep(2_100);
    expect(await store.get('p/child')).toBeUndefined();
    await store.close();
  });

  it('says that the disk is full, writes nothing by half, and lives on', async () => {
    // A limit on file size fails like a full disk and needs no disk of its own. Blocks of 1 KiB.
    const child = start('fill', directory, 0, "trap '' XFSZ; ulimit -f 6000");
    const [failure, state] = (await readAll(child.lines)).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(await child.exit).toBe(0);
    expect(failure).toMatchObject({
      isStoreError: true,
      unknown: false,
      message: expect.stringContaining('disk is full'),
    });
    expect(state?.written).toBeGreaterThan(20);
    expect(state).toEqual({ written: state!.written, found: (state!.written as number) * 2 });
    const store = await openAt(directory);
    expect((await store.range({ prefix: 'k/', keysOnly: true })).items).toHaveLength((state!.written as number) * 2);
    await store.txn({ success: [put('more')] });
    await store.close();
  });
});

describe('lmdb store, what it opens', () => {
  let directory: string;
  beforeEach(() => {
    directory = temporary();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const filled = async () => {
    const store = await openAt(directory, { create: true });
    for (let index = 0; index < 50; index++) await store.txn({ success: [put(`k/${index}`, 'x'.repeat(4_000))] });
    await store.close();
    return join(directory, 'data.mdb');
  };

  it('refuses a directory without a state and leaves it as it was', async () => {
    writeFileSync(join(directory, 'notes.txt'), 'hello');
    for (const readOnly of [false, true]) {
      await expect(openAt(directory, { readOnly })).rejects.toThrow(StoreMissingError);
      await expect(openAt(directory, { readOnly })).rejects.toThrow(/no state in .*holds other files/);
    }
    await expect(openAt(join(directory, 'none'), { readOnly: true, create: true })).rejects.toThrow(StoreMissingError);
    expect(readdirSync(directory)).toEqual(['notes.txt']);
  });

  it('refuses files that are not a state, or only a part of one, instead of crashing on them', async () => {
    const file = await filled();
    const damaged: [string, () => void][] = [
      ['text', () => writeFileSync(file, 'garbage '.repeat(5_000))],
      ['a few bytes', () => writeFileSync(file, 'garbage')],
      ['cut off', () => truncateSync(file, 8_192)],
      ['cut off in the first page', () => truncateSync(file, 3_000)],
    ];
    const original = join(directory, 'original');
    copyFileSync(file, original);
    for (const [what, damage] of damaged) {
      copyFileSync(original, file);
      damage();
      for (const readOnly of [false, true]) {
        await expect(openAt(directory, { readOnly }), what).rejects.toThrow(StoreDamagedError);
      }
    }
    copyFileSync(original, file);
    const store = await openAt(directory);
    expect((await store.get('k/49'))?.value).toHaveLength(4_000);
    await store.close();
  });

  it('refuses a state with overwritten pages, and never takes it for none or ends the process', async () => {
    const file = await filled();
    const original = readFileSync(file);
    const random = createSeededRandom(7);
    const pages = original.length / PAGE_BYTES;
    let refused = 0;
    for (let page = 2; page < pages; page += 1) {
      const damaged = Buffer.from(original);
      damaged.set(random.bytes(PAGE_BYTES), page * PAGE_BYTES);
      writeFileSync(file, damaged);
      const opened = await openAt(directory, { readOnly: true }).catch((error: unknown) => error);
      if (opened instanceof Error) {
        refused += 1;
        expect(opened, `page ${page}`).toBeInstanceOf(StoreDamagedError);
        continue;
      }
      // A page that nothing leads to, or the inside of a long value.
      const store = opened as StateStore;
      expect((await store.range({ prefix: 'k/' })).items, `page ${page}`).toHaveLength(50);
      await store.close();
    }
    expect(refused).toBeGreaterThan(3);
  });

  it('says that it is damaged also when that is met later, in a snapshot', async () => {
    const file = await filled();
    const store = await openAt(directory);
    const snapshot = await store.snapshot();
    const fd = openSync(file, 'r+');
    writeSync(fd, Buffer.alloc(statSync(file).size - 2 * PAGE_BYTES), 0, undefined, 2 * PAGE_BYTES);
    closeSync(fd);
    const seen = await snapshot.range({ prefix: 'k/' }).catch((error: unknown) => error);
    expect(seen).toBeInstanceOf(StoreDamagedError);
    expect(await store.get('k/1').catch((error: unknown) => error)).toBeInstanceOf(StoreDamagedError);
    snapshot.close();
    await store.close();
  });

  it('cannot be made where no directory can be, and says so', { timeout: 10_000 }, async () => {
    await expect(openAt('/proc/coprhd-state/deep', { create: true })).rejects.toThrow(
      /can't create \/proc\/coprhd-state/,
    );
    writeFileSync(join(directory, 'file'), '');
    await expect(openAt(join(directory, 'file', 'state'), { create: true })).rejects.toThrow(StoreError);
  });

  it('refuses an LMDB database of something else', async () => {
    const { open } = await import('lmdb');
    const other = open({ path: directory, noSubdir: false });
    await other.put('greeting', 'hello');
    await other.close();
    await expect(openAt(directory, { create: true })).rejects.toThrow(/not a state/);
  });

  it('begins anew where a process was killed while it created the state', async () => {
    writeFileSync(join(directory, 'data.mdb'), '');
    const store = await openAt(directory);
    await store.txn({ success: [put('a')] });
    expect((await store.get('a'))?.modRevision).toBe(1);
    await store.close();
  });

  it('reads but does not write when it is opened for reading only', async () => {
    await filled();
    const before = readdirSync(directory).sort();
    const reader = await openAt(directory, { readOnly: true });
    expect((await reader.range({ prefix: 'k/' })).items).toHaveLength(50);
    await expect(reader.txn({ success: [put('a')] })).rejects.toThrow(/reading only/);
    await expect(reader.grantLease(1_000)).rejects.toThrow(StoreError);
    expect(await start('increment', directory, 1).exit).toBe(0);
    expect((await reader.get('counter'))?.value).toBe('1');
    await reader.close();
    expect(readdirSync(directory).sort()).toEqual(before);
  });

  it('creates the directory for its owner only, parents included', async () => {
    const deep = join(directory, 'a', 'state.d');
    const store = await openAt(deep, { create: true });
    await store.close();
    expect(existsSync(join(deep, 'data.mdb'))).toBe(true);
    mkdirSync(join(directory, 'other'));
    await expect(openAt(join(directory, 'other'))).rejects.toThrow(StoreMissingError);
  });

  it('gives each of many transactions that share a commit a revision of its own', async () => {
    const store = await openAt(directory, { create: true });
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, index) => store.txn({ success: [put(`k/${index}`)] })),
    );
    expect(results.map((result) => result.revision)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    await store.close();
  });
});
