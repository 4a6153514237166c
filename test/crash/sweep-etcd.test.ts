/**
 * The crash sweep on a real etcd. In a run of all tests some boundaries of each stage, others in each stage; every one with
 * `npm run test:crash:etcd`.
 */
import { afterAll, describe } from 'vitest';
import { type EtcdCluster, skipWithoutEtcd, startEtcd } from '../support/etcd-cluster.ts';
import { etcdState, type SharedState } from './support/etcd-state.ts';
import { createSimStory } from './support/sim-story.ts';
import { crashSweep } from './support/sweep.ts';

const EVERY = process.env.COPRHD_SWEEP === 'all' ? 1 : 17;

describe.skipIf(skipWithoutEtcd())('with a real server', () => {
  let cluster: EtcdCluster | undefined;
  let state: SharedState | undefined;
  crashSweep(
    'on etcd',
    async () => {
      cluster = await startEtcd({ members: 1, tls: false });
      state = await etcdState(cluster, 'test/sweep');
      return createSimStory(state);
    },
    EVERY,
  );
  afterAll(async () => {
    await state?.close();
    await cluster?.stop();
  });
});
