/**
 * The best port for one more path of an initiator. CoprHD filters the ports by engine, director, switch one after the other and
 * takes the least used of what is left; here it is one order of ports, which is the same where each filter leaves something, and
 * keeps what the filters lose once an engine has been used up: a path never shares an HA domain or a physical port with another
 * path of the host while a free one is there.
 */
import { type HostPaths, isUsed, type NewPath } from './host-paths.ts';
import { comparePorts, type IndexedPort, type PortGroup } from './port-index.ts';
import type { PathInitiator } from './types.ts';
import { overCount, usageOfVolumes } from './usage.ts';

/** In the order of the rules. Counts are of paths that the host has there; smaller is better. */
export const RULES = [
  'ha-domain',
  'physical-port',
  'ha-domain-count',
  'engine',
  'engine-in-network',
  'physical-port-count',
  'switch-affinity',
  'switch',
  'usage',
  'initiators',
] as const;

export interface Ranked {
  readonly entry: IndexedPort;
  /** One figure for each of RULES. */
  readonly ranks: readonly number[];
}

export function compareRanked(a: Ranked, b: Ranked): number {
  for (let n = 0; n < RULES.length; n++) {
    const difference = a.ranks[n]! - b.ranks[n]!;
    if (difference !== 0) return difference;
  }
  return comparePorts(a.entry.port, b.entry.port);
}

export function bestPort(host: HostPaths, initiator: PathInitiator): Ranked | undefined {
  const network = host.index.networks.get(initiator.network);
  let best: Ranked | undefined;
  for (const group of network?.groups ?? []) {
    // Most groups lose by their HA domain, and need no look at their ports.
    if (best?.ranks[0] === 0 && host.used.haDomain.has(group.haDomain)) continue;
    const ranked = bestOfGroup(host, initiator, group);
    if (ranked && (!best || compareRanked(ranked, best) < 0)) best = ranked;
  }
  return best;
}

/** Ports of a group stand by usage, so that the first on a free physical port is its best. */
export function bestOfGroup(host: HostPaths, initiator: PathInitiator, group: PortGroup): Ranked | undefined {
  let best: Ranked | undefined;
  for (const entry of group.ports) {
    const isFree = !isUsed(host, 'physicalPort', entry);
    if (!isFree && host.reached.get(initiator.urn)?.has(entry.port.physicalPort)) continue;
    if (countRejection(host, entry)) continue;
    const ranked = rank(host, initiator, entry);
    if (isFree) return ranked;
    if (!best || compareRanked(ranked, best) < 0) best = ranked;
  }
  return best;
}

/** The ceiling that keeps the host from one more path through the port. */
export function countRejection(host: HostPaths, { port, load }: IndexedPort, settings = host.index.settings) {
  if (settings.initiatorCeiling === undefined && settings.volumeCeiling === undefined) return undefined;
  const more = host.perPort.has(port.urn) ? 0 : (host.request.volumes ?? 1);
  const given = host.given.get(host.index.indexed.get(port.urn)!) ?? 0;
  return overCount({ initiators: load.initiators + given + 1, volumes: load.volumes + more }, settings);
}

export function rank(host: HostPaths, initiator: PathInitiator, entry: IndexedPort): Ranked {
  const { used, given, index, request } = host;
  const { group, port, usage, load } = entry;
  const haDomain = used.haDomain.get(group.haDomain) ?? 0;
  const physicalPort = used.physicalPort.get(port.physicalPort) ?? 0;
  const own = given.get(entry) ?? 0;
  const isNear = index.settings.switchAffinity && group.switch !== undefined && group.switch === initiator.switch;
  const grown = own === 0 ? 0 : usageOfVolumes(own * (request.volumes ?? 1), group.network.metric, index.settings);
  const ranks = [
    haDomain > 0 ? 1 : 0,
    physicalPort > 0 ? 1 : 0,
    haDomain,
    used.engine.get(group.engine) ?? 0,
    used.engineInNetwork.get(group.engineInNetwork) ?? 0,
    physicalPort,
    isNear ? 0 : 1,
    group.switch === undefined ? 0 : (used.switch.get(group.switch) ?? 0),
    usage + grown,
    load.initiators + own,
  ];
  return { entry, ranks };
}

export const asPath = (initiator: PathInitiator, { entry, ranks }: Ranked): NewPath => ({
  initiator,
  entry,
  usage: ranks[RULES.indexOf('usage')]!,
  load: entry.load,
});
