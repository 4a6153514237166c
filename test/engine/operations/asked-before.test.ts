/** What a plan is made from is read anew for each one, also where it is known from the one before what will be needed. */
import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/engine/operations/engine.ts';
import { OPERATIONS } from '../../../src/engine/operations/registry.ts';
import { createMemoryStore } from '../../../src/engine/state/memory/memory-store.ts';
import type { StateStore } from '../../../src/engine/state/store.ts';
import { createGroupCommit } from '../../../src/engine/workflow/group-commit.ts';
import { createVirtualClock } from '../../../src/lib/clock.ts';
import { createSeededRandom } from '../../../src/lib/random.ts';
import { createEstate, type Estate } from '../planner/estate.ts';
import { infrastructure } from '../planner/texts.ts';

const BODY = { size: '64MiB', virtualPool: 'gold', virtualArray: 'dc1' };

const planned = (estate: Pick<Estate, 'run'>, name: string, project = 'p') =>
  estate.run('resource.create', { kind: 'volume', project, resources: { [name]: BODY } });

/** Another process on the same state: its store is a client of its own. */
const elsewhere = (store: StateStore): StateStore => ({
  description: store.description,
  get: (key) => store.get(key),
  range: (request) => store.range(request),
  snapshot: () => store.snapshot(),
  txn: (txn) => store.txn(txn),
  watch: (...asked) => store.watch(...asked),
  grantLease: (ttlMs) => store.grantLease(ttlMs),
  close: () => store.close(),
});

async function two() {
  const store = createMemoryStore({ clock: createVirtualClock(), random: createSeededRandom(7) });
  const estate = await createEstate({ store });
  await estate.applied(infrastructure({ pools: ['fast', 'slow'] }));
  const outside = elsewhere(store);
  const run: Estate['run'] = async (name, input) => {
    const { engine, ctx } = estate.call();
    const operation = (await OPERATIONS[name]()) as unknown as (call: Call, asked: unknown) => Promise<never>;
    return operation({ engine: { ...engine, store: outside, commits: createGroupCommit(outside) }, ctx }, input);
  };
  return { here: estate, other: { run }, store };
}

describe('a plan like the one before', () => {
  it('sees what another process has changed since, at once', async () => {
    const { here, other } = await two();
    const first = await planned(here, 'a');
    const pool = first.plan!.decisions[0]!.placed[0]!.pool;
    const { record } = (await here.records('pool')).find((each) => each.record.urn === pool)!;
    await other.run('pool.deregister', { name: `array-1/${record.name}`, why: 'worn' });
    const second = await planned(here, 'b');
    expect(second.plan!.decisions[0]!.placed[0]!.pool).not.toBe(pool);
  });

  it('does not take the name that another process has given away since', async () => {
    const { here, other } = await two();
    await planned(here, 'a');
    const { plan } = await planned(other, 'b');
    await other.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0 });
    const again = await planned(here, 'b');
    expect(again.plan?.changes.filter(({ action }) => action === 'create') ?? []).toEqual([]);
  });

  it('takes one round of reads where the first took one for each level of references', async () => {
    const { here, store } = await two();
    let reads = 0;
    let turn = 0;
    const snapshot = store.snapshot.bind(store);
    store.snapshot = async () => {
      const inner = await snapshot();
      const count = () => {
        if (turn === 0) setImmediate(() => (turn = 0));
        reads += turn === 0 ? 1 : 0;
        turn = 1;
      };
      return {
        ...inner,
        revision: inner.revision,
        close: () => inner.close(),
        get: (key) => {
          count();
          return new Promise((resolve) => setImmediate(() => resolve(inner.get(key))));
        },
        range: (request) => {
          count();
          return new Promise((resolve) => setImmediate(() => resolve(inner.range(request))));
        },
      };
    };
    const rounds = async (name: string) => {
      reads = 0;
      await planned(here, name);
      return reads;
    };
    const first = await rounds('a');
    const second = await rounds('b');
    expect(second).toBeLessThan(first / 2);
  });
});
