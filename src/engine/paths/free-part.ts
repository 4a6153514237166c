/**
 * Frees an HA domain or physical port for a path that found none, by moving a path that this request gave in another network to
 * a free one there: fabric A may reach directors 1 and 2 and fabric B only director 1. So the number of HA domains that a host
 * uses is the largest there is (augmenting paths), whatever the order of its networks.
 */
import { asPath, bestPort, type Ranked } from './best-port.ts';
import { type HostPaths, isUsed, move, type NewPath, type Part } from './host-paths.ts';
import type { NetworkPorts } from './port-index.ts';
import type { PathInitiator } from './types.ts';

/** The best port, with a part of its own where one can be freed. */
export function bestPortFreed(host: HostPaths, initiator: PathInitiator): Ranked | undefined {
  const best = bestPort(host, initiator);
  const isFreed =
    best &&
    PARTS.some(
      (part) =>
        isUsed(host, part, best.entry) && isLeft(host, initiator, part) && free(host, initiator, part, new Set()),
    );
  return isFreed ? bestPort(host, initiator) : best;
}

const PARTS = ['haDomain', 'physicalPort'] as const;

const partsOf = (network: NetworkPorts | undefined, part: Part): ReadonlySet<string> | undefined =>
  part === 'haDomain' ? network?.haDomains : network?.physicalPorts;

/** Some other network has a part that no path uses; else there is nothing to move to. */
function isLeft({ networks, used }: HostPaths, { network }: PathInitiator, part: Part): boolean {
  for (const { ports } of networks) {
    if (ports.network === network) continue;
    for (const name of partsOf(ports, part)!) if (!used[part].has(name)) return true;
  }
  return false;
}

function free(host: HostPaths, initiator: PathInitiator, part: Part, visited: Set<NewPath>): boolean {
  const wanted = partsOf(host.index.networks.get(initiator.network), part);
  for (const path of host.added) {
    const held = path.entry.port[part];
    if (path.initiator.network === initiator.network || visited.has(path)) continue;
    if (host.used[part].get(held) !== 1 || !wanted?.has(held)) continue;
    visited.add(path);
    let to = bestPort(host, path.initiator);
    if (to && isUsed(host, part, to.entry) && free(host, path.initiator, part, visited)) {
      to = bestPort(host, path.initiator);
    }
    if (!to || isUsed(host, part, to.entry)) continue;
    move(host, path, asPath(path.initiator, to));
    return true;
  }
  return false;
}
