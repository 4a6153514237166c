/** The paths of one host while they are chosen: what there is, what was given, and which parts of the storage system they use. */
import { compareText } from '../../lib/compare-text.ts';
import { groupBy } from '../../lib/group-by.ts';
import type { Urn } from '../model/urn.ts';
import { engineIn, type IndexedPort, type NetworkPorts, type PortIndex } from './port-index.ts';
import type { PathInitiator, PathPair, PathPort, PathRequest } from './types.ts';

/** What a host shall have as much of as can be. */
export type Part = 'haDomain' | 'physicalPort';

/** A path that this request gives. It may still be moved to another port. */
export interface NewPath {
  readonly initiator: PathInitiator;
  entry: IndexedPort;
  /** When it was chosen. */
  usage: number;
  load: IndexedPort['load'];
}

export const compareInitiators = (a: PathInitiator, b: PathInitiator): number =>
  compareText(a.portName, b.portName) || compareText(a.urn, b.urn);

type Counts = Map<string, number>;

/** How many paths of the host use each. */
interface Used {
  readonly haDomain: Counts;
  readonly engine: Counts;
  /** So that a fabric that fails leaves paths to all engines. */
  readonly engineInNetwork: Counts;
  readonly physicalPort: Counts;
  readonly switch: Counts;
}

export interface HostNetwork {
  readonly ports: NetworkPorts;
  readonly initiators: readonly PathInitiator[];
}

export interface HostPaths {
  readonly index: PortIndex;
  readonly request: Omit<PathRequest, 'ports'>;
  readonly existing: readonly PathPair[];
  /** Those of its initiators in which the storage system has ports, with the initiators by name; fewest initiators first. */
  readonly networks: readonly HostNetwork[];
  readonly used: Used;
  /** Physical ports by initiator: a second virtual port on one of them isn't another path. */
  readonly reached: Map<Urn, Set<string>>;
  /** Pairs by initiator, by network, and by port. */
  readonly perInitiator: Map<Urn, number>;
  readonly perNetwork: Map<Urn, number>;
  readonly perPort: Map<Urn, number>;
  readonly added: NewPath[];
  /** New pairs by port. */
  readonly given: Map<IndexedPort, number>;
}

const bump = <K>(counts: Map<K, number>, key: K, by: number): void => {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
};

export function startPaths(index: PortIndex, request: Omit<PathRequest, 'ports'>): HostPaths {
  const used: Used = {
    haDomain: new Map(),
    engine: new Map(),
    engineInNetwork: new Map(),
    physicalPort: new Map(),
    switch: new Map(),
  };
  const existing = [...new Map(request.existing.map((pair) => [`${pair.initiator} ${pair.port}`, pair])).values()];
  const host: HostPaths = {
    index,
    request,
    existing,
    networks: networksOf(index, request),
    used,
    reached: new Map(),
    perInitiator: new Map(),
    perNetwork: new Map(),
    perPort: new Map(),
    added: [],
    given: new Map(),
  };
  const initiators = new Map(request.initiators.map((initiator) => [initiator.urn, initiator]));
  for (const pair of existing) {
    const port = index.ports.get(pair.port);
    count(host, pair, port ?? lostPort(pair), port?.network ?? initiators.get(pair.initiator)?.network, 1);
  }
  return host;
}

function networksOf(index: PortIndex, { initiators }: Omit<PathRequest, 'ports'>): HostNetwork[] {
  const networks: HostNetwork[] = [];
  for (const [network, those] of groupBy(initiators, (initiator) => initiator.network)) {
    const ports = index.networks.get(network);
    if (ports) networks.push({ ports, initiators: those.sort(compareInitiators) });
  }
  // By what doesn't change from one plan to the next: networks that are only declared have another URN in each.
  return networks.sort(
    (a, b) => a.initiators.length - b.initiators.length || compareInitiators(a.initiators[0]!, b.initiators[0]!),
  );
}

/** Of a port that isn't there now nothing is known: it stands for itself, so that nothing is refused because it is down. */
const lostPort = ({ port }: PathPair) => ({ haDomain: `? ${port}`, physicalPort: `? ${port}` });

type Parts = Pick<PathPort, 'haDomain' | 'physicalPort' | 'engine' | 'switch'>;

function count(host: HostPaths, pair: PathPair, parts: Parts, network: Urn | undefined, by: 1 | -1): void {
  const { used, reached } = host;
  bump(used.haDomain, parts.haDomain, by);
  bump(used.physicalPort, parts.physicalPort, by);
  bump(used.engine, parts.engine ?? '', by);
  if (network !== undefined) bump(used.engineInNetwork, engineIn(network, parts.engine ?? ''), by);
  if (parts.switch !== undefined) bump(used.switch, parts.switch, by);
  bump(host.perInitiator, pair.initiator, by);
  bump(host.perPort, pair.port, by);
  if (network !== undefined) bump(host.perNetwork, network, by);
  const physical = reached.get(pair.initiator) ?? new Set();
  if (by > 0) physical.add(parts.physicalPort);
  else physical.delete(parts.physicalPort);
  reached.set(pair.initiator, physical);
}

const pairOf = ({ initiator, entry }: NewPath): PathPair => ({ initiator: initiator.urn, port: entry.port.urn });

export function give(host: HostPaths, path: NewPath): void {
  host.added.push(path);
  countNew(host, path, 1);
}

export function giveUp(host: HostPaths, path: NewPath): void {
  host.added.splice(host.added.indexOf(path), 1);
  countNew(host, path, -1);
}

/** To another port of its network. */
export function move(host: HostPaths, path: NewPath, to: Pick<NewPath, 'entry' | 'usage' | 'load'>): void {
  countNew(host, path, -1);
  Object.assign(path, to);
  countNew(host, path, 1);
}

/** What holds without the path. */
export function withoutPath<T>(host: HostPaths, path: NewPath, look: () => T): T {
  countNew(host, path, -1);
  const seen = look();
  countNew(host, path, 1);
  return seen;
}

function countNew(host: HostPaths, path: NewPath, by: 1 | -1): void {
  count(host, pairOf(path), path.entry.port, path.initiator.network, by);
  bump(host.given, path.entry, by);
}

/** Pairs, as they count for `max`. */
export const pairCount = ({ existing, added }: HostPaths): number => existing.length + added.length;

/** Paths, as they count for `min`: an initiator through two virtual ports of one physical port has one. */
export function pathCount({ reached }: HostPaths): number {
  let paths = 0;
  for (const physical of reached.values()) paths += physical.size;
  return paths;
}

export const isUsed = ({ used }: HostPaths, part: Part, { port }: IndexedPort): boolean => used[part].has(port[part]);
