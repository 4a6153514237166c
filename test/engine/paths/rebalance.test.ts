/** Rebalancing proposes what is better, and nothing else. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Urn } from '../../../src/engine/model/urn.ts';
import { REBALANCE_MARGIN, type RebalancePlan, rebalance, surplus } from '../../../src/engine/paths/rebalance.ts';
import { selectPaths } from '../../../src/engine/paths/select-paths.ts';
import type { PathPair, PathRequest } from '../../../src/engine/paths/types.ts';
import { EVERYTHING } from '../../long-only.ts';
import { initiator, network, pair, planOf, port, request, shown, someHost } from './support.ts';

const RUNS = { numRuns: EVERYTHING ? 5_000 : 300 };

function planned(asked: PathRequest): RebalancePlan {
  const result = rebalance(asked);
  if (!result.ok) throw new Error(result.why);
  return result;
}

const keyOf = ({ initiator: of, port: through }: PathPair): string => `${of} ${through}`;

/** As the request's, with what the mask put on its ports. */
function carried(asked: PathRequest, existing: readonly PathPair[]): PathRequest {
  const counts = new Map<Urn, number>();
  for (const one of existing) counts.set(one.port, (counts.get(one.port) ?? 0) + 1);
  const ports = asked.ports.map((one) => {
    const initiators = counts.get(one.urn) ?? 0;
    const volumes = initiators > 0 ? (asked.volumes ?? 1) : 0;
    const { load } = one;
    return { ...one, load: { ...load, volumes: load.volumes + volumes, initiators: load.initiators + initiators } };
  });
  return { ...asked, ports, existing };
}

const someMask = someHost.map((asked) =>
  carried(asked, [...new Map(asked.existing.map((one) => [keyOf(one), one])).values()]),
);

it('keeps, adds and removes within the rules, and is never under the minimum on the way', () => {
  let changes = 0;
  fc.assert(
    fc.property(someMask, (asked) => {
      const result = rebalance(asked);
      if (!result.ok) return;
      const { add, remove, keep, improvements } = result;
      expect([...keep, ...remove].map(keyOf).sort()).toEqual(asked.existing.map(keyOf).sort());
      const had = new Set(asked.existing.map(keyOf));
      expect(add.filter((one) => had.has(keyOf(one)))).toEqual([]);
      expect(improvements.length > 0).toBe(add.length + remove.length > 0);
      if (improvements.length === 0) return;
      changes++;
      const there = new Map(asked.ports.map((one) => [one.urn, one]));
      const paths = new Set(
        [...keep, ...add].map((one) => `${one.initiator} ${there.get(one.port)?.physicalPort ?? one.port}`),
      );
      // What stays is there from the first addition to the last removal.
      expect(paths.size).toBeGreaterThanOrEqual(asked.rules.min);
      expect(keep.length + add.length).toBeLessThanOrEqual(Math.max(asked.rules.max, keep.length));
      for (const one of remove) expect(there.has(one.port)).toBe(true);
      for (const one of add) {
        const of = asked.initiators.find(({ urn }) => urn === one.initiator)!;
        expect(there.get(one.port)!.network).toBe(of.network);
      }
    }),
    RUNS,
  );
  expect(changes).toBeGreaterThan(50);
});

it('what it proposes is better: more HA domains, or ports used less by more than the margin', () => {
  fc.assert(
    fc.property(someMask, (asked) => {
      const result = rebalance(asked);
      if (!result.ok || result.improvements.length === 0) return;
      const { add, remove, keep } = result;
      if (asked.existing.length !== keep.length + add.length) return;
      if (asked.existing.length > asked.rules.max) return;
      const there = new Map(asked.ports.map((one) => [one.urn, one]));
      const domains = (pairs: readonly PathPair[]) => new Set(pairs.map((one) => there.get(one.port)?.haDomain)).size;
      const [before, after] = [domains([...keep, ...remove]), domains([...keep, ...add])];
      const isOver = asked.initiators.some(
        ({ urn }) => asked.existing.filter((one) => one.initiator === urn).length > asked.rules.perInitiator,
      );
      if (!isOver) expect(after).toBeGreaterThanOrEqual(before);
    }),
    RUNS,
  );
});

it('is done after once: rebalanced paths have nothing better', () => {
  fc.assert(
    fc.property(someHost, (asked) => {
      const mask = carried(asked, [...new Map(asked.existing.map((one) => [keyOf(one), one])).values()]);
      const first = rebalance(mask);
      if (!first.ok) return;
      const second = planned(carried(asked, [...first.keep, ...first.add]));
      expect([...shown(second.add), ...shown(second.remove)]).toEqual([]);
    }),
    RUNS,
  );
});

it('proposes nothing for paths that were just chosen', () => {
  fc.assert(
    fc.property(someHost, (asked) => {
      const fresh = selectPaths({ ...asked, existing: [] });
      if (!fresh.ok) return;
      const result = planned(carried(asked, fresh.plan.pairs));
      expect(result.improvements).toEqual([]);
    }),
    RUNS,
  );
});

it('has the same answer in whatever order its parts come', () => {
  fc.assert(
    fc.property(someMask, (asked) => {
      const other = {
        ...asked,
        ports: asked.ports.toReversed(),
        initiators: asked.initiators.toReversed(),
        existing: asked.existing.toReversed(),
      };
      expect(rebalance(other)).toEqual(rebalance(asked));
    }),
    RUNS,
  );
});

const counted = (volumes: number) => ({ load: { volumes, initiators: 1 } });

it('moves the one path whose port is used more by the margin, and leaves the other', () => {
  const ports = [port(1, counted(10)), port(2, counted(2)), port(3, counted(1)), port(4, counted(1))];
  const asked = request({
    initiators: [initiator(1), initiator(2)],
    ports,
    existing: [pair(1, 1), pair(2, 2)],
    rules: { min: 2, max: 2 },
  });
  const { add, remove, keep, improvements } = planned(asked);
  expect([shown(add), shown(remove), shown(keep)]).toEqual([['1>3'], ['1>1'], ['2>2']]);
  expect(improvements).toEqual(['usage of the ports: 10 before, 2 after']);
  expect(planOf(selectPaths({ ...asked, existing: [] })).ports).toHaveLength(2);
});

it('a difference of the margin is not worth a move', () => {
  const volumes = REBALANCE_MARGIN / 1_000;
  const asked = (more: number) =>
    request({
      ports: [port(1, counted(volumes + 1 + more)), port(2, counted(0))],
      existing: [pair(1, 1)],
      rules: { max: 1 },
    });
  expect(planned(asked(0))).toMatchObject({ add: [], remove: [], improvements: [] });
  expect(shown(planned(asked(1)).add)).toEqual(['1>2']);
});

it('brings half of the paths to a fabric that came later', () => {
  const b = { network: network(2) };
  const asked = request({
    initiators: [initiator(1), initiator(2), initiator(3, b), initiator(4, b)],
    ports: [port(1), port(2), port(3), port(4), port(5, b), port(6, b)],
    existing: [pair(1, 1), pair(1, 2), pair(2, 3), pair(2, 4)],
    rules: { min: 2, max: 4, perInitiator: 2 },
  });
  const { add, remove } = planned(asked);
  expect(shown(add)).toEqual(['3>5', '4>6']);
  expect(remove).toHaveLength(2);
});

it('takes paths away that are over the maximum, those that share an HA domain first', () => {
  const d = { haDomain: 'director-1' };
  const asked = request({
    initiators: [initiator(1), initiator(2), initiator(3)],
    ports: [port(1, d), port(2, d), port(3)],
    existing: [pair(1, 1), pair(2, 2), pair(3, 3)],
    rules: { max: 2 },
  });
  const { add, remove, keep } = planned(asked);
  expect(add).toEqual([]);
  expect(remove).toHaveLength(1);
  expect(shown(keep)).toContain('3>3');
});

it('keeps a path to a port that is down', () => {
  const asked = request({ ports: [port(2)], existing: [pair(1, 1)], rules: { max: 1 } });
  expect(planned(asked)).toMatchObject({ add: [], remove: [], improvements: [] });
});

it('is refused where a fresh choice would be', () => {
  const result = rebalance(request({ ports: [port(1)], existing: [pair(1, 1)], rules: { min: 2, max: 2 } }));
  expect(result).toMatchObject({ ok: false, why: expect.stringContaining('needs 2 at least') });
});

it('what is over the rules after new paths were added is taken away until nothing is, and the host stays above its minimum', () => {
  let found = 0;
  fc.assert(
    fc.property(someMask, (asked) => {
      const fresh = rebalance(asked);
      if (!fresh.ok || fresh.add.length === 0) return;
      // Added beside what they replace.
      const both = carried({ ...asked, existing: [] }, [...fresh.keep, ...fresh.remove, ...fresh.add]);
      const over = surplus(both);
      if (!over) return;
      found++;
      expect(over.add).toEqual([]);
      expect([...over.keep, ...over.remove].map(keyOf).sort()).toEqual(both.existing.map(keyOf).sort());
      const after = carried({ ...both, existing: [] }, over.keep);
      expect(surplus(after)).toBeUndefined();
      const there = new Map(both.ports.map((one) => [one.urn, one]));
      // A path to a port that is gone is none.
      const pathsOf = (pairs: readonly PathPair[]) =>
        new Set(
          pairs.flatMap((one) => {
            const physicalPort = there.get(one.port)?.physicalPort;
            return physicalPort === undefined ? [] : [`${one.initiator} ${physicalPort}`];
          }),
        ).size;
      expect(pathsOf(over.keep)).toBeGreaterThanOrEqual(Math.min(asked.rules.min, pathsOf(both.existing)));
    }),
    RUNS,
  );
  expect(found).toBeGreaterThan(10);
});

it('of more paths than the rules allow those go first whose ports can not be used, whatever the others carry', () => {
  const ports = [port(3, { load: { volumes: 9, initiators: 1 } }), port(4, { load: { volumes: 9, initiators: 1 } })];
  const existing = [pair(1, 1), pair(1, 2), pair(1, 3), pair(1, 4)];
  const asked = request({ ports, existing, rules: { min: 2, max: 2, perInitiator: 2 } });
  expect(surplus(asked)).toMatchObject({ remove: [pair(1, 1), pair(1, 2)], keep: [pair(1, 3), pair(1, 4)] });
});
