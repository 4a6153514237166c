/**
 * The simulated array on disk: one object a key, one file an object, under `<directory>/<array>/<collection>/<shard>/`.
 * Several processes may use it at once. A call runs under the array's lock and its writes become visible together, also
 * when the process is killed in the middle: more than one write goes through a batch file that the next call replays.
 * (Killed, not powered off: nothing is flushed.) This is the only file of the simulator that touches fs, timers, process.
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as realSleep } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { DriverError, type DriverErrorClass, sha256Hex } from 'coprhd/driver';
import { awaitAnswer, type Transport, type TransportContext } from './client.ts';
import { handle } from './core.ts';
import { ID_PATTERN, type Kv } from './kv.ts';
import type { Request, Response } from './messages.ts';
import { SELF } from './objects.ts';
import { build, type Topology } from './topology.ts';

/** File operations; synchronous, so that a call holds the lock without ever yielding. Tests count or break them. */
export interface FileOperations {
  /** Undefined when there is no such file. */
  read(file: string): string | undefined;
  /** Makes the folder when it isn't there. */
  write(file: string, text: string): void;
  rename(from: string, to: string): void;
  /** The missing is fine. */
  remove(file: string): void;
  /** Sorted; empty when there is no such folder. */
  names(folder: string): string[];
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

function unlessMissing<T>(run: () => T, otherwise: T): T {
  try {
    return run();
  } catch (error) {
    if (isMissing(error)) return otherwise;
    throw error;
  }
}

export const realFiles: FileOperations = {
  read: (file) => unlessMissing<string | undefined>(() => fs.readFileSync(file, 'utf8'), undefined),
  write: (file, text) => {
    try {
      fs.writeFileSync(file, text);
    } catch (error) {
      if (!isMissing(error)) throw error;
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text);
    }
  },
  rename: (from, to) => fs.renameSync(from, to),
  remove: (file) => unlessMissing(() => fs.rmSync(file), undefined),
  names: (folder) => unlessMissing(() => fs.readdirSync(folder).sort(), []),
};

/** Who holds a lock. The start time tells a process from a later one with the same number. */
export interface Holder {
  readonly pid: number;
  readonly thread: number;
  readonly startTime: string;
}

/** Field 22 of /proc/<pid>/stat; empty where there is no /proc, then only the number counts. */
function startTimeOf(pid: number): string {
  const stat = unlessMissing(() => fs.readFileSync(`/proc/${pid}/stat`, 'utf8'), '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

export const thisHolder = (): Holder => ({
  pid: process.pid,
  thread: threadId,
  startTime: startTimeOf(process.pid),
});

const nameOfHolder = ({ pid, thread, startTime }: Holder) => `${pid}-${thread}-${startTime}`;

function isAlive(holderName: string): boolean {
  const [pid, , startTime] = holderName.split('-');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startTimeOf(Number(pid)) === startTime;
}

/**
 * The lock is a folder that holds its holder's name as a file: free when it is empty or absent. It is taken by renaming
 * a folder with one's own name in it into place, which only works onto an empty one; a dead holder is put out by its
 * name, so that nobody can put out the one who was faster. The folder that is renamed stays with the process on failure.
 */
function tryLock(files: FileOperations, root: string, self: Holder): boolean {
  const lock = path.join(root, 'lock');
  const mine = nameOfHolder(self);
  const waiting = path.join(root, 'waiting', mine);
  files.write(path.join(waiting, mine), '');
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      files.rename(waiting, lock);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
    const holder = files.names(lock)[0];
    if (holder !== undefined && holder !== mine && isAlive(holder)) return false;
    // A call doesn't yield while it holds the lock: our own name can only be left over from a failed one.
    if (holder !== undefined) files.remove(path.join(lock, holder));
  }
  return false;
}

function unlock(files: FileOperations, root: string, self: Holder): void {
  files.remove(path.join(root, 'lock', nameOfHolder(self)));
}

const shardOf = (id: string) => sha256Hex(id).slice(0, 2);

function fileOf(root: string, key: string): string {
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

type Writes = ReadonlyMap<string, string | undefined>;

/** A Kv whose writes are kept for `commit`. */
function openKv(files: FileOperations, root: string): Kv & { readonly writes: Writes } {
  const writes = new Map<string, string | undefined>();
  return {
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

function replay(files: FileOperations, root: string): void {
  const text = files.read(batchFile(root));
  if (text !== undefined) writeBatch(files, root, JSON.parse(text) as [string, string | null][]);
}

function commit(files: FileOperations, root: string, writes: Writes): void {
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

export interface DiskOptions {
  readonly files?: FileOperations;
  readonly self?: Holder;
  /** Told after each call the keys that it wrote or deleted. */
  readonly onCommit?: (keys: readonly string[]) => void;
}

const rootOf = (directory: string, array: string) => path.join(directory, array);

const WAIT_MS = 2;
const WAIT_MS_MAX = 20;

/** The array need not exist: then every call fails with `not-found`. */
export function createDiskTransport(directory: string, array: string, options: DiskOptions = {}): Transport {
  const files = options.files ?? realFiles;
  const self = options.self ?? thisHolder();
  const root = rootOf(directory, array);
  const run = (request: Request): Response => {
    replay(files, root);
    const kv = openKv(files, root);
    const answer = handle(kv, request);
    commit(files, root, kv.writes);
    if (kv.writes.size > 0) options.onCommit?.([...kv.writes.keys()]);
    return answer;
  };
  /** Undefined when the lock is held by another. Never yields while it holds the lock. */
  const tryRun = (request: Request, lateClass: DriverErrorClass): Response | undefined => {
    try {
      if (!arrayExists(directory, array, files)) {
        const hint = 'make it: coprhd sim up';
        throw new DriverError({ class: 'not-found', message: `no simulated array ${array} in ${directory}`, hint });
      }
      if (!tryLock(files, root, self)) return undefined;
      try {
        return run(request);
      } finally {
        unlock(files, root, self);
      }
    } catch (error) {
      if (error instanceof DriverError || (error as NodeJS.ErrnoException).code === undefined) throw error;
      // A batch that is written already is finished by the next call.
      throw new DriverError(
        { class: lateClass, message: `simulated array ${array}: ${(error as Error).message}` },
        error,
      );
    }
  };
  return {
    call: async (request, ctx, lateClass) => {
      let answer = tryRun(request, lateClass);
      for (let waitMs = WAIT_MS; answer === undefined; waitMs = Math.min(WAIT_MS_MAX, waitMs * 2)) {
        if (ctx.signal.aborted || ctx.nowMs() + waitMs >= ctx.deadlineMs) {
          throw new DriverError({ class: 'busy', message: `another process holds the simulated array ${array}` });
        }
        await realSleep(waitMs);
        answer = tryRun(request, lateClass);
      }
      const sleep = (durationMs: number, signal: AbortSignal) => realSleep(durationMs, undefined, { signal });
      await awaitAnswer(answer.delayMs, ctx, lateClass, sleep);
      return answer;
    },
  };
}

export function arrayExists(directory: string, array: string, files: FileOperations = realFiles): boolean {
  return files.read(fileOf(rootOf(directory, array), `array/${SELF}`)) !== undefined;
}

/** Names of the arrays in a directory, sorted. */
export function arrayNames(directory: string): string[] {
  return realFiles.names(directory).filter((name) => !name.startsWith('.') && arrayExists(directory, name));
}

/** Makes an array; it appears whole or not at all. Throws `exists` when something has that name. */
export function createDiskArray(directory: string, topology: Topology): void {
  const root = rootOf(directory, topology.name);
  const temporary = path.join(directory, `.new-${topology.name}-${process.pid}`);
  fs.rmSync(temporary, { recursive: true, force: true });
  const kv = openKv(realFiles, temporary);
  build(kv, topology);
  for (const [key, text] of kv.writes) realFiles.write(fileOf(temporary, key), text!);
  try {
    realFiles.rename(temporary, root);
  } catch (cause) {
    fs.rmSync(temporary, { recursive: true, force: true });
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw cause;
    throw new DriverError({ class: 'exists', message: `${root} exists already` }, cause);
  }
}

/** Real time and a deadline for calls that a person makes. */
export function personContext(timeoutMs = 10_000): TransportContext {
  const deadlineMs = Date.now() + timeoutMs;
  return { nowMs: () => Date.now(), deadlineMs, signal: new AbortController().signal };
}
