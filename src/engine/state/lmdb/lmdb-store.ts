/**
 * The store of one machine, on LMDB: several processes may have it open at once, without a lock of ours. Everything
 * above relies on the contract in store.ts only. What a transaction writes is on disk when its promise resolves: commits
 * are synchronous, and transactions that wait together share one commit. Compares are evaluated inside LMDB's write
 * transaction, of which there is one at a time on the machine. A process that dies inside it leaves nothing behind.
 */
import type { Clock } from '../../../lib/clock.ts';
import { type Random, uuid } from '../../../lib/random.ts';
import { type Lease, LeaseLostError, type Snapshot, type StateStore, StoreDamagedError, StoreError } from '../store.ts';
import {
  checkLimits,
  endLease,
  hasExpired,
  readKey,
  readRange,
  reapExpired,
  renewLease,
  transact,
} from '../transact.ts';
import { type ChangeSource, watchChanges } from '../watching.ts';
import { type LmdbEnv, mapError, openLmdbEnv } from './lmdb-env.ts';
import { FORMAT, LmdbReadTables, LmdbWriteTables } from './lmdb-tables.ts';

export interface LmdbStoreOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly random: Random;
  /** For reading where nothing may be written. Creates nothing but LMDB's own lock file, where that is possible. */
  readonly readOnly?: boolean;
  /** Make the store when there is none. Otherwise StoreMissingError. */
  readonly create?: boolean;
}

/** How often a watcher looks for what other processes wrote. */
const WATCH_POLL_MS = 50;
/** Reads without giving way to timers and other work. */
const READS_A_TURN = 512;
/** Transactions that share a commit at most. */
const COMMIT_BATCH_MAX = 256;

/** Rejects with StoreMissingError, StoreDamagedError, or another StoreError. */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<StateStore> {
  const { create = false, readOnly = false } = options;
  const env = openLmdbEnv(options.directory, { create, readOnly });
  try {
    const format = new LmdbReadTables(env.root).format();
    if (format !== undefined && format !== FORMAT) {
      throw new StoreDamagedError(`${options.directory} holds "${format}", not a state that this version reads`);
    }
    if (format === undefined && env.root.getKeysCount({ limit: 1, start: Buffer.of(0) }) > 0) {
      throw new StoreDamagedError(`${options.directory} holds an LMDB database that is not a state`);
    }
    return new LmdbStore(env, options);
  } catch (error) {
    await env.close();
    throw mapError(error, `can't open the state in ${options.directory}`);
  }
}

interface Job {
  readonly work: (tables: LmdbWriteTables) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

class LmdbStore implements StateStore {
  readonly description: string;
  readonly #env: LmdbEnv;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #readOnly: boolean;
  readonly #closing = new AbortController();
  readonly #snapshots = new Set<Snapshot>();
  readonly #watchers = new Set<() => void>();
  #reads = 0;
  #queue: Job[] = [];
  #draining: Promise<void> | undefined;

  constructor(env: LmdbEnv, options: LmdbStoreOptions) {
    this.#env = env;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#readOnly = options.readOnly ?? false;
    this.description = `lmdb:${options.directory}`;
  }

  async get(key: Parameters<StateStore['get']>[0]): ReturnType<StateStore['get']> {
    await this.#breathe();
    return this.#read((tables) => readKey(tables, key, this.#clock.nowMs()));
  }

  async range(request: Parameters<StateStore['range']>[0]): ReturnType<StateStore['range']> {
    return this.#read((tables) => readRange(tables, request, this.#clock.nowMs()));
  }

  async txn(txn: Parameters<StateStore['txn']>[0]): ReturnType<StateStore['txn']> {
    checkLimits(txn);
    return this.#write((tables) => transact(tables, txn, this.#clock.nowMs()));
  }

  async snapshot(): Promise<Snapshot> {
    return this.#read(() => {
      const nowMs = this.#clock.nowMs();
      const transaction = this.#env.root.useReadTransaction();
      const tables = new LmdbReadTables(this.#env.root, transaction);
      let open = true;
      const read = <T>(work: () => T): T => {
        if (!open) throw new StoreError('the snapshot is closed', { unknown: false });
        try {
          return work();
        } catch (error) {
          throw mapError(error, `can't read ${this.description}`);
        }
      };
      const snapshot: Snapshot = {
        revision: tables.revision(),
        get: async (key) => {
          await this.#breathe();
          return read(() => readKey(tables, key, nowMs));
        },
        range: async (request) => read(() => readRange(tables, request, nowMs)),
        close: () => {
          if (!open) return;
          open = false;
          this.#snapshots.delete(snapshot);
          transaction.done();
        },
      };
      this.#snapshots.add(snapshot);
      return snapshot;
    });
  }

  watch(...[prefix, fromRevision, signal]: Parameters<StateStore['watch']>): ReturnType<StateStore['watch']> {
    const source: ChangeSource = {
      changes: (from) => this.#read((tables) => tables.changes(from)),
      onMaybeChanged: (wake) => {
        this.#watchers.add(wake);
        const stop = this.#clock.every(WATCH_POLL_MS, () => {
          this.#reapSoon();
          wake();
        });
        return () => {
          this.#watchers.delete(wake);
          stop();
        };
      },
    };
    return watchChanges(source, prefix, fromRevision, AbortSignal.any([signal, this.#closing.signal]));
  }

  async grantLease(ttlMs: number): Promise<Lease> {
    if (!(ttlMs > 0)) throw new RangeError(`a lease lasts ${ttlMs} ms`);
    const id = uuid(this.#random);
    const endsAtMs = () => this.#clock.nowMs() + ttlMs;
    let expiresAtMs = await this.#write((tables) => {
      const row = { id, ttlMs, expiresAtMs: endsAtMs() };
      tables.putLease(row);
      return row.expiresAtMs;
    });
    return {
      id,
      ttlMs,
      get expiresAtMs() {
        return expiresAtMs;
      },
      renew: async () => {
        expiresAtMs = await this.#write((tables) => renewLease(tables, id, this.#clock.nowMs()));
      },
      revoke: () => this.#write((tables) => endLease(tables, id)),
    };
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    await this.#draining;
    this.#closing.abort();
    for (const snapshot of [...this.#snapshots]) snapshot.close();
    await this.#env.close();
  }

  /** Reads need no waiting, so that many would be one long turn: leases must be renewed in between. */
  #breathe(): Promise<void> | undefined {
    if (++this.#reads % READS_A_TURN !== 0) return undefined;
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** The newest state, also what other processes committed a moment ago: the library would keep an older view a while. */
  #read<T>(work: (tables: LmdbReadTables) => T): T {
    this.#checkOpen();
    try {
      this.#env.root.resetReadTxn();
      return work(new LmdbReadTables(this.#env.root));
    } catch (error) {
      throw mapError(error, `can't read ${this.description}`);
    }
  }

  #write<T>(work: (tables: LmdbWriteTables) => T): Promise<T> {
    this.#checkOpen();
    if (this.#readOnly) throw new StoreError(`${this.description} is open for reading only`, { unknown: false });
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve, reject });
      // The next turn of the loop, so that everything that is asked for in this one shares a commit.
      this.#draining ??= new Promise((done) => {
        setImmediate(() => {
          while (this.#queue.length > 0) this.#commit(this.#queue.splice(0, COMMIT_BATCH_MAX));
          this.#draining = undefined;
          done();
        });
      });
    });
  }

  #commit(jobs: readonly Job[]): void {
    const outcomes: (() => void)[] = [];
    let committing = false;
    try {
      this.#env.root.transactionSync(() => {
        const tables = new LmdbWriteTables(this.#env.root);
        tables.begin();
        for (const job of jobs) outcomes.push(runJob(job, tables));
        this.#env.reserve(tables.pagesMax());
        committing = true;
      });
    } catch (error) {
      const mapped = mapError(error, `can't write ${this.description}`, committing);
      for (const job of jobs) job.reject(mapped);
      return;
    }
    for (const settle of outcomes) settle();
    for (const wake of this.#watchers) wake();
  }

  /** So that watchers hear of leases that ended when nobody writes. */
  #reapSoon(): void {
    if (this.#readOnly || this.#closing.signal.aborted || this.#draining) return;
    const nowMs = this.#clock.nowMs();
    if (!this.#read((tables) => hasExpired(tables.leases(), nowMs))) return;
    // A failure shows up in the next call that anybody waits for.
    this.#write((tables) => reapExpired(tables, this.#clock.nowMs())).catch(() => undefined);
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new StoreError(`${this.description} is closed`, { unknown: false });
  }
}

/** A lost lease concerns its own transaction and wrote nothing; any other error undoes the whole commit. */
function runJob(job: Job, tables: LmdbWriteTables): () => void {
  try {
    const result = job.work(tables);
    return () => job.resolve(result as never);
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    return () => job.reject(error);
  }
}
