/**
 * What every StateStore must do. A store passes when it passes all of this; test/conformance/store-*.test.ts run it.
 * `open` makes an empty store on the given clock; `reopen` closes it and opens the same data again (stores that last);
 * `secondClient` is another client of the same data.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareKeys } from '../../src/engine/state/key-order.ts';
import { StoreError } from '../../src/engine/state/store.ts';
import { AssertionError } from '../../src/lib/assert.ts';
import { createVirtualClock } from '../../src/lib/clock.ts';
import { LIMITS } from '../../src/lib/limits.ts';
import { type Context, expectNextRevision, keysOf, type OpenStore, openContext, put, write } from './store-context.ts';
import { leases, limits, restarts, watches } from './store-life.ts';
import { storeModelProperty } from './store-model.ts';

export function storeConformance(name: string, open: OpenStore): void {
  describe(`${name} store`, () => {
    const context = {} as Context;
    beforeEach(async () => {
      Object.assign(context, { clock: createVirtualClock() });
      await openContext(context, open);
    });
    afterEach(async () => {
      await context.store.close();
      await context.opened.dispose?.();
    });
    readsAndWrites(context);
    transactions(context);
    ranges(context);
    snapshots(context);
    watches(context);
    leases(context, open);
    limits(context);
    restarts(context);
    it('agrees with a simple model under any sequence of operations', () =>
      storeModelProperty(open, context.opened.onRealTime ?? false));
  });
}

function readsAndWrites(context: Context): void {
  it('gives nothing for a key that was never written', async () => {
    expect(await context.store.get('r/none')).toBeUndefined();
  });

  it('keeps the create revision and moves the mod revision at each write of a key', async () => {
    const first = await write(context.store, put('a', '1'));
    const other = await write(context.store, put('b', '1'));
    const second = await write(context.store, put('a', '2'));
    expectNextRevision(context, first.revision, other.revision);
    expectNextRevision(context, other.revision, second.revision);
    expect(await context.store.get('a')).toEqual({
      key: 'a',
      value: '2',
      createRevision: first.revision,
      modRevision: second.revision,
    });
  });

  it('starts a new life at a new create revision after a delete', async () => {
    await write(context.store, put('a', '1'));
    await write(context.store, { type: 'delete', key: 'a' });
    expect(await context.store.get('a')).toBeUndefined();
    const again = await write(context.store, put('a', '2'));
    expect((await context.store.get('a'))?.createRevision).toBe(again.revision);
  });

  it('leaves the revision alone when nothing changed', async () => {
    if (context.opened.sharedRevisions) return;
    const { revision } = await write(context.store, put('a'));
    const results = [
      await write(context.store, { type: 'delete', key: 'missing' }),
      await write(context.store, { type: 'get', key: 'a' }),
      await context.store.txn({ compare: [{ key: 'a', exists: false }], success: [put('b')] }),
    ];
    expect(results.map((result) => result.revision)).toEqual([revision, revision, revision]);
  });

  it('keeps any text in keys and values', async () => {
    const texts = ['', ' ', 'ü€😀\u0000\n"', 'x'.repeat(70_000), '\u00ff\u0080', '- - -\n'];
    for (const [index, value] of texts.entries()) await write(context.store, put(`k/😀 \u00ff\n/${index}`, value));
    const found = await context.store.range({ prefix: 'k/😀' });
    expect(found.items.map((item) => item.value)).toEqual(texts);
  });

  it('deletes everything under a prefix and nothing beside it', async () => {
    await write(context.store, put('a/1'), put('a/2'), put('a0'), put('a'), put('b/1'));
    const { revision } = await write(context.store, { type: 'delete-prefix', prefix: 'a/' });
    expect(await keysOf(context.store, '')).toEqual(['a', 'a0', 'b/1']);
    expectNextRevision(context, revision, (await write(context.store, put('c'))).revision);
  });
}

function transactions(context: Context): void {
  it('runs the success branch only when every compare holds, else the failure branch', async () => {
    const { revision } = await write(context.store, put('a', '1'));
    const holding = [
      { key: 'a', modRevision: revision },
      { key: 'a', exists: true },
      { key: 'a', value: '1' },
      { key: 'b', modRevision: 0 },
      { key: 'b', exists: false },
    ];
    const run = (compare: (typeof holding)[number]) =>
      context.store.txn({
        compare: [...holding, compare],
        success: [{ type: 'get', key: 'a' }],
        failure: [{ type: 'get', key: 'b' }, put('failed')],
      });
    expect(await run(holding[0]!)).toMatchObject({ succeeded: true, gets: [{ value: '1' }] });
    const failing = [
      { key: 'a', modRevision: revision - 1 },
      { key: 'a', modRevision: 0 },
      { key: 'b', modRevision: 1 },
      { key: 'a', exists: false },
      { key: 'b', exists: true },
      { key: 'a', value: '2' },
      { key: 'b', value: '' },
    ];
    for (const compare of failing) expect(await run(compare)).toMatchObject({ succeeded: false, gets: [undefined] });
    expect((await context.store.get('failed'))?.value).toBe('failed');
  });

  it('lets one of many concurrent compare-and-swaps win', async () => {
    const { revision } = await write(context.store, put('counter', '0'));
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        context.store.txn({
          compare: [{ key: 'counter', modRevision: revision }],
          success: [put('counter', `${index}`)],
        }),
      ),
    );
    expect(results.filter((result) => result.succeeded)).toHaveLength(1);
    const winner = results.findIndex((result) => result.succeeded);
    expect((await context.store.get('counter'))?.value).toBe(`${winner}`);
  });

  it('gives all writes of a transaction the same revision and shows them together', async () => {
    const { revision } = await write(context.store, put('a'), put('b'), put('c'));
    const { items } = await context.store.range({ prefix: '' });
    expect(items.map((item) => item.modRevision)).toEqual([revision, revision, revision]);
  });

  it('shows its own writes to later reads of the same transaction', async () => {
    await write(context.store, put('old'));
    const { gets } = await write(
      context.store,
      { type: 'get', key: 'old' },
      put('new', '1'),
      { type: 'delete', key: 'old' },
      { type: 'get', key: 'new' },
      { type: 'get', key: 'old' },
    );
    expect(gets.map((item) => item?.value)).toEqual(['old', '1', undefined]);
  });

  it('refuses to write a key twice in one transaction', async () => {
    await expect(write(context.store, put('a', '1'), put('a', '2'))).rejects.toThrow(AssertionError);
    await expect(write(context.store, put('a/1'), { type: 'delete-prefix', prefix: 'a/' })).rejects.toThrow(
      AssertionError,
    );
    expect(await keysOf(context.store, '')).toEqual([]);
  });

  it('shows a write at once to other clients', async () => {
    if (!context.opened.secondClient) return;
    const second = await context.opened.secondClient();
    for (let round = 0; round < 20; round++) {
      await write(context.store, put('k', `${round}`));
      expect((await second.get('k'))?.value).toBe(`${round}`);
      await write(second, put('k', `${round}'`));
      expect((await context.store.get('k'))?.value).toBe(`${round}'`);
    }
    await second.close();
    expect((await context.store.get('k'))?.value).toBe("19'");
  });
}

function ranges(context: Context): void {
  it('sorts by the bytes of the key', async () => {
    const names = ['z', 'a', 'a/', 'a/b', 'A', 'é', '\ue000', '😀', 'a-', 'a0', '~'];
    await write(context.store, ...names.map((name) => put(`k${name}`)));
    const found = await keysOf(context.store, 'k');
    expect(found).toEqual(names.map((n) => `k${n}`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    expect(found).toEqual([...found].sort(compareKeys));
  });

  it('reads page by page without gap or overlap, and says whether there is more', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `p/${String(index).padStart(3, '0')}`);
    await write(context.store, ...names.map((name) => put(name)), put('p'), put('p0'));
    const first = await context.store.range({ prefix: 'p/', limit: 10 });
    const second = await context.store.range({ prefix: 'p/', limit: 10, after: first.items.at(-1)!.key });
    const third = await context.store.range({ prefix: 'p/', limit: 10, after: second.items.at(-1)!.key });
    expect([first.more, second.more, third.more]).toEqual([true, true, false]);
    expect([first, second, third].flatMap((page) => page.items.map((item) => item.key))).toEqual(names);
    const exact = await context.store.range({ prefix: 'p/', limit: 25 });
    expect([exact.items.length, exact.more]).toEqual([25, false]);
    expect(await context.store.range({ prefix: 'p/', after: 'a' })).toMatchObject({ items: { length: 25 } });
  });

  it('leaves values out when only keys are wanted, with the revisions', async () => {
    const { revision } = await write(context.store, put('a', 'x'));
    const { items } = await context.store.range({ prefix: 'a', keysOnly: true });
    expect(items).toEqual([{ key: 'a', value: '', createRevision: revision, modRevision: revision }]);
  });

  it('never gives more than a page, whatever is asked for', async () => {
    const count = LIMITS.rangePageMax + 10;
    for (let at = 0; at < count; at += 100) {
      await write(context.store, ...Array.from({ length: Math.min(100, count - at) }, (_, i) => put(`k/${at + i}`)));
    }
    const page = await context.store.range({ prefix: 'k/', limit: 1_000_000 });
    expect([page.items.length, page.more]).toEqual([LIMITS.rangePageMax, true]);
    expect(await keysOf(context.store, 'k/')).toHaveLength(count);
  });
}

function snapshots(context: Context): void {
  it('reads in a snapshot what was there when it was made', async () => {
    const { revision } = await write(context.store, put('a', '1'), put('b', '1'), put('c', '1'));
    const snapshot = await context.store.snapshot();
    await write(context.store, put('a', '2'), { type: 'delete', key: 'b' }, put('d', '2'));
    await write(context.store, put('a', '3'), put('b', '3'), { type: 'delete', key: 'c' });
    const later = await context.store.snapshot();
    const values = async (source: typeof snapshot) =>
      (await source.range({ prefix: '' })).items.map((item) => `${item.key}${item.value}`);
    expect(await values(snapshot)).toEqual(['a1', 'b1', 'c1']);
    expect(await snapshot.get('d')).toBeUndefined();
    expect((await snapshot.get('a'))?.modRevision).toBe(revision);
    expect(snapshot.revision).toBe(revision);
    expect((await snapshot.range({ prefix: '' })).revision).toBe(revision);
    expect(await values(later)).toEqual(['a3', 'b3', 'd2']);
    snapshot.close();
    expect(await values(later)).toEqual(['a3', 'b3', 'd2']);
    later.close();
    expect((await context.store.range({ prefix: '' })).items.map((item) => item.key)).toEqual(['a', 'b', 'd']);
  });

  it('refuses to read from a closed snapshot, and closes it once', async () => {
    const snapshot = await context.store.snapshot();
    snapshot.close();
    snapshot.close();
    await expect(snapshot.get('a')).rejects.toThrow(StoreError);
    await expect(snapshot.range({ prefix: '' })).rejects.toThrow(StoreError);
  });

  it('has many snapshots open at once', async () => {
    const open = [];
    for (let index = 0; index < 200; index++) {
      await write(context.store, put('k', `${index}`));
      open.push(await context.store.snapshot());
    }
    for (const [index, snapshot] of open.entries()) expect((await snapshot.get('k'))?.value).toBe(`${index}`);
    for (const snapshot of open) snapshot.close();
  });
}
