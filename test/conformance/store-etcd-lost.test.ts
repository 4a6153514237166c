/** Transactions on a real etcd whose answers, or requests, are lost on the way: each is carried out once, or said to be unknown. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/engine/state/etcd/etcd-store.ts';
import type { EtcdLocation } from '../../src/engine/state/location.ts';
import { type StateStore, StoreError } from '../../src/engine/state/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { type CuttingProxy, startProxy } from '../support/cutting-proxy.ts';
import { type EtcdCluster, skipWithoutEtcd, startEtcd } from '../support/etcd-cluster.ts';
import { put } from './store-context.ts';

/** The first member is asked first. */
const firstMember = { ...systemRandom, fraction: () => 0 };

describe.skipIf(skipWithoutEtcd())('etcd store, with answers lost', () => {
  let cluster: EtcdCluster;
  let proxy: CuttingProxy;
  /** Sees what is really there. */
  let witness: StateStore;
  let store: StateStore;
  let last = 0;

  const open = (location: EtcdLocation) => openEtcdStore({ location, clock: systemClock, random: firstMember });
  /** Through the proxy first, and by another way to the same member when that fails. */
  const openBothWays = async (): Promise<StateStore> => {
    const location = cluster.location(`test/lost-${last}`);
    return open({ ...location, endpoints: [proxy.endpoint, ...location.endpoints] });
  };

  beforeAll(async () => {
    cluster = await startEtcd({ members: 1, tls: false });
  });
  afterAll(() => cluster?.stop());
  beforeEach(async () => {
    last++;
    proxy = await startProxy(cluster.members[0]!.endpoint);
    witness = await open(cluster.location(`test/lost-${last}`));
    store = await openBothWays();
    // The connection stands and the marker is there, as in the middle of an apply.
    await store.txn({ success: [put('warm')] });
  });
  afterEach(async () => {
    proxy.set('pass');
    await store.close();
    await witness.close();
    await proxy.close();
  });

  const swap = (modRevision: number, value: string) =>
    store.txn({
      compare: [{ key: 'a', modRevision }],
      success: [{ type: 'get', key: 'a' }, put('a', value), { type: 'get', key: 'a' }, { type: 'get', key: 'b' }],
    });

  it('says that a compare-and-swap succeeded which did, though its answer was lost', async () => {
    const { revision } = await witness.txn({ success: [put('a', '1'), put('b', 'other')] });
    proxy.set('cut-answers');
    const result = await swap(revision, '2');
    expect(proxy.hits).toBeGreaterThan(0);
    expect(result.succeeded).toBe(true);
    const item = (await witness.get('a'))!;
    expect(item).toMatchObject({ value: '2', modRevision: result.revision, createRevision: revision });
    expect(result.gets.map((got) => got?.value)).toEqual(['1', '2', 'other']);
    expect(result.gets[1]).toEqual(item);
  });

  it('says that it did not when it did not, and writes nothing', async () => {
    const { revision } = await witness.txn({ success: [put('a', '1')] });
    proxy.set('cut-answers');
    expect(await swap(revision - 1, '2')).toMatchObject({ succeeded: false });
    expect(proxy.hits).toBeGreaterThan(0);
    expect(await witness.get('a')).toMatchObject({ value: '1', modRevision: revision });
  });

  it('knows which branch ran when both write', async () => {
    proxy.set('cut-answers');
    const txn = { compare: [{ key: 'a', exists: true }], success: [put('yes')], failure: [put('no')] };
    expect(await store.txn(txn)).toMatchObject({ succeeded: false });
    expect(await witness.get('yes')).toBeUndefined();
    expect((await witness.get('no'))?.value).toBe('no');
  });

  it('sends a transaction again that never arrived', async () => {
    proxy.set('cut-requests');
    expect(await swap(0, '1')).toMatchObject({ succeeded: true });
    expect(proxy.hits).toBeGreaterThan(0);
    expect((await witness.get('a'))?.value).toBe('1');
  });

  it('carries every one of many out once, with their answers lost at any time', async () => {
    const count = 40;
    for (let index = 0; index < count; index++) {
      proxy.set(index % 3 === 0 ? 'cut-answers' : 'pass');
      const counter = await witness.get('counter');
      const next = String(Number(counter?.value ?? 0) + 1);
      const result = await store.txn({
        compare: [{ key: 'counter', modRevision: counter?.modRevision ?? 0 }],
        success: [put('counter', next)],
      });
      expect(result.succeeded).toBe(true);
    }
    expect((await witness.get('counter'))?.value).toBe(String(count));
  });

  it('is not overtaken by its own lost request when that arrives late', async () => {
    proxy.set('hold-requests');
    // No compares: nothing but the marker can keep the late one from being carried out.
    await store.txn({ success: [put('a', 'mine')] });
    expect(proxy.hits).toBeGreaterThan(0);
    await witness.txn({ success: [put('a', 'newer')] });
    proxy.release();
    await systemClock.sleep(500);
    expect((await witness.get('a'))?.value).toBe('newer');
  });

  it('says that it is unknown when nobody can be asked in time', async () => {
    const location = cluster.location(`test/lost-${last}`);
    const alone = await open({ ...location, endpoints: [proxy.endpoint] });
    await alone.txn({ success: [put('warm')] });
    proxy.set('cut-answers');
    const error: unknown = await alone.txn({ success: [put('a')] }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ unknown: true, message: expect.stringContaining("can't write etcd://") });
    // Either may be true: the first thing that was cut may have been a ping of the server's, before the request came.
    expect([undefined, 'a']).toContain((await witness.get('a'))?.value);
    proxy.set('pass');
    expect(await alone.txn({ success: [put('b')] })).toMatchObject({ succeeded: true });
    await alone.close();
  });

  it('grants a lease once, and keeps it, with the answers lost', async () => {
    proxy.set('cut-answers');
    const lease = await store.grantLease(30_000);
    await lease.renew();
    await store.txn({ success: [{ ...put('p/a'), lease: lease.id }] });
    expect((await witness.get('p/a'))?.lease).toBe(lease.id);
    await lease.revoke();
    expect(await witness.get('p/a')).toBeUndefined();
  });

  it('says that the cluster is full, and never that a write failed which was carried out', async () => {
    const small = await startEtcd({ members: 1, tls: false, flags: { 'quota-backend-bytes': String(2 * 1024 ** 2) } });
    try {
      const filling = await open(small.location('test/full'));
      let failure: unknown;
      let written = 0;
      for (; failure === undefined && written < 100; written++) {
        const success = [put(`k/${written}`, 'x'.repeat(100_000))];
        await filling.txn({ success }).catch((error: unknown) => {
          failure = error;
        });
      }
      expect(failure).toBeInstanceOf(StoreError);
      expect(failure).toMatchObject({ unknown: true, message: expect.stringContaining('database space exceeded') });
      // All that were acknowledged are there, and the one in doubt may be.
      const { items } = await filling.range({ prefix: 'k/', keysOnly: true });
      expect([written - 1, written]).toContain(items.length);
      expect((await filling.get('k/0'))?.value).toHaveLength(100_000);
      await filling.close();
    } finally {
      await small.stop();
    }
  });

  it('says soon and plainly that nobody answers', async () => {
    const { endpoint } = proxy;
    await proxy.close();
    const alone = await open({ ...cluster.location('test/none'), endpoints: [endpoint] });
    const error: unknown = await alone.get('a').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({
      unknown: false,
      message: expect.stringMatching(/etcd does not answer at 127.*ECONNREFUSED/),
    });
    await alone.close();
  });
});
