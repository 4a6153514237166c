/**
 * The etcd store on a real cluster of three members with TLS, client certificates and users: what only several members and
 * users can show. The conformance suite on the same kind of cluster is in store-etcd-cluster.test.ts.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/engine/state/etcd/etcd-store.ts';
import type { EtcdLocation } from '../../src/engine/state/location.ts';
import { type StateStore, StoreError, type WatchBatch } from '../../src/engine/state/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { LIMITS } from '../../src/lib/limits.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { type EtcdCluster, type EtcdMember, skipWithoutEtcd, startEtcd } from '../support/etcd-cluster.ts';
import { put } from './store-context.ts';

describe.skipIf(skipWithoutEtcd())('etcd store, three members with TLS', () => {
  let cluster: EtcdCluster;
  let last = 0;
  beforeAll(async () => {
    cluster = await startEtcd({ members: 3, tls: true });
  });
  afterAll(() => cluster?.stop());

  const open = (location: EtcdLocation) => openEtcdStore({ location, clock: systemClock, random: systemRandom });
  const stores: StateStore[] = [];
  const openFresh = async (): Promise<StateStore> => {
    const store = await open(cluster.location(`test/c-${++last}`));
    stores.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });

  /** Who the certificate's CN says it is. */
  const openAs = (user: string, prefix: string) => {
    const tls = cluster.tls(user)!;
    return open({ ...cluster.location(prefix), tls });
  };
  const failureOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

  it('lets a user do what its certificate allows and nothing else, and says so', async () => {
    const stranger = await openAs('nobody', 'test/mine');
    for (const work of [
      () => stranger.get('a'),
      () => stranger.txn({ success: [put('a')] }),
      () => stranger.snapshot(),
    ]) {
      const error = await failureOf(work());
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ unknown: false, message: expect.stringMatching(/permission denied/) });
    }
    await stranger.close();
    const beside = await openAs('coprhd', 'elsewhere');
    expect(await failureOf(beside.txn({ success: [put('a')] }))).toMatchObject({ unknown: false });
    const watching = (async () => {
      for await (const _ of beside.watch('', 1, new AbortController().signal)) return 'told';
      return 'ended';
    })();
    expect(await failureOf(watching)).toMatchObject({ message: expect.stringContaining("can't watch") });
    await beside.close();
  });

  it('says what is wrong with a connection that is not trusted, or has no certificate', async () => {
    const { ca, ...pair } = cluster.tls('coprhd')!;
    const location = cluster.location('test/tls');
    const distrusting = await open({ ...location, tls: pair });
    expect(await failureOf(distrusting.get('a'))).toMatchObject({
      message: expect.stringMatching(/etcd does not answer at localhost.*certificate/),
    });
    await distrusting.close();
    const anonymous = await open({ ...location, tls: ca === undefined ? {} : { ca } });
    expect(await failureOf(anonymous.get('a'))).toMatchObject({ message: expect.stringContaining('does not answer') });
    await anonymous.close();
    const missing = failureOf(open({ ...location, tls: { ca: '/nowhere/ca.pem' } }));
    expect(await missing).toMatchObject({ message: expect.stringMatching(/certificate or key \/nowhere\/ca.pem/) });
  });

  /** Counts up one after the other while something happens to a member. Every number once, or the test fails. */
  async function countThrough(happening: () => Promise<void>): Promise<{ slowestMs: number; counted: number }> {
    const store = await openFresh();
    const start = await store.txn({ success: [put('n', '0')] });
    const seen: string[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const batch of store.watch('n', start.revision + 1, stop.signal)) seen.push(...valuesOf(batch));
    })();
    let slowestMs = 0;
    let counted = 0;
    let over = false;
    const counting = (async () => {
      let { revision } = start;
      for (; !over; counted++) {
        const fromMs = systemClock.nowMs();
        const compare = [{ key: 'n', modRevision: revision }];
        const result = await store.txn({ compare, success: [put('n', String(counted + 1))] });
        expect(result.succeeded, `count ${counted + 1}`).toBe(true);
        ({ revision } = result);
        slowestMs = Math.max(slowestMs, systemClock.nowMs() - fromMs);
      }
    })();
    await systemClock.sleep(300);
    await happening();
    over = true;
    await counting;
    for (let waitedMs = 0; seen.length < counted && waitedMs < 15_000; waitedMs += 50) await systemClock.sleep(50);
    stop.abort();
    await watching;
    expect(seen).toEqual(Array.from({ length: counted }, (_, index) => String(index + 1)));
    expect((await store.get('n'))?.value).toBe(String(counted));
    return { slowestMs, counted };
  }

  const valuesOf = (batch: WatchBatch): string[] =>
    batch.type === 'gap' ? ['gap'] : batch.events.map((event) => (event.type === 'put' ? event.item.value : '-'));

  const TROUBLE: readonly (readonly [string, (member: EtcdMember) => Promise<void>])[] = [
    [
      'killed and started again',
      async (member) => {
        await member.kill();
        await systemClock.sleep(3_000);
        await member.restart();
        await systemClock.sleep(500);
      },
    ],
    [
      'frozen and thawed',
      async (member) => {
        member.freeze();
        await systemClock.sleep(4_500);
        member.thaw();
        await systemClock.sleep(500);
      },
    ],
  ];

  it.each(TROUBLE)(
    'loses no write, repeats none and leaves no event out while the leader is %s',
    async (what, trouble) => {
      const leader = await cluster.leader();
      const { slowestMs, counted } = await countThrough(() => trouble(leader));
      console.log(`etcd, leader ${what}: ${counted} compare-and-swaps, slowest ${slowestMs} ms`);
      expect(counted).toBeGreaterThan(20);
      expect(slowestMs).toBeLessThan(LIMITS.etcdCallDeadlineMs);
    },
  );
});
