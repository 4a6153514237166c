/** Loading for the pure parts: needs, one snapshot, the read set. */
import { describe, expect, it } from 'vitest';
import type { RecordedView } from '../../../src/engine/model/recorded-view.ts';
import { ROOT_TENANT_URN, uuidOf } from '../../../src/engine/model/urn.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import { encodeLedger, encodeMetrics, encodeObserved, putRecordOps } from '../../../src/engine/state/records.ts';
import { type Snapshot, type StateStore, StoreDamagedError } from '../../../src/engine/state/store.ts';
import { openViewLoader, withView } from '../../../src/engine/state/view.ts';
import { AssertionError } from '../../../src/lib/assert.ts';
import { commit, environment, lunMap, project, readRecord, urnOf, volume } from './fixtures.ts';

const projectScope = '00000000-0000-4000-8000-000000000010';
const amounts = { allocatedBytes: 1, subscribedBytes: 2, volumes: 3 };
const poolAttributes = {
  name: 'p',
  totalBytes: 10,
  freeBytes: 5,
  subscribedBytes: 5,
  foreignSubscribedBytes: 0,
  provisioning: ['thin' as const],
  protocols: ['iscsi' as const],
  volumeBytesMin: 1,
  volumeBytesMax: 10,
  granularityBytes: 1,
  usable: true,
  observedAtMs: 1,
};

async function filled() {
  const { store } = environment();
  await commit(
    store,
    ...['b', 'a', 'c'].map((name, index) => putRecordOps(volume(index + 1, name))),
    putRecordOps(volume(4, 'rest', {})),
    putRecordOps(lunMap(1, 3)),
    putRecordOps(lunMap(2, 1)),
  );
  const attributes = encodeObserved('pool', poolAttributes);
  const metrics = { receivedAtMs: 1, usablePorts: { busyPercent: 12, measuredAtMs: 1 }, haDomains: [] };
  await store.txn({
    success: [
      { type: 'put', key: keys.observed(urnOf('pool', 9)), value: attributes },
      { type: 'put', key: keys.metrics(urnOf('storageSystem', 9)), value: encodeMetrics('storageSystem', metrics) },
      {
        type: 'put',
        key: keys.ledger(urnOf('pool', 9)),
        value: encodeLedger({ pool: urnOf('pool', 9), reservations: {}, committed: amounts }),
      },
    ],
  });
  return store;
}

/** Counts what is read from the snapshot. */
function counting(store: StateStore): { store: StateStore; reads: string[] } {
  const reads: string[] = [];
  const wrap = (snapshot: Snapshot): Snapshot => ({
    ...snapshot,
    get: (key) => {
      reads.push(key);
      return snapshot.get(key);
    },
    range: (request) => {
      reads.push(`${request.prefix}*`);
      return snapshot.range(request);
    },
  });
  return { store: { ...store, snapshot: async () => wrap(await store.snapshot()) }, reads };
}

describe('a view', () => {
  it('finds records by URN, name, scope, address, stack and kind', async () => {
    const store = await filled();
    const { result } = await withView(store, (view) => ({
      get: view.get(urnOf('volume', 1))?.record.name,
      none: view.get(urnOf('volume', 99)),
      byName: view.byName('volume', projectScope, 'A')?.record.urn,
      byNoName: view.byName('volume', projectScope, 'zz'),
      inScope: view.inScope('volume', projectScope).map((v) => v.record.name),
      hlus: view.inScope('lunMap', '00000000-0000-4000-8000-000000000050').map((v) => v.record.spec.hlu),
      byAddress: view.byAddress(ROOT_TENANT_URN, 'SHOP', 'volume', 'C')?.record.urn,
      inStack: view.inStack(ROOT_TENANT_URN, 'shop').map((v) => v.record.name),
      all: view.all('volume').map((v) => v.record.name),
      empty: view.all('host'),
      pool: view.pool(urnOf('pool', 9))?.freeBytes,
      noPool: view.pool(urnOf('pool', 8)),
      port: view.port(urnOf('port', 8)),
      metrics: view.systemMetrics(urnOf('storageSystem', 9))?.usablePorts?.busyPercent,
      noMetrics: view.systemMetrics(urnOf('storageSystem', 8)),
      ledger: view.ledger(urnOf('pool', 9))?.committed,
      noLedger: view.ledger(urnOf('pool', 8)),
    }));
    expect(result).toEqual({
      get: 'b',
      none: undefined,
      byName: urnOf('volume', 2),
      byNoName: undefined,
      inScope: ['a', 'b', 'c', 'rest'],
      hlus: [1, 3],
      byAddress: urnOf('volume', 3),
      inStack: ['a', 'b', 'c'],
      all: ['b', 'a', 'c', 'rest'],
      empty: [],
      pool: 5,
      noPool: undefined,
      port: undefined,
      metrics: 12,
      noMetrics: undefined,
      ledger: amounts,
      noLedger: undefined,
    });
  });

  it('runs again until nothing is needed, reads each thing once, and only what was asked for', async () => {
    const counted = counting(await filled());
    let runs = 0;
    const follow = (view: RecordedView) => {
      runs++;
      const map = view.get<'lunMap'>(urnOf('lunMap', 1));
      const found = map && view.get(map.record.spec.volume);
      return found && view.byName('volume', projectScope, found.record.name)?.record.name;
    };
    expect((await withView(counted.store, follow)).result).toBe('b');
    expect(runs).toBe(4);
    expect(counted.reads).toEqual([
      keys.record(urnOf('lunMap', 1)),
      keys.record(urnOf('volume', 1)),
      keys.unique('volume', projectScope, 'b'),
    ]);
  });

  it('reads everything at one revision, however late it is asked for', async () => {
    const store = await filled();
    const loader = await openViewLoader(store);
    const before = await loader.run((view) => view.get(urnOf('volume', 1))?.record.tags);
    for (const number of [1, 2]) {
      const read = await readRecord(store, urnOf('volume', number));
      await commit(store, putRecordOps({ ...read.record, tags: ['late'] }, read));
    }
    const after = await withView(loader, (view) => [1, 2].map((n) => view.get(urnOf('volume', n))?.record.tags));
    loader.close();
    expect([before.result, after.result]).toEqual([undefined, [undefined, undefined]]);
    expect(after.revision).toBe(loader.revision);
    const fresh = await withView(store, (view) => view.get(urnOf('volume', 2))?.record.tags);
    expect(fresh.result).toEqual(['late']);
    expect(fresh.revision).toBe(loader.revision + 2);
  });

  it('says which records the last run read, at which revision, the absent ones too', async () => {
    const store = await filled();
    const read = await readRecord(store, urnOf('volume', 1));
    await commit(store, putRecordOps({ ...read.record, tags: ['x'] }, read));
    const { readSet } = await withView(store, (view) => {
      // Read only as long as the other is not loaded: not a part of the answer.
      if (!view.get(urnOf('volume', 1))) view.get(urnOf('volume', 3));
      view.byName('volume', projectScope, 'a');
      view.get(urnOf('volume', 99));
    });
    const current = await readRecord(store, urnOf('volume', 1));
    expect(Object.fromEntries(readSet)).toEqual({
      [keys.record(urnOf('volume', 1))]: current.revision,
      [keys.record(urnOf('volume', 2))]: (await readRecord(store, urnOf('volume', 2))).revision,
      [keys.record(urnOf('volume', 99))]: 0,
    });
    expect(current.revision).toBeGreaterThan(read.revision);
  });

  it('shows tombstones that still hold a name', async () => {
    const store = await filled();
    const read = await readRecord(store, urnOf('lunMap', 1));
    await commit(store, putRecordOps({ ...read.record, status: { phase: 'deleted', sinceMs: 2, freedAtMs: 2 } }, read));
    const { result } = await withView(store, (view) =>
      view.inScope('lunMap', '00000000-0000-4000-8000-000000000050').map((v) => v.record.status.phase),
    );
    expect(result).toEqual(['ready', 'deleted']);
  });

  it('shows a record once that holds its old and its new name, as one does that is being renamed', async () => {
    const store = await filled();
    const { urn } = (await readRecord(store, urnOf('volume', 1))).record;
    const names = [
      keys.unique('volume', projectScope, 'renamed'),
      keys.address(ROOT_TENANT_URN, 'Shop', 'volume', 'renamed'),
    ];
    await store.txn({ success: names.map((key) => ({ type: 'put', key, value: urn })) });
    const { result } = await withView(store, (view) => ({
      inScope: view.inScope('volume', projectScope).map((v) => v.record.name),
      inStack: view.inStack(ROOT_TENANT_URN, 'shop').map((v) => v.record.name),
    }));
    expect(result).toEqual({ inScope: ['a', 'b', 'c', 'rest'], inStack: ['a', 'b', 'c'] });
  });

  it('closes its snapshot also when the function throws, and reports damage with the key', async () => {
    const store = await filled();
    let closed = 0;
    const watched: StateStore = {
      ...store,
      snapshot: async () => {
        const snapshot = await store.snapshot();
        const close = () => {
          closed++;
          snapshot.close();
        };
        return { ...snapshot, close };
      },
    };
    await expect(
      withView(watched, () => {
        throw new Error('pure bug');
      }),
    ).rejects.toThrow('pure bug');
    await store.txn({ success: [{ type: 'put', key: keys.record(project), value: '{}' }] });
    await expect(withView(watched, (view) => view.get(project))).rejects.toThrow(StoreDamagedError);
    expect(closed).toBe(2);
  });

  it('answers also who stops at the first of many that is not loaded yet, and so asks for one more each time', async () => {
    const { store } = environment();
    const many = Array.from({ length: 150 }, (_, number) => number + 1);
    for (const number of many) {
      await commit(store, putRecordOps(volume(number, `v${number}`)));
      await commit(
        store,
        putRecordOps({ ...lunMap(number, 1), spec: { ...lunMap(number, 1).spec, mask: urnOf('exportMask', number) } }),
      );
    }
    const { store: counted, reads } = counting(store);
    const { result } = await withView(counted, (view) => ({
      gets: many.every((number) => view.get(urnOf('volume', number)) !== undefined),
      names: many.every((number) => view.byName('volume', projectScope, `v${number}`) !== undefined),
      scopes: many.every((number) => view.inScope('lunMap', uuidOf(urnOf('exportMask', number))).length > 0),
      nobody: view.inScope('lunMap', uuidOf(urnOf('exportMask', 999))),
    }));
    expect(result).toEqual({ gets: true, names: true, scopes: true, nobody: [] });
    expect(reads.length).toBeLessThan(many.length);
  });

  it('gives up on a function that never has enough', async () => {
    const store = await filled();
    let number = 100;
    await expect(withView(store, (view) => view.ledger(urnOf('pool', number++)))).rejects.toThrow(AssertionError);
  });
});
