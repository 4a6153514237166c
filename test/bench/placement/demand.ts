/**
 * An upper bound for any placement of a stream: the longest prefix whose volumes together are not more than the pools
 * that they may use can hold (Hall's condition), in bytes and in number of volumes of some size or more. What the order
 * of requests and consistency groups forbid on top is left out; so nothing, not even one that knows the whole stream,
 * places more.
 */
import { type Instance, mayUse, type Room, roomOf, type StreamRequest } from './instance.ts';

/** Requests that may be placed together, by this bound. */
export function prefixBound(instance: Instance): number {
  const { candidates, requests } = instance;
  const kinds = kindsOf(instance);
  const sizes = [...new Set(requests.map(({ volume }) => volume.sizeBytes))];
  const groups = subsets(Math.max(...kinds.ofRequest) + 1).map((members) => {
    const rooms = candidates
      .filter((_, pool) => kinds.ofPool[pool]!.some((kind) => members.includes(kind)))
      .map((candidate) => roomOf(candidate, requests[0]!.volume.limits));
    return {
      members,
      allocated: counterOf(rooms, sizes, 'allocatedBytes'),
      subscribed: counterOf(rooms, sizes, 'subscribedBytes'),
    };
  });
  for (let index = 0; index < requests.length; index++) {
    const request = requests[index]!;
    for (const { members, allocated, subscribed } of groups) {
      if (!members.includes(kinds.ofRequest[index]!)) continue;
      if (!subscribed(request)) return index;
      if (request.volume.provisioning === 'thick' && !allocated(request)) return index;
    }
  }
  return requests.length;
}

/** Adds a request up; false = that is too much. */
function counterOf(
  rooms: readonly Room[],
  sizes: readonly number[],
  what: 'allocatedBytes' | 'subscribedBytes',
): (request: StreamRequest) => boolean {
  const bytes = rooms.map((room) => Math.max(0, room[what]));
  let leftBytes = bytes.reduce((sum, room) => sum + room, 0);
  const left = sizes.map((size) =>
    bytes.reduce((sum, room, pool) => sum + Math.min(rooms[pool]!.volumes, Math.floor(room / size)), 0),
  );
  return ({ volume: { sizeBytes }, count }: StreamRequest): boolean => {
    leftBytes -= sizeBytes * count;
    for (let n = 0; n < sizes.length; n++) if (sizeBytes >= sizes[n]!) left[n]! -= count;
    return leftBytes >= 0 && left.every((volumes) => volumes >= 0);
  };
}

/** Requests that may use the same pools are of one kind. */
function kindsOf({ candidates, requests }: Instance) {
  const numbers = new Map<string, number>();
  const ofPool: number[][] = candidates.map(() => []);
  const ofRequest = requests.map(({ volume }) => {
    const usable = candidates.map((candidate) => mayUse(candidate, volume));
    const key = usable.join();
    const kind = numbers.get(key) ?? numbers.size;
    if (!numbers.has(key)) {
      numbers.set(key, kind);
      for (const [pool, may] of usable.entries()) if (may) ofPool[pool]!.push(kind);
    }
    return kind;
  });
  return { ofPool, ofRequest };
}

function subsets(count: number): number[][] {
  return Array.from({ length: 2 ** count - 1 }, (_, n) =>
    Array.from({ length: count }, (_, kind) => kind).filter((kind) => (n + 1) & (2 ** kind)),
  );
}
