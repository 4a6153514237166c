import { describe, expect, it } from 'vitest';
import { place } from '../../../src/engine/placement/place.ts';
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
});
