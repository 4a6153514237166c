/**
 * Why the ports that were not taken were not: each is held against the last path of its network, and the first rule by which it
 * comes after that one has decided. The nearest only; of each group of like ports its best first, so that every HA domain is
 * named before one is named twice.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { Urn } from '../model/urn.ts';
import { compareRanked, countRejection, type Ranked, RULES, rank } from './best-port.ts';
import { type HostNetwork, type HostPaths, type NewPath, pairCount, withoutPath } from './host-paths.ts';
import { busyRejection, type IndexedPort, type PortGroup } from './port-index.ts';
import type { PathInitiator, PortRejection } from './types.ts';

export interface Rejections {
  readonly rejected: readonly PortRejection[];
  readonly moreRejected: number;
}

const FACTS: Readonly<Record<(typeof RULES)[number], string>> = {
  'ha-domain': 'its HA domain has paths of the host already',
  'physical-port': 'its physical port has paths of the host already',
  'ha-domain-count': 'its HA domain has more paths of the host',
  engine: 'its engine has more paths of the host',
  'engine-in-network': 'its engine has more paths of the host in this network',
  'physical-port-count': 'its physical port has more paths of the host',
  'switch-affinity': 'it is not on the switch of the initiator',
  switch: 'its switch has more paths of the host',
  usage: 'it is used more',
  initiators: 'more initiators are admitted',
};

export function rejectionsOf(host: HostPaths): Rejections {
  const rejected: PortRejection[] = [];
  const networks = host.networks.toSorted((a, b) => a.ports.ports.length - b.ports.ports.length);
  for (const [n, network] of networks.entries()) {
    const room = Math.floor((LIMITS.pathRejectionsMax - rejected.length) / (networks.length - n));
    rejected.push(...ofNetwork(host, network, room));
  }
  rejected.push(...elsewhere(host, LIMITS.pathRejectionsMax - rejected.length));
  const taken = [...host.perPort.keys()].filter((port) => host.index.ports.has(port)).length;
  return { rejected, moreRejected: host.index.ports.size - taken - rejected.length };
}

function ofNetwork(host: HostPaths, { ports, initiators }: HostNetwork, room: number): PortRejection[] {
  const last = host.added.findLast(({ initiator }) => initiator.network === ports.network);
  const nearest = last
    ? withoutPath(host, last, () => nearestOf(host, ports.groups, last.initiator, room, last))
    : nearestOf(host, ports.groups, initiators[0]!, room);
  const busy = ports.tooBusy.filter(({ urn }) => !host.perPort.has(urn));
  return [...nearest, ...busy.slice(0, room - nearest.length).map((port) => busyRejection(port, host.index.settings))];
}

function nearestOf(
  host: HostPaths,
  groups: readonly PortGroup[],
  initiator: PathInitiator,
  room: number,
  last?: NewPath,
): PortRejection[] {
  const taken = last && rank(host, initiator, last.entry);
  const isOpen = ({ port }: IndexedPort): boolean => !host.perPort.has(port.urn) && port.urn !== last?.entry.port.urn;
  const left = groups.flatMap((group) => {
    const first = group.ports.findIndex(isOpen);
    return first < 0 ? [] : [{ group, at: first, ranked: rank(host, initiator, group.ports[first]!) }];
  });
  left.sort((a, b) => compareRanked(a.ranked, b.ranked));
  const rejections: PortRejection[] = [];
  let round = left;
  while (round.length > 0 && rejections.length < room) {
    round = round.slice(0, room - rejections.length);
    for (const { ranked } of round) rejections.push(rejection(host, ranked, taken));
    round = round.flatMap(({ group, at }) => {
      const next = group.ports.findIndex((entry, n) => n > at && isOpen(entry));
      return next < 0 ? [] : [{ group, at: next, ranked: rank(host, initiator, group.ports[next]!) }];
    });
  }
  return rejections;
}

function rejection(host: HostPaths, ranked: Ranked, taken: Ranked | undefined): PortRejection {
  const port = ranked.entry.port.urn;
  const over = countRejection(host, ranked.entry);
  if (over) return { port, ...over };
  const { max } = host.request.rules;
  if (!taken || compareRanked(ranked, taken) < 0) {
    return { port, rule: 'paths', fact: 'no more paths are given in its network', needed: max, had: pairCount(host) };
  }
  const decided = RULES.findIndex((_, n) => ranked.ranks[n] !== taken.ranks[n]);
  const rule = RULES[decided];
  if (!rule) return byName(port, taken.entry.port.name, ranked.entry.port.name);
  return { port, rule, fact: FACTS[rule], needed: taken.ranks[decided]!, had: ranked.ranks[decided]! };
}

const byName = (port: Urn, needed: string, had: string): PortRejection => ({
  port,
  rule: 'name',
  fact: 'equal in all, and later by name',
  needed: `<= ${needed}`,
  had,
});

/** In networks in which the host has no initiator. */
function elsewhere({ index, networks, perPort, request }: HostPaths, room: number): PortRejection[] {
  const own = new Set(networks.map(({ ports }) => ports.network));
  const rejections: PortRejection[] = [];
  for (const [network, { ports }] of [...index.networks].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (own.has(network)) continue;
    for (const { urn } of ports) {
      if (rejections.length >= room) return rejections;
      if (perPort.has(urn)) continue;
      const fact = 'the host has no initiator in its network';
      const had = request.networkNames?.[network] ?? network;
      rejections.push({ port: urn, rule: 'network', fact, needed: 'an initiator', had });
    }
  }
  return rejections;
}
