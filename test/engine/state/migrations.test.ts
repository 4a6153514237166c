/** Bringing older states to this version: a state of version 0, whole, torn by crashes, and shared. */
import { describe, expect, it } from 'vitest';
import { parseUrn } from '../../../src/engine/model/urn.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import { migratePairs, migrateStore, STATE_VERSION } from '../../../src/engine/state/migrations.ts';
import { decodeRecord, heldKeys } from '../../../src/engine/state/records.ts';
import { type StateStore, StoreDamagedError } from '../../../src/engine/state/store.ts';
import version0 from './fixtures/v0.json' with { type: 'json' };
import { dump, environment, urnOf } from './fixtures.ts';

async function version0Store(extra: Record<string, string> = {}): Promise<StateStore> {
  const { store } = environment();
  for (const [key, value] of Object.entries({ ...version0, ...extra })) {
    await store.txn({ success: [{ type: 'put', key, value }] });
  }
  return store;
}

/** As if the process was killed: the n-th transaction from now on fails, before or after it took effect. */
function dying(store: StateStore, after: number, effect: 'before' | 'after'): StateStore {
  let left = after;
  return {
    ...store,
    txn: async (txn) => {
      if (left-- > 0) return store.txn(txn);
      if (effect === 'after') await store.txn(txn);
      throw new Error('killed');
    },
  };
}

/** Volumes enough for several chunks. */
const many = (): Record<string, string> => {
  const volume = JSON.parse(version0['r/volume/00000000-0000-4000-8000-000000000001']) as Record<string, unknown>;
  const entries: Record<string, string> = {};
  for (let number = 1_000; number < 1_300; number++) {
    const urn = urnOf('volume', number);
    entries[keys.record(urn)] = JSON.stringify({ ...volume, urn, name: `V${number}` });
    entries[`u/volume/00000000-0000-4000-8000-000000000010/V${number}`] = urn;
    entries[`a/00000000-0000-4000-8000-000000000001/Web/volume/V${number}`] = urn;
  }
  return entries;
};

async function expectConsistent(store: StateStore): Promise<void> {
  const { items } = await store.range({ prefix: '' });
  const records = items.filter((item) => item.key.startsWith('r/')).map((item) => decodeRecord(item).record);
  const held = records.flatMap((record) => heldKeys(record).map((key) => [key, record.urn]));
  const found = items.filter((item) => /^[ua]\//.test(item.key)).map((item) => [item.key, item.value]);
  expect(found.sort()).toEqual(held.sort());
  for (const record of records) expect(record.kind).toBe(parseUrn(record.urn).kind);
}

describe('a state of version 0', () => {
  it('becomes one of this version: policy, incarnation, folded keys, and unknown fields kept', async () => {
    const store = await version0Store();
    await migrateStore(store, 0);
    const volume = decodeRecord((await store.get(keys.record(urnOf('volume', 1))))!).record;
    expect(volume).toMatchObject({
      name: 'Data-01',
      colour: 'blue',
      incarnation: 1,
      schemaVersion: 1,
      policy: { protect: true, onRemove: 'delete' },
      spec: { sizeBytes: 1_073_741_824, mood: { deep: true } },
    });
    expect(volume.spec).not.toHaveProperty('protect');
    expect(decodeRecord((await store.get(keys.record(urnOf('project', 10))))!).record.policy.protect).toBe(false);
    await expectConsistent(store);
    const after = await dump(store);
    expect(after[keys.version]).toBe(String(STATE_VERSION));
    for (const same of ['b/abc/0000', 'm/epoch', 'm/installation', 'u/tenant/zone/root'] as const) {
      expect(after[same]).toBe(version0[same]);
    }
  });

  it('is not touched by a second migration', async () => {
    const store = await version0Store();
    await migrateStore(store, 0);
    const { items } = await store.range({ prefix: '' });
    await migrateStore(store, 0);
    await migrateStore(store, STATE_VERSION);
    expect((await store.range({ prefix: '' })).items).toEqual(items);
  });

  it('comes out the same when the process dies at any of its transactions and another goes on', async () => {
    const whole = await version0Store(many());
    let transactions = 0;
    const txn: StateStore['txn'] = (each) => {
      transactions++;
      return whole.txn(each);
    };
    await migrateStore({ ...whole, txn }, 0);
    const expected = await dump(whole);
    expect(transactions).toBeGreaterThan(8);
    await expectConsistent(whole);
    for (let at = 0; at < transactions; at++) {
      for (const effect of ['before', 'after'] as const) {
        const store = await version0Store(many());
        await expect(migrateStore(dying(store, at, effect), 0)).rejects.toThrow('killed');
        const isComplete = at === transactions - 1 && effect === 'after';
        expect((await store.get(keys.version))?.value, `killed ${effect} ${at}`).toBe(isComplete ? '1' : undefined);
        await migrateStore(store, 0);
        expect(await dump(store), `killed ${effect} ${at}`).toEqual(expected);
      }
    }
  });

  it('is migrated by two processes at once, and beside a writer', async () => {
    const store = await version0Store(many());
    const writer = (async () => {
      for (let round = 0; round < 50; round++) {
        await store.txn({ success: [{ type: 'put', key: 'm/applied/x', value: String(round) }] });
      }
    })();
    await Promise.all([migrateStore(store, 0), migrateStore(store, 0), writer]);
    await expectConsistent(store);
    expect((await store.get(keys.version))?.value).toBe('1');
  });

  it('is refused when two names become one, and keeps both', async () => {
    const store = await version0Store({ 'u/project/zone/shop': urnOf('project', 11) });
    await expect(migrateStore(store, 0)).rejects.toThrow(/u\/project\/zone\/shop/);
    expect(await store.get('u/project/zone/Shop')).toBeDefined();
    expect((await store.get('u/project/zone/shop'))?.value).toBe(urnOf('project', 11));
    expect(await store.get(keys.version)).toBeUndefined();
    const pairs = Object.entries(await dump(store)).map(([key, value]) => ({ key, value }));
    expect(() => migratePairs(pairs, 0)).toThrow(StoreDamagedError);
  });

  it('is refused when a record is not readable, with its key', async () => {
    const store = await version0Store({ 'r/volume/broken': '{"urn":' });
    await expect(migrateStore(store, 0)).rejects.toThrow(/r\/volume\/broken/);
  });
});
