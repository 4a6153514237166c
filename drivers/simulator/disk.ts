/**
 * The simulated data centre on disk: a folder an array, and one for the SAN that they share. Several processes may use
 * them at once: a call runs under the lock of the one unit that it changes (disk-lock.ts), and sees the others as they
 * look from outside (disk-kv.ts). Time, processes and files are touched here and in disk-*.ts, nowhere else.
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as realSleep } from 'node:timers/promises';
import { DriverError, type DriverErrorClass } from 'coprhd/driver';
import { awaitAnswer, type Transport, type TransportContext } from './client.ts';
import { handle } from './core.ts';
import { type FileOperations, realFiles } from './disk-files.ts';
import { commit, fileOf, openKv, openReader, replay } from './disk-kv.ts';
import { type Holder, thisHolder, tryLock, unlock } from './disk-lock.ts';
import type { Kv, Reader } from './kv.ts';
import type { Request } from './messages.ts';
import { SELF } from './objects.ts';
import { handleSan, type SanRequest, type SanTransport } from './san/core.ts';
import { SAN_UNIT } from './san/objects.ts';
import { build, FIRST, type Topology } from './topology.ts';

export interface DiskOptions {
  readonly files?: FileOperations;
  readonly self?: Holder;
  /** Told after each call the keys that it wrote or deleted. */
  readonly onCommit?: (keys: readonly string[]) => void;
}

const rootOf = (directory: string, unit: string) => path.join(directory, unit);

const WAIT_MS = 2;
const WAIT_MS_MAX = 20;

interface Unit {
  readonly name: string;
  /** Key that is there exactly when the unit is. */
  readonly key: string;
  /** What it is called in errors. */
  readonly what: string;
}

const arrayUnit = (name: string): Unit => ({ name, key: `array/${SELF}`, what: `simulated array ${name}` });
const SAN: Unit = { name: SAN_UNIT, key: `san/${SELF}`, what: 'simulated SAN' };

const unitExists = (directory: string, { name, key }: Unit, files: FileOperations): boolean =>
  files.read(fileOf(rootOf(directory, name), key)) !== undefined;

interface Answer {
  readonly delayMs: number;
}

/** Other units as one call sees them: each opened once. */
function readers(files: FileOperations, directory: string): (unit: string) => Reader {
  const opened = new Map<string, Reader>();
  return (unit) => {
    const reader = opened.get(unit) ?? openReader(files, rootOf(directory, unit));
    opened.set(unit, reader);
    return reader;
  };
}

/** The unit need not exist: then every call fails with `not-found`. `handle` is the core of the unit. */
function createCaller<Q, A extends Answer>(
  directory: string,
  unit: Unit,
  options: DiskOptions,
  handleRequest: (kv: Kv, request: Q) => A,
) {
  const files = options.files ?? realFiles;
  const self = options.self ?? thisHolder();
  const root = rootOf(directory, unit.name);
  const run = (request: Q): A => {
    replay(files, root);
    const kv = openKv(files, root, readers(files, directory));
    const answer = handleRequest(kv, request);
    commit(files, root, kv.writes);
    if (kv.writes.size > 0) options.onCommit?.([...kv.writes.keys()]);
    return answer;
  };
  /** Undefined when the lock is held by another. Never yields while it holds the lock. */
  const tryRun = (request: Q, lateClass: DriverErrorClass): A | undefined => {
    try {
      if (!unitExists(directory, unit, files)) {
        const hint = 'make it: coprhd sim up';
        throw new DriverError({ class: 'not-found', message: `no ${unit.what} in ${directory}`, hint });
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
      throw new DriverError({ class: lateClass, message: `${unit.what}: ${(error as Error).message}` }, error);
    }
  };
  return async (request: Q, ctx: TransportContext, lateClass: DriverErrorClass): Promise<A> => {
    let answer = tryRun(request, lateClass);
    for (let waitMs = WAIT_MS; answer === undefined; waitMs = Math.min(WAIT_MS_MAX, waitMs * 2)) {
      if (ctx.signal.aborted || ctx.nowMs() + waitMs >= ctx.deadlineMs) {
        throw new DriverError({ class: 'busy', message: `another process holds the ${unit.what}` });
      }
      await realSleep(waitMs);
      answer = tryRun(request, lateClass);
    }
    const sleep = (durationMs: number, signal: AbortSignal) => realSleep(durationMs, undefined, { signal });
    await awaitAnswer(answer.delayMs, ctx, lateClass, sleep);
    return answer;
  };
}

export function createDiskTransport(directory: string, array: string, options: DiskOptions = {}): Transport {
  return { call: createCaller(directory, arrayUnit(array), options, (kv, request: Request) => handle(kv, request)) };
}

export function createSanTransport(directory: string, options: DiskOptions = {}): SanTransport {
  return { call: createCaller(directory, SAN, options, (kv, request: SanRequest) => handleSan(kv, request)) };
}

export function arrayExists(directory: string, array: string): boolean {
  return unitExists(directory, arrayUnit(array), realFiles);
}

export const sanExists = (directory: string): boolean => unitExists(directory, SAN, realFiles);

/** Names of the arrays in a directory, sorted. */
export function arrayNames(directory: string): string[] {
  return realFiles.names(directory).filter((name) => !name.startsWith('.') && arrayExists(directory, name));
}

/** Makes a unit; it appears whole or not at all. Throws `exists` when something has that name. */
export function createUnit(directory: string, unit: string, fill: (kv: Kv) => void): void {
  const root = rootOf(directory, unit);
  const temporary = path.join(directory, `.new-${unit}-${process.pid}`);
  fs.rmSync(temporary, { recursive: true, force: true });
  const kv = openKv(realFiles, temporary);
  fill(kv);
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

export const createDiskArray = (directory: string, topology: Topology): void =>
  createUnit(directory, topology.name, (kv) =>
    build(kv, topology, { ...FIRST, madeAt: `${Date.now()}-${process.pid}` }),
  );

/** Real time and a deadline for calls that a person makes. */
export function personContext(timeoutMs = 10_000): TransportContext {
  const deadlineMs = Date.now() + timeoutMs;
  return { nowMs: () => Date.now(), deadlineMs, signal: new AbortController().signal };
}
