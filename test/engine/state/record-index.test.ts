/** The index of records follows the store and finds what a look through all records would. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldName } from '../../../src/engine/model/address.ts';
import { isLive } from '../../../src/engine/model/record.ts';
import { openRecordIndex } from '../../../src/engine/state/record-index.ts';
import { createSortedTexts } from '../../../src/engine/state/sorted-texts.ts';
import { createEstate } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const forever = new AbortController().signal;

describe('the index of records', () => {
  it('finds by name, tag and scope what the store holds, and keeps up with it', async () => {
    const estate = await createEstate();
    await estate.applied([
      infrastructure(),
      stack({ volumes: { 'Data-1': 'tags: [os:1, db], onRemove: delete', 'data-12': null } }),
    ]);
    const index = await openRecordIndex(estate.engine.store);
    const names = (prefix: string) => index.named('volume', prefix).map(({ record }) => record.name);
    expect(names('data-1')).toEqual(['Data-1', 'data-12']);
    expect(names('DATA-12')).toEqual(['data-12']);
    expect(names('x')).toEqual([]);
    expect(index.tagged('volume', 'os:').map(({ record, tag }) => [record.record.name, tag])).toEqual([
      ['Data-1', 'os:1'],
    ]);
    const project = index.named('project', 'p')[0]!.record.urn;
    expect(index.under('volume', project).map(({ record }) => record.name)).toEqual(['Data-1', 'data-12']);
    const system = index.named('storageSystem', 'array-1')[0]!.record.urn;
    expect(index.under('pool', system)).toHaveLength(2);
    const host = index.named('host', 'h1')[0]!.record.urn;
    expect(index.under('initiator', host)).toHaveLength(1);

    await estate.applied(stack({ volumes: { 'data-12': 'size: 20GiB, tags: [new]', fresh: null } }));
    const { record } = await estate.record('volume', 'fresh');
    expect(await index.until((now) => now.get(record.urn)?.record.status.phase === 'ready', forever)).toBe(true);
    await index.until((now) => now.named('volume', 'data-1').length === 1, forever);
    expect(index.ofKind('volume').map((each) => each.record.name)).toEqual(['data-12', 'fresh']);
    expect(index.tagged('volume', '').map(({ tag }) => tag)).toEqual(['new']);
    index.close();
    await index.ended;
  });

  it('is, whatever happens, what a look through all records finds', async () => {
    const step = fc.record({ volumes: fc.subarray(['a', 'ab', 'abc', 'b', 'B2']), tagged: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        const estate = await createEstate();
        await estate.applied(infrastructure());
        const index = await openRecordIndex(estate.engine.store);
        for (const { volumes, tagged } of steps) {
          const fields = `size: 1GiB, onRemove: delete${tagged ? ', tags: [t]' : ''}`;
          await estate.applied(
            stack({
              volumes: Object.fromEntries(volumes.map((name) => [name, fields])),
              more: volumes.length === 0 ? 'consistencyGroups: { g: {} }' : '',
            }),
          );
        }
        const records = (await estate.records('volume')).filter(({ record }) => isLive(record));
        const last = Math.max(0, ...(await estate.records('volume')).map(({ revision }) => revision));
        await index.until((now) => now.revision >= last, forever);
        const sorted = records.map(({ record }) => record.name).sort((x, y) => (foldName(x) < foldName(y) ? -1 : 1));
        expect(index.ofKind('volume').map(({ record }) => record.name)).toEqual(sorted);
        for (const prefix of ['a', 'AB', 'b', 'c']) {
          const wanted = sorted.filter((name) => foldName(name).startsWith(foldName(prefix)));
          expect(index.named('volume', prefix).map(({ record }) => record.name)).toEqual(wanted);
        }
        expect(index.tagged('volume', 't')).toHaveLength(records.filter(({ record }) => record.tags).length);
        index.close();
        await index.ended;
      }),
      { numRuns: 15 },
    );
  });

  it('lists again after a gap in the watch', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure(), stack({ volumes: { a: 'onRemove: delete', b: null } })]);
    const { store } = estate.engine;
    let tell: (() => void) | undefined;
    const gapped: typeof store = {
      ...store,
      watch: async function* (_prefix, _from, signal) {
        await new Promise<void>((resolve) => {
          tell = resolve;
          signal.addEventListener('abort', () => resolve());
        });
        if (!signal.aborted) yield { type: 'gap', revision: await estate.revision() };
      },
    };
    const index = await openRecordIndex(gapped);
    await estate.applied(stack({ volumes: { b: null, c: null } }));
    expect(index.ofKind('volume').map(({ record }) => record.name)).toEqual(['a', 'b']);
    tell!();
    await index.until((now) => now.named('volume', 'c').length === 1, forever);
    expect(index.ofKind('volume').map(({ record }) => record.name)).toEqual(['b', 'c']);
  });

  it('gives up waiting when nobody waits any more', async () => {
    const estate = await createEstate();
    const index = await openRecordIndex(estate.engine.store);
    const stop = new AbortController();
    const waiting = index.until(() => false, stop.signal);
    stop.abort();
    expect(await waiting).toBe(false);
    index.close();
  });
});

it('sorted texts are sorted, whatever is added and removed', () => {
  const texts = fc.constantFrom('a', 'ab', 'b', 'ba', 'bb', '\uffff');
  const change = fc.record({ add: fc.boolean(), text: texts, value: fc.constantFrom('1', '2'), ask: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300 }), texts, (changes, prefix) => {
      const sorted = createSortedTexts<string>();
      const plain = new Set<string>();
      for (const { add, text, value, ask } of changes) {
        const key = `${text} ${value}`;
        if (add && !plain.has(key)) sorted.add(text, value);
        if (!add) sorted.remove(text, value);
        if (add) plain.add(key);
        else plain.delete(key);
        if (ask) sorted.all();
      }
      const wanted = [...plain]
        .map((key) => key.split(' ') as [string, string])
        .filter(([text]) => text.startsWith(prefix));
      const found = sorted.startingWith(prefix).map(({ text, value }) => [text, value]);
      expect(found).toEqual(wanted.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0)));
    }),
  );
});
