/**
 * The tables of the memory store: every key with as many of its versions as open snapshots need, the keys in order,
 * leases, and the change log. Only memory-store.ts relies on it.
 */
import { compareKeys, lowerBound } from '../key-order.ts';
import type { KeyValue, Revision, WatchEvent } from '../store.ts';
import { CHANGE_LOG_REVISIONS_MAX, type LeaseRow, type ReadTables, type WriteTables } from '../transact.ts';
import type { ChangePage } from '../watching.ts';

interface Version {
  readonly revision: Revision;
  /** Undefined: deleted at this revision. */
  readonly item: KeyValue | undefined;
}

const CHANGE_PAGE_ROWS_MAX = 256;

export class MemoryTables implements WriteTables {
  #revision = 0;
  /** Versions by key, oldest first; the last one is the present. */
  readonly #versions = new Map<string, Version[]>();
  readonly #sorted: string[] = [];
  /** Keys that carry more than their present, to be cut down when snapshots close. */
  readonly #withHistory = new Set<string>();
  readonly #openSnapshots = new Map<symbol, Revision>();
  readonly #leases = new Map<string, LeaseRow>();
  readonly #leaseKeys = new Map<string, Set<string>>();
  #log: { revision: Revision; events: readonly WatchEvent[] }[] = [];

  revision(): Revision {
    return this.#revision;
  }

  item(key: string): KeyValue | undefined {
    return this.#versions.get(key)?.at(-1)?.item;
  }

  scan(prefix: string, after?: string): Iterable<KeyValue> {
    return this.#scan(prefix, after, (key) => this.item(key));
  }

  *#scan(prefix: string, after: string | undefined, read: (key: string) => KeyValue | undefined): Iterable<KeyValue> {
    const start = after !== undefined && compareKeys(after, prefix) >= 0 ? after : prefix;
    for (let index = lowerBound(this.#sorted, start); index < this.#sorted.length; index++) {
      const key = this.#sorted[index]!;
      if (!key.startsWith(prefix)) return;
      if (key === after) continue;
      const item = read(key);
      if (item) yield item;
    }
  }

  lease(id: string): LeaseRow | undefined {
    return this.#leases.get(id);
  }

  leases(): readonly LeaseRow[] {
    return [...this.#leases.values()];
  }

  keysOfLease(id: string): readonly string[] {
    return [...(this.#leaseKeys.get(id) ?? [])].sort(compareKeys);
  }

  putLease(row: LeaseRow): void {
    this.#leases.set(row.id, row);
  }

  deleteLease(id: string): void {
    this.#leases.delete(id);
    this.#leaseKeys.delete(id);
  }

  putItem(item: KeyValue, previous: KeyValue | undefined): void {
    this.#detach(previous);
    if (item.lease !== undefined) {
      const attached = this.#leaseKeys.get(item.lease) ?? new Set();
      this.#leaseKeys.set(item.lease, attached.add(item.key));
    }
    this.#push(item.key, { revision: item.modRevision, item });
  }

  deleteItem(previous: KeyValue): void {
    this.#detach(previous);
    this.#push(previous.key, { revision: this.#revision + 1, item: undefined });
  }

  #detach(item: KeyValue | undefined): void {
    if (item?.lease !== undefined) this.#leaseKeys.get(item.lease)?.delete(item.key);
  }

  #push(key: string, version: Version): void {
    const versions = this.#versions.get(key);
    if (!versions) {
      this.#versions.set(key, [version]);
      this.#sorted.splice(lowerBound(this.#sorted, key), 0, key);
      return;
    }
    if (this.#openSnapshots.size > 0) {
      versions.push(version);
      this.#withHistory.add(key);
      return;
    }
    versions[versions.length - 1] = version;
    if (version.item === undefined) this.#forget(key);
  }

  #forget(key: string): void {
    this.#versions.delete(key);
    this.#sorted.splice(lowerBound(this.#sorted, key), 1);
  }

  commitRevision(revision: Revision, events: readonly WatchEvent[]): void {
    this.#revision = revision;
    this.#log.push({ revision, events });
    if (this.#log.length > 2 * CHANGE_LOG_REVISIONS_MAX) this.#log = this.#log.slice(-CHANGE_LOG_REVISIONS_MAX);
  }

  changes(from: Revision): ChangePage {
    const oldest = Math.max(1, this.#revision - Math.min(this.#log.length, CHANGE_LOG_REVISIONS_MAX) + 1);
    // One row a revision, so the position follows from the number.
    const start = Math.max(0, from - (this.#log[0]?.revision ?? 0));
    const rows = from < oldest ? [] : this.#log.slice(start, start + CHANGE_PAGE_ROWS_MAX);
    return { revision: this.#revision, oldest, rows, more: start + rows.length < this.#log.length };
  }

  /** Tables as they are now, whatever is written later, until `release`. */
  snapshot(): { tables: ReadTables; release: () => void } {
    const id = Symbol('snapshot');
    const revision = this.#revision;
    this.#openSnapshots.set(id, revision);
    const leases = new Map(this.#leases);
    const itemAt = (key: string) => this.#versions.get(key)?.findLast((v) => v.revision <= revision)?.item;
    return {
      tables: {
        revision: () => revision,
        item: itemAt,
        scan: (prefix, after) => this.#scan(prefix, after, itemAt),
        lease: (leaseId) => leases.get(leaseId),
      },
      release: () => {
        if (this.#openSnapshots.delete(id) && this.#openSnapshots.size === 0) this.#dropHistory();
      },
    };
  }

  #dropHistory(): void {
    for (const key of this.#withHistory) {
      const present = this.#versions.get(key)!.at(-1)!;
      if (present.item) this.#versions.set(key, [present]);
      else this.#forget(key);
    }
    this.#withHistory.clear();
  }
}
