import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Filter, PlacementPolicy, Scorer } from '../../../src/engine/placement/filter.ts';
import { explainPlacement, place } from '../../../src/engine/placement/place.ts';
import { DEFAULT_POLICY } from '../../../src/engine/placement/policy.ts';
import { ARRAY, candidate, GIB, pools, role, someCandidates, someRequest, unit, units, urn } from './support.ts';

describe('placement', () => {
  it('takes the pool with most free space and says what to reserve there', () => {
    const score = { pool: urn('pool', 2) };
    const result = place({ units: [unit('volume.a')] }, [
      candidate(1, { attributes: { freeBytes: 50 * GIB } }),
      candidate(2, { attributes: { freeBytes: 90 * GIB } }),
    ]);
    expect(result.failures).toEqual([]);
    expect(result.decisions).toEqual([
      {
        unit: 'volume.a',
        placed: [
          {
            role: 'source',
            virtualArray: ARRAY,
            system: urn('storageSystem', 1),
            pool: urn('pool', 2),
            poolNativeId: 'native-2',
            amounts: { allocatedBytes: 10 * GIB, subscribedBytes: 10 * GIB, volumes: 1 },
          },
        ],
        rejections: [],
        nearestMisses: [],
        scores: [
          // 60 of 80 GiB that may be in use are left, and 90 of 100 GiB of logical size.
          { ...score, scorer: 'room', raw: 0.821583836, weight: 32, fact: '60 GiB left for more like it' },
          { ...score, scorer: 'port-load', raw: 0.5, weight: 1, fact: 'not measured, counts as 50 % busy' },
        ],
        candidates: 2,
      },
    ]);
  });

  it('breaks ties by system name, then by pool name', () => {
    const named = (number: number, systemName: string, name: string) =>
      candidate(number, { systemName, attributes: { name } });
    const candidates = [named(1, 'b', 'a'), named(2, 'a', 'z'), named(3, 'a', 'y')];
    expect(pools(place(units(1), candidates))).toEqual(['native-3']);
  });

  it('counts what it placed before: equal units spread over equal pools, thin ones too', () => {
    for (const provisioning of ['thick', 'thin'] as const) {
      const result = place(units(6, { provisioning }), [candidate(1), candidate(2), candidate(3)]);
      expect(pools(result)).toEqual(['native-1', 'native-2', 'native-3', 'native-1', 'native-2', 'native-3']);
    }
  });

  it('places until the limit and then says what is lacking, in one sentence', () => {
    const result = place(units(3, { sizeBytes: 50 * GIB, provisioning: 'thin' }), [
      candidate(1, { systemName: 'array-1', attributes: { name: 'fast', subscribedBytes: 40 * GIB } }),
    ]);
    expect(result.decisions.map((decision) => decision.unit)).toEqual(['volume-0']);
    expect(result.failures).toHaveLength(2);
    expect(result.failures[0]).toEqual({
      unit: 'volume-1',
      role: 'source',
      rejections: [{ filter: 'capacity', count: 1 }],
      nearestMisses: [
        {
          pool: urn('pool', 1),
          poolName: 'array-1/fast',
          filter: 'capacity',
          fact: 'subscription limit 100 %',
          needed: '50 GiB',
          had: '10 GiB left',
          shortfall: 0.8,
          lackBytes: 40 * GIB,
        },
      ],
      candidates: 1,
      sentence: 'needs 40 GiB more on array-1/fast (subscription limit 100 %)',
    });
  });

  it('goes on with smaller units after one that found no place', () => {
    const sizes = [60, 30, 60, 10].map((size) => unit(`v${size}`, role({ sizeBytes: size * GIB })));
    const result = place({ units: sizes }, [candidate(1, { attributes: { freeBytes: 70 * GIB } })]);
    expect(result.decisions.map((decision) => decision.unit)).toEqual(['v30', 'v10']);
    expect(result.failures.map((failure) => failure.sentence)).toEqual([
      'needs 10 GiB more on array-1/pool-1 (utilisation limit 80 %)',
      'needs 40 GiB more on array-1/pool-1 (utilisation limit 80 %)',
    ]);
  });

  it('counts rejections by filter and keeps the nearest misses, those that got furthest first', () => {
    const result = place(units(1, { sizeBytes: 70 * GIB, driveType: 'ssd' }), [
      candidate(1, { virtualArrays: [] }),
      candidate(2, { manageable: false, notManageableWhy: 'array-1 is in mode observe' }),
      candidate(3, { attributes: { driveType: 'hdd' } }),
      candidate(4, { attributes: { driveType: 'hdd' } }),
      candidate(5, { attributes: { freeBytes: 80 * GIB } }),
      candidate(6, { attributes: { freeBytes: 50 * GIB } }),
    ]);
    const [failure] = result.failures;
    expect(failure!.rejections).toEqual([
      { filter: 'virtual-array', count: 1 },
      { filter: 'managed', count: 1 },
      { filter: 'drive-type', count: 2 },
      { filter: 'capacity', count: 2 },
    ]);
    expect(failure!.nearestMisses.map(({ poolName, fact }) => [poolName, fact])).toEqual([
      ['array-1/pool-5', 'utilisation limit 80 %'],
      ['array-1/pool-6', 'utilisation limit 80 %'],
      ['array-1/pool-3', 'drive type'],
    ]);
    expect(failure!.sentence).toBe('needs 10 GiB more on array-1/pool-5 (utilisation limit 80 %)');
  });

  it('says in words what is wrong when space is not the reason, and when there is no pool at all', () => {
    const observed = candidate(1, { manageable: false, notManageableWhy: 'array-1 is in mode observe' });
    expect(place(units(1), [observed]).failures[0]!.sentence).toBe(
      'array-1/pool-1 comes nearest, but managed: needed a pool where creating is allowed, had array-1 is in mode observe',
    );
    expect(place(units(1), []).failures[0]!.sentence).toBe('there is no storage pool to choose from');
  });

  it('does not depend on the order of the candidates', () => {
    const shuffled = someCandidates.chain((candidates) =>
      fc.tuple(
        fc.constant(candidates),
        fc.shuffledSubarray(candidates, { minLength: candidates.length, maxLength: candidates.length }),
      ),
    );
    fc.assert(
      fc.property(someRequest, shuffled, (request, [candidates, other]) => {
        expect(place(request, other)).toEqual(place(request, candidates));
      }),
    );
  });

  it('never goes over a limit, never into a pool of the wrong sort, and accounts for every unit', () => {
    fc.assert(
      fc.property(someRequest, someCandidates, (request, candidates) => {
        const result = place(request, candidates);
        expect(result.decisions.length + result.failures.length).toBe(request.units.length);
        const byPool = new Map(candidates.map((c) => [c.pool, { candidate: c, allocated: 0, subscribed: 0 }]));
        for (const decision of result.decisions) {
          const wanted = request.units.find(({ id }) => id === decision.unit)!.roles[0]!;
          const [placed] = decision.placed;
          const pool = byPool.get(placed!.pool)!;
          const { attributes, promised, manageable } = pool.candidate;
          pool.allocated += placed!.amounts.allocatedBytes;
          pool.subscribed += placed!.amounts.subscribedBytes;
          expect(placed!.amounts.subscribedBytes).toBeGreaterThanOrEqual(wanted.sizeBytes);
          expect(placed!.amounts.subscribedBytes % attributes.granularityBytes).toBe(0);
          expect(placed!.amounts.allocatedBytes).toBe(
            wanted.provisioning === 'thick' ? placed!.amounts.subscribedBytes : 0,
          );
          expect(manageable && attributes.usable).toBe(true);
          expect([undefined, attributes.driveType]).toContain(wanted.driveType);
          const used = attributes.totalBytes - attributes.freeBytes + promised.allocatedBytes + pool.allocated;
          expect(used).toBeLessThanOrEqual(attributes.totalBytes * wanted.limits.utilisation);
          expect(attributes.subscribedBytes + promised.subscribedBytes + pool.subscribed).toBeLessThanOrEqual(
            attributes.totalBytes * wanted.limits.subscription,
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has misses that are real: with just that much less promised the pool passes that check', () => {
    fc.assert(
      fc.property(someRequest, someCandidates, (request, candidates) => {
        const [first] = place({ units: request.units.slice(0, 1) }, candidates).failures;
        for (const miss of first?.nearestMisses ?? []) {
          if (miss.lackBytes === undefined) continue;
          const which = miss.fact.startsWith('subscription') ? 'subscribedBytes' : 'allocatedBytes';
          const relieved = (bytes: number) =>
            candidates.map((c) =>
              c.pool === miss.pool ? { ...c, promised: { ...c.promised, [which]: c.promised[which] - bytes } } : c,
            );
          const factsWith = (bytes: number) =>
            explainPlacement({ units: request.units.slice(0, 1) }, relieved(bytes))[0]!
              .rejections.filter(({ pool }) => pool === miss.pool)
              .map(({ fact }) => fact);
          expect(factsWith(miss.lackBytes)).not.toContain(miss.fact);
          expect(factsWith(miss.lackBytes - 1)).toContain(miss.fact);
        }
      }),
    );
  });

  it('tells misses with the promises of that moment, also of pools that others filled meanwhile', () => {
    const big = { sizeBytes: 70 * GIB };
    const request = {
      units: [unit('big-1', role(big)), unit('small', role()), unit('big-2', role(big))],
    };
    const result = place(request, [candidate(1, { attributes: { freeBytes: 80 * GIB } })]);
    expect(result.failures.map(({ nearestMisses }) => nearestMisses[0]!.lackBytes)).toEqual([10 * GIB, 20 * GIB]);
  });
});

describe('the cost of placement', () => {
  function counted(): { policy: PlacementPolicy; counts: { checks: number; scores: number } } {
    const counts = { checks: 0, scores: 0 };
    const filters = DEFAULT_POLICY.filters.map(
      (filter): Filter => ({
        ...filter,
        check: (input) => {
          counts.checks++;
          return filter.check(input);
        },
      }),
    );
    const scorers = DEFAULT_POLICY.scorers.map(
      (scorer): Scorer => ({
        ...scorer,
        raw: (input) => {
          counts.scores++;
          return scorer.raw(input);
        },
      }),
    );
    return { policy: { filters, scorers }, counts };
  }
  /** Asked once a pool and request: they don't depend on promises. */
  const kept = DEFAULT_POLICY.filters.filter(({ readsPromised }) => !readsPromised).length;
  const others = DEFAULT_POLICY.filters.length - kept;
  const many = Array.from({ length: 1_000 }, (_, i) => candidate(i + 1));

  it('grows with units plus pools when requests are equal', () => {
    const { policy, counts } = counted();
    const result = place(units(1_000), many, policy);
    expect(result.decisions).toHaveLength(1_000);
    // Those once a pool, the others twice a unit; of millions that the plain way takes.
    expect(counts.checks).toBeLessThanOrEqual(kept * 1_000 + 2 * others * 1_000);
    expect(counts.scores).toBeLessThanOrEqual(4 * DEFAULT_POLICY.scorers.length * 1_000);
  });

  it('stays so when all pools fill up and units fail', () => {
    const { policy, counts } = counted();
    const full = many.map((c, i) =>
      i % 2 === 0 ? c : candidate(i + 1, { attributes: { freeBytes: 21 * GIB, driveType: 'hdd' } }),
    );
    const result = place(units(1_000, { sizeBytes: 79 * GIB }), full, policy);
    expect([result.decisions.length, result.failures.length]).toEqual([500, 500]);
    expect(counts.checks).toBeLessThanOrEqual(kept * 1_000 + 2 * others * 1_000);
  });

  it('is hardly more when they are of many projects, on many systems', () => {
    const { policy, counts } = counted();
    const spread = many.map((_, i) => {
      const number = i % 50;
      return candidate(i + 1, { system: urn('storageSystem', number), systemName: `array-${number}` });
    });
    const request = {
      units: Array.from({ length: 1_000 }, (_, i) => unit(`v${i}`, role({ project: urn('project', i % 100) }))),
    };
    expect(place(request, spread, policy).decisions).toHaveLength(1_000);
    // A project looks at every system once, and once more at each where others placed something since.
    expect(counts.checks).toBeLessThanOrEqual(kept * 1_000 + others * (100 * 50 + 10 * 1_000) + 100 * 50 * 10);
  });

  it('is one more pass over the pools for each different request', () => {
    const { policy, counts } = counted();
    const sizes = Array.from({ length: 300 }, (_, i) => unit(`v${i}`, role({ sizeBytes: ((i % 3) + 1) * GIB })));
    place({ units: sizes }, many, policy);
    expect(counts.checks).toBeLessThanOrEqual(3 * (kept * 1_000) + 3 * others * 300);
  });
});
