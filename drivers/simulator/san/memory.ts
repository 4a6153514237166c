/** The simulated SAN in memory, for tests and simulations: the same core, on whatever time the test has. */
import { awaitAnswer } from '../client.ts';
import type { Reader } from '../kv.ts';
import { createMemoryKv, type MemoryKv } from '../memory.ts';
import { handleSan, type SanOperationName, type SanRequest, type SanResponse, type SanTransport } from './core.ts';
import { buildSan, type SanTopologyInput, sanSchema } from './topology.ts';

export interface MemorySan {
  readonly kv: MemoryKv;
  readonly transport: SanTransport;
  /** Straight to the core: edits, faults, looking. */
  handle<K extends SanOperationName>(request: SanRequest<K>): SanResponse<K>;
}

export interface MemorySanOptions {
  readonly topology: SanTopologyInput;
  /** Waits for slow answers: a virtual clock's sleep, or a real one's. */
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
  /** Arrays of the same data centre, by name. */
  readonly arrayOf?: (name: string) => Reader | undefined;
}

export function createMemorySan({ topology, sleep, arrayOf }: MemorySanOptions): MemorySan {
  const kv: MemoryKv = createMemoryKv(arrayOf);
  buildSan(kv, sanSchema.parse(topology));
  return {
    kv,
    handle: (request) => handleSan(kv, request),
    transport: {
      call: async (request, ctx, lateClass) => {
        const answer = handleSan(kv, request);
        await awaitAnswer(answer.delayMs, ctx, lateClass, sleep);
        return answer;
      },
    },
  };
}
