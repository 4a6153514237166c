/** A process that keeps an index of the records asks the store for fewer: what it reads for a request doesn't grow with all that there is. */
import { expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/engine/state/memory/memory-store.ts';
import type { Snapshot, StateStore } from '../../../src/engine/state/store.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { systemRandom } from '../../../src/lib/random.ts';
import { createEstate } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

/** Notes the prefixes of all that is asked for in ranges. */
function noting(store: StateStore): { store: StateStore; prefixes: string[] } {
  const prefixes: string[] = [];
  const reader =
    <R extends Pick<StateStore, 'range'>>(inner: R): R['range'] =>
    (query) => {
      prefixes.push(query.prefix);
      return inner.range(query);
    };
  const snapshot = async (): Promise<Snapshot> => {
    const inner = await store.snapshot();
    return {
      ...inner,
      revision: inner.revision,
      range: reader(inner),
      get: (key) => inner.get(key),
      close: () => inner.close(),
    };
  };
  return { store: { ...store, range: reader(store), snapshot } as StateStore, prefixes };
}

it('a volume is made by name without a look through all volumes, where records are kept in memory', async () => {
  const { store, prefixes } = noting(createMemoryStore({ clock: systemClock, random: systemRandom }));
  const estate = await createEstate({ store });
  await estate.applied(infrastructure());
  const body = { size: '64MiB', virtualPool: 'gold', virtualArray: 'dc1' };
  const planned = async (name: string) => {
    prefixes.length = 0;
    const { plan } = await estate.run('resource.create', { kind: 'volume', project: 'p', resources: { [name]: body } });
    expect(plan?.units.length).toBe(1);
    return prefixes.filter((prefix) => /^r\/(volume|exportMask)\//.test(prefix));
  };
  expect(await planned('before')).toEqual(['r/volume/', 'r/exportMask/']);
  await estate.run('record.find', { kind: 'tenant', by: { all: true } });
  expect(await planned('after')).toEqual([]);
});

it('a look at snapshot policies that finds nothing to do reads no records, where they are kept in memory', async () => {
  const { store, prefixes } = noting(createMemoryStore({ clock: systemClock, random: systemRandom }));
  const estate = await createEstate({ store });
  const policies = 'snapshotPolicies: { hourly: { every: 1h, keep: 1 } }';
  const volumes = { alone: 'snapshotPolicy: hourly', one: 'consistencyGroup: cg' };
  const more = 'consistencyGroups: { cg: { snapshotPolicy: hourly } }';
  await estate.applied([
    infrastructure({ more: policies }).replace(
      'provisioning: thin,',
      'provisioning: thin, multiVolumeConsistency: true,',
    ),
    stack({ volumes, more }),
  ]);
  await estate.run('record.find', { kind: 'tenant', by: { all: true } });
  for (const expired of [0, 2]) {
    estate.clock.advance(3_600_000);
    expect(await estate.run('snapshot.run', {})).toMatchObject({ outcome: 'ok', taken: 2, expired });
    prefixes.length = 0;
    expect(await estate.run('snapshot.run', {})).toMatchObject({ outcome: 'ok', taken: 0, expired: 0 });
    expect(prefixes).toEqual([]);
  }
});
