/** Bringing older states to this version: states of all of them, whole, torn by crashes, and shared. */
import { describe, expect, it } from 'vitest';
import { amountsIn } from '../../../src/engine/model/members.ts';
import { parseUrn, type Urn } from '../../../src/engine/model/urn.ts';
import { checkIntegrity } from '../../../src/engine/state/integrity.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import { migratePairs, migrateStore, STATE_VERSION } from '../../../src/engine/state/migrations.ts';
import { decodeRecord, heldKeys } from '../../../src/engine/state/records.ts';
import { type StateStore, StoreDamagedError } from '../../../src/engine/state/store.ts';
import { withView } from '../../../src/engine/state/view.ts';
import { accountLedger, quotasOf, SHARES } from '../../../src/engine/tenancy/quotas.ts';
import version0 from './fixtures/v0.json' with { type: 'json' };
import version1 from './fixtures/v1.json' with { type: 'json' };
import version2 from './fixtures/v2.json' with { type: 'json' };
import { dump, environment, urnOf } from './fixtures.ts';

async function storeOf(pairs: Readonly<Record<string, string>>): Promise<StateStore> {
  const { store } = environment();
  for (const [key, value] of Object.entries(pairs)) {
    await store.txn({ success: [{ type: 'put', key, value }] });
  }
  return store;
}

const version0Store = (extra: Record<string, string> = {}): Promise<StateStore> => storeOf({ ...version0, ...extra });

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
  for (let number = 1_000; number < 1_200; number++) {
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
        const version = Number((await store.get(keys.version))?.value ?? 0);
        expect(version === STATE_VERSION, `killed ${effect} ${at}`).toBe(isComplete);
        await migrateStore(store, version);
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
    expect((await store.get(keys.version))?.value).toBe(String(STATE_VERSION));
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

/** A state that version 1 of the form was used for: two virtual arrays, a virtual pool in both, a cluster, an export. */
describe('a state of version 1', () => {
  type Stored = { urn: Urn; name: string; spec: Record<string, unknown>; status: { phase: string } };
  const old = (kind: string, name: string): Stored =>
    Object.entries(version1)
      .filter(([key]) => key.startsWith(`r/${kind}/`))
      .map(([, value]) => JSON.parse(value) as Stored)
      .find((record) => record.name === name)!;
  const lists = async (store: StateStore, urn: Urn, ...names: string[]) => {
    const { result } = await withView(store, (view) => names.map((list) => [...view.members(urn, list)].sort()));
    return result;
  };
  const sorted = (urns: unknown) => [...(urns as Urn[])].sort();
  const with60 = () => {
    const array = old('virtualArray', 'dc1');
    const storageSystems = Array.from({ length: 50 }, (_, index) => urnOf('storageSystem', index));
    return { array, storageSystems, value: JSON.stringify({ ...array, spec: { networks: [], storageSystems } }) };
  };

  it('has its lists as records of their own afterwards, and everything else as it was', async () => {
    const store = await storeOf(version1);
    await migrateStore(store, 1);
    await expectConsistent(store);
    for (const name of ['dc1', 'dc2']) {
      const { urn, spec } = old('virtualArray', name);
      const wanted = [sorted(spec.networks), sorted(spec.storageSystems)];
      expect(await lists(store, urn, 'networks', 'storageSystems')).toEqual(wanted);
      expect(decodeRecord((await store.get(keys.record(urn)))!).record.spec).toEqual({});
    }
    const pool = old('virtualPool', 'gold');
    expect(await lists(store, pool.urn, 'virtualArrays')).toEqual([sorted(pool.spec.virtualArrays)]);
    const cluster = old('cluster', 'pair');
    expect(await lists(store, cluster.urn, 'hosts')).toEqual([sorted(cluster.spec.hosts)]);
    expect(decodeRecord((await store.get(keys.record(cluster.urn)))!).record.spec).toEqual({
      tenant: cluster.spec.tenant,
    });
    const after = await dump(store);
    const members = Object.keys(after).filter((key) => key.startsWith('r/member/'));
    expect(members).toHaveLength(4 + 2 + 2 + 2);
    const changed = Object.keys(version1).filter((key) => after[key] !== version1[key as keyof typeof version1]);
    expect(changed.filter((key) => !/^r\/(virtualArray|virtualPool|cluster)\//.test(key))).toEqual([keys.version]);
    expect((await checkIntegrity(store)).problems).toEqual([]);
  });

  it('takes the longest list that a record of version 1 could have, in one transaction', async () => {
    const { array, storageSystems, value } = with60();
    const store = await storeOf({ ...version1, [keys.record(array.urn)]: value });
    await migrateStore(store, 1);
    expect(await lists(store, array.urn, 'storageSystems')).toEqual([sorted(storageSystems)]);
  });

  it('comes out the same after a crash at any of its transactions, and by two processes', async () => {
    const { array, value } = with60();
    const pairs = { ...version1, [keys.record(array.urn)]: value };
    const whole = await storeOf(pairs);
    let transactions = 0;
    const txn: StateStore['txn'] = (each) => {
      transactions++;
      return whole.txn(each);
    };
    await migrateStore({ ...whole, txn }, 1);
    const expected = await dump(whole);
    for (let at = 0; at < transactions; at++) {
      for (const effect of ['before', 'after'] as const) {
        const store = await storeOf(pairs);
        await expect(migrateStore(dying(store, at, effect), 1)).rejects.toThrow('killed');
        await migrateStore(store, 1);
        expect(await dump(store), `killed ${effect} ${at}`).toEqual(expected);
      }
    }
    const shared = await storeOf(pairs);
    await Promise.all([migrateStore(shared, 1), migrateStore(shared, 1)]);
    expect(await dump(shared)).toEqual(expected);
  });

  it('leaves what has ended without members, and what is being made to whoever promised it', async () => {
    const of = (phase: string, name: string, number: number) => {
      const made = { ...old('cluster', 'pair'), urn: urnOf('cluster', number), name, status: { phase, sinceMs: 1 } };
      return { urn: made.urn, key: keys.record(made.urn), value: JSON.stringify(made) };
    };
    const [ended, making] = [of('deleted', 'ended', 1), of('creating', 'making', 2)];
    const store = await storeOf({ ...version1, [ended.key]: ended.value, [making.key]: making.value });
    await migrateStore(store, 1);
    expect(await lists(store, ended.urn, 'hosts')).toEqual([[]]);
    expect(await lists(store, making.urn, 'hosts')).toEqual([[]]);
    expect((await store.get(making.key))?.value).toBe(making.value);
    expect(decodeRecord((await store.get(ended.key))!).record.spec).not.toHaveProperty('hosts');
  });

  it('is brought to this version as an export, too', async () => {
    const pairs = Object.entries(version1).map(([key, value]) => ({ key, value }));
    const store = await storeOf(version1);
    await migrateStore(store, 1);
    const { [keys.version]: _version, ...expected } = await dump(store);
    const migrated = Object.fromEntries(migratePairs(pairs, 1).map(({ key, value }) => [key, value]));
    const { [keys.version]: _old, ...rest } = migrated;
    expect(rest).toEqual(expected);
  });
});

/** A state that version 2 of the form was used for: tenants with shares of virtual pools, with a quota, with neither. */
describe('a state of version 2', () => {
  type Stored = { urn: Urn; name: string; spec: Record<string, unknown>; status: { phase: string } };
  type Shares = Readonly<Record<string, number>>;
  const old = (name: string): Stored =>
    Object.entries(version2)
      .filter(([key]) => key.startsWith('r/tenant/'))
      .map(([, value]) => JSON.parse(value) as Stored)
      .find((record) => record.name === name)!;
  const quotaOf = (name: string) => old(name).spec.quota as { capacityBytes?: number; virtualPools?: Shares };
  const sharesIn = async (store: StateStore, urn: Urn) =>
    (await withView(store, (view) => Object.fromEntries(amountsIn(view, urn, SHARES)))).result;
  const specOf = async (store: StateStore, { urn }: Stored) =>
    decodeRecord((await store.get(keys.record(urn)))!).record.spec;

  it('has its shares as records of their own afterwards, and everything else as it was', async () => {
    const store = await storeOf(version2);
    await migrateStore(store, 2);
    await expectConsistent(store);
    for (const name of ['finance', 'sales']) {
      expect(await sharesIn(store, old(name).urn)).toEqual(quotaOf(name).virtualPools);
    }
    const { parent } = old('finance').spec;
    expect(await specOf(store, old('finance'))).toEqual({ parent, quota: { capacityBytes: 1024 ** 4 } });
    for (const name of ['sales', 'idle', 'none']) expect(await specOf(store, old(name))).toEqual({ parent });
    const after = await dump(store);
    const changed = Object.keys(version2).filter((key) => after[key] !== version2[key as keyof typeof version2]);
    const tenants = ['finance', 'sales', 'idle'].map((name) => keys.record(old(name).urn));
    expect(changed.sort()).toEqual([...tenants, keys.version].sort());
    const added = Object.keys(after).filter((key) => !(key in version2));
    expect(added.filter((key) => key.startsWith('r/member/'))).toHaveLength(3);
    expect(added.every((key) => /^[ru]\/member\//.test(key))).toBe(true);
    expect((await checkIntegrity(store)).problems).toEqual([]);
  });

  it('keeps what is counted of each share: the account of the quota is the same one', async () => {
    const store = await storeOf(version2);
    await migrateStore(store, 2);
    const records = (await store.range({ prefix: 'r/member/' })).items.map((item) => decodeRecord(item).record);
    const places = records.flatMap((record) => quotasOf(record, () => []));
    const ledgers = await Promise.all(places.map((place) => store.get(keys.ledger(accountLedger(place)))));
    expect(ledgers.filter((ledger) => ledger !== undefined).length).toBeGreaterThan(0);
    expect(places).toHaveLength(3);
  });

  it('comes out the same after a crash at any of its transactions, by two processes, and as an export', async () => {
    const most = Object.fromEntries(Array.from({ length: 45 }, (_, index) => [urnOf('virtualPool', index), index]));
    const full = { ...old('sales'), spec: { ...old('sales').spec, quota: { virtualPools: most } } };
    const stored = { ...version2, [keys.record(full.urn)]: JSON.stringify(full) };
    const whole = await storeOf(stored);
    let transactions = 0;
    const txn: StateStore['txn'] = (each) => {
      transactions++;
      return whole.txn(each);
    };
    await migrateStore({ ...whole, txn }, 2);
    const expected = await dump(whole);
    expect(await sharesIn(whole, full.urn)).toEqual(most);
    for (let at = 0; at < transactions; at++) {
      for (const effect of ['before', 'after'] as const) {
        const store = await storeOf(stored);
        await expect(migrateStore(dying(store, at, effect), 2)).rejects.toThrow('killed');
        await migrateStore(store, 2);
        expect(await dump(store), `killed ${effect} ${at}`).toEqual(expected);
      }
    }
    const shared = await storeOf(stored);
    await Promise.all([migrateStore(shared, 2), migrateStore(shared, 2)]);
    expect(await dump(shared)).toEqual(expected);
    const pairs = Object.entries(stored).map(([key, value]) => ({ key, value }));
    const exported = Object.fromEntries(migratePairs(pairs, 2).map(({ key, value }) => [key, value]));
    expect({ ...exported, [keys.version]: expected[keys.version] }).toEqual(expected);
  });

  it('leaves what has ended without shares, and what is being made to whoever promised it', async () => {
    const of = (phase: string, name: string, number: number) => {
      const made = { ...old('finance'), urn: urnOf('tenant', number), name, status: { phase, sinceMs: 1 } };
      return { urn: made.urn, key: keys.record(made.urn), value: JSON.stringify(made) };
    };
    const [ended, making] = [of('deleted', 'ended', 1_001), of('creating', 'making', 1_002)];
    const store = await storeOf({ ...version2, [ended.key]: ended.value, [making.key]: making.value });
    await migrateStore(store, 2);
    expect(await sharesIn(store, ended.urn)).toEqual({});
    expect(await sharesIn(store, making.urn)).toEqual({});
    expect((await store.get(making.key))?.value).toBe(making.value);
    expect((await store.get(ended.key))?.value).not.toContain('virtualPools');
  });
});
