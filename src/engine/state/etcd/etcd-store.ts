/**
 * The store of several machines, on etcd. Everything above relies on the contract in store.ts only. Reads are
 * linearizable; a snapshot is a revision. What is particular here, and why: docs/adr/0011. Installations share a cluster
 * by prefix, and the cluster's revisions: they grow also when others write.
 */
import type { Clock } from '../../../lib/clock.ts';
import type { Random } from '../../../lib/random.ts';
import type { EtcdLocation } from '../location.ts';
import { type Lease, type Revision, type Snapshot, type StateStore, StoreError } from '../store.ts';
import { checkLimits } from '../transact.ts';
import { BatchedReads } from './batched-reads.ts';
import { EtcdConnection } from './connection.ts';
import { readCredentials } from './credentials.ts';
import { grantLease } from './etcd-leases.ts';
import { watchEtcd } from './etcd-watch.ts';
import { toStoreError } from './failures.ts';
import { leaseIdOf } from './lease-id.ts';
import { Transactions } from './lost-answers.ts';
import { Markers } from './markers.ts';
import { type ReadRange, readPage } from './pages.ts';
import { getRequest, type KeySpace, keySpace } from './requests.ts';

export interface EtcdStoreOptions {
  readonly location: EtcdLocation;
  /** Leases are told in its time. Deadlines of calls are real. */
  readonly clock: Clock;
  readonly random: Random;
}

/** Asks nobody yet: the first call finds out whether there is somebody. Throws StoreError for unreadable credentials. */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<StateStore> {
  const { location, random } = options;
  const credentials = location.tls && (await readCredentials(location.tls));
  const connection = new EtcdConnection(location.endpoints, {
    first: random.fraction(),
    ...(credentials ? { credentials } : {}),
  });
  return new EtcdStore(connection, options);
}

class EtcdStore implements StateStore {
  readonly description: string;
  readonly #connection: EtcdConnection;
  readonly #space: KeySpace;
  readonly #markers: Markers;
  readonly #transactions: Transactions;
  readonly #reads: BatchedReads;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #closing = new AbortController();

  constructor(connection: EtcdConnection, { location, clock, random }: EtcdStoreOptions) {
    this.description = location.text;
    this.#connection = connection;
    this.#space = keySpace(`${location.prefix}:s/`);
    this.#markers = new Markers(connection, keySpace(`${location.prefix}:q/`), random);
    this.#transactions = new Transactions(connection, this.#space, this.#markers, this.description);
    this.#reads = new BatchedReads(connection, this.#space);
    this.#clock = clock;
    this.#random = random;
  }

  async get(key: Parameters<StateStore['get']>[0]): ReturnType<StateStore['get']> {
    return this.#reading(() => this.#reads.get(key));
  }

  async range(request: Parameters<StateStore['range']>[0]): ReturnType<StateStore['range']> {
    return this.#reading(() => readPage(this.#readRange, this.#space, request));
  }

  async snapshot(): Promise<Snapshot> {
    const revision = await this.#reading(() => this.#revision());
    let open = true;
    const read = <T>(work: () => Promise<T>): Promise<T> => {
      if (!open) throw new StoreError('the snapshot is closed', { unknown: false });
      return this.#reading(work);
    };
    return {
      revision,
      get: async (key) => read(() => this.#reads.get(key, revision)),
      range: async (request) => read(() => readPage(this.#readRange, this.#space, request, revision)),
      close: () => {
        open = false;
      },
    };
  }

  async txn(txn: Parameters<StateStore['txn']>[0]): ReturnType<StateStore['txn']> {
    checkLimits(txn);
    this.#checkOpen();
    try {
      return await this.#transactions.run(txn);
    } catch (error) {
      throw toStoreError(error, `can't write ${this.description}`, { unknown: true });
    }
  }

  watch(...[prefix, fromRevision, signal]: Parameters<StateStore['watch']>): ReturnType<StateStore['watch']> {
    const options = {
      connection: this.#connection,
      space: this.#space,
      description: this.description,
      currentRevision: () => this.#revision(),
    };
    return watchEtcd(options, prefix, fromRevision, AbortSignal.any([signal, this.#closing.signal]));
  }

  async grantLease(ttlMs: number): Promise<Lease> {
    if (!(ttlMs > 0)) throw new RangeError(`a lease lasts ${ttlMs} ms`);
    this.#checkOpen();
    const id = leaseIdOf(this.#random);
    return grantLease(this.#connection, { id, ttlMs, clock: this.#clock, description: this.description });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#markers.close();
    this.#connection.close();
  }

  readonly #readRange: ReadRange = (request) => this.#reads.range(request);

  /** Of the newest write that anybody was told of. */
  async #revision(): Promise<Revision> {
    const request = { ...getRequest(this.#space, ''), count_only: true };
    const answer = await this.#connection.repeat((client, options) => client.kv.range(request, options));
    return Number(answer.header.revision);
  }

  async #reading<T>(work: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    try {
      return await work();
    } catch (error) {
      throw toStoreError(error, `can't read ${this.description}`, { unknown: false });
    }
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new StoreError(`${this.description} is closed`, { unknown: false });
  }
}
