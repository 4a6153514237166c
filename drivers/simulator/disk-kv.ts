/**
 * One unit on disk as a Kv: one object a key, one file an object, under `<root>/<collection>/<shard>/`. The writes of a call
 * become visible together, also when the process is killed in the middle: more than one write goes through a batch file
 * that the next call replays. (Killed, not powered off: nothing is flushed.)
 */
import path from 'node:path';
import { sha256Hex } from 'coprhd/driver';
import type { FileOperations } from './disk-files.ts';
import { ID_PATTERN, type Kv, type Reader } from './kv.ts';

const shardOf = (id: string) => sha256Hex(id).slice(0, 2);

export function fileOf(root: string, key: string): string {
  const slash = key.indexOf('/');
  const id = key.slice(slash + 1);
  if (slash < 1 || !ID_PATTERN.test(id)) throw new TypeError(`bug: malformed key ${key}`);
  return path.join(root, key.slice(0, slash), shardOf(id), `${id}.json`);
}

/** Ids in order of shard, then id, so that a page reads only the folders that it is in. */
function listIds(files: FileOperations, root: string, collection: string, after: string, limit: number): string[] {
  const ids: string[] = [];
  const afterShard = after === '' ? '' : shardOf(after);
  for (const shard of files.names(path.join(root, collection))) {
    if (shard < afterShard) continue;
    for (const name of files.names(path.join(root, collection, shard))) {
      const id = name.endsWith('.json') ? name.slice(0, -'.json'.length) : undefined;
      if (id === undefined || (shard === afterShard && id <= after)) continue;
      if (ids.length >= limit) return ids;
      ids.push(id);
    }
    if (ids.length >= limit) return ids;
  }
  return ids;
}

export type Writes = ReadonlyMap<string, string | undefined>;

/** A Kv whose writes are kept for `commit`. */
export function openKv(
  files: FileOperations,
  root: string,
  beyond?: (unit: string) => Reader | undefined,
): Kv & { readonly writes: Writes } {
  const writes = new Map<string, string | undefined>();
  return {
    ...(beyond ? { beyond } : {}),
    writes,
    get: (key) => {
      const text = writes.has(key) ? writes.get(key) : files.read(fileOf(root, key));
      return text === undefined ? undefined : JSON.parse(text);
    },
    put: (key, value) => void writes.set(key, `${JSON.stringify(value)}\n`),
    delete: (key) => void writes.set(key, undefined),
    list: (collection, { after = '', limit = Number.POSITIVE_INFINITY } = {}) =>
      listIds(files, root, collection, after, limit),
  };
}

const batchFile = (root: string) => path.join(root, 'batch.json');

function writeBatch(files: FileOperations, root: string, entries: Iterable<[string, string | null]>): void {
  for (const [key, text] of entries) {
    if (text === null) files.remove(fileOf(root, key));
    else files.write(fileOf(root, key), text);
  }
  files.remove(batchFile(root));
}

export function replay(files: FileOperations, root: string): void {
  const text = files.read(batchFile(root));
  if (text !== undefined) writeBatch(files, root, JSON.parse(text) as [string, string | null][]);
}

export function commit(files: FileOperations, root: string, writes: Writes): void {
  const entries = [...writes].map(([key, text]): [string, string | null] => [key, text ?? null]);
  const [first] = entries;
  if (first === undefined) return;
  if (entries.length > 1) {
    const temporary = path.join(root, 'batch.tmp');
    files.write(temporary, JSON.stringify(entries));
    files.rename(temporary, batchFile(root));
    writeBatch(files, root, entries);
    return;
  }
  const file = fileOf(root, first[0]);
  if (first[1] === null) {
    files.remove(file);
  } else {
    files.write(`${file}.tmp`, first[1]);
    files.rename(`${file}.tmp`, file);
  }
}

/** Values are JSON with a line feed at the end and nowhere else: a file without one is being written. */
const isWhole = (text: string | undefined) => text === undefined || text.endsWith('\n');
const READ_ATTEMPTS = 1_000;

/**
 * Reads another unit without its lock, as things look from outside: every value whole, and the writes of one call
 * together from the moment that they are certain (a batch counts before it is spread over its files).
 */
export function openReader(files: FileOperations, root: string): Reader {
  let batch: ReadonlyMap<string, string | null> | undefined;
  const readBatch = () => {
    const text = files.read(batchFile(root));
    return new Map(text === undefined ? [] : (JSON.parse(text) as [string, string | null][]));
  };
  return {
    get: (key) => {
      batch ??= readBatch();
      for (let attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
        const pending = batch.get(key);
        const text = pending === undefined ? files.read(fileOf(root, key)) : (pending ?? undefined);
        if (isWhole(text)) return text === undefined ? undefined : JSON.parse(text);
        batch = readBatch();
      }
      throw Object.assign(new Error(`${key} is never whole`), { code: 'EIO' });
    },
  };
}
