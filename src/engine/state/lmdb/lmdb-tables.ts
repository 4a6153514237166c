/**
 * The tables of the LMDB store: one key space, told apart by a first byte, so that opening costs a single look-up.
 *
 *   s{name}              revision, format
 *   d{key}               item: `{createRevision} {modRevision} {lease or -}\n{value}`
 *   c{revision, 8 bytes} changes of a revision, JSON
 *   l{lease}             lease, JSON
 *   k{lease}/{key}       keys of a lease
 *
 * This layout is a stored form: changes need a new FORMAT. Only lmdb-store.ts relies on it.
 */
import type { Transaction } from 'lmdb';
import { type KeyValue, type Revision, StoreDamagedError, type WatchEvent } from '../store.ts';
import { CHANGE_LOG_REVISIONS_MAX, type LeaseRow, type ReadTables, type WriteTables } from '../transact.ts';
import type { ChangePage } from '../watching.ts';
import type { LmdbRoot } from './lmdb-env.ts';

export const FORMAT = 'coprhd-state 1';

const CHANGE_PAGE_ROWS_MAX = 256;
/** Larger values are looked up when a watcher reads the change, so that blobs aren't stored twice. */
const LOGGED_VALUE_LENGTH_MAX = 16_384;
/** Rows that one transaction removes at most, so that a shrunk bound doesn't stall a writer. */
const COMPACT_ROWS_MAX = 64;

const bytesOf = (tag: string, rest: string): Buffer => Buffer.from(tag + rest, 'utf8');
const FORMAT_KEY = bytesOf('s', 'format');
const REVISION_KEY = bytesOf('s', 'revision');

function changeKey(revision: Revision): Buffer {
  const key = Buffer.alloc(9, 'c');
  key.writeBigUInt64BE(BigInt(revision), 1);
  return key;
}

/** The first key that is greater than every key with this prefix. No UTF-8 text has a byte 0xff. */
const endOf = (prefix: Buffer): Buffer => Buffer.concat([prefix, Buffer.of(0xff)]);
const justAfter = (key: Buffer): Buffer => Buffer.concat([key, Buffer.of(0)]);

function encodeItem(item: KeyValue): string {
  return `${item.createRevision} ${item.modRevision} ${item.lease ?? '-'}\n${item.value}`;
}

function decodeItem(key: string, text: string): KeyValue {
  const end = text.indexOf('\n');
  const [create, mod, lease] = text.slice(0, Math.max(0, end)).split(' ');
  const createRevision = Number(create);
  const modRevision = Number(mod);
  if (!(createRevision > 0 && modRevision > 0) || lease === undefined) {
    throw new StoreDamagedError(`the state is damaged: the value of ${key} has no revision`);
  }
  const value = text.slice(end + 1);
  return { key, value, createRevision, modRevision, ...(lease === '-' ? {} : { lease }) };
}

/** A change as it is logged: a put without its value refers to the item, unless that was written again. */
type LoggedChange =
  | { readonly d: string }
  | { readonly p: string; readonly c: Revision; readonly l?: string; readonly v?: string };

function logged(event: WatchEvent): LoggedChange {
  if (event.type === 'delete') return { d: event.key };
  const { key, value, createRevision, lease } = event.item;
  return {
    p: key,
    c: createRevision,
    ...(lease === undefined ? {} : { l: lease }),
    ...(value.length > LOGGED_VALUE_LENGTH_MAX ? {} : { v: value }),
  };
}

/** Reads within one transaction, or in the newest state when there is none given. */
export class LmdbReadTables implements ReadTables {
  protected readonly root: LmdbRoot;
  readonly #options: { transaction?: Transaction };

  constructor(root: LmdbRoot, transaction?: Transaction) {
    this.root = root;
    this.#options = transaction ? { transaction } : {};
  }

  format(): string | undefined {
    return this.#get(FORMAT_KEY);
  }

  revision(): Revision {
    return Number(this.#get(REVISION_KEY) ?? 0);
  }

  item(key: string): KeyValue | undefined {
    const text = this.#get(bytesOf('d', key));
    return text === undefined ? undefined : decodeItem(key, text);
  }

  *scan(prefix: string, after?: string): Iterable<KeyValue> {
    const first = bytesOf('d', prefix);
    const next = after === undefined ? first : justAfter(bytesOf('d', after));
    const start = Buffer.compare(next, first) > 0 ? next : first;
    for (const { key, value } of this.root.getRange({ start, end: endOf(first), ...this.#options })) {
      const name = key.toString('utf8', 1);
      yield decodeItem(name, value);
    }
  }

  lease(id: string): LeaseRow | undefined {
    const text = this.#get(bytesOf('l', id));
    return text === undefined ? undefined : (JSON.parse(text) as LeaseRow);
  }

  leases(): readonly LeaseRow[] {
    const start = bytesOf('l', '');
    const range = this.root.getRange({ start, end: endOf(start), ...this.#options });
    return Array.from(range, ({ value }) => JSON.parse(value) as LeaseRow);
  }

  changes(from: Revision): ChangePage {
    const revision = this.revision();
    const page = { revision, oldest: this.oldestChange() ?? revision + 1 };
    if (from < page.oldest || from > revision) return { ...page, rows: [], more: false };
    const range = { start: changeKey(from), end: changeKey(revision + 1), limit: CHANGE_PAGE_ROWS_MAX };
    const rows = Array.from(this.root.getRange({ ...range, ...this.#options }), ({ key, value }) => {
      const rowRevision = Number(key.readBigUInt64BE(1));
      return { revision: rowRevision, events: this.#events(rowRevision, value) };
    });
    return { ...page, rows, more: rows.length === CHANGE_PAGE_ROWS_MAX };
  }

  protected oldestChange(): Revision | undefined {
    const range = { start: changeKey(0), end: endOf(bytesOf('c', '')), limit: 1 };
    for (const key of this.root.getKeys({ ...range, ...this.#options })) return Number(key.readBigUInt64BE(1));
    return undefined;
  }

  #events(modRevision: Revision, text: string): WatchEvent[] {
    return (JSON.parse(text) as LoggedChange[]).flatMap((change): WatchEvent[] => {
      if ('d' in change) return [{ type: 'delete', key: change.d, modRevision }];
      const { p: key, c: createRevision, l: lease, v } = change;
      const current = v === undefined ? this.item(key) : undefined;
      // Written again since: the later change is in the log too and carries what counts.
      if (v === undefined && current?.modRevision !== modRevision) return [];
      const value = v ?? current!.value;
      return [{ type: 'put', item: { key, value, createRevision, modRevision, ...(lease ? { lease } : {}) } }];
    });
  }

  #get(key: Buffer): string | undefined {
    return this.root.get(key, this.#options);
  }
}

/** Only inside `root.transactionSync`. Counts what it writes, for the reservation of disk space. */
export class LmdbWriteTables extends LmdbReadTables implements WriteTables {
  #writes = 0;
  #bytes = 0;

  /** Pages that the transaction can use at most: values, and for each write the copies and splits on its way down. */
  pagesMax(): number {
    const { treeLeafPageCount, treeBranchPageCount, pageSize, treeDepth } = this.root.getStats() as Record<
      'treeLeafPageCount' | 'treeBranchPageCount' | 'pageSize' | 'treeDepth',
      number
    >;
    const copied = Math.min(this.#writes * (treeDepth + 1), treeLeafPageCount + treeBranchPageCount);
    return copied + 2 * this.#writes + 2 * Math.ceil(this.#bytes / pageSize) + 64;
  }

  begin(): void {
    if (this.format() === undefined) this.#put(FORMAT_KEY, FORMAT);
  }

  keysOfLease(id: string): readonly string[] {
    const prefix = bytesOf('k', `${id}/`);
    return Array.from(this.root.getKeys({ start: prefix, end: endOf(prefix) }), (key) =>
      key.toString('utf8', prefix.length),
    );
  }

  putItem(item: KeyValue, previous: KeyValue | undefined): void {
    if (previous?.lease !== undefined && previous.lease !== item.lease) this.#removeLeaseKey(previous);
    if (item.lease !== undefined) this.#put(bytesOf('k', `${item.lease}/${item.key}`), '1');
    this.#put(bytesOf('d', item.key), encodeItem(item));
  }

  deleteItem(previous: KeyValue): void {
    this.#removeLeaseKey(previous);
    this.#remove(bytesOf('d', previous.key));
  }

  putLease(row: LeaseRow): void {
    this.#put(bytesOf('l', row.id), JSON.stringify(row));
  }

  deleteLease(id: string): void {
    this.#remove(bytesOf('l', id));
  }

  commitRevision(revision: Revision, events: readonly WatchEvent[]): void {
    this.#put(REVISION_KEY, String(revision));
    this.#put(changeKey(revision), JSON.stringify(events.map(logged)));
    const keepFrom = revision - CHANGE_LOG_REVISIONS_MAX + 1;
    for (let removed = 0; removed < COMPACT_ROWS_MAX; removed++) {
      const oldest = keepFrom > 1 ? this.oldestChange() : undefined;
      if (oldest === undefined || oldest >= keepFrom) return;
      this.#remove(changeKey(oldest));
    }
  }

  #removeLeaseKey(item: KeyValue): void {
    if (item.lease !== undefined) this.#remove(bytesOf('k', `${item.lease}/${item.key}`));
  }

  #put(key: Buffer, value: string): void {
    this.#writes++;
    this.#bytes += key.length + Buffer.byteLength(value);
    this.root.putSync(key, value);
  }

  #remove(key: Buffer): void {
    this.#writes++;
    this.root.removeSync(key);
  }
}
