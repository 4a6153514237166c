import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainPlacement, place } from '../../../src/engine/placement/place.ts';
import type { Score } from '../../../src/engine/placement/request.ts';
import { candidate, NOTHING, role, someCandidates, someRequest, unit, units, urn } from './support.ts';

describe('explaining placement', () => {
  it('lists every rejection, nearest first, and every score, best first, as of that unit', () => {
    const candidates = [
      candidate(1),
      candidate(2),
      candidate(3, { attributes: { usable: false, unusableWhy: 'offline' } }),
    ];
    const [first, second] = explainPlacement(units(2), candidates);
    expect(first).toMatchObject({ unit: 'volume-0', role: 'source', chosen: urn('pool', 1) });
    const rooms = (scores: readonly Score[]) =>
      scores.filter(({ scorer }) => scorer === 'room').map(({ pool, fact }) => [pool, fact]);
    expect(rooms(first!.scores)).toEqual([
      [urn('pool', 1), '70 GiB left for more like it'],
      [urn('pool', 2), '70 GiB left for more like it'],
    ]);
    expect(first!.rejections).toMatchObject([{ poolName: 'array-1/pool-3', fact: 'usable', had: 'offline' }]);
    expect(second!.chosen).toBe(urn('pool', 2));
    expect(rooms(second!.scores)).toEqual([
      [urn('pool', 2), '70 GiB left for more like it'],
      [urn('pool', 1), '60 GiB left for more like it'],
    ]);
  });

  it('agrees with placement on what is chosen and on how many pools were refused', () => {
    fc.assert(
      fc.property(someRequest, someCandidates, (request, candidates) => {
        const result = place(request, candidates);
        const chosen = new Map(result.decisions.map((decision) => [decision.unit, decision.placed[0]!.pool]));
        const failed = new Map(result.failures.map((failure) => [failure.unit, failure]));
        for (const explained of explainPlacement(request, candidates)) {
          expect(explained.chosen).toBe(chosen.get(explained.unit));
          const passing = new Set(explained.scores.map(({ pool }) => pool));
          expect(explained.rejections.length + passing.size).toBe(candidates.length);
          if (explained.chosen) expect(explained.scores[0]!.pool).toBe(explained.chosen);
          const failure = failed.get(explained.unit);
          if (failure) expect(failure.nearestMisses).toEqual(explained.rejections.slice(0, 3));
        }
      }),
    );
  });

  it('explains only the units that were asked for, with the others placed before them', () => {
    const only = new Set(['volume-1']);
    const explained = explainPlacement(units(3), [candidate(1), candidate(2)], { only });
    expect(explained).toMatchObject([{ unit: 'volume-1', chosen: urn('pool', 2) }]);
  });

  it('explains a failed unit up to the role without a place', () => {
    const pair = {
      ...unit('pair', role(), role({ role: 'mirror' }), role({ role: 'journal' })),
      constraints: [{ type: 'other' as const, what: 'pool' as const, between: ['source', 'mirror'] as const }],
    };
    const explained = explainPlacement({ units: [pair] }, [candidate(1, { promised: NOTHING })]);
    expect(explained.map((entry) => [entry.role, entry.chosen, entry.rejections.length])).toEqual([
      ['source', urn('pool', 1), 0],
      ['mirror', undefined, 1],
    ]);
  });
});
