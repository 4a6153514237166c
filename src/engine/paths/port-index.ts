/**
 * The ports of one storage system, arranged so that choosing one doesn't look at all: by network, in it by HA domain and
 * switch, there by usage. It is built once and follows the load, so that many hosts in one plan share it.
 */
import { assert } from '../../lib/assert.ts';
import { compareText } from '../../lib/compare-text.ts';
import { groupBy } from '../../lib/group-by.ts';
import type { Urn } from '../model/urn.ts';
import type { PathSettings } from './settings.ts';
import type { PathPort, PortLoad, PortRejection } from './types.ts';
import { isMeasured, type Metric, overBusy, usageOf } from './usage.ts';

export interface IndexedPort {
  readonly port: PathPort;
  readonly group: PortGroup;
  load: PortLoad;
  usage: number;
}

export const engineIn = (network: Urn, engine: string): string => `${network} ${engine}`;

/** Ports of a network that are alike but for their physical port and load. */
export interface PortGroup {
  readonly network: NetworkPorts;
  readonly haDomain: string;
  /** Those of which nothing is known count as one. */
  readonly engine: string;
  /** By which its paths are counted. */
  readonly engineInNetwork: string;
  readonly switch: string | undefined;
  /** By usage, then initiators, then name. */
  readonly ports: IndexedPort[];
}

export interface NetworkPorts {
  readonly network: Urn;
  /**
   * Stricter than per port, as CoprHD: where any port of the network has no recent sample, all of it is compared by counts. A
   * port that nobody measured so never wins by looking idle, nor loses by it. Ports over a ceiling have their say too, so
   * that the measure doesn't change while a plan fills them.
   */
  readonly metric: Metric;
  /** When the oldest sample was taken; absent where it is counted. */
  readonly measuredAtMs?: number;
  /** All, by name. */
  readonly ports: readonly PathPort[];
  readonly groups: readonly PortGroup[];
  /** HA domains and physical ports that new paths can have. */
  readonly haDomains: ReadonlySet<string>;
  readonly physicalPorts: ReadonlySet<string>;
  /** Too busy, by name. */
  readonly tooBusy: readonly PathPort[];
}

export interface PortIndex {
  readonly settings: PathSettings;
  readonly ports: ReadonlyMap<Urn, PathPort>;
  readonly networks: ReadonlyMap<Urn, NetworkPorts>;
  /** All, also the ones that are too busy and so in no group's list. */
  readonly indexed: ReadonlyMap<Urn, IndexedPort>;
}

export const comparePorts = (a: PathPort, b: PathPort): number =>
  compareText(a.name, b.name) || compareText(a.urn, b.urn);

export function compareLoaded(a: IndexedPort, b: IndexedPort): number {
  return a.usage - b.usage || a.load.initiators - b.load.initiators || comparePorts(a.port, b.port);
}

export function indexPorts(ports: readonly PathPort[], nowMs: number, settings: PathSettings): PortIndex {
  const indexed = new Map<Urn, IndexedPort>();
  const networks = new Map<Urn, NetworkPorts>();
  for (const [network, those] of groupBy(ports, (port) => port.network)) {
    networks.set(network, indexNetwork(network, those, nowMs, settings, indexed));
  }
  return { settings, ports: new Map(ports.map((port) => [port.urn, port])), networks, indexed };
}

function indexNetwork(
  urn: Urn,
  ports: readonly PathPort[],
  nowMs: number,
  settings: PathSettings,
  indexed: Map<Urn, IndexedPort>,
): NetworkPorts {
  const metric = ports.every(({ load }) => isMeasured(load, nowMs, settings)) ? 'measured' : 'counted';
  const isTooBusy = ({ load }: PathPort): boolean =>
    isMeasured(load, nowMs, settings) && overBusy(load, settings) !== undefined;
  const open = ports.filter((port) => !isTooBusy(port));
  const groups: PortGroup[] = [];
  const network: NetworkPorts = {
    network: urn,
    metric,
    ...(metric === 'measured' ? { measuredAtMs: Math.min(...ports.map(({ load }) => load.measuredAtMs!)) } : {}),
    ports: ports.toSorted(comparePorts),
    groups,
    haDomains: new Set(open.map(({ haDomain }) => haDomain)),
    physicalPorts: new Set(open.map(({ physicalPort }) => physicalPort)),
    tooBusy: ports.filter(isTooBusy).sort(comparePorts),
  };
  const alike = ({ haDomain, engine, switch: at }: PathPort): string => JSON.stringify([haDomain, engine, at]);
  for (const members of groupBy(ports, alike).values()) {
    const { haDomain, engine = '', switch: at } = members[0]!;
    const engineInNetwork = engineIn(network.network, engine);
    const group: PortGroup = { network, haDomain, engine, engineInNetwork, switch: at, ports: [] };
    for (const port of members) {
      const entry = { port, group, load: port.load, usage: usageOf(port.load, metric, settings) };
      indexed.set(port.urn, entry);
      if (!isTooBusy(port)) group.ports.push(entry);
    }
    group.ports.sort(compareLoaded);
    if (group.ports.length > 0) groups.push(group);
  }
  return network;
}

/** More load of a port that is in the index. Its place in its group follows; all else stays. */
export function growLoad(index: PortIndex, port: Urn, more: Pick<PortLoad, 'volumes' | 'initiators'>): void {
  const entry = index.indexed.get(port);
  if (!entry) return;
  const { group, load } = entry;
  entry.load = { ...load, volumes: load.volumes + more.volumes, initiators: load.initiators + more.initiators };
  entry.usage = usageOf(entry.load, group.network.metric, index.settings);
  let at = group.ports.indexOf(entry);
  if (at < 0) return;
  for (; at + 1 < group.ports.length && compareLoaded(group.ports[at + 1]!, entry) < 0; at++) {
    group.ports[at] = group.ports[at + 1]!;
  }
  for (; at > 0 && compareLoaded(group.ports[at - 1]!, entry) > 0; at--) group.ports[at] = group.ports[at - 1]!;
  group.ports[at] = entry;
}

/** Why a port that is too busy is. */
export const busyRejection = (port: PathPort, settings: PathSettings): PortRejection => {
  const over = overBusy(port.load, settings);
  assert(over, 'a port is left out that is not too busy');
  return { port: port.urn, ...over };
};
