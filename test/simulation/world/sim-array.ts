/**
 * One array: the driver's own core over a table of keys that remembers what a call has changed, and what is wrong with the
 * array as a whole at the moment (does not answer, lies in its lists, has forgotten its sessions).
 */
import { handle } from '../../../drivers/simulator/core.ts';
import type { ArraySnapshot } from '../../../drivers/simulator/inventory.ts';
import type { Kv, Reader } from '../../../drivers/simulator/kv.ts';
import type { OperationName, Request, Response } from '../../../drivers/simulator/messages.ts';
import { build, type TopologyInput, topologySchema } from '../../../drivers/simulator/topology.ts';
import { type Change, createNotingKv, type NotingKv } from './noting-kv.ts';

export class SimArray {
  readonly name: string;
  readonly type = 'array';
  readonly #kv: NotingKv;
  unavailableUntilMs = 0;
  /** Sessions opened before are over. */
  sessionsFromMs = 0;
  /** Native ids that its lists leave out, without saying so, until then. */
  readonly hidden = new Set<string>();
  hiddenUntilMs = 0;

  /** `beyond`: what else there is in its data centre. */
  constructor(topology: TopologyInput, beyond?: (unit: string) => Reader | undefined) {
    this.name = topology.name;
    this.#kv = createNotingKv(beyond);
    build(this.#kv, topologySchema.parse(topology));
  }

  /** For others of its data centre to look at. */
  get reader(): Reader {
    return this.#kv;
  }

  /** As it is, for who looks at what it holds. */
  get kv(): Kv {
    return this.#kv;
  }

  get texts(): ReadonlyMap<string, string> {
    return this.#kv.texts;
  }

  /** The answer, and what was really changed by it. */
  handle<K extends OperationName>(request: Request<K>): { readonly answer: Response<K>; readonly changes: Change[] } {
    this.#kv.takeChanges();
    const answer = handle(this.#kv, request);
    return { answer, changes: this.#kv.takeChanges() };
  }

  show(nowMs: number): ArraySnapshot {
    const { answer } = this.handle({ operation: 'show', args: {}, nowMs });
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value as ArraySnapshot;
  }
}
