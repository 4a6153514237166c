/** What the parts of the store conformance suite share. */
import { type Operation, rangeAll, type StateStore } from '../../src/engine/state/store.ts';
import type { Clock, createVirtualClock } from '../../src/lib/clock.ts';

export interface OpenedStore {
  readonly store: StateStore;
  readonly reopen?: () => Promise<StateStore>;
  readonly secondClient?: () => Promise<StateStore>;
  readonly dispose?: () => Promise<void>;
}

export type OpenStore = (clock: Clock) => Promise<OpenedStore>;

export const put = (key: string, value = key) => ({ type: 'put', key, value }) as const;
export const write = (store: StateStore, ...operations: Operation[]) => store.txn({ success: operations });
export const keysOf = async (store: StateStore, prefix: string) => {
  const keys: string[] = [];
  for await (const item of rangeAll(store, prefix)) keys.push(item.key);
  return keys;
};

export interface Context {
  readonly clock: ReturnType<typeof createVirtualClock>;
  opened: OpenedStore;
  store: StateStore;
}
