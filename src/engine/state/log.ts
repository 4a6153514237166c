/**
 * The LogStore: what grows for ever and is never changed (audit, events, finished journals), kept out of the state store
 * as segments of JSON lines on the local disk. An append is on disk when its promise resolves. Several processes may
 * append to one stream: a batch is one write to the end of a file. A line torn by a crash is skipped when read.
 */
import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../../lib/assert.ts';
import { StoreError } from './store.ts';

/** Any JSON object with the time at which it happened. */
export interface LogEntry {
  readonly atMs: number;
  readonly [field: string]: unknown;
}

export interface LogStore {
  /** In the given order, all in one write. Rejects with StoreError. Stream names: small letters, digits, dashes. */
  append(stream: string, entries: readonly LogEntry[]): Promise<void>;
  /** The newest `limit` entries (default and most 1,000) at or after `fromMs`, in the order they were appended. */
  read(stream: string, options?: { readonly fromMs?: number; readonly limit?: number }): Promise<LogEntry[]>;
  /** All entries, the newest first, one segment in memory at a time. What is appended meanwhile may be left out. */
  readBack(stream: string): AsyncIterable<LogEntry>;
}

const READ_MAX = 1_000;
const SEGMENT_BYTES_MAX = 8 * 1024 * 1024;
const BATCH_BYTES_MAX = 1024 * 1024;
const STREAM_PATTERN = /^[a-z][a-z0-9-]{0,63}$/;

function encodeBatch(stream: string, entries: readonly LogEntry[]): string {
  assert(STREAM_PATTERN.test(stream), `not the name of a log stream: ${stream}`);
  const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  assert(Buffer.byteLength(text) <= BATCH_BYTES_MAX, `a batch for the log ${stream} is over ${BATCH_BYTES_MAX} bytes`);
  return text;
}

const clamp = (limit: number | undefined): number => Math.min(limit ?? READ_MAX, READ_MAX);

/** For tests. */
export function createMemoryLogStore(): LogStore {
  const streams = new Map<string, string[]>();
  return {
    append: async (stream, entries) => {
      const lines = encodeBatch(stream, entries).split('\n').slice(0, -1);
      streams.set(stream, [...(streams.get(stream) ?? []), ...lines]);
    },
    read: async (stream, { fromMs = 0, limit } = {}) => {
      const entries = (streams.get(stream) ?? []).map((line) => JSON.parse(line) as LogEntry);
      const wanted = entries.filter((entry) => entry.atMs >= fromMs);
      return wanted.slice(Math.max(0, wanted.length - clamp(limit)));
    },
    readBack: async function* (stream) {
      for (const line of [...(streams.get(stream) ?? [])].reverse()) yield JSON.parse(line) as LogEntry;
    },
  };
}

/** Segments are `{directory}/log/{stream}-{number}.jsonl`. Creates nothing before the first append. */
export function createFileLogStore(directory: string, options: { segmentBytesMax?: number } = {}): LogStore {
  const folder = join(directory, 'log');
  const segmentBytesMax = options.segmentBytesMax ?? SEGMENT_BYTES_MAX;
  // One after another within the process, so that two appends don't both decide to begin a segment.
  let last: Promise<void> = Promise.resolve();
  return {
    append: (stream, entries) => {
      const text = encodeBatch(stream, entries);
      if (entries.length === 0) return Promise.resolve();
      const appending = last.then(() => appendText(folder, stream, text, segmentBytesMax));
      last = appending.catch(() => undefined);
      return appending;
    },
    read: async (stream, { fromMs = 0, limit } = {}) => {
      const newest: LogEntry[] = [];
      for (const segment of (await segmentsOf(folder, stream)).reverse()) {
        const entries = decodeSegment(await readFile(join(folder, segment), 'utf8'));
        newest.unshift(...entries.filter((entry) => entry.atMs >= fromMs));
        if (newest.length >= clamp(limit)) break;
      }
      return newest.slice(Math.max(0, newest.length - clamp(limit)));
    },
    readBack: async function* (stream) {
      for (const segment of (await segmentsOf(folder, stream)).reverse()) {
        yield* decodeSegment(await readSegment(folder, segment)).reverse();
      }
    },
  };
}

async function readSegment(folder: string, segment: string): Promise<string> {
  try {
    return await readFile(join(folder, segment), 'utf8');
  } catch (cause) {
    throw new StoreError(`can't read the log in ${folder}: ${(cause as Error).message}`, { unknown: false, cause });
  }
}

async function appendText(folder: string, stream: string, text: string, segmentBytesMax: number): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const newest = (await segmentsOf(folder, stream)).at(-1);
    const isFull = newest !== undefined && (await stat(join(folder, newest))).size >= segmentBytesMax;
    const name = newest === undefined || isFull ? segmentName(stream, newest) : newest;
    const file = await open(join(folder, name), 'a', 0o600);
    try {
      // The leading newline ends a line that a crash may have left torn.
      await file.writeFile(`\n${text}`);
      await file.datasync();
    } finally {
      await file.close();
    }
    if (name !== newest) await syncFolder(folder);
  } catch (cause) {
    throw new StoreError(`can't append to the log ${stream} in ${folder}: ${(cause as Error).message}`, {
      unknown: true,
      cause,
    });
  }
}

/** Makes the new file's name durable too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function segmentName(stream: string, previous: string | undefined): string {
  const number = previous === undefined ? 0 : Number(previous.slice(stream.length + 1, -'.jsonl'.length));
  return `${stream}-${String(number + 1).padStart(8, '0')}.jsonl`;
}

/** File names in order; none when there is no log yet. */
async function segmentsOf(folder: string, stream: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new StoreError(`can't read the log in ${folder}: ${error.message}`, { unknown: false, cause: error });
  });
  const isSegment = (name: string) =>
    name.startsWith(`${stream}-`) && /^\d{8}\.jsonl$/.test(name.slice(stream.length + 1));
  return names.filter(isSegment).sort();
}

function decodeSegment(text: string): LogEntry[] {
  return text.split('\n').flatMap((line): LogEntry[] => {
    if (line === '') return [];
    try {
      return [JSON.parse(line) as LogEntry];
    } catch {
      return [];
    }
  });
}
