/**
 * Many applies at once, from several real processes on one etcd: nobody waits for ever, nothing is lost. How much faster
 * eight arrays are than one is for `npm run bench:concurrent`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EtcdCluster, skipWithoutEtcd, startEtcd } from '../support/etcd-cluster.ts';
import { runMany } from '../support/many-applies.ts';

const skipped = skipWithoutEtcd();
let cluster: EtcdCluster;
beforeAll(async () => {
  if (!skipped) cluster = await startEtcd({ members: 1, tls: false });
});
afterAll(() => cluster?.stop());

describe.skipIf(skipped)('applies at once, from four processes on one etcd', () => {
  // Eight for one array and its one pool, whose ledger they all write.
  it.each([
    { arrays: 8, applies: 16 },
    { arrays: 1, applies: 8 },
  ])('all end well: $applies over $arrays arrays', async ({ arrays, applies }) => {
    const shape = { processes: 4, volumesEach: 1, callMs: 20, callsAtOnce: 4 };
    const result = await runMany({ state: cluster.url(`many-${arrays}`), arrays, applies, ...shape });
    expect(result.complaints).toEqual([]);
    expect(result.outcomes).toEqual(Array(applies).fill('ok'));
    console.log(`${applies} applies over ${arrays} arrays: ${result.steps} steps in ${result.seconds.toFixed(1)} s`);
  });
});
