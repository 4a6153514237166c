import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainPlacement, place } from '../../../src/engine/placement/place.ts';
import type { Candidate, PlacementRequest, PlacementUnit, RoleRequest } from '../../../src/engine/placement/request.ts';
import { someEstate, someRoleOfAll } from './estates.ts';
import { type CandidateWishes, candidate, GIB, pools, role, unit, urn } from './support.ts';

/** A pool on a system; thick volumes may take 80 of 100 GiB. */
const on = (number: number, system: number, freeGib = 100, more: CandidateWishes = {}) =>
  candidate(number, {
    system: urn('storageSystem', system),
    systemName: `array-${system}`,
    ...more,
    attributes: { freeBytes: freeGib * GIB, ...more.attributes },
  });

function group(sizesGib: readonly number[], system?: number, more: Partial<RoleRequest> = {}): PlacementUnit {
  return {
    ...unit('group', ...sizesGib.map((size) => role({ sizeBytes: size * GIB, ...more }))),
    oneSystem: system === undefined ? {} : { system: urn('storageSystem', system) },
  };
}

const only = (one: PlacementUnit): PlacementRequest => ({ units: [one] });

describe('a unit that stays on one storage system', () => {
  it('goes where all fit, and not where the best single pool is', () => {
    const candidates = [on(1, 1), on(2, 2, 80), on(3, 2, 80)];
    expect(pools(place(only(group([50, 50])), candidates))).toEqual(['native-2,native-3']);
  });

  it('goes where most bytes are left to grow afterwards, in pools that would do', () => {
    const hdd = { attributes: { driveType: 'hdd' } };
    const candidates = [on(1, 1), on(2, 1, 100, hdd), on(3, 1, 100, hdd), on(4, 2, 90), on(5, 2, 90)];
    expect(pools(place(only(group([10, 10], undefined, { driveType: 'ssd' })), candidates))).toEqual([
      'native-4,native-5',
    ]);
    expect(pools(place(only(group([10, 10])), candidates))).toEqual(['native-1,native-2']);
  });

  it('goes to the system with array affinity first, whatever the room', () => {
    const hosts = [urn('host', 1)];
    const wish = { hosts, affinity: { [urn('storageSystem', 1)]: hosts } };
    const candidates = [on(1, 1, 60), on(2, 2), on(3, 2)];
    expect(pools(place(only(group([10, 10], undefined, wish)), candidates))).toEqual(['native-1,native-1']);
    expect(pools(place(only(group([30, 30], undefined, wish)), candidates))).toEqual(['native-2,native-3']);
  });

  it('stays where it is already, however little room is left there', () => {
    const candidates = [on(1, 1, 50), on(2, 2)];
    expect(pools(place(only(group([10], 1)), candidates))).toEqual(['native-1']);
    const refused = place(only(group([10, 25], 1)), candidates);
    expect(refused.decisions).toEqual([]);
    expect(refused.failures).toMatchObject([
      {
        sentence: '1 of 2 have a place on array-1; needs 5 GiB more on array-1/pool-1 (utilisation limit 80 %)',
        rejections: [
          { filter: 'one-system', count: 1 },
          { filter: 'capacity', count: 1 },
        ],
      },
    ]);
    const gone = place(only(group([10], 9)), candidates);
    expect(gone.failures[0]!.sentence).toBe(
      'array-1/pool-1 comes nearest, but one storage system for all: needed the storage system where it is, had array-1',
    );
  });

  it('is placed whole or not at all; a refusal names the system that came furthest, and what lacked there', () => {
    const candidates = [on(1, 1, 60), on(2, 2, 60), on(3, 2, 60), on(4, 3, 100, { manageable: false })];
    const result = place({ units: [group([30, 30, 30]), unit('next')] }, candidates);
    expect(pools(result)).toEqual(['native-1']);
    expect(result.failures).toMatchObject([
      {
        unit: 'group',
        sentence: '2 of 3 have a place on array-2; needs 20 GiB more on array-2/pool-2 (utilisation limit 80 %)',
        nearestMisses: [
          { poolName: 'array-2/pool-2', lackBytes: 20 * GIB },
          { poolName: 'array-2/pool-3' },
          { filter: 'one-system' },
        ],
      },
    ]);
  });

  it('finds the order in which all fit', () => {
    const candidates = [on(1, 1, 120, { attributes: { totalBytes: 125 * GIB } }), on(2, 1, 80)];
    // Room for 95 and 60 GiB: spread, the three small ones would leave no room for the large one.
    const result = place(only(group([20, 20, 20, 95])), candidates);
    expect(pools(result)).toEqual(['native-2,native-2,native-2,native-1']);
  });

  it('counts what its own volumes take, by number too', () => {
    const few = { systemVolumesLeft: 2 };
    const candidates = [on(1, 1, 100, few), on(2, 1, 100, few), on(3, 2, 50)];
    expect(pools(place(only(group([1, 1])), candidates))).toEqual(['native-1,native-2']);
    expect(pools(place(only(group([1, 1, 1])), candidates))).toEqual(['native-3,native-3,native-3']);
  });

  it('keeps what its roles ask of each other', () => {
    const pair: PlacementUnit = {
      ...unit('pair', role(), role({ role: 'mirror' })),
      oneSystem: {},
      constraints: [{ type: 'other', what: 'pool', between: ['source', 'mirror'] }],
    };
    expect(pools(place(only(pair), [on(1, 1), on(2, 2, 50), on(3, 2, 50)]))).toEqual(['native-2,native-3']);
    const refused = place(only(pair), [on(1, 1), on(2, 2)]).failures[0]!;
    expect(refused.sentence).toContain('1 of 2 have a place on array-1');
    expect(refused.sentence).toContain('other pool as source');
  });

  it('says in its explanation what was found on the other systems', () => {
    const [explained] = explainPlacement(only(group([30, 30])), [on(1, 1), on(2, 2, 60), on(3, 3, 90)]);
    expect(explained!.chosen).toBe(urn('pool', 1));
    expect(explained!.rejections).toMatchObject([
      { filter: 'one-system', needed: 'array-1, with 20 GiB left to grow', had: 'array-2, without room for all' },
      {
        filter: 'one-system',
        needed: 'array-1, with 20 GiB left to grow',
        had: 'array-3, with at most 10 GiB left to grow',
      },
    ]);
  });
});

const someGroup = fc
  .tuple(fc.array(someRoleOfAll, { minLength: 1, maxLength: 2 }), fc.array(fc.nat(1), { minLength: 1, maxLength: 5 }))
  .map(
    ([roles, picks]): PlacementUnit => ({
      ...unit('g', ...picks.map((pick) => roles[pick % roles.length]!)),
      oneSystem: {},
    }),
  );
const someGroups = fc
  .array(someGroup, { minLength: 1, maxLength: 5 })
  .map((groups) => groups.map((each, n) => ({ ...each, id: `group-${n}` })));

it('groups are never split, and are refused only where each system alone refuses them', () => {
  let [placed, refused] = [0, 0];
  fc.assert(
    fc.property(someGroups, someEstate, (units, candidates) => {
      const result = place({ units }, candidates);
      expect(result.decisions.length + result.failures.length).toBe(units.length);
      for (const decision of result.decisions) {
        expect(decision.placed).toHaveLength(units.find(({ id }) => id === decision.unit)!.roles.length);
        expect(new Set(decision.placed.map(({ system }) => system)).size).toBe(1);
        placed++;
      }
      const [first] = result.failures;
      if (first?.unit !== 'group-0') return;
      refused++;
      const plain = { units: [{ ...units[0]!, oneSystem: {} }] };
      for (const system of new Set(candidates.map((each) => each.system))) {
        const alone = candidates.filter((each) => each.system === system);
        expect(place(plain, alone).decisions).toEqual([]);
      }
    }),
    { numRuns: 120 },
  );
  expect(Math.min(placed, refused)).toBeGreaterThan(20);
});

it('what explain says of a group is what place did', () => {
  fc.assert(
    fc.property(someGroups, someEstate, (units, candidates: Candidate[]) => {
      const result = place({ units }, candidates);
      const explained = explainPlacement({ units }, candidates);
      for (const decision of result.decisions) {
        const roles = explained.filter((each) => each.unit === decision.unit);
        expect(roles.map(({ chosen }) => chosen)).toEqual(decision.placed.map(({ pool }) => pool));
      }
      for (const failure of result.failures) {
        const last = explained.filter((each) => each.unit === failure.unit).at(-1)!;
        expect(last.chosen).toBeUndefined();
        expect(failure.nearestMisses).toEqual(last.rejections.slice(0, 3));
      }
    }),
    { numRuns: 120 },
  );
});
