/** What holds of placement on any estate, with all filters and scorers at work. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Urn } from '../../../src/engine/model/urn.ts';
import { explainPlacement, place } from '../../../src/engine/placement/place.ts';
import { DEFAULT_POLICY } from '../../../src/engine/placement/policy.ts';
import type {
  Candidate,
  PlacementRequest,
  PlacementUnit,
  Rejection,
  RoleConstraint,
  RoleRequest,
} from '../../../src/engine/placement/request.ts';
import { groupBy } from '../../../src/lib/group-by.ts';
import { someEstate, someRequestOfAll, someRoleOfAll } from './estates.ts';
import { mended, requestOf, type Situation } from './mending.ts';

const between = ['source', 'mirror'] as const;
const someConstraints = fc.constantFrom<readonly RoleConstraint[]>(
  [],
  [{ type: 'other', what: 'pool', between }],
  [{ type: 'rather-other', what: 'pool', between }],
  [{ type: 'same', what: 'system', between }],
);

/** Single volumes, volumes with mirrors, and groups. */
const someUnit = fc
  .record({
    roles: fc.array(someRoleOfAll, { minLength: 1, maxLength: 3 }),
    constraints: someConstraints,
    mirrored: fc.boolean(),
    oneSystem: fc.constantFrom(undefined, {}),
  })
  .map(
    ({ roles, constraints, mirrored, oneSystem }): PlacementUnit => ({
      id: '',
      roles: roles.map((role, n) => (mirrored && n > 0 ? { ...role, role: 'mirror' } : role)),
      constraints,
      ...(oneSystem ? { oneSystem } : {}),
    }),
  );
const someUnits = fc
  .array(someUnit, { minLength: 1, maxLength: 8 })
  .map((units): PlacementRequest => ({ units: units.map((unit, n) => ({ ...unit, id: `unit-${n}` })) }));

/** The arithmetic of limits once more, apart from placement's own. */
class Bookkeeping {
  readonly #pools = new Map<Urn, { allocatedBytes: number; subscribedBytes: number; volumes: number }>();
  readonly #systems = new Map<string, number>();

  /** What is wrong when this role gets this pool, too. */
  put(role: RoleRequest, loosest: RoleRequest['limits'], candidate: Candidate): string[] {
    const { attributes, promised, limits, volumesLeft, systemVolumesLeft, projectVolumesLeft } = candidate;
    const granularity = attributes.granularityBytes;
    const sizeBytes = Math.ceil(role.sizeBytes / granularity) * granularity;
    const share = role.provisioning === 'thick' ? 1 : (role.thinPreAllocation ?? 0);
    const pool = this.#pools.get(candidate.pool) ?? { allocatedBytes: 0, subscribedBytes: 0, volumes: 0 };
    pool.allocatedBytes += share === 1 ? sizeBytes : role.sizeBytes * share;
    pool.subscribedBytes += sizeBytes;
    pool.volumes++;
    this.#pools.set(candidate.pool, pool);
    const count = (key: string) => {
      this.#systems.set(key, (this.#systems.get(key) ?? 0) + 1);
      return this.#systems.get(key)!;
    };
    const onSystem = count(candidate.system);
    const ofProject = role.project === undefined ? 0 : count(`${candidate.system} ${role.project}`);
    const left = role.project === undefined ? undefined : projectVolumesLeft?.[role.project];
    const used = attributes.totalBytes - attributes.freeBytes + promised.allocatedBytes + pool.allocatedBytes;
    const subscribed = attributes.subscribedBytes + promised.subscribedBytes + pool.subscribedBytes;
    const utilisation = Math.min(loosest.utilisation, limits?.utilisation ?? 9);
    const subscription = Math.min(loosest.subscription, limits?.subscription ?? 9);
    return [
      used > attributes.totalBytes * utilisation && 'utilisation',
      subscribed > attributes.totalBytes * subscription && 'subscription',
      pool.volumes > (volumesLeft ?? 1_000) && 'volumes in the pool',
      onSystem > (systemVolumesLeft ?? 1_000) && 'volumes on the system',
      ofProject > (left ?? 1_000) && 'volumes of the project',
    ].filter((wrong) => wrong !== false);
  }
}

it('no limit is ever exceeded, and every unit is placed whole or not at all', () => {
  fc.assert(
    fc.property(someUnits, someEstate, (request, candidates) => {
      const result = place(request, candidates);
      const ids = [...result.decisions, ...result.failures].map(({ unit }) => unit);
      expect(ids.toSorted()).toEqual(request.units.map(({ id }) => id).toSorted());
      const books = new Bookkeeping();
      const homes = new Map(candidates.map((candidate) => [candidate.pool, candidate]));
      for (const { unit, placed } of result.decisions) {
        const { roles } = request.units.find(({ id }) => id === unit)!;
        expect(placed.map(({ role }) => role)).toEqual(roles.map(({ role }) => role));
        for (const [n, { pool }] of placed.entries()) {
          // Volumes of other limits in the same pool: in which order a unit's roles got there isn't told.
          const there = roles.filter((_, other) => placed[other]!.pool === pool).map(({ limits }) => limits);
          const loosest = {
            utilisation: Math.max(...there.map(({ utilisation }) => utilisation)),
            subscription: Math.max(...there.map(({ subscription }) => subscription)),
          };
          expect(books.put(roles[n]!, loosest, homes.get(pool)!)).toEqual([]);
        }
      }
    }),
    { numRuns: 300 },
  );
});

it('the same request has the same answer, in whatever order the candidates come', () => {
  const shuffled = someEstate.chain((candidates) =>
    fc.tuple(
      fc.constant(candidates),
      fc.shuffledSubarray(candidates, { minLength: candidates.length, maxLength: candidates.length }),
    ),
  );
  fc.assert(
    fc.property(someUnits, shuffled, (request, [candidates, other]) => {
      const result = place(request, candidates);
      expect(place(structuredClone(request), structuredClone(candidates))).toEqual(result);
      expect(place(request, other)).toEqual(result);
    }),
    { numRuns: 150 },
  );
});

it('a refusal is explained by facts: whichever near miss is put right, fact by fact, takes the volume', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(someRoleOfAll, someEstate, (role, candidates) => {
      const asked: Situation = { role, candidates };
      const [failure] = place(requestOf(asked), candidates).failures;
      for (const { pool } of failure?.nearestMisses ?? []) {
        let now = asked;
        const missOf = (): Rejection | undefined =>
          explainPlacement(requestOf(now), now.candidates)[0]!.rejections.find((miss) => miss.pool === pool);
        let mends = 0;
        for (let miss = missOf(); miss !== undefined; miss = missOf()) {
          seen.add(miss.filter);
          // No fact has to be put right twice.
          expect(++mends).toBeLessThanOrEqual(2 * DEFAULT_POLICY.filters.length);
          now = mended(now, miss);
        }
        expect(mends).toBeGreaterThan(0);
        expect(place(requestOf(now), now.candidates).decisions).toHaveLength(1);
      }
    }),
    { numRuns: 1_500 },
  );
  // All filters have refused somebody and were mended.
  expect([...seen].sort()).toEqual(DEFAULT_POLICY.filters.map(({ name }) => name).sort());
});

it('space that is lacking is lacking to the byte', () => {
  let checked = 0;
  fc.assert(
    fc.property(someRoleOfAll, someEstate, (role, candidates) => {
      const asked: Situation = { role, candidates };
      for (const miss of place(requestOf(asked), candidates).failures[0]?.nearestMisses ?? []) {
        if (miss.lackBytes === undefined) continue;
        const factsAfter = (lackBytes: number) => {
          const { candidates: relieved } = mended(asked, { ...miss, lackBytes });
          const [explained] = explainPlacement(requestOf(asked), relieved);
          return explained!.rejections.filter(({ pool }) => pool === miss.pool).map(({ fact }) => fact);
        };
        expect(factsAfter(miss.lackBytes)).not.toContain(miss.fact);
        expect(factsAfter(miss.lackBytes - 1)).toContain(miss.fact);
        checked++;
      }
    }),
    { numRuns: 400 },
  );
  expect(checked).toBeGreaterThan(30);
});

it('explain tells what place did: the same pools, the same near misses, every candidate accounted for', () => {
  fc.assert(
    fc.property(someUnits, someEstate, (request, candidates) => {
      const result = place(request, candidates);
      const explained = groupBy(explainPlacement(request, candidates), ({ unit }) => unit);
      for (const { unit, placed, scores } of result.decisions) {
        const roles = explained.get(unit)!;
        expect(roles.map(({ chosen }) => chosen)).toEqual(placed.map(({ pool }) => pool));
        expect(scores).toEqual(roles.flatMap((role) => role.scores.filter(({ pool }) => pool === role.chosen)));
      }
      for (const { unit, role, nearestMisses } of result.failures) {
        const last = explained.get(unit)!.at(-1)!;
        expect([last.role, last.chosen]).toEqual([role, undefined]);
        expect(last.scores).toEqual([]);
        expect(nearestMisses).toEqual(last.rejections.slice(0, 3));
      }
      for (const { rejections, scores } of [...explained.values()].flat()) {
        const pools = [...rejections.map(({ pool }) => pool), ...new Set(scores.map(({ pool }) => pool))];
        expect(pools.toSorted()).toEqual(candidates.map(({ pool }) => pool).toSorted());
      }
    }),
    { numRuns: 200 },
  );
});

it('for single volumes the best score wins, and near misses are those that explain puts first', () => {
  fc.assert(
    fc.property(someRequestOfAll, someEstate, (request, candidates) => {
      const result = place(request, candidates);
      const explained = new Map(explainPlacement(request, candidates).map((each) => [each.unit, each]));
      for (const { unit, placed } of result.decisions) {
        expect(explained.get(unit)!.scores[0]!.pool).toBe(placed[0]!.pool);
      }
      for (const { unit, nearestMisses } of result.failures) {
        expect(nearestMisses).toEqual(explained.get(unit)!.rejections.slice(0, 3));
      }
    }),
    { numRuns: 200 },
  );
});
