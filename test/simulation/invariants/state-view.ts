/** The true state in the words of the engine, read from the mirror: records, claims, workflows and their plans. */
import type { KindName } from '../../../src/engine/model/kinds.ts';
import { isLive, type ResourceRecord } from '../../../src/engine/model/record.ts';
import { isUrn, type Urn } from '../../../src/engine/model/urn.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import type { OwnerRecord, UnitEntry, WorkflowRecord } from '../../../src/engine/workflow/types.ts';

export class StateView {
  readonly #mirror: ReadonlyMap<string, string>;
  readonly #plans = new Map<string, Plan>();

  constructor(mirror: ReadonlyMap<string, string>) {
    this.#mirror = mirror;
  }

  get keys(): Iterable<string> {
    return this.#mirror.keys();
  }

  value(key: string): string | undefined {
    return this.#mirror.get(key);
  }

  #read<T>(key: string): T | undefined {
    const text = this.#mirror.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  record(urn: string): ResourceRecord | undefined {
    return isUrn(urn) ? this.#read<ResourceRecord>(keys.record(urn as Urn)) : undefined;
  }

  records(): ResourceRecord[] {
    const records: ResourceRecord[] = [];
    for (const [key, text] of this.#mirror) if (key.startsWith('r/')) records.push(JSON.parse(text) as ResourceRecord);
    return records;
  }

  recordsOf<K extends KindName>(kind: K): ResourceRecord<K>[] {
    const prefix = keys.recordsOf(kind);
    const records: ResourceRecord<K>[] = [];
    for (const [key, text] of this.#mirror) {
      if (key.startsWith(prefix)) records.push(JSON.parse(text) as ResourceRecord<K>);
    }
    return records;
  }

  live(): ResourceRecord[] {
    return this.records().filter(isLive);
  }

  workflows(): WorkflowRecord[] {
    const all: WorkflowRecord[] = [];
    for (const [key, text] of this.#mirror) if (key.startsWith('w/')) all.push(JSON.parse(text) as WorkflowRecord);
    return all;
  }

  owner(workflow: string): OwnerRecord | undefined {
    return this.#read(keys.workflowOwner(workflow));
  }

  /** Claimed by it, exclusively or shared. */
  isClaimed(urn: string, workflow: string): boolean {
    if (this.record(urn)?.claim?.workflow === workflow) return true;
    return isUrn(urn) && this.#mirror.has(keys.sharedClaim(urn as Urn, workflow));
  }

  unit(workflow: string, unit: string): UnitEntry | undefined {
    return this.#read(keys.journal(workflow, unit, '~state'));
  }

  plan({ planBlob }: WorkflowRecord): Plan | undefined {
    const known = this.#plans.get(planBlob);
    if (known) return known;
    const text = this.#mirror.get(keys.blobChunk(planBlob, 0));
    if (text?.[0] !== 't') return undefined;
    const plan = JSON.parse(text.slice(1)) as Plan;
    this.#plans.set(planBlob, plan);
    return plan;
  }
}
