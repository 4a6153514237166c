/**
 * Why a host can't have the paths that its virtual pool asks for, in numbers, and what would have to be added for the same
 * request to pass.
 */
import type { Urn } from '../model/urn.ts';
import { countRejection } from './best-port.ts';
import { type HostNetwork, type HostPaths, type Part, pairCount, pathCount } from './host-paths.ts';
import type { NetworkPorts } from './port-index.ts';
import { rejectionsOf } from './rejections.ts';
import type { PathRefusal, PathsMissing } from './types.ts';

/** Undefined: the paths are as the rules want them at least. */
export function refusalOf(host: HostPaths): PathRefusal | undefined {
  const { host: name, system, rules, initiators } = host.request;
  if (pathCount(host) < rules.min) {
    const paths = pathCount(host);
    const why = `${name} can have ${plural(paths, 'path')} to ${system}, and needs ${rules.min} at least`;
    return refusal(host, why, initiators.length === 0 ? [] : missingPaths(host, rules.min - paths));
  }
  const haDomains = host.used.haDomain.size;
  const { acrossHaDomains: wanted = 0 } = rules;
  if (haDomains >= wanted) return undefined;
  const why = `the paths of ${name} to ${system} come to ${plural(haDomains, 'HA domain')}, and need ${wanted} at least`;
  return refusal(host, why, missingHaDomains(host, wanted - haDomains));
}

export const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

export const networkName = ({ request }: HostPaths, network: Urn): string => request.networkNames?.[network] ?? network;

function refusal(host: HostPaths, reason: string, missing: readonly PathsMissing[]): PathRefusal {
  const { request, existing } = host;
  const { max, perInitiator } = request.rules;
  const rejections = rejectionsOf(host);
  const at = host.networks.map((network) => sentence(host, network));
  if (at.length === 0) at.push(apart(host));
  const wanted = missing.map(
    ({ network, what, count }) => `${plural(count, what)} more in ${networkName(host, network)}`,
  );
  const nearest = rejections.rejected[0];
  const why = [
    `${reason}: ${at.join('; ')}.`,
    `At most ${max} paths, ${perInitiator} an initiator${existing.length > 0 ? `, ${existing.length} there already` : ''}.`,
    ...(wanted.length > 0 ? [`Missing: ${wanted.join(', ')}.`] : []),
    ...(wanted.length === 0 && host.networks.length > 0
      ? ['Nothing that could be added helps, only other rules.']
      : []),
    ...(nearest ? [`Nearest port: ${host.index.ports.get(nearest.port)!.name}, ${nearest.fact}.`] : []),
  ];
  return { ok: false, why: why.join(' '), ...rejections, missing };
}

/** No network has both initiators and ports. */
function apart(host: HostPaths): string {
  const { initiators, routed } = host.request;
  const ports = [...host.index.ports.values()];
  const names = (all: readonly { readonly network: Urn }[]): string =>
    [...new Set(all.map(({ network }) => networkName(host, network)))].sort().join(', ');
  if (ports.length === 0) return 'the storage system has no usable port in a network of the host';
  if (initiators.length === 0)
    return `no initiator is in a network that the storage system has ports in (${names(ports)})`;
  const apart = `the initiators are in ${names(initiators)} and the ports of the storage system in ${names(ports)}`;
  const across = initiators.find(({ network }) => ports.some((port) => routed?.get(network)?.has(port.network)));
  return across ? `${apart}; ${ROUTED}` : apart;
}

export const ROUTED = 'these fabrics are routed to each other, and zones across routed fabrics are not made';

function sentence(host: HostPaths, { ports, initiators }: HostNetwork): string {
  const { physicalPorts, haDomains, tooBusy } = ports;
  const paths = plural(host.perNetwork.get(ports.network) ?? 0, 'path');
  const there = `${plural(initiators.length, 'initiator')}, ${plural(physicalPorts.size, 'physical port')} on ${plural(haDomains.size, 'HA domain')}`;
  const busy = tooBusy.length > 0 ? `, ${plural(tooBusy.length, 'port')} too busy` : '';
  return `${networkName(host, ports.network)}: ${paths} by ${there}${busy}`;
}

/** How many more its initiators may have. */
const roomsOf = ({ perInitiator, request }: HostPaths, { initiators }: HostNetwork): number[] =>
  initiators.map(({ urn }) => Math.max(0, request.rules.perInitiator - (perInitiator.get(urn) ?? 0)));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Ports where initiators wait for them, else initiators where there are ports. */
function missingPaths(host: HostPaths, count: number): PathsMissing[] {
  if (count > host.request.rules.max - pairCount(host) || host.networks.length === 0) return [];
  const rooms = host.networks
    .map((network) => ({ network: network.ports.network, rooms: roomsOf(host, network) }))
    .sort((a, b) => sum(b.rooms) - sum(a.rooms));
  if (sum(rooms.flatMap((network) => network.rooms)) < count) return missingInitiators(host, count);
  const missing: PathsMissing[] = [];
  let left = count;
  for (const { network, rooms: those } of rooms) {
    const here = Math.min(left, sum(those));
    if (here === 0) break;
    missing.push({ network, what: 'port', count: portsFor(host, those, here) });
    left -= here;
  }
  return missing;
}

/** So few that the initiators can have so many paths more: each a port once, a port no more initiators than its ceiling. */
function portsFor({ index }: HostPaths, rooms: readonly number[], paths: number): number {
  const { initiatorCeiling: ceiling = Number.POSITIVE_INFINITY } = index.settings;
  for (let ports = 1; ports < paths; ports++) {
    if (Math.min(sum(rooms.map((room) => Math.min(room, ports))), ports * ceiling) >= paths) return ports;
  }
  return paths;
}

/** Those with a port that takes one path more of the host. */
function openParts(host: HostPaths, { groups }: NetworkPorts, part: Part): ReadonlySet<string> {
  const open = groups.flatMap(({ ports }) => ports.filter((entry) => !countRejection(host, entry)));
  return new Set(open.map(({ port }) => port[part]));
}

function missingInitiators(host: HostPaths, count: number): PathsMissing[] {
  const open = host.networks.map(({ ports }) => ({
    network: ports.network,
    physicalPorts: openParts(host, ports, 'physicalPort').size,
  }));
  const { network, physicalPorts } = open.reduce((a, b) => (b.physicalPorts > a.physicalPorts ? b : a));
  const each = Math.min(host.request.rules.perInitiator, physicalPorts);
  // With a ceiling on initiators what is free may be one place; then the new initiators bring their ports along.
  if (each > 0 && host.index.settings.initiatorCeiling === undefined) {
    return [{ network, what: 'initiator', count: Math.ceil(count / each) }];
  }
  return [
    { network, what: 'initiator', count },
    { network, what: 'port', count },
  ];
}

/** HA domains where paths share one or could be given, else initiators to reach those that there are. */
function missingHaDomains(host: HostPaths, count: number): PathsMissing[] {
  const shared = sharedPaths(host);
  const missing: PathsMissing[] = [];
  let left = count;
  let paths = host.request.rules.max - pairCount(host) + sum([...shared.values()]);
  for (const network of host.networks) {
    const urn = network.ports.network;
    const here = Math.min(left, paths, (shared.get(urn) ?? 0) + sum(roomsOf(host, network)));
    if (here > 0) missing.push({ network: urn, what: 'HA domain', count: here });
    left -= here;
    paths -= here;
  }
  if (left === 0) return missing;
  const network = host.networks[0]?.ports;
  if (left > paths || !network) return [];
  const unused = [...openParts(host, network, 'haDomain')].filter((name) => !host.used.haDomain.has(name)).length;
  const more = Math.max(0, left - unused) + (missing.find((one) => one.network === network.network)?.count ?? 0);
  return [
    ...missing.filter((one) => one.network !== network.network),
    { network: network.network, what: 'initiator', count: left },
    ...(more > 0 ? [{ network: network.network, what: 'HA domain' as const, count: more }] : []),
  ];
}

/** Paths by network that could go to another HA domain without theirs being lost to the host. */
function sharedPaths({ added, used }: HostPaths): Map<Urn, number> {
  const counts = new Map(used.haDomain);
  const shared = new Map<Urn, number>();
  for (const { initiator, entry } of added) {
    const count = counts.get(entry.port.haDomain)!;
    if (count < 2) continue;
    counts.set(entry.port.haDomain, count - 1);
    shared.set(initiator.network, (shared.get(initiator.network) ?? 0) + 1);
  }
  return shared;
}
