/**
 * Paths as rectangles: so many initiators times so many ports, all of them paths. A zone of one initiator, a peer zone and a
 * smart zone are one each, and let nobody reach what isn't a path.
 */
import { compareText } from '../../lib/compare-text.ts';
import { groupBy } from '../../lib/group-by.ts';
import type { ZonedPath } from './types.ts';

/** Both sorted, none empty. */
export interface Rectangle {
  readonly initiators: readonly string[];
  readonly ports: readonly string[];
}

/** Ports by initiator, initiators in order. */
export type Reach = ReadonlyMap<string, ReadonlySet<string>>;

/** By initiator, then port; each once. */
export function sortedPaths(paths: readonly ZonedPath[]): readonly ZonedPath[] {
  const sorted = [...paths].sort((a, b) => compareText(a.initiator, b.initiator) || compareText(a.port, b.port));
  return sorted.filter(({ initiator, port }, at) => {
    const last = sorted[at - 1];
    return last?.initiator !== initiator || last.port !== port;
  });
}

export function reachOf(paths: readonly ZonedPath[]): Reach {
  const byInitiator = groupBy(sortedPaths(paths), ({ initiator }) => initiator);
  return new Map([...byInitiator].map(([initiator, list]) => [initiator, new Set(list.map(({ port }) => port))]));
}

export const holdsPath = (rectangle: Rectangle, { initiator, port }: ZonedPath): boolean =>
  rectangle.initiators.includes(initiator) && rectangle.ports.includes(port);

const inOrder = (texts: Iterable<string>): string[] => [...texts].sort(compareText);

/** Initiators with the same ports together, in order of the first initiator. */
export function grouped(reach: Reach): Rectangle[] {
  const groups = groupBy([...reach], ([, ports]) => inOrder(ports).join(' '));
  return [...groups.values()].map((group) => ({
    initiators: group.map(([initiator]) => initiator),
    ports: inOrder(group[0]![1]),
  }));
}

/** Of what a zone joins, the most that are all paths; of equal ones that of the first initiator. */
export function largestWithin(
  reach: Reach,
  initiators: readonly string[],
  ports: readonly string[],
): Rectangle | undefined {
  const within = new Map<string, ReadonlySet<string>>();
  for (const initiator of inOrder(initiators)) {
    const reached = ports.filter((port) => reach.get(initiator)?.has(port));
    if (reached.length > 0) within.set(initiator, new Set(reached));
  }
  let largest: Rectangle | undefined;
  const size = (rectangle?: Rectangle) => (rectangle ? rectangle.initiators.length * rectangle.ports.length : 0);
  for (const group of grouped(within)) if (size(group) > size(largest)) largest = group;
  return largest;
}

export interface Widening {
  readonly membersMax: number;
  readonly initiatorsToo: boolean;
}

/** With ports that all its initiators need, then with initiators that need all its ports; the rest stays to be zoned. */
export function widened(rectangle: Rectangle, needed: Reach, { membersMax, initiatorsToo }: Widening): Rectangle {
  const room = (more: Rectangle) => membersMax - more.initiators.length - more.ports.length;
  const common = [...(needed.get(rectangle.initiators[0]!) ?? [])].filter(
    (port) =>
      !rectangle.ports.includes(port) && rectangle.initiators.every((initiator) => needed.get(initiator)?.has(port)),
  );
  const ports = inOrder([...rectangle.ports, ...inOrder(common).slice(0, Math.max(0, room(rectangle)))]);
  const wide = { ...rectangle, ports };
  if (!initiatorsToo) return wide;
  const joining = [...needed]
    .filter(
      ([initiator, reached]) => !rectangle.initiators.includes(initiator) && ports.every((port) => reached.has(port)),
    )
    .map(([initiator]) => initiator);
  return { ports, initiators: inOrder([...wide.initiators, ...joining.slice(0, Math.max(0, room(wide)))]) };
}

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));

/** In parts of so many members; as many ports together as leave one initiator in two its place. */
export function split(rectangle: Rectangle, membersMax: number): Rectangle[] {
  const { initiators, ports } = rectangle;
  if (initiators.length + ports.length <= membersMax) return [rectangle];
  const portsMax = Math.max(1, membersMax - Math.min(initiators.length, Math.floor(membersMax / 2)));
  return chunks(ports, portsMax).flatMap((some) =>
    chunks(initiators, Math.max(1, membersMax - some.length)).map((part) => ({ initiators: part, ports: some })),
  );
}
