/** A state on a real etcd that can be saved and put back, as a directory can be copied. */
import { openEtcdStore } from '../../../src/engine/state/etcd/etcd-store.ts';
import { type Operation, rangeAll, type StateStore } from '../../../src/engine/state/store.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { systemRandom } from '../../../src/lib/random.ts';
import type { EtcdCluster } from '../../support/etcd-cluster.ts';

export interface SharedState {
  readonly url: string;
  save(name: string): Promise<void>;
  /** Also ends what is there of processes that died since. */
  restore(name: string): Promise<void>;
  close(): Promise<void>;
}

export async function etcdState(cluster: EtcdCluster, prefix: string): Promise<SharedState> {
  const store = await openEtcdStore({
    location: cluster.location(prefix),
    clock: systemClock,
    random: systemRandom,
  });
  const saved = new Map<string, ReadonlyMap<string, string>>();
  return {
    url: cluster.url(prefix),
    save: async (name) => {
      const pairs = new Map<string, string>();
      for (const { key, value, lease } of await readAll(store)) if (lease === undefined) pairs.set(key, value);
      saved.set(name, pairs);
    },
    restore: async (name) => writeAll(store, saved.get(name)!),
    close: () => store.close(),
  };
}

async function readAll(store: StateStore) {
  const items = [];
  const snapshot = await store.snapshot();
  try {
    for await (const item of rangeAll(snapshot, '')) items.push(item);
  } finally {
    snapshot.close();
  }
  return items;
}

/** Only what differs. */
async function writeAll(store: StateStore, wanted: ReadonlyMap<string, string>): Promise<void> {
  const there = new Map((await readAll(store)).map(({ key, value }) => [key, value]));
  const operations: Operation[] = [
    ...[...there.keys()].filter((key) => !wanted.has(key)).map((key): Operation => ({ type: 'delete', key })),
    ...[...wanted]
      .filter(([key, value]) => there.get(key) !== value)
      .map(([key, value]): Operation => ({ type: 'put', key, value })),
  ];
  for (let at = 0; at < operations.length; at += LIMITS.txnOperationsMax / 2) {
    await store.txn({ success: operations.slice(at, at + LIMITS.txnOperationsMax / 2) });
  }
}
