/** What holds of zoning whatever is on the fabric, whoever's it is, and in whatever order things come and go. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ZoneMember, ZoneRole } from '../../../src/engine/driver/network-contract.ts';
import { ZONE_STYLES } from '../../../src/engine/model/specs.ts';
import {
  aliasNamesOf,
  deltaOf,
  inverseDelta,
  isEmptyDelta,
  mergeDeltas,
  together,
} from '../../../src/engine/zoning/delta.ts';
import { isDone } from '../../../src/engine/zoning/probe.ts';
import type { MaskPaths, OurZone } from '../../../src/engine/zoning/types.ts';
import { CONFIGURATION, ModelFabric } from './model-fabric.ts';
import { afterwards, contextOf, initiator, masked, maskOf, port, zonesOf } from './support.ts';

const RUNS = process.env.COPRHD_TESTS === 'all' ? 500 : 60;
const HOSTS = [0, 1];
const SYSTEMS = [0, 1];
const INITIATORS = [0, 1, 2];
const PORTS = [0, 1, 2];
const everyInitiator = HOSTS.flatMap((host) => INITIATORS.map((n) => initiator(host, n)));
const everyPort = SYSTEMS.flatMap((system) => PORTS.map((n) => port(system, n)));
const everybody = [...everyInitiator, ...everyPort];

const someMembers = fc.uniqueArray(fc.constantFrom(...everybody), { minLength: 1, maxLength: 5 });
/** Most are of what ours are of, so that some open their paths. */
const someForeign = fc.record({
  kind: fc.constantFrom('standard' as const, 'standard' as const, 'peer' as const, 'smart' as const, 'other' as const),
  ports: someMembers,
  roles: fc.array(fc.constantFrom<ZoneRole | undefined>('principal', 'initiator', 'target', undefined), {
    minLength: 5,
    maxLength: 5,
  }),
  aliased: fc.boolean(),
  configurations: fc.constantFrom([CONFIGURATION], [CONFIGURATION], ['OLD', CONFIGURATION], ['OLD'], []),
});

/** With one zone that nobody's paths concern, so that ours are never the last. */
const someFabric = fc.array(someForeign, { maxLength: 8 }).map((foreign) => {
  const fabric = new ModelFabric();
  fabric.put({ name: 'anchor', members: [{ type: 'port', domain: 1, port: 1 }] });
  foreign.forEach(({ kind, ports, roles, aliased, configurations }, n) => {
    const members = ports.map((wwpn, at): ZoneMember => {
      const role = kind === 'standard' || !roles[at] ? {} : { role: roles[at] };
      const alias = `a_${wwpn.replaceAll(':', '')}`;
      if (aliased) fabric.aliases.set(alias, [{ type: 'wwpn', wwpn }]);
      return aliased ? { type: 'alias', alias, ...role } : { type: 'wwpn', wwpn, ...role };
    });
    fabric.put({ name: `z_foreign_${n}`, kind, members }, configurations);
  });
  return fabric;
});

const somePairs = fc.uniqueArray(fc.tuple(fc.constantFrom(...INITIATORS), fc.constantFrom(...PORTS)), {
  maxLength: 12,
  selector: ([i, p]) => `${i} ${p}`,
});
const fullPairs = fc
  .tuple(fc.subarray(INITIATORS, { minLength: 1 }), fc.subarray(PORTS, { minLength: 1 }))
  .map(([some, ports]) => some.flatMap((i) => ports.map((p): [number, number] => [i, p])));
const someWay = fc.record({
  style: fc.constantFrom(...ZONE_STYLES),
  members: fc.constantFrom('pwwn' as const, 'alias' as const),
  membersMax: fc.constantFrom(2, 3, 255, 255, 255),
});
const someMask = fc.record({
  host: fc.constantFrom(...HOSTS),
  system: fc.constantFrom(...SYSTEMS),
  pairs: fc.oneof(somePairs, fullPairs),
});
/** In one way, but for a step now and then: policies of a network rarely change. */
const someSteps = fc
  .tuple(
    someWay,
    fc.array(fc.record({ mask: someMask, other: fc.option(someWay, { freq: 4 }) }), { minLength: 1, maxLength: 10 }),
  )
  .map(([way, steps]) =>
    steps.map(({ mask, other }) => ({ ...mask, ...(other && steps.length % 2 === 0 ? other : way) })),
  );
type Step = (typeof someSteps extends fc.Arbitrary<infer T extends readonly unknown[]> ? T : never)[number];

const contextFor = (fabric: ModelFabric, recorded: readonly OurZone[], { style, members, membersMax }: Step) => {
  const context = contextOf(fabric.seen(), { recorded, policy: { style, members } });
  return { ...context, driver: { ...context.driver, membersMax } };
};

interface Moment {
  readonly fabric: ModelFabric;
  readonly recorded: readonly OurZone[];
  readonly wanted: ReadonlyMap<string, MaskPaths>;
}

/** Step for step; `look` sees each before it is done. */
function walk(
  fabric: ModelFabric,
  steps: readonly Step[],
  look: (step: Step, moment: Moment, delta: ReturnType<typeof deltaOf>, after: Moment) => void,
): Moment {
  let moment: Moment = { fabric, recorded: [], wanted: new Map() };
  for (const step of steps) {
    const context = contextFor(moment.fabric, moment.recorded, step);
    const paths = masked(step.host, step.system, step.pairs);
    const zones = zonesOf(context, paths.mask, paths);
    const delta = deltaOf(zones, context);
    const done = moment.fabric.clone();
    done.apply(delta);
    const after = {
      fabric: done,
      recorded: afterwards(moment.recorded, zones),
      wanted: new Map([...moment.wanted, [paths.mask, paths]]),
    };
    look(step, moment, delta, after);
    moment = after;
  }
  return moment;
}

const check = (property: (fabric: ModelFabric, steps: readonly Step[]) => void) =>
  fc.assert(
    fc.property(someFabric, someSteps, (fabric, steps) => property(fabric, steps)),
    { numRuns: RUNS },
  );

const namesIn = (delta: ReturnType<typeof deltaOf>) =>
  Object.values(delta).flatMap((list) => list.map(({ name }) => name));

it('every wanted path is open afterwards, of all masks', () => {
  check((fabric, steps) => {
    walk(fabric, steps, (_step, _before, _delta, after) => {
      for (const { paths } of after.wanted.values()) {
        for (const path of paths) {
          const joined = [...after.fabric.zones.keys()].some((name) =>
            after.fabric.joins(name, path.initiator, path.port),
          );
          expect(joined, `${path.initiator} ${path.port}`).toBe(true);
        }
      }
    });
  });
});

it('no zone of ours opens what is no path of its mask', () => {
  check((fabric, steps) => {
    walk(fabric, steps, (step, _before, delta, { fabric: done, recorded, wanted }) => {
      expect(delta.add.filter(({ members }) => members.length > step.membersMax)).toEqual([]);
      for (const { mask, zoneName } of recorded.filter(({ existing }) => !existing)) {
        const paths = new Set(wanted.get(mask)!.paths.map((path) => `${path.initiator} ${path.port}`));
        const opened = everyInitiator.flatMap((one) =>
          everyPort.filter((other) => done.joins(zoneName, one, other)).map((other) => `${one} ${other}`),
        );
        expect(opened.length).toBeGreaterThan(0);
        expect(opened.filter((path) => !paths.has(path))).toEqual([]);
        // Initiators never see each other through us.
        const pairs = everyInitiator.flatMap((one) => everyInitiator.map((other) => [one, other] as const));
        expect(pairs.filter(([one, other]) => one !== other && done.joins(zoneName, one, other))).toEqual([]);
      }
    });
  });
});

it('zones and aliases of others are in no delta, and are the same to the byte', () => {
  check((fabric, steps) => {
    const foreign = new Set([...fabric.zones.keys(), ...fabric.aliases.keys()]);
    const before = fabric.observations();
    const aliases = fabric.aliasObservations();
    const { fabric: after } = walk(fabric, steps, (_step, _before, delta) => {
      expect(namesIn(delta).filter((name) => foreign.has(name))).toEqual([]);
    });
    expect(after.observations().filter(({ name }) => foreign.has(name))).toEqual(before);
    expect(after.aliasObservations().filter(({ name }) => foreign.has(name))).toEqual(aliases);
  });
});

it('the inverse delta restores the fabric to the byte', () => {
  check((fabric, steps) => {
    walk(fabric, steps, (_step, before, delta, after) => {
      const back = after.fabric.clone();
      back.apply(inverseDelta(delta));
      expect(back.text()).toBe(before.fabric.text());
    });
  });
});

it('the same again is nothing to do, and only zones of the mask are ever touched', () => {
  check((fabric, steps) => {
    walk(fabric, steps, (step, before, delta, after) => {
      const mask = maskOf(step.host, step.system);
      const context = contextFor(after.fabric, after.recorded, step);
      const again = zonesOf(context, mask, after.wanted.get(mask));
      expect([again.add, again.change, again.remove, again.repair]).toEqual([[], [], [], []]);
      expect(isEmptyDelta(deltaOf(again, context))).toBe(true);
      const others = new Set(before.recorded.filter((zone) => zone.mask !== mask).map(({ zoneName }) => zoneName));
      const zones = [...delta.add, ...delta.change, ...delta.remove].map(({ name }) => name);
      expect(zones.filter((name) => others.has(name))).toEqual([]);
    });
  });
});

it('when every mask is gone the fabric is as it was before the first, in any order of going', () => {
  fc.assert(
    fc.property(someFabric, someSteps, fc.infiniteStream(fc.nat()), (fabric, steps, choices) => {
      const text = fabric.text();
      let { fabric: now, recorded } = walk(fabric, steps, () => {});
      const masks = [...new Set(steps.map(({ host, system }) => maskOf(host, system)))];
      while (masks.length > 0) {
        const [mask] = masks.splice(choices.next().value % masks.length, 1);
        const context = contextFor(now, recorded, steps[0]!);
        const zones = zonesOf(context, mask!, undefined);
        expect(zones.remove).toEqual(
          recorded.filter((zone) => zone.mask === mask).sort((a, b) => (a.zoneName < b.zoneName ? -1 : 1)),
        );
        now = now.clone();
        now.apply(deltaOf(zones, context));
        recorded = afterwards(recorded, zones);
      }
      expect(recorded).toEqual([]);
      expect(now.text()).toBe(text);
    }),
    { numRuns: RUNS },
  );
});

it('the order of what is given makes no difference', () => {
  check((fabric, steps) => {
    walk(fabric, steps, (step, before, delta) => {
      const context = contextFor(before.fabric, before.recorded, step);
      const paths = masked(step.host, step.system, step.pairs);
      const { seen, recorded } = context;
      const turned = {
        ...context,
        seen: { ...seen, zones: seen.zones.toReversed(), aliases: seen.aliases.toReversed() },
        recorded: recorded.toReversed(),
      };
      const zones = zonesOf(turned, paths.mask, { ...paths, paths: [...paths.paths, ...paths.paths].toReversed() });
      expect(deltaOf(zones, turned)).toEqual(delta);
      expect(zones).toEqual(zonesOf(context, paths.mask, paths));
    });
  });
});

it('a probe tells done from not done', () => {
  check((fabric, steps) => {
    walk(fabric, steps, (_step, before, delta, after) => {
      if (isEmptyDelta(delta)) return;
      const state = ({ fabric: one }: Moment) => isDone(delta, one.observations(), one.aliasObservations());
      expect([state(before), state(after)]).toEqual(['not-done', 'done']);
      const withoutAliases = [before, after].map(({ fabric: one }) => isDone(delta, one.observations()));
      expect(withoutAliases).toEqual(['not-done', 'done']);
    });
  });
});

it('several masks in one activation are the same as one after the other', () => {
  check((fabric, steps) => {
    const { fabric: now, recorded } = walk(fabric, steps.slice(0, -2), () => {});
    const later = steps.slice(-2);
    const [first] = later;
    if (later.length < 2 || maskOf(later[0]!.host, later[0]!.system) === maskOf(later[1]!.host, later[1]!.system))
      return;
    const context = contextFor(now, recorded, first!);
    const zones = later.map(({ host, system, pairs }) => {
      const paths = masked(host, system, pairs);
      return zonesOf(context, paths.mask, paths);
    });
    const single = zones.map((one, n) =>
      deltaOf(one, {
        ...context,
        plannedAliases: new Set(
          zones
            .filter((_, m) => m !== n)
            .flatMap(({ add, change }) => aliasNamesOf([...add, ...change.map(({ to }) => to)])),
        ),
      }),
    );
    const merged = mergeDeltas(single);
    expect(merged).toBeDefined();
    const [apart, at] = [now.clone(), now.clone()];
    for (const delta of single) apart.apply(delta);
    at.apply(merged!);
    expect(at.text()).toBe(apart.text());
    // As one mask, aliases that the last of them gave up go too.
    const one = now.clone();
    one.apply(deltaOf(together(zones), context));
    const withoutAliases = (model: ModelFabric) => JSON.stringify([model.observations()]);
    expect(withoutAliases(one)).toBe(withoutAliases(apart));
  });
});
