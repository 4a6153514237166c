/**
 * Opening an LMDB environment safely, and what the files on disk need around it. LMDB maps its file into memory and
 * trusts it: a foreign or cut-off file would end the process with a signal, and a write that fails for want of space
 * corrupts the library's heap (lmdb 3.5.6 formats its message into too small a buffer). So the file is looked at before
 * LMDB sees it, and space is taken before a commit needs it. Only this folder relies on it, and only it imports lmdb.
 */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { AssertionError } from '../../../lib/assert.ts';
import { StoreDamagedError, StoreError, StoreMissingError } from '../store.ts';
import { findDamage, type TreeRoots } from './page-check.ts';

export type LmdbRoot = RootDatabase<string, Buffer>;

/** Address space, not memory or disk; a store never gets near it. */
const MAP_BYTES = 64 * 1024 ** 3;
/** Snapshots and processes at once. */
const READERS_MAX = 1_024;
const GROW_BYTES = 1024 * 1024;
const DATA_FILE = 'data.mdb';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
/** Offsets in a meta page (MDB_meta behind the page header; 64-bit, little-endian). */
const META = {
  magic: 24,
  version: 28,
  pageSize: 48,
  mainDepth: 102,
  mainRoot: 136,
  lastPage: 144,
  txnId: 152,
  bytes: 160,
} as const;
/** Others may write while the pages are looked at; what seems wrong is then looked at again. */
const CHECKS_MAX = 5;

export interface LmdbEnv {
  readonly root: LmdbRoot;
  /** Takes disk space so that the running transaction can't fail for want of it. Call it inside, at its end. */
  reserve(pagesMax: number): void;
  close(): Promise<void>;
}

/** Throws StoreMissingError, StoreDamagedError, or StoreError. Creates nothing unless `create`. */
export function openLmdbEnv(directory: string, options: { create: boolean; readOnly: boolean }): LmdbEnv {
  const file = join(directory, DATA_FILE);
  if (!existsSync(file)) {
    if (!options.create || options.readOnly) throw missing(directory);
    try {
      makeDirectory(directory);
    } catch (error) {
      throw mapError(error, `can't create ${directory}`);
    }
  } else {
    checkFile(file);
  }
  try {
    const root = loadLmdb().open<string, Buffer>({
      path: directory,
      noSubdir: false,
      readOnly: options.readOnly,
      // A commit returns when it is on disk. The overlapping kind shows other processes what may still be lost.
      overlappingSync: false,
      encoding: 'string',
      keyEncoding: 'binary',
      mapSize: MAP_BYTES,
      maxReaders: READERS_MAX,
    });
    return createEnv(root, options.readOnly ? undefined : openForGrowing(root, file));
  } catch (error) {
    throw mapError(error, `can't open the state in ${directory}`);
  }
}

/** With its parents, each once: `recursive` never ends where a directory says that its parent is missing (/proc). */
function makeDirectory(directory: string): void {
  const lacking: string[] = [];
  for (let path = resolve(directory); !existsSync(path) && dirname(path) !== path; path = dirname(path)) {
    lacking.unshift(path);
  }
  for (const path of lacking) {
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      // Made by another process meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function openForGrowing(root: LmdbRoot, file: string): number {
  try {
    return openSync(file, 'r+');
  } catch (error) {
    void root.close();
    throw error;
  }
}

/** The bundled build loads in half the time of the ES modules (23 instead of 40 ms), which every command would feel. */
function loadLmdb(): typeof import('lmdb') {
  return createRequire(import.meta.url)('lmdb') as typeof import('lmdb');
}

function missing(directory: string): StoreMissingError {
  let found = '';
  try {
    found = readdirSync(directory).length > 0 ? ' (the directory holds other files)' : ' (the directory is empty)';
  } catch {
    // No directory, or not ours to read: the message does without.
  }
  return new StoreMissingError(`there is no state in ${directory}${found}`);
}

function createEnv(root: LmdbRoot, fd: number | undefined): LmdbEnv {
  return {
    root,
    reserve: (pagesMax) => {
      if (fd === undefined) return;
      const { lastPageNumber, pageSize } = root.getStats() as { lastPageNumber: number; pageSize: number };
      const wantedBytes = (lastPageNumber + 1 + pagesMax) * pageSize;
      let sizeBytes = fstatSync(fd).size;
      if (sizeBytes >= wantedBytes) return;
      // Real zeros, not a hole: a hole would take its space only when LMDB writes into it.
      const targetBytes = Math.ceil(wantedBytes / GROW_BYTES) * GROW_BYTES;
      const zeros = Buffer.alloc(Math.min(GROW_BYTES, targetBytes - sizeBytes));
      while (sizeBytes < targetBytes) {
        sizeBytes += writeSync(fd, zeros, 0, Math.min(zeros.length, targetBytes - sizeBytes), sizeBytes);
      }
    },
    close: async () => {
      await root.close();
      if (fd !== undefined) closeSync(fd);
    },
  };
}

/** Refuses what LMDB would crash on: no meta page of its format, fewer pages than the meta page promises, other pages. */
function checkFile(file: string): void {
  const fd = openForReading(file);
  try {
    const sizeBytes = fstatSync(fd).size;
    // A process that was killed while it created the file leaves it empty; LMDB then starts anew.
    if (sizeBytes === 0) return;
    const current = readNewest(fd, file);
    const neededBytes = (current.lastPage + 1) * current.pageSize;
    if (sizeBytes < neededBytes) {
      throw new StoreDamagedError(`${file} is cut off: ${sizeBytes} of ${neededBytes} bytes are there`);
    }
    checkPages(fd, file, current);
  } finally {
    closeSync(fd);
  }
}

function checkPages(fd: number, file: string, newest: Meta): void {
  let meta = newest;
  for (let check = 1; check <= CHECKS_MAX; check += 1) {
    const damage = findDamage(fd, meta);
    if (damage === undefined) return;
    const now = readNewest(fd, file);
    // Nobody wrote meanwhile: pages of this transaction are as they will stay.
    if (now.txnId === meta.txnId) throw new StoreDamagedError(`${file} is damaged: ${damage}`);
    meta = now;
  }
}

function readNewest(fd: number, file: string): Meta {
  const first = readMeta(fd, 0);
  const second = first && readMeta(fd, first.pageSize);
  if (!first || !second) throw new StoreDamagedError(`${file} is not a state: its first pages aren't LMDB's`);
  return { ...(first.txnId >= second.txnId ? first : second), pageSize: first.pageSize };
}

function openForReading(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    throw mapError(error, `can't read ${file}`);
  }
}

interface Meta extends TreeRoots {
  readonly txnId: number;
}

function readMeta(fd: number, position: number): Meta | undefined {
  const page = Buffer.alloc(META.bytes);
  if (readSync(fd, page, 0, META.bytes, position) < META.bytes) return undefined;
  if (page.readUInt32LE(META.magic) !== MAGIC || (page.readUInt32LE(META.version) & 0xffff) !== DATA_VERSION) {
    return undefined;
  }
  const pageSize = page.readUInt32LE(META.pageSize);
  // An environment that never had a transaction has no page size in its second meta page.
  if (position === 0 && (pageSize < 512 || pageSize > 65_536)) return undefined;
  return {
    pageSize,
    lastPage: Number(page.readBigUInt64LE(META.lastPage)),
    main: { root: page.readBigUInt64LE(META.mainRoot), depth: page.readUInt16LE(META.mainDepth) },
    txnId: Number(page.readBigUInt64LE(META.txnId)),
  };
}

/** Errors after which the transaction certainly didn't happen. */
const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NO_SPACE_TEXT = /no space left|quota exceeded|file too large|MDB_MAP_FULL/i;
/** BAD_TXN: every call after the one that met the damage. */
const DAMAGED_TEXT = /MDB_(CORRUPTED|PAGE_NOTFOUND|INVALID|VERSION_MISMATCH|BAD_DBI|BAD_TXN|PANIC)/;

/** The StoreError to throw for whatever the library or the file system threw; bugs stay what they are. */
export function mapError(error: unknown, what: string, written = false): Error {
  if (error instanceof StoreError || error instanceof AssertionError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown } | null)?.code;
  if ((typeof code === 'string' && NO_SPACE.has(code)) || NO_SPACE_TEXT.test(message)) {
    return new StoreError(`${what}: the disk is full`, { unknown: false, cause: error });
  }
  if (DAMAGED_TEXT.test(message)) return new StoreDamagedError(`${what}: ${message}`, { cause: error });
  return new StoreError(`${what}: ${message}`, { unknown: written, cause: error });
}
