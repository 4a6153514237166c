import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainPlacement, place } from '../../../src/engine/placement/place.ts';
import type { PlacementUnit } from '../../../src/engine/placement/request.ts';
import { someEstate, someRoleOfAll } from './estates.ts';
import { candidate, GIB, pools, role, unit, urn } from './support.ts';

describe('units with several roles', () => {
  const on = (number: number, system: number, freeBytes = 100 * GIB) =>
    candidate(number, {
      system: urn('storageSystem', system),
      systemName: `array-${system}`,
      attributes: { freeBytes },
    });
  const mirrored = (what: 'system' | 'pool' | 'virtual-array' | 'group', type: 'same' | 'other') => ({
    units: [
      {
        ...unit('pair', role(), role({ role: 'mirror' })),
        constraints: [{ type, what, between: ['source', 'mirror'] as const }],
      },
    ],
  });

  it('keep roles apart or together as asked', () => {
    const candidates = [on(1, 1), on(2, 1), on(3, 2, 90 * GIB)];
    expect(pools(place(mirrored('system', 'other'), candidates))).toEqual(['native-1,native-3']);
    expect(pools(place(mirrored('system', 'same'), candidates))).toEqual(['native-1,native-2']);
    expect(pools(place(mirrored('pool', 'same'), candidates))).toEqual(['native-1,native-1']);
    expect(pools(place(mirrored('virtual-array', 'same'), candidates))).toEqual(['native-1,native-2']);
  });

  it('take an earlier choice back when a later role finds nothing', () => {
    const candidates = [on(1, 1), on(2, 2, 50 * GIB), on(3, 2, 50 * GIB)];
    const request = {
      units: [
        {
          ...unit('pair', role(), role({ role: 'mirror' })),
          constraints: [
            { type: 'same' as const, what: 'system' as const, between: ['source', 'mirror'] as const },
            { type: 'other' as const, what: 'pool' as const, between: ['source', 'mirror'] as const },
          ],
        },
      ],
    };
    expect(pools(place(request, candidates))).toEqual(['native-2,native-3']);
  });

  it('are placed whole or not at all, and promise nothing when they fail', () => {
    const pair = mirrored('system', 'other').units[0]!;
    const result = place({ units: [pair, unit('next')] }, [on(1, 1), on(2, 1)]);
    expect(result.failures).toMatchObject([
      { unit: 'pair', role: 'mirror', rejections: [{ filter: 'constraint', count: 2 }] },
    ]);
    expect(result.failures[0]!.sentence).toContain('other system as source');
    expect(pools(result)).toEqual(['native-1']);
  });

  it('count what their own earlier roles take', () => {
    const both = {
      units: [unit('both', role({ sizeBytes: 50 * GIB }), role({ role: 'mirror', sizeBytes: 50 * GIB }))],
    };
    expect(place(both, [on(1, 1)]).failures).toMatchObject([{ role: 'mirror' }]);
    expect(pools(place(both, [on(1, 1), on(2, 1)]))).toEqual(['native-1,native-2']);
  });

  it('never satisfy a constraint that can not be checked', () => {
    expect(place(mirrored('group', 'other'), [on(1, 1), on(2, 2)]).failures).toHaveLength(1);
  });

  it('give up after a bound instead of trying everything', () => {
    const roles = ['source', 'mirror', 'target'] as const;
    const request = {
      units: [
        {
          ...unit('triple', ...roles.map((name) => role({ role: name }))),
          constraints: [{ type: 'other' as const, what: 'group' as const, between: ['mirror', 'target'] as const }],
        },
      ],
    };
    const result = place(
      request,
      Array.from({ length: 60 }, (_, i) => on(i + 1, i + 1)),
    );
    expect(result.failures[0]!.sentence).toContain('gave up after 2000 tries');
  });

  const rather = (between: readonly ['source', 'mirror' | 'target'] = ['source', 'mirror']) => ({
    type: 'rather-other' as const,
    what: 'pool' as const,
    between,
  });
  const softly = (...roles: ReturnType<typeof role>[]) => ({
    units: [{ ...unit('pair', ...roles), constraints: [rather()] }],
  });
  const pair = [role(), role({ role: 'mirror' })];

  it('rather have a mirror in another pool than its source, though the same would be better', () => {
    expect(pools(place(softly(...pair), [on(1, 1), on(2, 1, 40 * GIB)]))).toEqual(['native-1,native-2']);
  });

  it('have it in the same pool where no other will do', () => {
    expect(pools(place(softly(...pair), [on(1, 1)]))).toEqual(['native-1,native-1']);
    expect(pools(place(softly(...pair), [on(1, 1), on(2, 1, 25 * GIB)]))).toEqual(['native-1,native-1']);
    expect(place(softly(role(), role({ role: 'mirror', sizeBytes: 75 * GIB })), [on(1, 1)]).failures).toHaveLength(1);
  });

  it('move the source where only its pool takes the mirror', () => {
    const mirror = role({ role: 'mirror', driveType: 'hdd' });
    const candidates = [
      candidate(1, { attributes: { driveType: 'hdd' } }),
      candidate(2, { attributes: { freeBytes: 50 * GIB } }),
    ];
    expect(pools(place(softly(role(), mirror), candidates))).toEqual(['native-2,native-1']);
  });

  it('keep as many of several wishes as they can', () => {
    const roles = [role(), role({ role: 'mirror', sizeBytes: GIB }), role({ role: 'target', driveType: 'hdd' })];
    const hdd = { attributes: { driveType: 'hdd' } };
    // The source can't leave pool 1, where the target must be: the mirror can.
    const candidates = [candidate(1, hdd), candidate(2, { attributes: { volumeBytesMax: GIB } })];
    for (const constraints of [
      [rather(), rather(['source', 'target'])],
      [rather(['source', 'target']), rather()],
    ]) {
      const request = { units: [{ ...unit('three', ...roles), constraints }] };
      expect(pools(place(request, candidates))).toEqual(['native-1,native-2,native-1']);
    }
  });

  it('keep hard constraints beside soft ones', () => {
    const same = { type: 'same' as const, what: 'system' as const, between: ['source', 'mirror'] as const };
    const request = { units: [{ ...unit('pair', ...pair), constraints: [same, rather()] }] };
    expect(pools(place(request, [on(1, 1), on(2, 2), on(3, 2, 40 * GIB)]))).toEqual(['native-2,native-3']);
    expect(pools(place(request, [on(1, 1), on(2, 2)]))).toEqual(['native-1,native-1']);
  });

  it('explain the mirror with the wish where it was kept, and without it where not', () => {
    const mirrorOf = (candidates: Parameters<typeof explainPlacement>[1]) =>
      explainPlacement(softly(...pair), candidates)[1]!;
    expect(mirrorOf([on(1, 1), on(2, 1, 40 * GIB)])).toMatchObject({
      chosen: urn('pool', 2),
      rejections: [{ poolName: 'array-1/pool-1', filter: 'constraint', fact: 'other pool as source' }],
    });
    expect(mirrorOf([on(1, 1)])).toMatchObject({ chosen: urn('pool', 1), rejections: [] });
  });

  it('never share a pool against the wish when another pool will do, and are never refused for it', () => {
    const wanted = fc.tuple(someRoleOfAll, someRoleOfAll).map(
      ([source, other]): PlacementUnit => ({
        id: 'pair',
        roles: [source, { ...other, role: 'mirror' }],
        constraints: [rather()],
      }),
    );
    let [apart, together] = [0, 0];
    fc.assert(
      fc.property(wanted, someEstate, (one, candidates) => {
        const [decision] = place({ units: [one] }, candidates).decisions;
        const without = place({ units: [{ ...one, constraints: [] }] }, candidates);
        const hard = place({ units: [{ ...one, constraints: [{ ...rather(), type: 'other' }] }] }, candidates);
        expect(decision !== undefined).toBe(without.decisions.length > 0);
        if (!decision) return;
        const [source, mirror] = decision.placed;
        expect(source!.pool === mirror!.pool).toBe(hard.decisions.length === 0);
        if (source!.pool === mirror!.pool) together++;
        else apart++;
      }),
      { numRuns: 700 },
    );
    expect(Math.min(apart, together)).toBeGreaterThan(5);
  });
});
