/** Hosts of one plan spread over the ports, and a board says the same as a choice from scratch. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Urn } from '../../../src/engine/model/urn.ts';
import { PortLoads } from '../../../src/engine/paths/loads.ts';
import { selectPaths } from '../../../src/engine/paths/select-paths.ts';
import type { PathPort } from '../../../src/engine/paths/types.ts';
import { EVERYTHING } from '../../long-only.ts';
import { initiator, NOW_MS, network, planOf, port, request, someHost, someNewHost, someSettings } from './support.ts';

const RUNS = { numRuns: EVERYTHING ? 3_000 : 200 };

/**
 * Hosts alike on ports alike: HA domains of as many ports in each network, hosts with as many paths in each, no more than
 * ports there. Be the level of an HA domain the load of its least used port; within it ports are at the level or one over. An
 * HA domain rises from L+1 to L+2 by as many paths as it has ports, and for each of them one at L or less got one of the same
 * host too, since it comes first; so it rose as well. So levels differ by 1 at most, and ports by 2. Where a second network must keep
 * off the HA domains that the first took, the argument fails; there the bound is what going through all of these found: 2 with two
 * networks, 4 with three (five HA domains of one port, two paths a network, from the 18th host on).
 */
const BOUND = [0, 2, 2, 4];

function spread(networks: number, domains: number, each: number, perNetwork: number, hosts: number): number {
  const ports: PathPort[] = [];
  for (let n = 0; n < networks * domains * each; n++) {
    const haDomain = `director-${n % domains}`;
    ports.push(port(n + 1, { network: network(1 + (Math.floor(n / domains) % networks)), haDomain }));
  }
  const board = new PortLoads(ports, NOW_MS);
  for (let host = 0; host < hosts; host++) {
    const initiators = Array.from({ length: networks * perNetwork }, (_, n) =>
      initiator(n + 1, { network: network(1 + (n % networks)) }),
    );
    const max = networks * perNetwork;
    const { pairs } = planOf(board.select(request({ host: `host-${host}`, initiators, rules: { min: max, max } })));
    board.add({ pairs, existing: [], volumes: 1, newVolumes: 1 });
  }
  const loads = board.ports().map(({ load }) => load.initiators);
  expect(loads.reduce((sum, load) => sum + load, 0)).toBe(hosts * networks * perNetwork);
  expect(board.ports().map(({ load }) => load.volumes)).toEqual(loads);
  return Math.max(...loads) - Math.min(...loads);
}

it('hosts alike load ports alike within a bound', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 80 }),
      (networks, domains, each, perNetwork, hosts) => {
        const paths = Math.min(perNetwork, domains * each);
        const difference = spread(networks, domains, each, paths, hosts);
        expect(difference).toBeLessThanOrEqual(BOUND[networks]!);
      },
    ),
    RUNS,
  );
});

it('a board chooses what would be chosen from its ports at their loads of the moment', () => {
  fc.assert(
    fc.property(someNewHost, fc.array(someHost, { maxLength: 6 }), someSettings, ({ ports }, hosts, settings) => {
      const board = new PortLoads(ports, NOW_MS, settings);
      const loads = new Map<Urn, number>(ports.map((one) => [one.urn, one.load.volumes]));
      for (const host of hosts) {
        const asked = { ...host, existing: [], volumes: host.volumes ?? 1 };
        const result = board.select(asked);
        expect(result).toEqual(selectPaths({ ...asked, ports: board.ports() }, settings));
        if (!result.ok) continue;
        board.add({ pairs: result.plan.pairs, existing: [], volumes: asked.volumes, newVolumes: asked.volumes });
        for (const one of result.plan.ports) loads.set(one, loads.get(one)! + asked.volumes);
      }
      for (const [one, volumes] of loads) expect(board.load(one)!.volumes).toBe(volumes);
    }),
    RUNS,
  );
});

it('a mask that grows brings its new volumes to the ports it has, and all of them to a new one', () => {
  const board = new PortLoads([port(1, { load: { volumes: 4, initiators: 1 } }), port(2)], NOW_MS);
  const existing = [{ initiator: initiator(1).urn, port: port(1).urn }];
  const pairs = [
    ...existing,
    { initiator: initiator(2).urn, port: port(1).urn },
    { initiator: initiator(2).urn, port: port(2).urn },
  ];
  board.add({ pairs, existing, volumes: 6, newVolumes: 2 });
  expect(board.load(port(1).urn)).toEqual({ volumes: 6, initiators: 2 });
  expect(board.load(port(2).urn)).toEqual({ volumes: 6, initiators: 1 });
  expect(board.load(port(3).urn)).toBeUndefined();
});
