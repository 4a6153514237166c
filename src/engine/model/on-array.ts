/**
 * What is a volume to an array, whatever it is to us: volumes (full copies are volumes), and snapshots. Both have data, a
 * WWN, a name on the device, and are mapped and removed alike.
 */
import type { KindName } from './kinds.ts';
import type { ResourceRecord, VersionedRecord } from './record.ts';
import type { RecordedView } from './recorded-view.ts';
import type { RecordedSpec } from './specs.ts';
import type { Urn } from './urn.ts';

export const ON_ARRAY_KINDS = ['volume', 'snapshot'] as const satisfies readonly KindName[];
export type OnArrayKind = (typeof ON_ARRAY_KINDS)[number];

/** They share all fields that have to do with the array. */
export type OnArrayRecord = ResourceRecord<'volume'>;

export const isOnArray = (record: ResourceRecord): record is OnArrayRecord =>
  record.kind === 'volume' || (record.kind as KindName) === 'snapshot';

/** All of both kinds. Loads them whole. */
export function allOnArray(view: Pick<RecordedView, 'all'>): VersionedRecord<'volume'>[] {
  return ON_ARRAY_KINDS.flatMap((kind) => view.all(kind) as readonly VersionedRecord[] as VersionedRecord<'volume'>[]);
}

/** What a snapshot or full copy is a copy of. */
export function sourceOf(record: ResourceRecord): Urn | undefined {
  const spec = record.spec as Partial<RecordedSpec<'snapshot'> & RecordedSpec<'volume'>>;
  return record.kind === 'snapshot' ? spec.volume : spec.copyOf;
}

/** Of which moment a snapshot is (ms, by its array's clock where that says it), and what it can be relied on for. */
export interface SnapshotFacts {
  readonly takenAtMs: number;
  /** Absent until it is on the array. */
  readonly consistency?: 'application' | 'crash';
  /** Hosts were asked to quiesce, and this came of it. */
  readonly notQuiescedWhy?: string;
  /** How long I/O of its volumes waited for it; absent = its array doesn't say. */
  readonly ioPausedMs?: number;
  /** How long at most the applications of a host were at rest for it. */
  readonly atRestMs?: number;
}

export function snapshotFacts({ status: { device }, createdAtMs }: ResourceRecord): SnapshotFacts {
  return {
    takenAtMs: device?.takenAtMs ?? createdAtMs,
    ...(device ? { consistency: device.consistency ?? 'crash' } : {}),
    ...(device?.notQuiescedWhy === undefined ? {} : { notQuiescedWhy: device.notQuiescedWhy }),
    ...(device?.ioPausedMs === undefined ? {} : { ioPausedMs: device.ioPausedMs }),
    ...(device?.atRestMs === undefined ? {} : { atRestMs: device.atRestMs }),
  };
}

/** Of a full copy that was made of a snapshot: what that was. */
export function heldSince({ status: { device } }: ResourceRecord): Partial<SnapshotFacts> {
  if (device?.takenAtMs === undefined) return {};
  return { takenAtMs: device.takenAtMs, consistency: device.consistency ?? 'crash' };
}
