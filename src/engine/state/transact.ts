/**
 * The one meaning of a transaction, for the stores that evaluate it themselves (memory, LMDB): limits, compares, puts and
 * deletes, leases, the change log. It is synchronous over `WriteTables`, which the store offers inside its own write
 * transaction; so the two can't come to mean different things. Only state/{memory,lmdb} rely on it;
 * state/etcd on the limits alone.
 */
import { assert, unreachable } from '../../lib/assert.ts';
import { LIMITS } from '../../lib/limits.ts';
import {
  type Compare,
  KEY_BYTES_MAX,
  type KeyValue,
  LeaseLostError,
  type Operation,
  type RangeRequest,
  type RangeResult,
  type Revision,
  type Txn,
  type TxnResult,
  type WatchEvent,
} from './store.ts';

/** Revisions of which changes are kept for watchers; who falls behind further gets a gap. */
export const CHANGE_LOG_REVISIONS_MAX = 4_096;

export interface LeaseRow {
  readonly id: string;
  readonly ttlMs: number;
  readonly expiresAtMs: number;
}

export interface ReadTables {
  revision(): Revision;
  /** Raw: also items of expired leases. */
  item(key: string): KeyValue | undefined;
  /** Raw, in key order, keys greater than `after`. */
  scan(prefix: string, after?: string): Iterable<KeyValue>;
  lease(id: string): LeaseRow | undefined;
}

export interface WriteTables extends ReadTables {
  leases(): readonly LeaseRow[];
  keysOfLease(id: string): readonly string[];
  /** Replaces the item, and its place in the lease's index. */
  putItem(item: KeyValue, previous: KeyValue | undefined): void;
  deleteItem(previous: KeyValue): void;
  putLease(row: LeaseRow): void;
  deleteLease(id: string): void;
  /** Makes `revision` the store's revision and keeps the events for watchers. */
  commitRevision(revision: Revision, events: readonly WatchEvent[]): void;
}

const isLeaseLive = (row: LeaseRow | undefined, nowMs: number): boolean => row !== undefined && row.expiresAtMs > nowMs;

function isVisible(tables: ReadTables, item: KeyValue, nowMs: number): boolean {
  return item.lease === undefined || isLeaseLive(tables.lease(item.lease), nowMs);
}

export function readKey(tables: ReadTables, key: string, nowMs: number): KeyValue | undefined {
  const item = tables.item(key);
  return item && isVisible(tables, item, nowMs) ? item : undefined;
}

export function readRange(tables: ReadTables, request: RangeRequest, nowMs: number): RangeResult {
  const limit = Math.min(request.limit ?? LIMITS.rangePageMax, LIMITS.rangePageMax);
  const items: KeyValue[] = [];
  let more = false;
  for (const item of tables.scan(request.prefix, request.after)) {
    if (!isVisible(tables, item, nowMs)) continue;
    if (items.length >= limit) {
      more = true;
      break;
    }
    items.push(request.keysOnly ? { ...item, value: '' } : item);
  }
  return { revision: tables.revision(), items, more };
}

/** Throws RangeError beyond a ceiling. Call it before anything is queued or written. */
export function checkLimits(txn: Txn): void {
  const lists: readonly (readonly (Compare | Operation)[])[] = [txn.compare ?? [], txn.success, txn.failure ?? []];
  let bytes = 0;
  for (const list of lists) {
    if (list.length > LIMITS.txnOperationsMax) {
      throw new RangeError(
        `a transaction has ${list.length} compares or operations, at most ${LIMITS.txnOperationsMax}`,
      );
    }
    for (const entry of list) {
      const key = 'prefix' in entry ? entry.prefix : entry.key;
      bytes += checkKey(key) + ('value' in entry ? Buffer.byteLength(entry.value) : 0);
    }
  }
  if (bytes > LIMITS.requestBytesMax) {
    throw new RangeError(`a transaction has ${bytes} bytes, at most ${LIMITS.requestBytesMax}`);
  }
  checkNoDoubleWrites(txn.success);
  checkNoDoubleWrites(txn.failure ?? []);
}

function checkKey(key: string): number {
  const bytes = Buffer.byteLength(key);
  if (bytes === 0 || bytes > KEY_BYTES_MAX) {
    throw new RangeError(`a key has ${bytes} bytes, allowed are 1 to ${KEY_BYTES_MAX}: ${key.slice(0, 80)}`);
  }
  return bytes;
}

function checkNoDoubleWrites(operations: readonly Operation[]): void {
  const written = new Set<string>();
  for (const operation of operations) {
    if (operation.type !== 'put' && operation.type !== 'delete') continue;
    assert(!written.has(operation.key), `one transaction writes ${operation.key} twice`);
    written.add(operation.key);
  }
  for (const operation of operations) {
    if (operation.type !== 'delete-prefix') continue;
    for (const key of written) assert(!key.startsWith(operation.prefix), `one transaction writes ${key} twice`);
  }
}

/**
 * Runs a transaction. Throws LeaseLostError, with nothing written, when it puts a key under a lease that is gone. The
 * store's own errors pass through; the store must then undo everything.
 */
export function transact(tables: WriteTables, txn: Txn, nowMs: number): TxnResult {
  reapExpired(tables, nowMs);
  const succeeded = (txn.compare ?? []).every((compare) => holds(tables, compare));
  const operations = succeeded ? txn.success : (txn.failure ?? []);
  for (const operation of operations) {
    if (operation.type !== 'put' || operation.lease === undefined) continue;
    if (!tables.lease(operation.lease)) throw new LeaseLostError(`lease ${operation.lease} has ended`);
  }
  const revision = tables.revision() + 1;
  const events: WatchEvent[] = [];
  const gets: (KeyValue | undefined)[] = [];
  for (const operation of operations) runOperation(tables, operation, revision, events, gets);
  if (events.length > 0) tables.commitRevision(revision, events);
  return { succeeded, revision: tables.revision(), gets };
}

function holds(tables: ReadTables, compare: Compare): boolean {
  const item = tables.item(compare.key);
  if ('modRevision' in compare) return (item?.modRevision ?? 0) === compare.modRevision;
  if ('exists' in compare) return (item !== undefined) === compare.exists;
  return item?.value === compare.value;
}

function runOperation(
  tables: WriteTables,
  operation: Operation,
  revision: Revision,
  events: WatchEvent[],
  gets: (KeyValue | undefined)[],
): void {
  switch (operation.type) {
    case 'get':
      gets.push(tables.item(operation.key));
      return;
    case 'put': {
      const { key, value, lease } = operation;
      const previous = tables.item(key);
      const createRevision = previous?.createRevision ?? revision;
      const item = { key, value, createRevision, modRevision: revision, ...(lease === undefined ? {} : { lease }) };
      tables.putItem(item, previous);
      events.push({ type: 'put', item });
      return;
    }
    case 'delete':
      deleteItems(tables, [tables.item(operation.key)], revision, events);
      return;
    case 'delete-prefix':
      deleteItems(tables, [...tables.scan(operation.prefix)], revision, events);
      return;
    default:
      unreachable(operation, 'operation');
  }
}

function deleteItems(
  tables: WriteTables,
  items: readonly (KeyValue | undefined)[],
  revision: Revision,
  events: WatchEvent[],
): void {
  for (const item of items) {
    if (!item) continue;
    tables.deleteItem(item);
    events.push({ type: 'delete', key: item.key, modRevision: revision });
  }
}

export function hasExpired(leases: Iterable<LeaseRow>, nowMs: number): boolean {
  for (const row of leases) if (!isLeaseLive(row, nowMs)) return true;
  return false;
}

/** Deletes the keys of leases that have ended; a revision of its own when there are any. */
export function reapExpired(tables: WriteTables, nowMs: number): void {
  for (const row of tables.leases()) if (!isLeaseLive(row, nowMs)) endLease(tables, row.id);
}

export function endLease(tables: WriteTables, id: string): void {
  const revision = tables.revision() + 1;
  const events: WatchEvent[] = [];
  const items = tables.keysOfLease(id).map((key) => tables.item(key));
  deleteItems(tables, items, revision, events);
  tables.deleteLease(id);
  if (events.length > 0) tables.commitRevision(revision, events);
}

/** Returns the new end of the lease. Throws LeaseLostError when it is gone. */
export function renewLease(tables: WriteTables, id: string, nowMs: number): number {
  reapExpired(tables, nowMs);
  const row = tables.lease(id);
  if (!row) throw new LeaseLostError(`lease ${id} has ended`);
  const expiresAtMs = nowMs + row.ttlMs;
  tables.putLease({ ...row, expiresAtMs });
  return expiresAtMs;
}
