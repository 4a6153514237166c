import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addAmounts } from '../../../src/engine/model/recorded-view.ts';
import type { Urn } from '../../../src/engine/model/urn.ts';
import { amountsIn } from '../../../src/engine/placement/amounts.ts';
import type { FilterInput } from '../../../src/engine/placement/filter.ts';
import { place } from '../../../src/engine/placement/place.ts';
import { DEFAULT_POLICY } from '../../../src/engine/placement/policy.ts';
import type { Candidate, RoleRequest } from '../../../src/engine/placement/request.ts';
import { someEstate, someRequestOfAll } from './estates.ts';

/** The plain way: every filter and every scorer on every pool for every unit. */
function placePlainly(roles: readonly RoleRequest[], candidates: readonly Candidate[]): (Urn | undefined)[] {
  const taken: { readonly role: RoleRequest; readonly candidate: Candidate }[] = [];
  const inputFor = (role: RoleRequest, candidate: Candidate): FilterInput => {
    const inPool = taken.filter((each) => each.candidate === candidate);
    const onSystem = taken.filter((each) => each.candidate.system === candidate.system);
    return {
      role,
      candidate,
      promised: inPool.reduce(
        (sum, each) => addAmounts(sum, amountsIn(candidate.attributes, each.role)),
        candidate.promised,
      ),
      placed: {
        inPool: inPool.length,
        onSystem: onSystem.length,
        ofProject: onSystem.filter((each) => role.project !== undefined && each.role.project === role.project).length,
        hosts: (role.affinity ? (role.hosts ?? []) : []).filter(
          (host) =>
            onSystem.some((each) => each.role.hosts?.includes(host)) &&
            !role.affinity?.[candidate.system]?.includes(host),
        ).length,
      },
    };
  };
  const score = (input: FilterInput) =>
    DEFAULT_POLICY.scorers.reduce((sum, { raw, weight }) => sum + Math.round((raw(input) ?? 0) * 1e9) * weight, 0);
  const nameOf = ({ systemName, attributes }: Candidate) => `${systemName}/${attributes.name}`;
  return roles.map((role) => {
    const [best] = candidates
      .map((candidate) => inputFor(role, candidate))
      .filter((input) => DEFAULT_POLICY.filters.every(({ check }) => check(input) === undefined))
      .map((input) => ({ candidate: input.candidate, score: score(input), name: nameOf(input.candidate) }))
      .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1));
    if (best) taken.push({ role, candidate: best.candidate });
    return best?.candidate.pool;
  });
}

it('the choice is that of looking at every pool for every unit, whatever order and project they come in', () => {
  let [placed, failed] = [0, 0];
  fc.assert(
    fc.property(someRequestOfAll, someEstate, (request, candidates) => {
      const result = place(request, candidates);
      const chosen = new Map(result.decisions.map((decision) => [decision.unit, decision.placed[0]!.pool]));
      const plain = placePlainly(
        request.units.map(({ roles }) => roles[0]!),
        candidates,
      );
      expect(request.units.map(({ id }) => chosen.get(id))).toEqual(plain);
      placed += result.decisions.length;
      failed += result.failures.length;
    }),
    { numRuns: 400 },
  );
  expect(Math.min(placed, failed)).toBeGreaterThan(200);
});
