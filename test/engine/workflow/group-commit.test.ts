/** Writes that wait for each other go together, and each still means what it means alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/engine/state/memory/memory-store.ts';
import type { RecordWrite } from '../../../src/engine/state/records.ts';
import type { StateStore } from '../../../src/engine/state/store.ts';
import { createGroupCommit } from '../../../src/engine/workflow/group-commit.ts';
import { createVirtualClock } from '../../../src/lib/clock.ts';
import { createSeededRandom } from '../../../src/lib/random.ts';

function committing() {
  const store = createMemoryStore({ clock: createVirtualClock(), random: createSeededRandom(1) });
  const transactions: RecordWrite[] = [];
  const group = createGroupCommit({
    txn: async (txn) => {
      transactions.push({ compare: txn.compare ?? [], operations: txn.success });
      // As a store does: others come while one is being written.
      await new Promise((resolve) => setImmediate(resolve));
      return store.txn(txn);
    },
  });
  return { store, group, transactions };
}

const put = (key: string, value = 'v') => ({ type: 'put', key, value }) as const;

const textsOf = async (store: StateStore) =>
  Object.fromEntries((await store.range({ prefix: '' })).items.map(({ key, value }) => [key, value]));

describe('writes that come while another is being written', () => {
  it('are one transaction', async () => {
    const { group, transactions } = committing();
    await Promise.all(Array.from({ length: 50 }, (_, n) => group.write({ compare: [], operations: [put(`k${n}`)] })));
    expect(transactions.map(({ operations }) => operations.length)).toEqual([1, 49]);
  });

  it('are no more than one transaction holds', async () => {
    const { group, transactions } = committing();
    await Promise.all(Array.from({ length: 400 }, (_, n) => group.write({ compare: [], operations: [put(`k${n}`)] })));
    expect(Math.max(...transactions.map(({ operations }) => operations.length))).toBeLessThanOrEqual(128);
    expect(transactions.length).toBeLessThanOrEqual(5);
  });

  it('fail alone', async () => {
    const { store, group } = committing();
    await store.txn({ success: [put('there')] });
    const results = await Promise.all([
      group.write({ compare: [], operations: [put('a')] }),
      group.write({ compare: [], operations: [put('b')] }),
      group.write({ compare: [{ key: 'there', exists: false }], operations: [put('c')] }),
      group.write({ compare: [{ key: 'there', exists: true }], operations: [put('d')] }),
    ]);
    expect(results.map((revision) => revision !== undefined)).toEqual([true, true, false, true]);
    expect(Object.keys(await textsOf(store))).toEqual(['a', 'b', 'd', 'there']);
  });

  it('all hear of it when the store fails', async () => {
    const group = createGroupCommit({
      txn: async () => {
        throw new Error('down');
      },
    });
    const all = await Promise.allSettled(
      Array.from({ length: 5 }, (_, n) => group.write({ compare: [], operations: [put(`k${n}`)] })),
    );
    expect(all.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
  });

  it('are not written any more when their writer is over meanwhile, and the others are', async () => {
    const { store, group, transactions } = committing();
    let over = false;
    const check = () => {
      if (over) throw new Error('killed');
    };
    const first = group.write({ compare: [], operations: [put('a')], check });
    const late = group.write({ compare: [], operations: [put('b')], check });
    const other = group.write({ compare: [], operations: [put('c')] });
    over = true;
    expect(await Promise.allSettled([first, late, other])).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { message: 'killed' } },
      { status: 'fulfilled' },
    ]);
    expect(Object.keys(await textsOf(store))).toEqual(['a', 'c']);
    expect(transactions).toHaveLength(2);
  });

  it('have the effect of some order in which each is written alone', async () => {
    const key = fc.integer({ min: 0, max: 5 }).map((n) => `k${n}`);
    const write = fc.record({
      compare: fc.array(fc.record({ key, exists: fc.boolean() }), { maxLength: 2 }),
      puts: fc.uniqueArray(key, { maxLength: 2 }),
      deletes: fc.option(key, { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 5 }), async (writes) => {
        const { store, group } = committing();
        const asked = writes.map(({ compare, puts, deletes }, n): RecordWrite => {
          const operations = puts.map((name) => put(name, `by ${n}`));
          const gone =
            deletes === undefined || puts.includes(deletes) ? [] : [{ type: 'delete', key: deletes } as const];
          return { compare, operations: [...operations, ...gone] };
        });
        const results = await Promise.all(asked.map((one) => group.write(one)));
        const outcome = JSON.stringify([results.map((r) => r !== undefined), await textsOf(store)]);
        expect(await serialOutcomes(asked)).toContain(outcome);
      }),
      { numRuns: 150 },
    );
  });
});

async function serialOutcomes(asked: readonly RecordWrite[]): Promise<Set<string>> {
  const outcomes = new Set<string>();
  for (const order of permutations(asked.map((_, index) => index))) {
    const store = createMemoryStore({ clock: createVirtualClock(), random: createSeededRandom(1) });
    const done: boolean[] = [];
    for (const index of order) {
      const { compare, operations } = asked[index]!;
      done[index] = (await store.txn({ compare, success: operations })).succeeded;
    }
    outcomes.add(JSON.stringify([done, await textsOf(store)]));
  }
  return outcomes;
}

function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

describe('the last revision of a record', () => {
  it('is that of the last write of one, whatever else is written', async () => {
    const { group } = committing();
    expect(group.recordRevision).toBe(0);
    const revision = await group.write({ compare: [], operations: [put('r/volume/1')] });
    expect(group.recordRevision).toBe(revision);
    await group.write({ compare: [], operations: [put('wj/1')] });
    await group.write({ compare: [{ key: 'r/volume/1', exists: false }], operations: [put('r/volume/2')] });
    expect(group.recordRevision).toBe(revision);
  });
});

describe('turns', () => {
  it('at one key are taken one after the other, at others at once, and given back by who fails', async () => {
    const { group } = committing();
    const seen: string[] = [];
    const work = (name: string, keys: readonly string[], fails = false) =>
      group
        .inTurn(keys, async () => {
          seen.push(`${name} begins`);
          await new Promise((resolve) => setTimeout(resolve, 5));
          seen.push(`${name} ends`);
          if (fails) throw new Error(name);
        })
        .catch(() => undefined);
    await Promise.all([work('a', ['x'], true), work('b', ['x']), work('c', ['y'])]);
    const at = (text: string) => seen.indexOf(text);
    expect(at('b begins')).toBeGreaterThan(at('a ends'));
    expect(at('c begins')).toBeLessThan(at('a ends'));
  });

  it('at several keys never wait for each other for ever', async () => {
    const { group } = committing();
    const keys = ['a', 'b', 'c', 'd'];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.subarray(keys), { maxLength: 12 }), async (wanted) => {
        const inside = new Map<string, number>();
        await Promise.all(
          wanted.map((some) =>
            group.inTurn([...some].reverse(), async () => {
              for (const key of some) {
                expect(inside.get(key) ?? 0).toBe(0);
                inside.set(key, 1);
              }
              await Promise.resolve();
              for (const key of some) inside.set(key, 0);
            }),
          ),
        );
      }),
      { numRuns: 50 },
    );
  });
});
