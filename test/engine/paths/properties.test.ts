/** What holds of paths on any storage system, host and rules. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Urn } from '../../../src/engine/model/urn.ts';
import { selectPaths } from '../../../src/engine/paths/select-paths.ts';
import { DEFAULT_PATH_SETTINGS } from '../../../src/engine/paths/settings.ts';
import type { PathPair, PathPort, PathRequest } from '../../../src/engine/paths/types.ts';
import { EVERYTHING } from '../../long-only.ts';
import { initiator, port, someHost, someNewHost, someSettings } from './support.ts';

/** `npm run test:all` looks further. */
const RUNS = { numRuns: EVERYTHING ? 5_000 : 300 };
const key = ({ initiator: of, port: through }: PathPair): string => `${of} ${through}`;
const portsOf = ({ ports }: PathRequest) => new Map(ports.map((one) => [one.urn, one]));
const count = <T>(items: readonly T[], value: T): number => items.filter((item) => item === value).length;

it('what is given is within the rules, and what there was is kept', () => {
  fc.assert(
    fc.property(someHost, someSettings, (asked, settings) => {
      const result = selectPaths(asked, settings);
      if (!result.ok) return;
      const { pairs, added, ports } = result.plan;
      const { rules, initiators } = asked;
      const there = portsOf(asked);
      const existing = new Set(asked.existing.map(key));
      expect(new Set(pairs.map(key)).size).toBe(pairs.length);
      expect(pairs.filter((pair) => existing.has(key(pair))).length).toBe(existing.size);
      expect(added.map(key)).toEqual(pairs.map(key).filter((one) => !existing.has(one)));
      expect(pairs.length).toBeLessThanOrEqual(Math.max(rules.max, existing.size));
      const paths = new Set(
        pairs.map((pair) => `${pair.initiator} ${there.get(pair.port)?.physicalPort ?? pair.port}`),
      );
      expect(paths.size).toBeGreaterThanOrEqual(rules.min);
      for (const { urn, network } of initiators) {
        const own = pairs.filter((pair) => pair.initiator === urn);
        const given = own.filter((pair) => !existing.has(key(pair)));
        if (given.length > 0) expect(own.length).toBeLessThanOrEqual(rules.perInitiator);
        for (const pair of given) expect(there.get(pair.port)!.network).toBe(network);
      }
      expect([...ports].sort()).toEqual([...new Set(pairs.map((pair) => pair.port))].sort());
      const domains = new Set(pairs.map((pair) => there.get(pair.port)?.haDomain ?? pair.port));
      expect(domains.size).toBeGreaterThanOrEqual(rules.acrossHaDomains ?? 1);
    }),
    RUNS,
  );
});

it('no two paths of a host share an HA domain or a physical port while the network of one has a free one', () => {
  let shared = 0;
  fc.assert(
    fc.property(someHost, (asked) => {
      const result = selectPaths(asked);
      if (!result.ok) return;
      const { pairs, added } = result.plan;
      const there = portsOf(asked);
      for (const part of ['haDomain', 'physicalPort'] as const) {
        const used = pairs.map((pair) => there.get(pair.port)?.[part]);
        for (const pair of added) {
          const own = there.get(pair.port)!;
          if (count(used, own[part]) < 2) continue;
          shared++;
          const free = asked.ports.filter(
            (one) => one.network === own.network && isOpen(one) && !used.includes(one[part]),
          );
          expect(free, `${part} of ${own.name}`).toEqual([]);
        }
      }
    }),
    RUNS,
  );
  expect(shared).toBeGreaterThan(50);
});

const isOpen = ({ load }: PathPort): boolean =>
  load.busyPercent !== 100 || asked48(load.measuredAtMs!) > 48 * 3_600_000;
const asked48 = (measuredAtMs: number): number => 1_000_000_000 - measuredAtMs;

/** Most HA domains that so many paths a network can come to, by trying all. */
function mostDomains(reach: readonly (readonly string[])[], used: ReadonlySet<string> = new Set()): number {
  const [first, ...rest] = reach;
  if (!first) return used.size;
  const options = first.filter((name) => !used.has(name));
  return Math.max(mostDomains(rest, used), ...options.map((name) => mostDomains(rest, new Set([...used, name]))));
}

it('the paths of a new host come to as many HA domains as so many paths in these networks can', () => {
  fc.assert(
    fc.property(someNewHost, (asked) => {
      const result = selectPaths(asked);
      if (!result.ok || result.plan.pairs.length > 6) return;
      const there = portsOf(asked);
      const reach = result.plan.pairs.map((pair) => {
        const { network } = there.get(pair.port)!;
        const open = asked.ports.filter((one) => one.network === network && isOpen(one));
        return [...new Set(open.map(({ haDomain }) => haDomain))];
      });
      const domains = new Set(result.plan.pairs.map((pair) => there.get(pair.port)!.haDomain));
      expect(domains.size).toBe(mostDomains(reach));
    }),
    RUNS,
  );
});

it('fabrics get the same number of paths, within perInitiator, unless the one with fewer has no room for more', () => {
  fc.assert(
    fc.property(someNewHost, (asked) => {
      const result = selectPaths(asked);
      if (!result.ok) return;
      const { pairs } = result.plan;
      const { perInitiator } = asked.rules;
      const networks = [...new Set(asked.initiators.map(({ network }) => network))].map((network) => {
        const own = asked.initiators.filter((one) => one.network === network).map(({ urn }) => urn);
        const open = asked.ports.filter((one) => one.network === network && isOpen(one));
        const physical = new Set(open.map(({ physicalPort }) => physicalPort)).size;
        const paths = pairs.filter((pair) => own.includes(pair.initiator)).length;
        return { paths, isFull: paths === own.length * Math.min(perInitiator, physical) };
      });
      for (const less of networks.filter(({ isFull }) => !isFull)) {
        for (const more of networks) expect(more.paths - less.paths).toBeLessThanOrEqual(perInitiator);
      }
    }),
    RUNS,
  );
});

it('the same request has the same answer, in whatever order its parts come', () => {
  const shuffled = <T>(items: readonly T[]) =>
    fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });
  const both = someHost.chain((asked) =>
    fc.tuple(
      fc.constant(asked),
      fc
        .record({
          ports: shuffled(asked.ports),
          initiators: shuffled(asked.initiators),
          existing: shuffled(asked.existing),
        })
        .map((parts) => ({ ...asked, ...parts })),
    ),
  );
  fc.assert(
    fc.property(both, someSettings, ([asked, other], settings) => {
      expect(selectPaths(other, settings)).toEqual(selectPaths(asked, settings));
    }),
    RUNS,
  );
});

it('a host that gets an initiator, or is planned again, keeps its paths', () => {
  fc.assert(
    fc.property(someHost, fc.integer({ min: 1, max: 3 }), (asked, at) => {
      const result = selectPaths(asked);
      if (!result.ok) return;
      const existing = result.plan.pairs;
      expect(selectPaths({ ...asked, existing })).toMatchObject({ ok: true, plan: { pairs: existing, added: [] } });
      const more = initiator(50, { network: asked.initiators[at % asked.initiators.length]!.network });
      const grown = selectPaths({ ...asked, existing, initiators: [...asked.initiators, more] });
      if (!grown.ok) throw new Error(grown.why);
      const { pairs, added } = grown.plan;
      expect(pairs).toEqual(expect.arrayContaining([...existing]));
      const open = asked.ports.filter((one) => one.network === more.network && isOpen(one));
      const isRoom = existing.length < asked.rules.max && open.length > 0;
      if (isRoom) expect(added.some((pair) => pair.initiator === more.urn)).toBe(true);
    }),
    RUNS,
  );
});

it('a refusal says why, and what it says is missing lets the request pass', () => {
  const seen = { initiator: 0, port: 0, 'HA domain': 0, nothing: 0 };
  fc.assert(
    fc.property(someHost, someSettings, (asked, settings) => {
      const result = selectPaths(asked, settings);
      if (result.ok) return;
      expect(result.why).toContain(asked.host);
      expect(result.why).toMatch(/\d/);
      if (result.missing.length === 0) seen.nothing++;
      if (result.missing.length === 0) return;
      const mended = { ...asked, ports: [...asked.ports], initiators: [...asked.initiators] };
      let next = 100;
      for (const { network, what, count: many } of result.missing) {
        seen[what]++;
        for (let n = 0; n < many; n++) {
          next++;
          if (what === 'initiator') mended.initiators.push(initiator(next, { network }));
          else mended.ports.push(port(next, { network, ...(what === 'port' ? { haDomain: 'director-1' } : {}) }));
        }
      }
      const again = selectPaths(mended, settings);
      // Enough paths may still come to too few HA domains, which the next refusal says.
      if (!again.ok) expect(again.why, result.why).toContain('HA domain');
      if (!again.ok) expect(result.why).toContain('can have');
    }),
    { numRuns: RUNS.numRuns * 3 },
  );
  for (const times of Object.values(seen)) expect(times).toBeGreaterThan(5);
});

it('nothing is missing only where the rules or the existing paths are in the way', () => {
  fc.assert(
    fc.property(someNewHost, (asked) => {
      const result = selectPaths(asked);
      if (result.ok || result.missing.length > 0) return;
      const { max, acrossHaDomains = 0 } = asked.rules;
      const networks = new Set<Urn>(asked.ports.map(({ network }) => network));
      const isElsewhere = asked.initiators.every(({ network }) => !networks.has(network));
      expect(isElsewhere || max < acrossHaDomains).toBe(true);
    }),
    RUNS,
  );
});

it('every port is chosen, rejected by a rule with its facts, or counted', () => {
  fc.assert(
    fc.property(someHost, someSettings, (asked, settings) => {
      const result = selectPaths(asked, settings);
      const { rejected, moreRejected } = result.ok ? result.plan : result;
      expect(rejected.length).toBeLessThanOrEqual(20);
      expect(new Set(rejected.map((one) => one.port)).size).toBe(rejected.length);
      if (!result.ok) return;
      const taken = result.plan.ports.filter((one) => portsOf(asked).has(one));
      expect(rejected.filter((one) => taken.includes(one.port))).toEqual([]);
      expect(taken.length + rejected.length + moreRejected).toBe(asked.ports.length);
      if (asked.ports.length <= 6) expect(moreRejected).toBe(0);
      const added = new Set(result.plan.added.map((pair) => pair.port));
      expect(new Set(result.plan.chosen.map((one) => one.port))).toEqual(added);
    }),
    RUNS,
  );
});

it('ceilings hold, whatever else is asked for', () => {
  fc.assert(
    fc.property(someHost, someSettings, (asked, settings) => {
      const result = selectPaths(asked, settings);
      if (!result.ok) return;
      const there = portsOf(asked);
      for (const one of new Set(result.plan.added.map((pair) => pair.port))) {
        const { load } = there.get(one)!;
        const given = count(
          result.plan.added.map((pair) => pair.port),
          one,
        );
        expect(load.initiators + given).toBeLessThanOrEqual(settings.initiatorCeiling ?? 99);
        const isNew = !asked.existing.some((pair) => pair.port === one);
        const volumes = load.volumes + (isNew ? (asked.volumes ?? 1) : 0);
        if (isNew) expect(volumes).toBeLessThanOrEqual(settings.volumeCeiling ?? 99);
        const isRecent = asked48(load.measuredAtMs!) <= DEFAULT_PATH_SETTINGS.sampleAgeMaxMs && settings.metrics;
        if (isRecent) expect(load.busyPercent ?? 0).toBeLessThan(settings.portCeilingPercent);
      }
    }),
    RUNS,
  );
});
