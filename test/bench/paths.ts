/**
 * What choosing paths costs, and how well it spreads: hosts with two initiators each on one storage system with ports in two
 * fabrics, all in one plan. Processor time of the choice alone; ten times the hosts against once, in the same run. Load
 * against the least that any choice could have: as many volumes on each port as the mean, rounded up.
 *
 * Usage: npm run bench:paths
 */
import type { Urn } from '../../src/engine/model/urn.ts';
import { PortLoads } from '../../src/engine/paths/loads.ts';
import type { PathInitiator, PathPort } from '../../src/engine/paths/types.ts';
import { initiatorUrn, NOW_MS, network, portUrn } from '../engine/paths/support.ts';
import { leastMs } from './lib/least-ms.ts';

const PORTS = 512;
const DIRECTORS = 64;
const RULES = { min: 2, max: 4, perInitiator: 2 };
const hex = (number: number) =>
  number
    .toString(16)
    .padStart(4, '0')
    .replace(/(..)(..)/, '$1:$2');

const ports: PathPort[] = Array.from({ length: PORTS }, (_, n) => ({
  urn: portUrn(n + 1),
  name: `FA-${Math.floor(n / (PORTS / DIRECTORS)) + 1}:${n % (PORTS / DIRECTORS)}`,
  address: `50:00:00:00:00:00:${hex(n)}`,
  network: network((n % 2) + 1),
  haDomain: `FA-${Math.floor(n / (PORTS / DIRECTORS)) + 1}`,
  physicalPort: `P${n}`,
  engine: `ENG-${Math.floor(n / (PORTS / 8)) + 1}`,
  switch: `sw-${n % 2}-${n % 8}`,
  load: { volumes: n % 5, initiators: n % 3, busyPercent: (n * 7) % 40, cpuBusyPercent: 5, measuredAtMs: NOW_MS },
}));

const initiatorsOf = (host: number): PathInitiator[] =>
  [0, 1].map((n) => ({
    urn: initiatorUrn(2 * host + n + 1),
    portName: `10:00:00:00:00:0${n}:${hex(host)}`,
    network: network(n + 1),
    switch: `sw-${n}-${host % 8}`,
  }));

/** Chooses for all of them on one board, as a plan does. */
function choose(hosts: number, given: readonly PathPort[] = ports): PortLoads {
  const board = new PortLoads(given, NOW_MS);
  for (let host = 0; host < hosts; host++) {
    const asked = { host: `h${host}`, system: 's', initiators: initiatorsOf(host), existing: [], rules: RULES };
    const result = board.select({ ...asked, volumes: 1 });
    if (!result.ok) throw new Error(result.why);
    if (result.plan.pairs.length !== RULES.max) throw new Error(`${result.plan.pairs.length} paths`);
    board.add({ pairs: result.plan.pairs, existing: [], volumes: 1, newVolumes: 1 });
  }
  return board;
}

/** Of ports that begin equal. */
function spread(hosts: number): string {
  const idle = ports.map((port) => ({ ...port, load: { volumes: 0, initiators: 0 } }));
  const board = choose(hosts, idle);
  const loads = idle.map(({ urn }: { urn: Urn }) => board.load(urn)!.volumes);
  const ideal = Math.ceil((hosts * RULES.max) / PORTS);
  return `fullest port ${Math.max(...loads)} volumes, least ${Math.min(...loads)}, ideal ${ideal}`;
}

choose(50);
const sizes = [250, 2_500];
const times = sizes.map((hosts) => leastMs(() => void choose(hosts)));
for (const [n, hosts] of sizes.entries()) {
  const each = (times[n]! * 1000) / (hosts * 2);
  console.log(
    `${hosts * 2} initiators x ${PORTS} ports: ${times[n]!.toFixed(0)} ms, ${each.toFixed(0)} µs an initiator`,
  );
}
console.log(`ten times the initiators: ${(times[1]! / times[0]!).toFixed(1)} times the cost`);
console.log(`spread of 2,500 hosts: ${spread(2_500)}`);
