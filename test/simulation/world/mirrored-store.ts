/** The true state, with everything in it readable at once: what the invariants look at in the middle of somebody's call. */
import { createMemoryStore, type MemoryStore } from '../../../src/engine/state/memory/memory-store.ts';
import type { Operation, Txn } from '../../../src/engine/state/store.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import type { Random } from '../../../src/lib/random.ts';

export interface MirroredStore extends MemoryStore {
  /** Values by key, as they are now; keys of leases that ended may still be there. */
  readonly mirror: ReadonlyMap<string, string>;
}

export function createMirroredStore(options: {
  readonly clock: Clock;
  readonly random: Random;
  /** Right before the mirror changes: both worlds can be seen. */
  readonly onChange: (operations: readonly Operation[]) => void;
}): MirroredStore {
  const mirror = new Map<string, string>();
  const applied = (operations: readonly Operation[]) => {
    for (const operation of operations) {
      if (operation.type === 'put') mirror.set(operation.key, operation.value);
      else if (operation.type === 'delete') mirror.delete(operation.key);
      else if (operation.type === 'delete-prefix') {
        for (const key of mirror.keys()) if (key.startsWith(operation.prefix)) mirror.delete(key);
      }
    }
  };
  const mirrored = (store: MemoryStore): MirroredStore => ({
    ...store,
    mirror,
    client: () => mirrored(store.client()),
    txn: async (txn: Txn) => {
      const result = await store.txn(txn);
      const operations = result.succeeded ? txn.success : (txn.failure ?? []);
      options.onChange(operations);
      applied(operations);
      return result;
    },
  });
  return mirrored(createMemoryStore(options));
}
