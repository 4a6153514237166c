/**
 * How the pure parts read recorded state: synchronously, over an immutable loaded set at one revision. What isn't loaded
 * is noted as a need and answered as absent; the operation then loads the needs at that same revision and runs the pure
 * part again, until nothing is needed (see state/view.ts). A pure part must therefore stand absent answers
 * without throwing. Everything that was read is the read set, from which a plan's basis is made.
 */
import type { KindName } from './kinds.ts';
import type { PortMetrics, SystemMetrics } from './metrics.ts';
import type { VersionedRecord } from './record.ts';
import type { PoolAttributes, PortAttributes } from './specs.ts';
import type { Urn } from './urn.ts';

export type Need =
  | { readonly type: 'record'; readonly urn: Urn }
  | { readonly type: 'observed'; readonly urn: Urn }
  | { readonly type: 'metrics'; readonly urn: Urn }
  | { readonly type: 'unique'; readonly kind: KindName; readonly scope: string; readonly name: string }
  | { readonly type: 'unique-in'; readonly kind: KindName; readonly scope: string }
  | {
      readonly type: 'address';
      readonly tenant: Urn;
      readonly stack: string;
      readonly kind: KindName;
      readonly name: string;
    }
  | { readonly type: 'stack'; readonly tenant: Urn; readonly stack: string }
  | { readonly type: 'members'; readonly of: Urn; readonly list: string }
  | { readonly type: 'kind'; readonly kind: KindName }
  | { readonly type: 'ledger'; readonly pool: Urn };

/** Amounts promised in a pool beyond what its records say; `l/{pool}`. Bytes. */
export interface LedgerEntry {
  readonly pool: Urn;
  /** By workflow id: what it will take when it is done. */
  readonly reservations: Readonly<Record<string, Amounts>>;
  /** Subscribed and allocated-by-promise of our live volumes in the pool. */
  readonly committed: Amounts;
}

export interface Amounts {
  /** Physical space promised: full size for thick, 0 for thin. */
  readonly allocatedBytes: number;
  /** Logical size. */
  readonly subscribedBytes: number;
  readonly volumes: number;
}

/** What the promises of a pool may not exceed. Bytes. */
export interface CapacityLimits {
  /** Physical bytes: total × utilisation limit. */
  readonly allocatedBytesMax: number;
  /** Logical bytes: total × subscription limit. */
  readonly subscribedBytesMax: number;
  /** Absent = any number. */
  readonly volumesMax?: number;
}

export interface RecordedView {
  /** Revision of the snapshot that everything was loaded from. */
  readonly revision: number;
  get<K extends KindName>(urn: Urn): VersionedRecord<K> | undefined;
  byName<K extends KindName>(kind: K, scope: string, name: string): VersionedRecord<K> | undefined;
  /** All records that hold a unique name in this scope, sorted by that name, tombstones that hold one included. */
  inScope<K extends KindName>(kind: K, scope: string): readonly VersionedRecord<K>[];
  byAddress<K extends KindName>(tenant: Urn, stack: string, kind: K, name: string): VersionedRecord<K> | undefined;
  /** Who is in a list of references (members.ts). Known by keys alone: no record is loaded for it. In no order that means anything. */
  members(of: Urn, list: string): readonly Urn[];
  /** Everything with an address in the stack, sorted by key. */
  inStack(tenant: Urn, stack: string): readonly VersionedRecord[];
  /** The whole kind, live and dead. Only where an index over the kind is unavoidable. */
  all<K extends KindName>(kind: K): readonly VersionedRecord<K>[];
  pool(urn: Urn): PoolAttributes | undefined;
  port(urn: Urn): PortAttributes | undefined;
  /** One key a storage system, whatever it has of ports and pools. */
  systemMetrics(system: Urn): SystemMetrics | undefined;
  portMetrics(port: Urn): PortMetrics | undefined;
  ledger(pool: Urn): LedgerEntry | undefined;
}

export const NO_AMOUNTS: Amounts = { allocatedBytes: 0, subscribedBytes: 0, volumes: 0 };

export function addAmounts(a: Amounts, b: Amounts, sign: 1 | -1 = 1): Amounts {
  return {
    allocatedBytes: a.allocatedBytes + sign * b.allocatedBytes,
    subscribedBytes: a.subscribedBytes + sign * b.subscribedBytes,
    volumes: a.volumes + sign * b.volumes,
  };
}
