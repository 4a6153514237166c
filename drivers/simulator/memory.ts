/** The simulated array in memory, for tests and simulations: the same core, on whatever time the test has. */
import { awaitAnswer, type Transport } from './client.ts';
import { handle } from './core.ts';
import type { Kv, Reader } from './kv.ts';
import type { OperationName, Request, Response } from './messages.ts';
import { build, type TopologyInput, topologySchema } from './topology.ts';

export interface MemoryKv extends Kv {
  /** Everything there is, by key. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Values are kept as text, so that nothing is shared with the caller. */
export function createMemoryKv(beyond?: (unit: string) => Reader | undefined): MemoryKv {
  const texts = new Map<string, string>();
  /** Sorted ids of each collection: a page costs what is on it, however much else there is. */
  const sortedIds = new Map<string, string[]>();
  const collectionOf = (key: string): { readonly ids: string[]; readonly id: string } => {
    const slash = key.indexOf('/');
    const collection = key.slice(0, slash);
    const ids = sortedIds.get(collection) ?? [];
    sortedIds.set(collection, ids);
    return { ids, id: key.slice(slash + 1) };
  };
  return {
    texts,
    ...(beyond ? { beyond } : {}),
    get: (key) => {
      const text = texts.get(key);
      return text === undefined ? undefined : JSON.parse(text);
    },
    put: (key, value) => {
      if (!texts.has(key)) {
        const { ids, id } = collectionOf(key);
        ids.splice(countUpTo(ids, id), 0, id);
      }
      texts.set(key, JSON.stringify(value));
    },
    delete: (key) => {
      if (!texts.delete(key)) return;
      const { ids, id } = collectionOf(key);
      ids.splice(countUpTo(ids, id) - 1, 1);
    },
    list: (collection, { after = '', limit = Number.POSITIVE_INFINITY } = {}) => {
      const ids = sortedIds.get(collection) ?? [];
      const from = countUpTo(ids, after);
      return ids.slice(from, from + limit);
    },
  };
}

/** How many of the sorted ids are `last` or before it. */
function countUpTo(ids: readonly string[], last: string): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ids[middle]! <= last) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface MemoryArray {
  readonly kv: MemoryKv;
  readonly transport: Transport;
  /** Straight to the core: hand edits, faults, snapshots. */
  handle<K extends OperationName>(request: Request<K>): Response<K>;
}

export interface MemoryArrayOptions {
  readonly topology: TopologyInput;
  /** Waits for slow answers: a virtual clock's sleep, or a real one's. */
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
  /** The SAN that its ports are cabled to; none when left out. */
  readonly san?: () => Reader | undefined;
}

export function createMemoryArray({ topology, sleep, san }: MemoryArrayOptions): MemoryArray {
  const kv = createMemoryKv(san);
  build(kv, topologySchema.parse(topology));
  return {
    kv,
    handle: (request) => handle(kv, request),
    transport: {
      call: async (request, ctx, lateClass) => {
        const answer = handle(kv, request);
        await awaitAnswer(answer.delayMs, ctx, lateClass, sleep);
        return answer;
      },
    },
  };
}
