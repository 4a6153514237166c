/** The etcd store against the conformance suite, on a real cluster of three members with TLS, client certificates and users. */
import { afterAll, beforeAll, describe } from 'vitest';
import { openEtcdStore } from '../../src/engine/state/etcd/etcd-store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { type EtcdCluster, skipWithoutEtcd, startEtcd } from '../support/etcd-cluster.ts';
import { storeConformance } from './store.ts';

describe.skipIf(skipWithoutEtcd())('three members with TLS', () => {
  let cluster: EtcdCluster;
  beforeAll(async () => {
    cluster = await startEtcd({ members: 3, tls: true });
  });
  afterAll(() => cluster?.stop());

  let last = 0;
  storeConformance('etcd, three members with TLS', async () => {
    const location = cluster.location(`test/${++last}`);
    const open = () => openEtcdStore({ location, clock: systemClock, random: systemRandom });
    const store = await open();
    return {
      store,
      reopen: async () => {
        await store.close();
        return open();
      },
      secondClient: open,
      onRealTime: true,
      sharedRevisions: true,
      compact: async () => cluster.compact(),
    };
  });
});
