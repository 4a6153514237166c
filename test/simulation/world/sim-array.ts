/**
 * One array: the driver's own core over a table of keys that remembers what a call has changed, and what is wrong with the
 * array as a whole at the moment (does not answer, lies in its lists, has forgotten its sessions).
 */
import { handle } from '../../../drivers/simulator/core.ts';
import type { ArraySnapshot } from '../../../drivers/simulator/inventory.ts';
import { createMemoryKv, type MemoryKv } from '../../../drivers/simulator/memory.ts';
import type { OperationName, Request, Response } from '../../../drivers/simulator/messages.ts';
import { build, type TopologyInput, topologySchema } from '../../../drivers/simulator/topology.ts';

export interface Change {
  /** `volume/vol-000001`. */
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export class SimArray {
  readonly name: string;
  readonly #kv: MemoryKv;
  #changed: Map<string, string | undefined> = new Map();
  unavailableUntilMs = 0;
  /** Sessions opened before are over. */
  sessionsFromMs = 0;
  /** Native ids that its lists leave out, without saying so, until then. */
  readonly hidden = new Set<string>();
  hiddenUntilMs = 0;

  constructor(topology: TopologyInput) {
    this.name = topology.name;
    const base = createMemoryKv();
    const note = (key: string) => {
      if (!this.#changed.has(key)) this.#changed.set(key, base.texts.get(key));
    };
    this.#kv = {
      ...base,
      put: (key, value) => {
        note(key);
        base.put(key, value);
      },
      delete: (key) => {
        note(key);
        base.delete(key);
      },
    };
    build(this.#kv, topologySchema.parse(topology));
  }

  get texts(): ReadonlyMap<string, string> {
    return this.#kv.texts;
  }

  /** The answer, and what was really changed by it. */
  handle<K extends OperationName>(request: Request<K>): { readonly answer: Response<K>; readonly changes: Change[] } {
    this.#changed = new Map();
    const answer = handle(this.#kv, request);
    const changes: Change[] = [];
    for (const [key, before] of this.#changed) {
      const after = this.texts.get(key);
      if (before !== after) changes.push({ key, before, after });
    }
    return { answer, changes };
  }

  show(nowMs: number): ArraySnapshot {
    const { answer } = this.handle({ operation: 'show', args: {}, nowMs });
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value as ArraySnapshot;
  }
}
