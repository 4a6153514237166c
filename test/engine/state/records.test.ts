/** Records, their names and addresses as store operations, and reading them back. */
import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { ROOT_TENANT_URN } from '../../../src/engine/model/urn.ts';
import { chunkWrites } from '../../../src/engine/state/chunks.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import {
  combineWrites,
  decodeLedger,
  decodeMetrics,
  decodeObserved,
  decodeRecord,
  decodeReference,
  encodeLedger,
  encodeMetrics,
  encodeObserved,
  encodeRecord,
  putRecordOps,
  type RecordWrite,
  removeRecordOps,
} from '../../../src/engine/state/records.ts';
import { StoreDamagedError } from '../../../src/engine/state/store.ts';
import { AssertionError } from '../../../src/lib/assert.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { commit, dump, environment, lunMap, readRecord, urnOf, volume } from './fixtures.ts';

const uniqueOf = (name: string) => keys.unique('volume', '00000000-0000-4000-8000-000000000010', name);
const addressOf = (name: string) => keys.address(ROOT_TENANT_URN, 'shop', 'volume', name);
const deleted = { phase: 'deleted' as const, sinceMs: 2 };

describe('writing records', () => {
  it('writes the unique name and the address with the record', async () => {
    const { store } = environment();
    const data = volume(1, 'Data');
    expect(await commit(store, putRecordOps(data))).toBe(true);
    expect(await dump(store)).toEqual({
      [keys.record(data.urn)]: encodeRecord(data),
      [uniqueOf('data')]: data.urn,
      [addressOf('data')]: data.urn,
    });
    const items = (await store.range({ prefix: '' })).items;
    expect(new Set(items.map((item) => item.modRevision)).size).toBe(1);
  });

  it('gives no address to what REST or the engine owns', async () => {
    const { store } = environment();
    await commit(store, putRecordOps(volume(1, 'data', {})));
    expect((await store.range({ prefix: 'a/' })).items).toEqual([]);
    expect((await store.get(uniqueOf('data')))?.value).toBe(urnOf('volume', 1));
  });

  it('refuses a name that another record holds, whatever its case', async () => {
    const { store } = environment();
    await commit(store, putRecordOps(volume(1, 'data')));
    const before = await dump(store);
    expect(await commit(store, putRecordOps(volume(2, 'DATA', {})))).toBe(false);
    expect(await dump(store)).toEqual(before);
  });

  it('refuses to overwrite a record that changed since it was read', async () => {
    const { store } = environment();
    await commit(store, putRecordOps(volume(1, 'data')));
    const read = await readRecord(store, urnOf('volume', 1));
    expect(await commit(store, putRecordOps({ ...read.record, tags: ['a'] }, read))).toBe(true);
    expect(await commit(store, putRecordOps({ ...read.record, tags: ['b'] }, read))).toBe(false);
    expect(await commit(store, putRecordOps(volume(1, 'data')))).toBe(false);
    expect((await readRecord(store, urnOf('volume', 1))).record.tags).toEqual(['a']);
  });

  it('releases the old name and address when a record is renamed', async () => {
    const { store } = environment();
    await commit(store, putRecordOps(volume(1, 'old')));
    const read = await readRecord(store, urnOf('volume', 1));
    await commit(store, putRecordOps({ ...read.record, name: 'new' }, read));
    expect(Object.keys(await dump(store)).sort()).toEqual([
      addressOf('new'),
      keys.record(urnOf('volume', 1)),
      uniqueOf('new'),
    ]);
  });

  it('keeps names and address while quarantined and releases them when deleted', async () => {
    const { store } = environment();
    await commit(store, putRecordOps(volume(1, 'data')));
    let read = await readRecord(store, urnOf('volume', 1));
    const quarantined = { ...read.record, status: { phase: 'quarantined' as const, sinceMs: 2, untilMs: 9 } };
    await commit(store, putRecordOps(quarantined, read));
    expect(Object.keys(await dump(store))).toHaveLength(3);
    read = await readRecord(store, urnOf('volume', 1));
    await commit(store, putRecordOps({ ...read.record, status: deleted }, read));
    expect(Object.keys(await dump(store))).toEqual([keys.record(urnOf('volume', 1))]);
    expect(await commit(store, putRecordOps(volume(2, 'data')))).toBe(true);
  });

  it('lets a freed HLU stay taken by its tombstone until that is removed in favour of another', async () => {
    const { store } = environment();
    await commit(store, putRecordOps(lunMap(1, 7)));
    const read = await readRecord(store, urnOf('lunMap', 1));
    await commit(store, putRecordOps({ ...read.record, status: { ...deleted, freedAtMs: 2 } }, read));
    expect((await store.range({ prefix: 'u/' })).items.map((item) => item.key)).toEqual([
      'u/lunMap/00000000-0000-4000-8000-000000000050/hlu-00007',
    ]);
    const other = putRecordOps(lunMap(2, 7));
    expect(await commit(store, other)).toBe(false);
    const tombstone = await readRecord(store, urnOf('lunMap', 1));
    expect(await commit(store, combineWrites([removeRecordOps(tombstone), other]))).toBe(true);
    const items = (await store.range({ prefix: 'u/' })).items;
    expect(items.map((item) => item.value)).toEqual(items.map(() => urnOf('lunMap', 2)));
    expect(items).toHaveLength(3);
  });

  it('swaps two names in one transaction, and not when one record changed meanwhile', async () => {
    const { store } = environment();
    await commit(store, putRecordOps(volume(1, 'a')), putRecordOps(volume(2, 'b')));
    const [one, two] = [await readRecord(store, urnOf('volume', 1)), await readRecord(store, urnOf('volume', 2))];
    const swap = combineWrites([
      putRecordOps({ ...one.record, name: 'b' }, one),
      putRecordOps({ ...two.record, name: 'a' }, two),
    ]);
    await commit(store, putRecordOps({ ...two.record, tags: ['x'] }, two));
    expect(await commit(store, swap)).toBe(false);
    const again = await readRecord(store, urnOf('volume', 2));
    const valid = [
      putRecordOps({ ...one.record, name: 'b' }, one),
      putRecordOps({ ...again.record, name: 'a' }, again),
    ];
    expect(await commit(store, combineWrites(valid))).toBe(true);
    expect([(await store.get(uniqueOf('a')))?.value, (await store.get(uniqueOf('b')))?.value]).toEqual([
      urnOf('volume', 2),
      urnOf('volume', 1),
    ]);
  });

  it('removes a record with everything that was written with it', async () => {
    const { store } = environment();
    await commit(store, putRecordOps(volume(1, 'data')));
    await store.txn({ success: [{ type: 'put', key: keys.observed(urnOf('volume', 1)), value: '{}' }] });
    await commit(store, removeRecordOps(await readRecord(store, urnOf('volume', 1))));
    expect(await dump(store)).toEqual({});
  });

  it('removes what was measured with a port and with a storage system', async () => {
    const { store } = environment();
    const spec = { system: urnOf('storageSystem', 1), nativeId: 'x' };
    for (const kind of ['port', 'storageSystem'] as const) {
      const record = { ...volume(1, 'x', {}), urn: urnOf(kind, 1), kind, spec } as unknown as ResourceRecord;
      const put = (key: string) => ({ type: 'put', key, value: '{}' }) as const;
      const keep = [keys.record(record.urn), keys.metrics(record.urn)].map(put);
      await store.txn({ success: [...keep, put(keys.metrics(urnOf(kind, 2)))] });
      const { modRevision: revision } = (await store.get(keys.record(record.urn)))!;
      await commit(store, removeRecordOps({ record, revision }));
      expect(await dump(store)).toEqual({ [keys.metrics(urnOf(kind, 2))]: '{}' });
      await store.txn({ success: [{ type: 'delete', key: keys.metrics(urnOf(kind, 2)) }] });
    }
  });

  it('treats a record that grew over the limit as a bug', () => {
    const large = { ...volume(1, 'data'), tags: ['x'.repeat(LIMITS.recordBytesMax)] };
    expect(() => putRecordOps(large)).toThrow(AssertionError);
  });
});

describe('reading records', () => {
  const item = (value: unknown, key = keys.record(urnOf('volume', 1))) => ({
    key,
    value: typeof value === 'string' ? value : JSON.stringify(value),
    createRevision: 3,
    modRevision: 4,
  });

  it('gives back what was written, with its revision and with fields it does not know', () => {
    const base = volume(1, 'data');
    const future = {
      ...base,
      shape: 'round',
      spec: { ...base.spec, tier: { fast: true } },
      status: { ...base.status, health: 'good' },
      policy: { ...base.policy, immutable: true },
      scope: { ...base.scope, region: 'x' },
    };
    const { record, revision } = decodeRecord(item(future));
    expect(record).toEqual(future);
    expect(revision).toBe(4);
    expect(JSON.parse(encodeRecord(record))).toEqual(future);
  });

  it('names the key and the field of a damaged record', () => {
    const good = volume(1, 'data');
    const damaged: [unknown, RegExp][] = [
      ['{"urn":', /is not JSON/],
      ['null', /r\/volume/],
      [{ ...good, status: { phase: 'melted', sinceMs: 1 } }, /phase/],
      [{ ...good, spec: { ...good.spec, sizeBytes: 'much' } }, /sizeBytes/],
      [{ ...good, urn: 'urn:storageos:Volume:nonsense:vdc1' }, /not a URN/],
      [{ ...good, kind: 'spaceship' }, /unknown kind/],
      [{ ...good, kind: 'export' }, /holds export urn:storageos:Volume/],
      [volume(2, 'data'), /holds volume .*0002/],
      [{ ...good, owner: { type: 'nobody' } }, /owner/],
    ];
    for (const [value, message] of damaged) {
      expect(() => decodeRecord(item(value))).toThrow(StoreDamagedError);
      expect(() => decodeRecord(item(value))).toThrow(message);
      expect(() => decodeRecord(item(value))).toThrow(/the state is damaged: r\/volume\//);
    }
    expect(() => decodeReference(item('hello', 'u/volume/zone/a'))).toThrow(/u\/volume\/zone\/a: is not a URN/);
  });

  it('gives back a ledger and observed attributes, and refuses damaged ones', () => {
    const amounts = { allocatedBytes: 1, subscribedBytes: 2, volumes: 3 };
    const ledger = { pool: urnOf('pool', 1), reservations: { w1: amounts }, committed: amounts };
    expect(decodeLedger(item(encodeLedger(ledger), 'l/x'))).toEqual(ledger);
    expect(() => decodeLedger(item({ ...ledger, committed: { volumes: -1 } }, 'l/x'))).toThrow(/l\/x/);
    const port = { name: 'p1', status: 'up' as const, observedAtMs: 5 };
    expect(decodeObserved('port', item(encodeObserved('port', port), 'o/port/x'))).toEqual(port);
    expect(() => decodeObserved('pool', item(port, 'o/pool/x'))).toThrow(StoreDamagedError);
  });

  it('gives back metrics with what a newer version wrote, and refuses figures that are none', () => {
    const taken = { sampledAtMs: 5, receivedAtMs: 6 };
    const busy = { lastPercent: 1.5, averagePercent: 2, samples: 3, periodStartedAtMs: 4, measuredAtMs: 6 };
    const port = { ...taken, kilobytesTransferred: 7, busy, cpuBusyPercent: 8, fromLater: 9 };
    expect(decodeMetrics('port', item(encodeMetrics('port', port), 'om/port/x'))).toEqual(port);
    const domain = { name: 'A', ...taken, totalTicks: 2, idleTicks: 1 };
    const usablePorts = { busyPercent: 50, measuredAtMs: 6 };
    const system = { receivedAtMs: 6, usablePorts, haDomains: [domain, { ...domain, name: 'B', busy }] };
    expect(decodeMetrics('storageSystem', item(encodeMetrics('storageSystem', system), 'om/x'))).toEqual(system);
    const damaged = [
      { ...port, busy: { ...busy, averagePercent: null } },
      { ...port, busy: { ...busy, averagePercent: 101 } },
      { ...port, kilobytesTransferred: -1 },
      taken,
    ];
    for (const value of damaged) {
      expect(() => decodeMetrics('port', item(value, 'om/port/x'))).toThrow(/the state is damaged: om\/port\/x/);
    }
    const wrong = { ...system, haDomains: [{ name: 'A' }] };
    expect(() => decodeMetrics('storageSystem', item(wrong, 'om/x'))).toThrow(StoreDamagedError);
  });
});

describe('chunks of writes', () => {
  const write = (name: string, operations = 1, value = ''): RecordWrite => ({
    compare: [{ key: name, exists: false }],
    operations: Array.from({ length: operations }, (_, index) => ({ type: 'put', key: `${name}/${index}`, value })),
  });

  it('keeps each write whole, in order, and every chunk within the ceilings', () => {
    const writes = Array.from({ length: 100 }, (_, index) => write(`w${index}`, 3));
    const chunks = chunkWrites(writes);
    expect(chunks.map((chunk) => chunk.success.length)).toEqual([126, 126, 48]);
    expect(chunks.flatMap((chunk) => chunk.success)).toEqual(writes.flatMap((each) => each.operations));
    expect(chunks[0]!.compare).toHaveLength(42);
  });

  it('counts bytes too', async () => {
    const writes = Array.from({ length: 5 }, (_, index) => write(`w${index}`, 1, '€'.repeat(200_000)));
    const chunks = chunkWrites(writes);
    expect(chunks.map((chunk) => chunk.success.length)).toEqual([2, 2, 1]);
    const { store } = environment();
    for (const txn of chunks) expect((await store.txn(txn)).succeeded).toBe(true);
  });

  it('treats a single write over the ceilings as a bug', () => {
    expect(() => chunkWrites([write('w', LIMITS.txnOperationsMax + 1)])).toThrow(AssertionError);
    expect(chunkWrites([])).toEqual([]);
  });
});
