/** Paths as storage administrators expect them: usage, order of the rules, numbers for each network, messages. */
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../../src/engine/observe/metrics.ts';
import { selectPaths } from '../../../src/engine/paths/select-paths.ts';
import { DEFAULT_PATH_SETTINGS } from '../../../src/engine/paths/settings.ts';
import type { PathPort, PortLoad } from '../../../src/engine/paths/types.ts';
import { HOUR_MS, initiator, NOW_MS, network, pair, planOf, port, refusalOf, request, shown } from './support.ts';

const measured = (busyPercent: number, more: Partial<PortLoad> = {}): Pick<PathPort, 'load'> => ({
  load: { busyPercent, measuredAtMs: NOW_MS - HOUR_MS, volumes: 0, initiators: 0, ...more },
});
const counted = (volumes: number, initiators = 0): Pick<PathPort, 'load'> => ({ load: { volumes, initiators } });
const b = { network: network(2) };
const initiators = (count: number, of = {}) => Array.from({ length: count }, (_, n) => initiator(n + 1, of));
const chosen = (ports: readonly PathPort[], settings = {}) =>
  planOf(selectPaths(request({ ports, rules: { max: 1 } }), { ...DEFAULT_PATH_SETTINGS, ...settings })).chosen[0]!;

describe('usage', () => {
  it('is as CoprHD: 1000 a per cent busy, and volumes by the coefficient', () => {
    const volumes = { volumes: 2_048, initiators: 7 };
    expect(chosen([port(1, measured(40, volumes))])).toEqual({
      port: port(1).urn,
      usage: 140_000,
      metric: 'measured',
      sampleAgeMs: HOUR_MS,
      busyPercent: 40,
      ...volumes,
    });
    expect(chosen([port(1, measured(40, volumes))], { volumeCoefficient: 0.5 }).usage).toBe(90_000);
    expect(chosen([port(1, measured(40, { cpuBusyPercent: 60 }))]).usage).toBe(50_000);
  });

  it('counts what is under a floor as nothing, and a processor that is as if it were not told', () => {
    expect(chosen([port(1, measured(2.9))]).usage).toBe(0);
    expect(chosen([port(1, measured(3))]).usage).toBe(3_000);
    expect(chosen([port(1, measured(40, { cpuBusyPercent: 7.9 }))]).usage).toBe(40_000);
    expect(chosen([port(1, measured(2, { cpuBusyPercent: 8 }))]).usage).toBe(4_000);
  });

  it('has the floors and the age that observation goes by', () => {
    expect(DEFAULT_PATH_SETTINGS).toMatchObject({
      portFloorPercent: METRICS.portFloorPercent,
      cpuFloorPercent: METRICS.cpuFloorPercent,
      sampleAgeMaxMs: METRICS.ageMaxMs,
    });
  });

  it('a port that nobody measured lately does not win by looking idle: its network is compared by counts', () => {
    const old = measured(0, { volumes: 5, measuredAtMs: NOW_MS - 49 * HOUR_MS });
    for (const unknown of [counted(5), old]) {
      const best = chosen([
        port(1, unknown),
        port(2, measured(60, { volumes: 3 })),
        port(3, measured(10, { volumes: 4 })),
      ]);
      expect(best).toMatchObject({ port: port(2).urn, usage: 3_000, metric: 'counted' });
      expect(best.sampleAgeMs).toBeUndefined();
    }
  });

  it('networks are measured each by itself', () => {
    const ports = [port(1, counted(5)), port(2, { ...b, ...measured(10) })];
    const asked = request({ initiators: [initiator(1), initiator(2, b)], ports });
    expect(planOf(selectPaths(asked)).chosen.map(({ metric }) => metric)).toEqual(['counted', 'measured']);
  });

  it('is by counts where metrics are off', () => {
    const ports = [port(1, measured(1, { volumes: 9 })), port(2, measured(90, { volumes: 8 }))];
    expect(chosen(ports).port).toBe(port(1).urn);
    expect(chosen(ports, { metrics: false }).port).toBe(port(2).urn);
  });

  it('of ports used alike the one with fewer initiators is taken, then the first by name', () => {
    expect(chosen([port(1, counted(1, 2)), port(2, counted(1, 1)), port(3, counted(1, 1))]).port).toBe(port(2).urn);
  });

  it('does not depend on URNs: a plan of what is only declared, made again, chooses the same ports', () => {
    const through = (one: number, other: number) => {
      const at = (of: number) => ({ network: network(of) });
      const ports = [1, 2, 3, 4].map((n) =>
        port(n, { ...at(n % 2 ? one : other), haDomain: `director-${Math.ceil(n / 2)}` }),
      );
      const asked = { initiators: [initiator(1, at(one)), initiator(2, at(other))], ports, rules: { min: 2, max: 2 } };
      return shown(planOf(selectPaths(request(asked))).pairs);
    };
    expect(through(1, 2)).toEqual(['1>1', '2>4']);
    expect(through(2, 1)).toEqual(through(1, 2));
  });

  it('grows with what the request gives, where a path more has to share a physical port', () => {
    const one = { physicalPort: 'p', haDomain: 'd' };
    const ports = [port(1, { ...one, ...counted(3) }), port(2, { ...one, ...counted(5) })];
    const asked = { initiators: initiators(2), ports, rules: { max: 2, min: 2 } };
    expect(shown(planOf(selectPaths(request({ ...asked, volumes: 1 }))).pairs)).toEqual(['1>1', '2>1']);
    expect(shown(planOf(selectPaths(request({ ...asked, volumes: 3 }))).pairs)).toEqual(['1>1', '2>2']);
  });

  it('ceilings take a port out, and say so', () => {
    const ports = [
      port(1, measured(0, { initiators: 64 })),
      port(2, measured(0, { volumes: 1_000 })),
      port(3, measured(100)),
      port(4, measured(0, { cpuBusyPercent: 90 })),
      port(5, measured(80)),
    ];
    const settings = { ...DEFAULT_PATH_SETTINGS, initiatorCeiling: 64, volumeCeiling: 1_000, cpuCeilingPercent: 90 };
    const { ports: taken, rejected } = planOf(selectPaths(request({ ports, rules: { max: 1 } }), settings));
    expect(taken).toEqual([port(5).urn]);
    expect(rejected.map(({ rule, needed, had }) => [rule, needed, had])).toEqual([
      ['initiator-ceiling', 65, 64],
      ['volume-ceiling', 1_001, 1_000],
      ['port-ceiling', '< 100 %', '100 %'],
      ['cpu-ceiling', '< 90 %', '90 %'],
    ]);
  });

  it('a port is not too busy by a sample of long ago', () => {
    expect(chosen([port(1, measured(100, { measuredAtMs: 0 }))]).metric).toBe('counted');
  });
});

describe('the order of the rules', () => {
  const at = (haDomain: string, engine: string, more: Partial<PathPort> = {}) => ({ haDomain, engine, ...more });
  const two = (ports: readonly PathPort[], more = {}) =>
    planOf(selectPaths(request({ initiators: initiators(2, more), ports, rules: { max: 2 } }))).ports.map(
      (urn) => ports.find((one) => one.urn === urn)!.name,
    );

  it('another engine before a port that is used less', () => {
    const ports = [port(1, at('d1', 'e1')), port(2, at('d2', 'e1', counted(1))), port(3, at('d3', 'e2', counted(9)))];
    expect(two(ports)).toEqual(['port-001', 'port-003']);
  });

  it('another HA domain of the same engine before a port that is used less', () => {
    const ports = [port(1, at('d1', 'e1')), port(2, at('d1', 'e1')), port(3, at('d2', 'e1', counted(9)))];
    expect(two(ports)).toEqual(['port-001', 'port-003']);
  });

  it('another HA domain before another engine, once both have been used', () => {
    const ports = [port(1, at('d1', 'e1')), port(2, at('d2', 'e1')), port(3, at('d3', 'e1')), port(4, at('d4', 'e2'))];
    const asked = request({ initiators: initiators(4), ports, rules: { max: 4 } });
    expect(planOf(selectPaths(asked)).ports).toHaveLength(4);
  });

  it('both engines in each fabric, so that one of each may fail', () => {
    const b = { network: network(2) };
    const ports = [1, 2, 3, 4].flatMap((n) => [
      port(n, at(`d${n}`, n < 3 ? 'e1' : 'e2')),
      port(n + 4, { ...at(`d${n}`, n < 3 ? 'e1' : 'e2'), ...b }),
    ]);
    const asked = request({
      initiators: [initiator(1), initiator(2, b)],
      ports,
      rules: { max: 4, perInitiator: 2 },
    });
    const { pairs } = planOf(selectPaths(asked));
    const engines = pairs.map((one) => {
      const { network: of, engine, haDomain } = ports.find(({ urn }) => urn === one.port)!;
      return { of, engine, haDomain };
    });
    expect(new Set(engines.map(({ haDomain }) => haDomain)).size).toBe(4);
    for (const of of [network(1), network(2)]) {
      expect(
        engines
          .filter((one) => one.of === of)
          .map(({ engine }) => engine)
          .sort(),
      ).toEqual(['e1', 'e2']);
    }
  });

  it('another physical port before a virtual one that is used less', () => {
    const p = (n: number, physicalPort: string, volumes: number) =>
      port(n, { ...at('d1', 'e1'), physicalPort, ...counted(volumes) });
    expect(two([p(1, 'p1', 0), p(2, 'p1', 0), p(3, 'p2', 9)])).toEqual(['port-001', 'port-003']);
  });

  it('the switch of the initiator before one that is used less, and other switches where that is not known', () => {
    const ports = [
      port(1, { switch: 's1', ...counted(0) }),
      port(2, { switch: 's1', ...counted(1) }),
      port(3, { switch: 's2', ...counted(9) }),
      port(4, { switch: 's2', ...counted(9) }),
    ];
    expect(two(ports, { switch: 's2' })).toEqual(['port-003', 'port-004']);
    expect(two(ports)).toEqual(['port-001', 'port-003']);
    const settings = { ...DEFAULT_PATH_SETTINGS, switchAffinity: false };
    const asked = request({ initiators: initiators(2, { switch: 's2' }), ports, rules: { max: 2 } });
    expect(shown(planOf(selectPaths(asked, settings)).pairs)).toEqual(['1>1', '2>3']);
  });

  it('existing paths count as used', () => {
    const ports = [port(1, at('d1', 'e1')), port(2, at('d1', 'e1')), port(3, at('d2', 'e1', counted(9)))];
    const asked = request({ initiators: initiators(2), ports, existing: [pair(1, 1)], rules: { max: 2 } });
    expect(shown(planOf(selectPaths(asked)).added)).toEqual(['2>3']);
  });

  it('a fabric makes room for one that reaches fewer HA domains', () => {
    const ports = [
      port(1, { haDomain: 'd1' }),
      port(2, { haDomain: 'd2', ...counted(9) }),
      port(3, { ...b, haDomain: 'd1' }),
    ];
    const asked = request({ initiators: [initiator(1), initiator(2, b)], ports, rules: { acrossHaDomains: 2 } });
    expect(shown(planOf(selectPaths(asked)).pairs)).toEqual(['1>2', '2>3']);
  });
});

describe('how many paths', () => {
  const twoFabrics = (each: number) => [
    ...Array.from({ length: each }, (_, n) => initiator(2 * n + 1)),
    ...Array.from({ length: each }, (_, n) => initiator(2 * n + 2, b)),
  ];
  const ports = [
    ...Array.from({ length: 8 }, (_, n) => port(n + 1)),
    ...Array.from({ length: 8 }, (_, n) => port(n + 9, b)),
  ];
  const perFabric = (each: number, max: number, perInitiator: number, min = 1): number[] => {
    const { pairs } = planOf(
      selectPaths(request({ initiators: twoFabrics(each), ports, rules: { min, max, perInitiator } })),
    );
    const ofA = pairs.filter((one) => shown([one])[0]!.match(/>[1-8]$/)).length;
    return [ofA, pairs.length - ofA];
  };

  it("is CoprHD's number for each fabric", () => {
    expect(perFabric(1, 4, 1)).toEqual([1, 1]);
    expect(perFabric(2, 4, 1)).toEqual([2, 2]);
    expect(perFabric(2, 8, 2)).toEqual([4, 4]);
    expect(perFabric(4, 5, 1)).toEqual([3, 2]);
    expect(perFabric(2, 5, 2)).toEqual([2, 2]);
    expect(perFabric(2, 6, 2)).toEqual([3, 3]);
    expect(perFabric(2, 1, 1)).toEqual([1, 0]);
  });

  it('is more than CoprHD gives where the minimum asks for it', () => {
    expect(perFabric(2, 5, 2, 5)).toEqual([3, 2]);
  });

  it('every initiator has one before any has two', () => {
    const asked = request({ initiators: initiators(3), ports, rules: { max: 4, perInitiator: 2 } });
    const { pairs } = planOf(selectPaths(asked));
    expect(new Set(pairs.map((one) => one.initiator)).size).toBe(3);
  });

  it('initiators share a port where there are more of them than ports', () => {
    const asked = request({ initiators: initiators(4), ports: [port(1), port(2)], rules: { max: 8, min: 4 } });
    expect(shown(planOf(selectPaths(asked)).pairs)).toEqual(['1>1', '2>2', '3>1', '4>2']);
  });

  it('an initiator never has two paths to one physical port, and such paths that exist count once for the minimum', () => {
    const virtual = [port(1, { physicalPort: 'p' }), port(2, { physicalPort: 'p' })];
    const asked = { ports: virtual, rules: { max: 4, perInitiator: 4 } };
    expect(shown(planOf(selectPaths(request(asked))).pairs)).toEqual(['1>1']);
    const existing = [pair(1, 1), pair(1, 2)];
    const { why } = refusalOf(selectPaths(request({ ...asked, existing, rules: { ...asked.rules, min: 2 } })));
    expect(why).toContain('web-01 can have 1 path to array-1, and needs 2 at least');
  });

  it('an initiator without a login is treated like the others', () => {
    const asked = request({ initiators: [initiator(1, { switch: 's1' }), initiator(2)], ports, rules: { max: 2 } });
    expect(new Set(planOf(selectPaths(asked)).pairs.map((one) => one.initiator)).size).toBe(2);
  });

  it('paths to ports that are down stay and count', () => {
    const asked = request({ existing: [pair(1, 77), pair(1, 78)], rules: { max: 2, min: 2, acrossHaDomains: 2 } });
    const { pairs, added, shortfalls } = planOf(selectPaths(asked));
    expect([shown(pairs), added]).toEqual([['1>77', '1>78'], []]);
    expect(shortfalls).toEqual(["2 ports of existing paths can't be used now"]);
  });
});

describe('what is said', () => {
  const networkNames = { [network(1)]: 'fabric-a', [network(2)]: 'fabric-b' };

  it('of too few ports', () => {
    const asked = request({
      initiators: initiators(1),
      ports: [port(1)],
      rules: { min: 3, max: 4, perInitiator: 4 },
      networkNames,
    });
    expect(refusalOf(selectPaths(asked))).toMatchObject({
      why:
        'web-01 can have 1 path to array-1, and needs 3 at least: fabric-a: 1 path by 1 initiator, 1 physical port on ' +
        '1 HA domain. At most 4 paths, 4 an initiator. Missing: 2 ports more in fabric-a.',
      missing: [{ network: network(1), what: 'port', count: 2 }],
    });
  });

  it('of too few initiators', () => {
    const asked = request({ ports: [port(1), port(2)], rules: { min: 3, max: 4 }, networkNames });
    const { why, missing } = refusalOf(selectPaths(asked));
    expect(missing).toEqual([{ network: network(1), what: 'initiator', count: 2 }]);
    expect(why).toContain('Missing: 2 initiators more in fabric-a.');
  });

  it('of too few HA domains', () => {
    const d = { haDomain: 'd' };
    const rules = { acrossHaDomains: 2, max: 2 };
    const asked = request({ initiators: initiators(2), ports: [port(1, d), port(2, d)], rules, networkNames });
    const { why, missing } = refusalOf(selectPaths(asked));
    expect(why).toContain('the paths of web-01 to array-1 come to 1 HA domain, and need 2 at least');
    expect(missing).toEqual([{ network: network(1), what: 'HA domain', count: 1 }]);
  });

  it('of initiators that are in no network of the storage system', () => {
    const { why, missing } = refusalOf(selectPaths(request({ initiators: [initiator(1, b)], networkNames })));
    expect(why).toContain('the initiators are in fabric-b and the ports of the storage system in fabric-a.');
    expect(missing).toEqual([]);
  });

  it('the port that came next, by the rule and the figures that decided', () => {
    const ports = [port(1, counted(2)), port(2, counted(5)), port(3, counted(2, 1)), port(4, b), port(5, counted(2))];
    const { rejected } = planOf(selectPaths(request({ ports, rules: { max: 1 }, networkNames })));
    expect(rejected).toEqual([
      {
        port: port(5).urn,
        rule: 'name',
        fact: 'equal in all, and later by name',
        needed: '<= port-001',
        had: 'port-005',
      },
      { port: port(3).urn, rule: 'initiators', fact: 'more initiators are admitted', needed: 0, had: 1 },
      { port: port(2).urn, rule: 'usage', fact: 'it is used more', needed: 2_000, had: 5_000 },
      {
        port: port(4).urn,
        rule: 'network',
        fact: 'the host has no initiator in its network',
        needed: 'an initiator',
        had: 'fabric-b',
      },
    ]);
  });

  it('names 20 ports at most, the best of each HA domain first', () => {
    const ports = Array.from({ length: 60 }, (_, n) => port(n + 1, { haDomain: `d${n % 12}`, ...counted(n) }));
    const { rejected, moreRejected } = planOf(selectPaths(request({ ports, rules: { max: 1 } })));
    expect([rejected.length, moreRejected]).toEqual([20, 39]);
    const domains = rejected.slice(0, 12).map((one) => ports.find(({ urn }) => urn === one.port)!.haDomain);
    expect(new Set(domains).size).toBe(12);
  });

  it('of what is less than could be', () => {
    const one = { haDomain: 'd', switch: 's' };
    const asked = request({ initiators: initiators(2), ports: [port(1, one), port(2, one)], networkNames });
    expect(planOf(selectPaths(asked)).shortfalls).toEqual([
      '2 paths of at most 4: 2 initiators, 1 each',
      'all paths come to one HA domain, d',
      'all paths are in one network, fabric-a',
      'all ports are on one switch, s',
    ]);
  });
});
