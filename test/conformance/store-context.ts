/** What the parts of the store conformance suite share. */
import { expect } from 'vitest';
import { type Operation, rangeAll, type StateStore } from '../../src/engine/state/store.ts';
import { type Clock, type createVirtualClock, systemClock } from '../../src/lib/clock.ts';

export interface OpenedStore {
  readonly store: StateStore;
  readonly reopen?: () => Promise<StateStore>;
  readonly secondClient?: () => Promise<StateStore>;
  readonly dispose?: () => Promise<void>;
  /** Its leases count real seconds, whatever clock it was given, and end up to LATE_MS late. */
  readonly onRealTime?: boolean;
  /** Others may move its revisions too, and so may a write that changes nothing. */
  readonly sharedRevisions?: boolean;
  /** Forgets all changes so far, as far as watches go. Without it 5,000 further ones do that. */
  readonly compact?: () => Promise<void>;
}

/** etcd looks for ended leases twice a second, and after a new leader was chosen, which may take longer, too. */
const LATE_MS = 2_000;

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
  /** Revision before anything was written. */
  base: number;
}

export async function openContext(context: Context, open: OpenStore): Promise<void> {
  context.opened = await open(context.clock);
  context.store = context.opened.store;
  context.base = (await context.store.range({ prefix: '' })).revision;
}

/** On real time short, but with room for a machine that is busy. */
export const ttlOf = ({ opened }: Context): number => (opened.onRealTime ? 3_000 : 10_000);

export async function pass({ opened, clock }: Context, durationMs: number): Promise<void> {
  if (opened.onRealTime) await systemClock.sleep(durationMs);
  else clock.advance(durationMs);
}

/** After this a lease that ends `durationMs` from now has ended for everybody. */
export async function passEnd(context: Context, durationMs: number): Promise<void> {
  await pass(context, durationMs + (context.opened.onRealTime ? LATE_MS : 0));
}

/** `after` is one revision later than `before`; or at least later, where others count too. */
export function expectNextRevision({ opened }: Context, before: number, after: number): void {
  if (opened.sharedRevisions) expect(after).toBeGreaterThan(before);
  else expect(after).toBe(before + 1);
}
