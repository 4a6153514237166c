/** The fabrics of a run: the driver's own core over one table of keys, and what is wrong with each fabric at the moment. */
import type { Reader } from '../../../drivers/simulator/kv.ts';
import {
  handleSan,
  type SanOperationName,
  type SanRequest,
  type SanResponse,
} from '../../../drivers/simulator/san/core.ts';
import type { FabricEdit } from '../../../drivers/simulator/san/edits.ts';
import type { StoredFabric, StoredZone } from '../../../drivers/simulator/san/objects.ts';
import { buildSan, type SanTopologyInput, sanSchema } from '../../../drivers/simulator/san/topology.ts';
import { type Change, createNotingKv, type NotingKv } from './noting-kv.ts';

export class SimFabric {
  readonly name: string;
  readonly type = 'fabric';
  readonly san: SimSan;
  unavailableUntilMs = 0;

  constructor(name: string, san: SimSan) {
    this.name = name;
    this.san = san;
  }

  get stored(): StoredFabric {
    return this.san.reader.get(`fabric/${this.name}`) as StoredFabric;
  }

  zones(): StoredZone[] {
    return this.san.listed<StoredZone>(`zone.${this.name}`);
  }

  /** By name. */
  aliases(): Map<string, readonly string[]> {
    const all = this.san.listed<{ name: string; members: readonly string[] }>(`alias.${this.name}`);
    return new Map(all.map(({ name, members }) => [name, members]));
  }

  /** Names of zones that an activation would change; while nothing is in effect, all that are saved. */
  drafts(): string[] {
    if (this.stored.effective !== undefined) return this.san.listed<string>(`pending.${this.name}`);
    return this.zones().flatMap(({ name, members }) => (members ? [name] : []));
  }

  /** By a person. False: the fabric can't do that. */
  edit(edit: FabricEdit, nowMs: number): Change[] | undefined {
    const { answer, changes } = this.san.handle({ operation: 'editFabric', args: { fabric: this.name, edit }, nowMs });
    return answer.ok ? changes : undefined;
  }
}

export class SimSan {
  readonly #kv: NotingKv;
  /** By name. */
  readonly fabrics: ReadonlyMap<string, SimFabric>;

  /** `arrayOf`: the arrays of the same data centre. */
  constructor(topology: SanTopologyInput, arrayOf: (name: string) => Reader | undefined) {
    this.#kv = createNotingKv(arrayOf);
    buildSan(this.#kv, sanSchema.parse(topology));
    this.fabrics = new Map((topology.fabrics ?? []).map(({ name }) => [name, new SimFabric(name, this)]));
  }

  get reader(): Reader {
    return this.#kv;
  }

  listed<T>(collection: string): T[] {
    const all: T[] = [];
    for (const [key, text] of this.#kv.texts) if (key.startsWith(`${collection}/`)) all.push(JSON.parse(text) as T);
    return all;
  }

  /** The answer, and what was really changed by it. */
  handle<K extends SanOperationName>(
    request: SanRequest<K>,
  ): { readonly answer: SanResponse<K>; readonly changes: Change[] } {
    this.#kv.takeChanges();
    const answer = handleSan(this.#kv, request);
    return { answer, changes: this.#kv.takeChanges() };
  }
}
