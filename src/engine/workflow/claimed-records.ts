/**
 * Records as this run knows them, so that it doesn't read again what only it may change. What the run has claimed nobody
 * else writes; every write of ours still compares the revision, so that a mistake here is found and read anew, never
 * written over. Systems are shared: who goes by one that was read before compares its revision with the next intent.
 */
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import type { KeyValue, Revision, StateStore } from '../state/store.ts';
import { isClaimedBy, readRecord } from './records-io.ts';

export class ClaimedRecords {
  readonly #store: StateStore;
  readonly #workflow: string;
  readonly #records = new Map<Urn, VersionedRecord>();
  readonly #shared = new Map<Urn, VersionedRecord>();
  /** Names and addresses that we took. */
  readonly #names = new Map<string, KeyValue>();
  readonly #free = new Set<Urn>();

  constructor(store: StateStore, workflow: string) {
    this.#store = store;
    this.#workflow = workflow;
  }

  async read(urn: Urn): Promise<VersionedRecord | undefined> {
    const known = this.#records.get(urn);
    if (known) return known;
    const read = await readRecord(this.#store, urn);
    if (read && isClaimedBy(read.record, this.#workflow)) this.#records.set(urn, read);
    return read;
  }

  /** Of what we hold a shared claim on. May be old: compare its revision. */
  async readShared(urn: Urn): Promise<VersionedRecord | undefined> {
    const known = this.#shared.get(urn) ?? this.#records.get(urn);
    if (known) return known;
    const read = await readRecord(this.#store, urn);
    if (read) this.#shared.set(urn, read);
    return read;
  }

  async holderOf(key: string): Promise<KeyValue | undefined> {
    return this.#names.get(key) ?? this.#store.get(key);
  }

  /** We have written it, with our claim in it, at this revision. */
  wrote(record: ResourceRecord, revision: Revision): void {
    this.#free.delete(record.urn);
    this.#records.set(record.urn, { record, revision });
  }

  tookName(key: string, urn: Urn, revision: Revision): void {
    this.#names.set(key, { key, value: urn, createRevision: revision, modRevision: revision });
  }

  /** What we knew of it may not be so any more. */
  forget(urn: Urn, names: readonly string[] = []): void {
    this.#records.delete(urn);
    this.#shared.delete(urn);
    for (const name of names) this.#names.delete(name);
  }

  /** Our claim on it has ended. */
  freed(urn: Urn, names: readonly string[] = []): void {
    this.forget(urn, names);
    this.#free.add(urn);
  }

  /** True only when it certainly carries no claim of ours any more. */
  isFree(urn: Urn): boolean {
    return this.#free.has(urn);
  }
}
