/** What the rules would like and there isn't, of paths that are given all the same: one sentence each, for warnings. */
import { wantedHaDomains } from './fill.ts';
import { type HostPaths, pairCount } from './host-paths.ts';
import { networkName, plural } from './refusals.ts';
import type { PathPort } from './types.ts';

export function shortfallsOf(host: HostPaths): string[] {
  const { request, index, networks, used, perPort, perInitiator } = host;
  const { max } = request.rules;
  const found: string[] = [];
  const pairs = pairCount(host);
  const { perInitiator: each } = request.rules;
  if (pairs < max) {
    found.push(
      `${plural(pairs, 'path')} of at most ${max}: ${plural(request.initiators.length, 'initiator')}, ${each} each`,
    );
  }
  for (const { ports, initiators } of networks) {
    const without = initiators.filter(({ urn }) => !perInitiator.has(urn)).length;
    if (without > 0) {
      found.push(
        `${plural(without, 'initiator')} of ${initiators.length} without a path in ${networkName(host, ports.network)}`,
      );
    }
    const wanted = Math.min(each, Math.floor(max / networks.length));
    if (ports.physicalPorts.size < wanted) {
      const there = plural(ports.physicalPorts.size, 'physical port');
      found.push(`${there} in ${networkName(host, ports.network)} for ${wanted} paths an initiator`);
    }
  }
  const ports = [...perPort.keys()].flatMap((urn) => index.ports.get(urn) ?? []);
  const lost = perPort.size - ports.length;
  if (lost > 0) found.push(`${plural(lost, 'port')} of existing paths can't be used now`);
  if (pairs < 2) return found;
  if (used.haDomain.size < wantedHaDomains(host)) found.push(`all paths come to one HA domain, ${ports[0]?.haDomain}`);
  if (lost === 0) found.push(...narrow(host, ports));
  return found;
}

function narrow(host: HostPaths, ports: readonly PathPort[]): string[] {
  const found: string[] = [];
  const one = (values: readonly (string | undefined)[]): string | undefined =>
    new Set(values).size === 1 ? values[0] : undefined;
  const physicalPort = one(ports.map((port) => port.physicalPort));
  const at = one(ports.map((port) => port.switch));
  const network = one(ports.map((port) => port.network));
  if (physicalPort !== undefined) found.push(`all paths come to one physical port, ${physicalPort}`);
  if (network !== undefined)
    found.push(`all paths are in one network, ${networkName(host, network as PathPort['network'])}`);
  if (at !== undefined) found.push(`all ports are on one switch, ${at}`);
  return found;
}
