/** The part of the store conformance suite that is about time: watches, leases, ceilings, restarts. See store.ts. */
import { expect, it } from 'vitest';
import {
  KEY_BYTES_MAX,
  LeaseLostError,
  type Operation,
  type StateStore,
  StoreError,
  type WatchBatch,
} from '../../src/engine/state/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { LIMITS } from '../../src/lib/limits.ts';
import { type Context, keysOf, type OpenStore, pass, passEnd, put, ttlOf, write } from './store-context.ts';

/** Collects batches until `done` says so; the watch is then ended. */
export async function collect(
  store: StateStore,
  prefix: string,
  fromRevision: number,
  done: (batches: readonly WatchBatch[]) => boolean,
): Promise<WatchBatch[]> {
  const controller = new AbortController();
  const batches: WatchBatch[] = [];
  for await (const batch of store.watch(prefix, fromRevision, controller.signal)) {
    batches.push(batch);
    if (done(batches)) controller.abort();
  }
  return batches;
}

const flat = (batches: readonly WatchBatch[]): string[] =>
  batches.flatMap((batch) =>
    batch.type === 'gap'
      ? ['gap']
      : batch.events.map((event) => (event.type === 'put' ? `${event.item.key}=${event.item.value}` : `-${event.key}`)),
  );

export function watches(context: Context): void {
  it('tells the changes since a revision, of one prefix, in order, then those that follow', async () => {
    await write(context.store, put('w/a', '0'));
    const { revision } = await write(context.store, put('w/a', '1'), put('other'));
    await write(context.store, put('w/b', '1'));
    const watching = collect(context.store, 'w/', revision, (batches) => flat(batches).length >= 5);
    await write(context.store, { type: 'delete', key: 'w/a' });
    await write(context.store, put('other', '2'));
    const last = await write(context.store, put('w/a', '2'), { type: 'delete-prefix', prefix: 'w/b' });
    const batches = await watching;
    expect(flat(batches)).toEqual(['w/a=1', 'w/b=1', '-w/a', 'w/a=2', '-w/b']);
    expect(batches.at(-1)?.revision).toBe(last.revision);
    const item = await context.store.get('w/a');
    expect(batches.flatMap((b) => (b.type === 'events' ? b.events : [])).at(-2)).toEqual({ type: 'put', item });
  });

  it('starts before anything was ever written', async () => {
    const watching = collect(context.store, '', context.base, () => true);
    await write(context.store, put('first'));
    expect(flat(await watching)).toEqual(['first=first']);
  });

  it('says that there is a gap when it comes too late, then goes on', async () => {
    await write(context.store, put('w/old'));
    const many = context.opened.compact ? 0 : 5_000;
    for (let at = 0; at < many; at += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, index) => write(context.store, put('x', `${at + index}`))));
    }
    const { revision } = await write(context.store, put('w/before'));
    await context.opened.compact?.();
    const batches: WatchBatch[] = [];
    const controller = new AbortController();
    for await (const batch of context.store.watch('w/', context.base + 1, controller.signal)) {
      batches.push(batch);
      if (batch.type === 'gap') await write(context.store, put('w/after'));
      else controller.abort();
    }
    expect(batches[0]).toEqual({ type: 'gap', revision });
    expect(flat(batches.slice(1))).toEqual(['w/after=w/after']);
  });

  it('ends without an error when it is told to, also while it waits', async () => {
    const controller = new AbortController();
    const watching = (async () => {
      for await (const _ of context.store.watch('w/', context.base + 1, controller.signal))
        throw new Error('nothing was written');
      return 'ended';
    })();
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect(await watching).toBe('ended');
  });

  it('ends when the store is closed', async () => {
    const watching = collect(context.store, 'w/', context.base + 1, () => false);
    await context.store.close();
    expect(await watching).toEqual([]);
  });

  it('hears what another client writes', async () => {
    if (!context.opened.secondClient) return;
    const second = await context.opened.secondClient();
    const watching = collect(context.store, 'w/', context.base + 1, () => true);
    await write(second, put('w/a'));
    await pass(context, 1_000);
    expect(flat(await watching)).toEqual(['w/a=w/a']);
    await second.close();
  });

  it('tells when a key vanishes with its lease', async () => {
    const lease = await context.store.grantLease(ttlOf(context));
    const { revision } = await write(context.store, { ...put('w/a'), lease: lease.id } as Operation);
    const watching = collect(context.store, 'w/', revision, (batches) => flat(batches).length >= 2);
    await new Promise((resolve) => setImmediate(resolve));
    await passEnd(context, ttlOf(context));
    expect(flat(await watching)).toEqual(['w/a=w/a', '-w/a']);
  });
}

export function leases(context: Context, open: OpenStore): void {
  const leased = (lease: { id: string }, key: string): Operation => ({ type: 'put', key, value: key, lease: lease.id });

  it('keeps a key as long as its lease is renewed, and not a moment longer', async () => {
    const ttlMs = ttlOf(context);
    const partMs = context.opened.onRealTime ? 0.5 * ttlMs : 0.8 * ttlMs;
    const lease = await context.store.grantLease(ttlMs);
    await write(context.store, leased(lease, 'p/a'), put('p/b'));
    for (let round = 0; round < (context.opened.onRealTime ? 2 : 4); round++) {
      await pass(context, partMs);
      const before = lease.expiresAtMs;
      await lease.renew();
      if (context.opened.onRealTime) expect(lease.expiresAtMs).toBeGreaterThan(before);
      else expect(lease.expiresAtMs).toBe(context.clock.nowMs() + ttlMs);
      expect((await context.store.get('p/a'))?.lease).toBe(lease.id);
    }
    const almostMs = context.opened.onRealTime ? partMs : ttlMs - 1;
    await pass(context, almostMs);
    expect(await keysOf(context.store, 'p/')).toEqual(['p/a', 'p/b']);
    await passEnd(context, ttlMs - almostMs);
    expect(await context.store.get('p/a')).toBeUndefined();
    expect(await keysOf(context.store, 'p/')).toEqual(['p/b']);
    const snapshot = await context.store.snapshot();
    expect(await snapshot.get('p/a')).toBeUndefined();
    snapshot.close();
    await expect(lease.renew()).rejects.toThrow(LeaseLostError);
  });

  it('treats a key of an ended lease as absent in compares', async () => {
    const lease = await context.store.grantLease(ttlOf(context));
    await write(context.store, leased(lease, 'p/a'));
    await passEnd(context, ttlOf(context));
    const result = await context.store.txn({
      compare: [{ key: 'p/a', modRevision: 0 }],
      success: [put('p/a', 'mine')],
    });
    expect(result.succeeded).toBe(true);
    expect(await context.store.get('p/a')).toMatchObject({ value: 'mine', createRevision: result.revision });
  });

  it('deletes its keys when it is revoked, and only those that are still its', async () => {
    const lease = await context.store.grantLease(ttlOf(context));
    await write(context.store, leased(lease, 'p/a'), leased(lease, 'p/b'), leased(lease, 'p/c'));
    await write(context.store, put('p/b', 'freed'), { type: 'delete', key: 'p/c' });
    await write(context.store, put('p/c', 'again'));
    await lease.revoke();
    expect(await keysOf(context.store, 'p/')).toEqual(['p/b', 'p/c']);
    await lease.revoke();
    await expect(lease.renew()).rejects.toThrow(LeaseLostError);
  });

  it('refuses the whole transaction when a lease is gone', async () => {
    const lease = await context.store.grantLease(ttlOf(context));
    await passEnd(context, ttlOf(context));
    await expect(write(context.store, put('a'), leased(lease, 'p/a'))).rejects.toThrow(LeaseLostError);
    expect(await keysOf(context.store, '')).toEqual([]);
  });

  it('ends leases on the real clock too', async () => {
    const opened = await open(systemClock);
    const lease = await opened.store.grantLease(500);
    const { revision } = await write(opened.store, leased(lease, 'p/a'));
    const watching = collect(opened.store, 'p/', revision, (batches) => flat(batches).includes('-p/a'));
    // The watch alone doesn't keep the process alive; this does.
    await Promise.all([watching, systemClock.sleep(700)]);
    expect(await opened.store.get('p/a')).toBeUndefined();
    await opened.store.close();
    await opened.dispose?.();
  });
}

export function limits(context: Context): void {
  const many = (count: number) => Array.from({ length: count }, (_, index) => put(`k/${index}`));

  it('takes a transaction of the largest size', async () => {
    expect(await write(context.store, ...many(LIMITS.txnOperationsMax))).toMatchObject({ succeeded: true });
    const value = 'x'.repeat(LIMITS.requestBytesMax - 1);
    expect(await write(context.store, put('b', value))).toMatchObject({ succeeded: true });
    expect((await context.store.get('b'))?.value).toBe(value);
    const key = 'k'.repeat(KEY_BYTES_MAX);
    const lease = await context.store.grantLease(ttlOf(context));
    await write(context.store, { type: 'put', key, value: '1', lease: lease.id });
    expect((await context.store.get(key))?.value).toBe('1');
    await lease.revoke();
    expect(await context.store.get(key)).toBeUndefined();
  });

  it('refuses a larger one and changes nothing', async () => {
    const compare = many(LIMITS.txnOperationsMax + 1).map(({ key }) => ({ key, exists: false }) as const);
    const tooMuch = [
      { success: many(LIMITS.txnOperationsMax + 1) },
      { success: [], failure: many(LIMITS.txnOperationsMax + 1) },
      { compare, success: [put('a')] },
      { success: [put('b', 'x'.repeat(LIMITS.requestBytesMax))] },
      { success: [put('b', '😀'.repeat(LIMITS.requestBytesMax / 4))] },
      { success: [put('a'), put('k'.repeat(KEY_BYTES_MAX + 1))] },
      { success: [put('a'), put('')] },
    ];
    for (const txn of tooMuch) await expect(context.store.txn(txn as never)).rejects.toThrow(RangeError);
    expect(await keysOf(context.store, '')).toEqual([]);
  });

  it('refuses everything once it is closed', async () => {
    await context.store.close();
    await expect(context.store.get('a')).rejects.toThrow(StoreError);
    await expect(write(context.store, put('a'))).rejects.toThrow(StoreError);
    await expect(context.store.snapshot()).rejects.toThrow(StoreError);
  });
}

export function restarts(context: Context): void {
  it('has everything again after it was closed and opened: values, revisions, leases, changes', async () => {
    if (!context.opened.reopen) return;
    const lease = await context.store.grantLease(ttlOf(context));
    await write(context.store, put('a', '1'), { type: 'put', key: 'p/a', value: 'x', lease: lease.id });
    await write(context.store, put('b', '1'), put('big', 'y'.repeat(100_000)));
    const { revision } = await write(context.store, { type: 'delete', key: 'a' });
    const before = await context.store.range({ prefix: '' });
    context.store = await context.opened.reopen();
    const after = await context.store.range({ prefix: '' });
    expect(context.opened.sharedRevisions ? after.items : after).toEqual(
      context.opened.sharedRevisions ? before.items : before,
    );
    const batches = await collect(context.store, '', context.base + 1, (all) => flat(all).includes('-a'));
    expect(flat(batches).map((text) => text.slice(0, 5))).toEqual(['a=1', 'p/a=x', 'b=1', 'big=y', '-a']);
    await passEnd(context, ttlOf(context));
    expect(await context.store.get('p/a')).toBeUndefined();
    expect((await write(context.store, put('c'))).revision).toBeGreaterThan(revision);
  });
}
