/**
 * How many paths each network gets, and which initiator the next one. The numbers are those of CoprHD's
 * DefaultStoragePortsAssigner; the paths are given one by one, always in the network that has fewest, to the initiator that has
 * fewest, so that fabrics and initiators stay even wherever it ends.
 */
import type { Urn } from '../model/urn.ts';
import { asPath } from './best-port.ts';
import { bestPortFreed } from './free-part.ts';
import {
  give,
  giveUp,
  type HostNetwork,
  type HostPaths,
  isUsed,
  type NewPath,
  pairCount,
  pathCount,
} from './host-paths.ts';
import type { PathInitiator } from './types.ts';

/** The initiators of a network that may have more, by how many they have. */
interface Queue {
  readonly network: Urn;
  readonly levels: PathInitiator[][];
  readonly heads: number[];
}

interface Phase {
  /** Pairs of a network that it ends with. */
  readonly share?: number;
  /** Only initiators without any. */
  readonly firstOnly?: boolean;
  readonly isEnough: () => boolean;
}

export function fillPaths(host: HostPaths): void {
  const { rules } = host.request;
  const queues = host.networks.map((network) => queueOf(host, network));
  const haDomains = wantedHaDomains(host);
  // As CoprHD gives, then a path for initiators that have none, then what the rules ask for at least.
  fill(host, queues, { share: shareOf(host), isEnough: () => false });
  fill(host, queues, { firstOnly: true, isEnough: () => false });
  fill(host, queues, { isEnough: () => pathCount(host) >= rules.min });
  while (host.used.haDomain.size < haDomains && giveHaDomain(host)) {}
}

/** One more HA domain: by a path more, or where there are `max` by one instead of one that shares its HA domain. */
function giveHaDomain(host: HostPaths): boolean {
  const isUnused = (name: string): boolean => !host.used.haDomain.has(name);
  if (!host.networks.some(({ ports }) => [...ports.haDomains].some(isUnused))) return false;
  if (pairCount(host) < host.request.rules.max) return giveFree(host);
  const countOf = ({ initiator }: NewPath): number => host.perNetwork.get(initiator.network)!;
  const shared = host.added
    .filter(({ entry }) => host.used.haDomain.get(entry.port.haDomain)! > 1)
    .reverse()
    .sort((a, b) => countOf(b) - countOf(a));
  const path = shared[0];
  if (!path) return false;
  giveUp(host, path);
  if (giveFree(host)) return true;
  give(host, path);
  return false;
}

function giveFree(host: HostPaths): boolean {
  for (const { ports, initiators } of host.networks) {
    if (ports.groups.length === 0) continue;
    for (const initiator of initiators) {
      if ((host.perInitiator.get(initiator.urn) ?? 0) >= host.request.rules.perInitiator) continue;
      const best = bestPortFreed(host, initiator);
      if (!best || isUsed(host, 'haDomain', best.entry)) continue;
      give(host, asPath(initiator, best));
      return true;
    }
  }
  return false;
}

/** As many HA domains as the host is to have, where there are so many. */
export const wantedHaDomains = ({ request: { rules } }: HostPaths): number =>
  rules.acrossHaDomains ?? Math.min(2, rules.max);

/** The pairs that a network gets if there are several, so that something is left for the others. */
function shareOf({ request: { rules }, networks }: HostPaths): number {
  const { max, perInitiator } = rules;
  const limit = networks.length === 1 ? max : Math.floor((max + perInitiator) / 2);
  return perInitiator * Math.max(1, Math.floor(limit / perInitiator));
}

function queueOf(host: HostPaths, { ports, initiators }: HostNetwork): Queue {
  const { perInitiator } = host.request.rules;
  const levels: PathInitiator[][] = Array.from({ length: perInitiator }, () => []);
  for (const initiator of initiators) levels[host.perInitiator.get(initiator.urn) ?? 0]?.push(initiator);
  return { network: ports.network, levels, heads: levels.map(() => 0) };
}

function fill(host: HostPaths, queues: readonly Queue[], phase: Phase): void {
  const open = new Set(queues);
  while (open.size > 0 && pairCount(host) < host.request.rules.max && !phase.isEnough()) {
    const queue = leastFilled(host, open);
    if (countIn(host, queue) >= (phase.share ?? Number.POSITIVE_INFINITY) || !giveNext(host, queue, phase)) {
      open.delete(queue);
    }
  }
}

const countIn = (host: HostPaths, { network }: Queue): number => host.perNetwork.get(network) ?? 0;

/** Of networks with as many the first: they stand by their number of initiators. */
function leastFilled(host: HostPaths, open: ReadonlySet<Queue>): Queue {
  let least: Queue | undefined;
  for (const queue of open) if (!least || countIn(host, queue) < countIn(host, least)) least = queue;
  return least!;
}

/** An initiator that finds no port finds none later either, and leaves the queue. */
function giveNext(host: HostPaths, queue: Queue, { firstOnly }: Phase): boolean {
  const { levels, heads } = queue;
  for (let level = 0; level < (firstOnly ? 1 : levels.length); level++) {
    while (heads[level]! < levels[level]!.length) {
      const initiator = levels[level]![heads[level]!++]!;
      const best = bestPortFreed(host, initiator);
      if (!best) continue;
      give(host, asPath(initiator, best));
      levels[level + 1]?.push(initiator);
      return true;
    }
  }
  return false;
}
