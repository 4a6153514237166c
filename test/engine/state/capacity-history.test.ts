import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CapacityHistory, type CapacitySample, withSample } from '../../../src/engine/model/capacity-history.ts';
import { makeUrn, type Urn } from '../../../src/engine/model/urn.ts';
import {
  addCapacitySamples,
  decodeCapacityHistory,
  encodeCapacityHistory,
  readCapacityHistories,
} from '../../../src/engine/state/capacity-history.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import { createMemoryStore } from '../../../src/engine/state/memory/memory-store.ts';
import { createVirtualClock } from '../../../src/lib/clock.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { createSeededRandom } from '../../../src/lib/random.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MIB = 1024 ** 2;
const TIB = 1024 ** 4;

const sampleAt = (atMs: number, usedBytes = 0): CapacitySample => ({
  atMs,
  totalBytes: 100 * TIB,
  usedBytes,
  subscribedBytes: 2 * usedBytes,
});

const grown = (samples: readonly CapacitySample[]): CapacityHistory =>
  samples.reduce<CapacityHistory>((history, sample) => withSample(history, sample) ?? history, []);

describe('a history of capacity', () => {
  it('takes one sample an hour, and keeps the last one of each day', () => {
    const first = grown([sampleAt(DAY_MS, MIB)]);
    expect(withSample(first, sampleAt(DAY_MS + HOUR_MS - 1, 2 * MIB))).toBeUndefined();
    expect(withSample(first, sampleAt(DAY_MS + HOUR_MS, 2 * MIB))).toEqual([sampleAt(DAY_MS + HOUR_MS, 2 * MIB)]);
    expect(grown([...first, sampleAt(2 * DAY_MS, 3 * MIB)])).toHaveLength(2);
  });

  it('is bounded: the oldest days go', () => {
    const count = LIMITS.capacitySamplesMax + 50;
    const history = grown(Array.from({ length: count }, (_, day) => sampleAt(day * DAY_MS, day * MIB)));
    expect(history).toHaveLength(LIMITS.capacitySamplesMax);
    expect(history.at(-1)).toEqual(sampleAt((count - 1) * DAY_MS, (count - 1) * MIB));
  });

  it('forgets what a clock that was wrong has put into the future', () => {
    const history = grown([sampleAt(0, MIB), sampleAt(999 * DAY_MS, MIB), sampleAt(DAY_MS, 2 * MIB)]);
    expect(history.map(({ atMs }) => atMs)).toEqual([0, DAY_MS]);
  });

  it('comes back from the store as it was, in less than a record', () => {
    const amount = fc.integer({ min: 0, max: 4 * 1024 ** 3 }).map((mebibytes) => mebibytes * MIB);
    const sample = fc.record({ totalBytes: amount, usedBytes: amount, subscribedBytes: amount, hour: fc.nat(23) });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 200 }), (days) => {
        const history = grown(
          days.map(({ hour, ...bytes }, day) => ({ atMs: (20_000 + day) * DAY_MS + hour * HOUR_MS, ...bytes })),
        );
        expect(decodeCapacityHistory({ value: encodeCapacityHistory(history) })).toEqual(history);
      }),
    );
    const real = grown(
      Array.from({ length: 400 }, (_, day) =>
        sampleAt((20_000 + day) * DAY_MS + 7 * HOUR_MS, 40 * TIB + day * 123_456 * MIB),
      ),
    );
    expect(Buffer.byteLength(encodeCapacityHistory(real))).toBeLessThan(LIMITS.recordBytesMax);
  });
});

describe('samples in a store', () => {
  const newStore = () => createMemoryStore({ clock: createVirtualClock(), random: createSeededRandom(1) });
  const pools = [1, 2].map((n) => makeUrn('pool', `00000000-0000-4000-8000-00000000000${n}`));
  const [one, two] = pools as [Urn, Urn];

  it('are added to what is there, each under its pool', async () => {
    const store = newStore();
    await addCapacitySamples(store, [{ of: one, sample: sampleAt(0, MIB) }]);
    await addCapacitySamples(store, [
      { of: one, sample: sampleAt(DAY_MS, 2 * MIB) },
      { of: two, sample: sampleAt(DAY_MS, 5 * MIB) },
    ]);
    const snapshot = await store.snapshot();
    const found = await readCapacityHistories(snapshot);
    snapshot.close();
    expect([...found.values()].map((history) => history.map(({ usedBytes }) => usedBytes / MIB))).toEqual([
      [1, 2],
      [5],
    ]);
  });

  it('are written once an hour, however often somebody looks', async () => {
    const store = newStore();
    await addCapacitySamples(store, [{ of: one, sample: sampleAt(DAY_MS, MIB) }]);
    const { modRevision } = (await store.get(keys.capacityHistory(one)))!;
    await addCapacitySamples(store, [{ of: one, sample: sampleAt(DAY_MS + 60_000, 2 * MIB) }]);
    expect((await store.get(keys.capacityHistory(one)))?.modRevision).toBe(modRevision);
  });

  it('of a newer version are left alone, and so is what can not be read', async () => {
    for (const value of [
      '{"format":2,"days":[]}',
      'nonsense',
      '{"format":1,"hours":[1],"total":[],"used":[],"subscribed":[]}',
    ]) {
      const store = newStore();
      await store.txn({ success: [{ type: 'put', key: keys.capacityHistory(one), value }] });
      await addCapacitySamples(store, [{ of: one, sample: sampleAt(DAY_MS, MIB) }]);
      expect((await store.get(keys.capacityHistory(one)))?.value).toBe(value);
      const snapshot = await store.snapshot();
      expect(await readCapacityHistories(snapshot)).toEqual(new Map());
      snapshot.close();
    }
  });
});
