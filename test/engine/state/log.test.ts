/** The LogStore on disk and in memory. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileLogStore, createMemoryLogStore, type LogStore } from '../../../src/engine/state/log.ts';
import { StoreError } from '../../../src/engine/state/store.ts';
import { AssertionError } from '../../../src/lib/assert.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'coprhd-log-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ atMs: from + index, text: `entry ${from + index}\n"€"` }));

describe.each<[string, () => LogStore]>([
  ['memory', () => createMemoryLogStore()],
  ['file', () => createFileLogStore(directory, { segmentBytesMax: 300 })],
])('a log store (%s)', (_name, create) => {
  it('gives back what was appended, in order, stream by stream', async () => {
    const log = create();
    await log.append('audit', numbers(0, 3));
    await log.append('audit-other', numbers(10, 11));
    await log.append('audit', numbers(3, 30));
    await log.append('audit', []);
    expect(await log.read('audit')).toEqual(numbers(0, 30));
    expect(await log.read('audit-other')).toEqual(numbers(10, 11));
    expect(await log.read('none')).toEqual([]);
  });

  it('gives the newest entries at or after a time, up to a limit', async () => {
    const log = create();
    for (let at = 0; at < 40; at += 4) await log.append('audit', numbers(at, at + 4));
    expect(await log.read('audit', { fromMs: 35 })).toEqual(numbers(35, 40));
    expect(await log.read('audit', { limit: 9 })).toEqual(numbers(31, 40));
    expect(await log.read('audit', { fromMs: 20, limit: 9 })).toEqual(numbers(31, 40));
    expect(await log.read('audit', { limit: 0 })).toEqual([]);
    await log.append('audit', numbers(40, 1_200));
    expect(await log.read('audit', { limit: 1_000_000 })).toEqual(numbers(200, 1_200));
  });

  it('is read from its end, over all segments, as far as somebody wants', async () => {
    const log = create();
    for (let at = 0; at < 1_500; at += 100) await log.append('audit', numbers(at, at + 100));
    const all: unknown[] = [];
    for await (const entry of log.readBack('audit')) all.push(entry);
    expect(all).toEqual(numbers(0, 1_500).reverse());
    for await (const entry of log.readBack('audit')) {
      expect(entry.atMs).toBe(1_499);
      break;
    }
    for await (const _ of log.readBack('none')) throw new Error('there is none');
  });

  it('keeps the order of appends that were not waited for', async () => {
    const log = create();
    await Promise.all(numbers(0, 50).map((entry) => log.append('audit', [entry])));
    expect(await log.read('audit')).toEqual(numbers(0, 50));
  });

  it('refuses names that are not a stream and batches without bound', async () => {
    const log = create();
    expect(() => createFileLogStore(directory).append('../audit', numbers(0, 1))).toThrow(AssertionError);
    const large = async () => log.append('audit', [{ atMs: 1, text: 'x'.repeat(2_000_000) }]);
    await expect(large()).rejects.toThrow(AssertionError);
    expect(await log.read('audit')).toEqual([]);
  });
});

describe('a log store on disk', () => {
  it('begins a new segment when one is full, and goes on in it after a restart', async () => {
    for (let at = 0; at < 40; at++) {
      await createFileLogStore(directory, { segmentBytesMax: 300 }).append('audit', numbers(at, at + 1));
    }
    const files = readdirSync(join(directory, 'log')).sort();
    expect(files.length).toBeGreaterThan(4);
    expect(files[0]).toBe('audit-00000001.jsonl');
    expect(await createFileLogStore(directory).read('audit')).toEqual(numbers(0, 40));
  });

  it('creates nothing until something is appended', async () => {
    const log = createFileLogStore(join(directory, 'new'));
    expect(await log.read('audit')).toEqual([]);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('skips a line that a crash tore, and goes on after it', async () => {
    const log = createFileLogStore(directory);
    await log.append('audit', numbers(0, 3));
    const file = join(directory, 'log', 'audit-00000001.jsonl');
    appendFileSync(file, '{"atMs":3,"te');
    expect(await log.read('audit')).toEqual(numbers(0, 3));
    await log.append('audit', numbers(4, 6));
    expect(await log.read('audit')).toEqual([...numbers(0, 3), ...numbers(4, 6)]);
    expect(readFileSync(file, 'utf8')).toContain('{"atMs":3,"te\n');
  });

  it('says that it could not append', async () => {
    writeFileSync(join(directory, 'log'), 'not a folder');
    const log = createFileLogStore(directory);
    await expect(log.append('audit', numbers(0, 1))).rejects.toThrow(StoreError);
    await expect(log.read('audit')).rejects.toThrow(StoreError);
  });
});
