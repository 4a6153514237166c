/**
 * The store in memory, for tests, the simulator and reading old states. Exactly the contract of store.ts, in one process;
 * `client()` gives further clients of the same data, each with a life of its own, as several processes would have.
 */
import type { Clock } from '../../../lib/clock.ts';
import { type Random, uuid } from '../../../lib/random.ts';
import { type Lease, type Snapshot, type StateStore, StoreError } from '../store.ts';
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
import { MemoryTables } from './memory-tables.ts';

export interface MemoryStore extends StateStore {
  client(): MemoryStore;
}

interface Shared {
  readonly tables: MemoryTables;
  readonly clock: Clock;
  readonly random: Random;
  readonly watchers: Set<() => void>;
}

/** How often an idle watcher looks for leases that ended. */
const LEASE_CHECK_MS = 100;

export function createMemoryStore(options: { clock: Clock; random: Random }): MemoryStore {
  return createClient({ tables: new MemoryTables(), ...options, watchers: new Set() });
}

/** Runs a write and tells the watchers when it changed something. */
function write<T>(shared: Shared, work: () => T): T {
  const before = shared.tables.revision();
  try {
    return work();
  } finally {
    if (shared.tables.revision() !== before) for (const wake of shared.watchers) wake();
  }
}

/** In memory there is no reason to hide what has expired: it is gone before anybody looks. */
function reap(shared: Shared): void {
  const nowMs = shared.clock.nowMs();
  if (hasExpired(shared.tables.leases(), nowMs)) write(shared, () => reapExpired(shared.tables, nowMs));
}

function changeSource(shared: Shared): ChangeSource {
  return {
    changes: (from) => shared.tables.changes(from),
    onMaybeChanged: (wake) => {
      shared.watchers.add(wake);
      const stop = shared.clock.every(LEASE_CHECK_MS, () => reap(shared));
      return () => {
        shared.watchers.delete(wake);
        stop();
      };
    },
  };
}

function createLease(shared: Shared, ttlMs: number, checkOpen: () => void): Lease {
  const { tables, clock } = shared;
  const id = uuid(shared.random);
  let expiresAtMs = clock.nowMs() + ttlMs;
  tables.putLease({ id, ttlMs, expiresAtMs });
  return {
    id,
    ttlMs,
    get expiresAtMs() {
      return expiresAtMs;
    },
    renew: async () => {
      checkOpen();
      expiresAtMs = write(shared, () => renewLease(tables, id, clock.nowMs()));
    },
    revoke: async () => {
      checkOpen();
      write(shared, () => endLease(tables, id));
    },
  };
}

function createSnapshot(shared: Shared): Snapshot {
  reap(shared);
  const nowMs = shared.clock.nowMs();
  const { tables, release } = shared.tables.snapshot();
  let open = true;
  const reading = () => {
    if (!open) throw new StoreError('the snapshot is closed', { unknown: false });
    return tables;
  };
  return {
    revision: tables.revision(),
    get: async (key) => readKey(reading(), key, nowMs),
    range: async (request) => readRange(reading(), request, nowMs),
    close: () => {
      open = false;
      release();
    },
  };
}

function createClient(shared: Shared): MemoryStore {
  const { tables, clock } = shared;
  const closing = new AbortController();
  const checkOpen = () => {
    if (closing.signal.aborted) throw new StoreError('the store is closed', { unknown: false });
  };
  return {
    description: 'memory',
    client: () => createClient(shared),
    get: async (key) => {
      checkOpen();
      reap(shared);
      return readKey(tables, key, clock.nowMs());
    },
    range: async (request) => {
      checkOpen();
      reap(shared);
      return readRange(tables, request, clock.nowMs());
    },
    snapshot: async () => {
      checkOpen();
      return createSnapshot(shared);
    },
    txn: async (txn) => {
      checkOpen();
      checkLimits(txn);
      return write(shared, () => transact(tables, txn, clock.nowMs()));
    },
    watch: (prefix, fromRevision, signal) =>
      watchChanges(changeSource(shared), prefix, fromRevision, AbortSignal.any([signal, closing.signal])),
    grantLease: async (ttlMs) => {
      checkOpen();
      if (!(ttlMs > 0)) throw new RangeError(`a lease lasts ${ttlMs} ms`);
      return createLease(shared, ttlMs, checkOpen);
    },
    close: async () => closing.abort(),
  };
}
