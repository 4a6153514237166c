/**
 * One array: the driver's own core over a table of keys that remembers what a call has changed, and what is wrong with the
 * array as a whole at the moment (does not answer, lies in its lists, has forgotten its sessions).
 */
import { handle } from '../../../drivers/simulator/core.ts';
import type { ArraySnapshot } from '../../../drivers/simulator/inventory.ts';
import type { Kv, Reader } from '../../../drivers/simulator/kv.ts';
import type { OperationName, Request, Response } from '../../../drivers/simulator/messages.ts';
import { build, type TopologyInput, topologySchema } from '../../../drivers/simulator/topology.ts';
import type { EnsureSnapshotsArgs } from '../../../src/engine/driver/copies-contract.ts';
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

  readonly #copiesInFull: boolean;
  /** Told of what comes of its own jobs. */
  onSettled: (job: string, changes: readonly Change[]) => void = () => {};

  /** `beyond`: what else there is in its data centre. */
  constructor(topology: TopologyInput, beyond?: (unit: string) => Reader | undefined) {
    this.name = topology.name;
    this.#copiesInFull = topology.pools.some(({ snapshots }) => snapshots === 'full-copy');
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
    if (this.#copiesInFull) this.#settle(request.nowMs);
    this.#kv.takeChanges();
    const answer = handle(this.#kv, request);
    return { answer, changes: this.#kv.takeChanges() };
  }

  /** Full copies that are through are there before anything else happens, whether anybody asks for them or not. */
  #settle(nowMs: number): void {
    const jobs = this.snapshotJobs();
    for (const { key, name } of jobs) {
      this.#kv.takeChanges();
      handle(this.#kv, { operation: 'findVolume', args: { name }, nowMs });
      const changes = this.#kv.takeChanges();
      if (changes.length > 0) this.onSettled(key, changes);
    }
  }

  /** Jobs that make snapshots, under each of the names that they make. */
  snapshotJobs(): { readonly key: string; readonly name: string }[] {
    const found: { key: string; name: string }[] = [];
    for (const [key, text] of this.#kv.texts) {
      if (!key.startsWith('snapshot-job/')) continue;
      const { args } = JSON.parse(text) as { args: EnsureSnapshotsArgs };
      found.push({ key, name: args.members[0]!.name });
    }
    return found;
  }

  show(nowMs: number): ArraySnapshot {
    const { answer } = this.handle({ operation: 'show', args: {}, nowMs });
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value as ArraySnapshot;
  }
}
