/**
 * The StateStore contract, shaped on etcd (KV, Txn, Watch, Lease). Whoever implements it passes
 * test/conformance/store.ts. Everything above this file relies on these promises:
 *
 * - Revisions grow with each write transaction that changes something, over all keys. By one, and only then, in memory and
 *   LMDB; on etcd others who write to the cluster, and a transaction that deletes what isn't there, move them too.
 * - A transaction is atomic and isolated; when its promise resolves it survives a crash of machine or process.
 * - Ceilings are etcd's in every store: LIMITS.txnOperationsMax compares or operations, LIMITS.requestBytesMax a request;
 *   beyond them `txn` throws RangeError and changes nothing.
 * - Several processes may use one store at once (memory: several clients of one instance).
 * - Values are UTF-8 text (JSON above this layer). Keys are 1 to KEY_BYTES_MAX bytes of UTF-8, else RangeError.
 * - As in etcd, one transaction writes a key at most once (an assertion: it is a bug of the caller).
 * - A key with a lease stays until its lease ends, and is not visible any more from then on, whoever asks. The holder's
 *   `expiresAtMs` is never later than that; on etcd the key may stay a second or two longer.
 */

/** What LMDB's pages admit with room for our own prefixes. */
export const KEY_BYTES_MAX = 1_024;

/** Global and strictly growing; 0 = "does not exist" in compares. */
export type Revision = number;

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  /** Set when the key vanishes with a lease. */
  readonly lease?: string;
}

export type Compare =
  /** The key was last written at exactly this revision; 0 = it does not exist. */
  | { readonly key: string; readonly modRevision: Revision }
  | { readonly key: string; readonly exists: boolean }
  | { readonly key: string; readonly value: string };

export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: string; readonly lease?: string }
  | { readonly type: 'delete'; readonly key: string }
  | { readonly type: 'delete-prefix'; readonly prefix: string }
  | { readonly type: 'get'; readonly key: string };

export interface Txn {
  readonly compare?: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure?: readonly Operation[];
}

export interface TxnResult {
  readonly succeeded: boolean;
  /** Revision of the store after the transaction. */
  readonly revision: Revision;
  /** One entry for each `get` of the branch that ran, in order. */
  readonly gets: readonly (KeyValue | undefined)[];
}

export interface RangeRequest {
  readonly prefix: string;
  /** Start after this key (exclusive): how pages go on. */
  readonly after?: string;
  /** Default and ceiling LIMITS.rangePageMax. */
  readonly limit?: number;
  readonly keysOnly?: boolean;
}

export interface RangeResult {
  readonly revision: Revision;
  /** Sorted by key, bytewise. */
  readonly items: readonly KeyValue[];
  readonly more: boolean;
}

/** Reads at one revision, unaffected by writes that come later. Must be closed. */
export interface Snapshot {
  readonly revision: Revision;
  get(key: string): Promise<KeyValue | undefined>;
  range(request: RangeRequest): Promise<RangeResult>;
  close(): void;
}

export type WatchEvent =
  | { readonly type: 'put'; readonly item: KeyValue }
  | { readonly type: 'delete'; readonly key: string; readonly modRevision: Revision };

export type WatchBatch =
  | { readonly type: 'events'; readonly revision: Revision; readonly events: readonly WatchEvent[] }
  /** Changes were compacted away before they could be read: list again, then watch from `revision` + 1. */
  | { readonly type: 'gap'; readonly revision: Revision };

export interface Lease {
  readonly id: string;
  readonly ttlMs: number;
  /** When it ends unless renewed, on the store's clock. */
  readonly expiresAtMs: number;
  /** Extends by the TTL. Rejects with LeaseLostError when it is gone. */
  renew(): Promise<void>;
  /** Deletes its keys. */
  revoke(): Promise<void>;
}

export class LeaseLostError extends Error {
  override name = 'LeaseLostError';
}

/** The store itself failed (unreachable, disk full, damaged). `unknown`: the write may or may not have happened. */
export class StoreError extends Error {
  override name = 'StoreError';
  readonly unknown: boolean;
  constructor(message: string, options: { unknown: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.unknown = options.unknown;
  }
}

/** There is no store where one was expected, and it was not to be created. */
export class StoreMissingError extends StoreError {
  override name = 'StoreMissingError';
  constructor(message: string) {
    super(message, { unknown: false });
  }
}

/** What is there can't be read as a store, or a stored value can't be read as what its key says. */
export class StoreDamagedError extends StoreError {
  override name = 'StoreDamagedError';
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { unknown: false, cause: options.cause });
  }
}

export interface StateStore {
  /** For messages: `memory`, `lmdb:/path`, `etcd://a:2379/prefix`. */
  readonly description: string;
  get(key: string): Promise<KeyValue | undefined>;
  range(request: RangeRequest): Promise<RangeResult>;
  snapshot(): Promise<Snapshot>;
  txn(txn: Txn): Promise<TxnResult>;
  /**
   * Changes under a prefix with revision >= fromRevision, in order, until the signal is aborted (the iteration then ends
   * without an error). A put that was overwritten before it was read may be left out when its value was large. Waiting
   * for changes doesn't keep the process alive, but on etcd, where it holds a connection.
   */
  watch(prefix: string, fromRevision: Revision, signal: AbortSignal): AsyncIterable<WatchBatch>;
  grantLease(ttlMs: number): Promise<Lease>;
  close(): Promise<void>;
}

/** Reads a whole prefix, page by page, from one consistent snapshot. */
export async function* rangeAll(
  source: Pick<Snapshot, 'range'>,
  prefix: string,
  options: { keysOnly?: boolean } = {},
): AsyncIterable<KeyValue> {
  let after: string | undefined;
  for (;;) {
    const page = await source.range({ prefix, ...options, ...(after === undefined ? {} : { after }) });
    yield* page.items;
    const last = page.items.at(-1);
    if (!page.more || last === undefined) return;
    after = last.key;
  }
}
