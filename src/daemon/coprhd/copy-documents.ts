/** Snapshots and full copies as CoprHD's documents, and what a volume says of its own. */
import type { ResourceRecord } from '../../engine/model/record.ts';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { gigabytes } from '../wire/leaves.ts';
import { base, type Document, onDevice, volume } from './documents.ts';
import { find, isGone, PLACES, ref } from './finding.ts';

export type Snapshot = ResourceRecord<'snapshot'>;
type Volume = ResourceRecord<'volume'>;

export async function snapshot(engine: EngineClient, found: FoundRecord): Promise<Document> {
  const { spec, status } = found.record as ResourceRecord as Snapshot;
  const [parent] = (await find(engine, 'volume', { urns: [spec.volume] })).records;
  const source = parent?.record.status.device?.nativeId;
  const { consistencyGroup: group } = spec;
  return {
    ...base(found, PLACES.snapshot),
    parent: ref(PLACES.volume, spec.volume),
    project: ref(PLACES.project, spec.project),
    varray: ref(PLACES.varray, spec.virtualArray),
    ...(group === undefined ? {} : { consistency_group: ref(PLACES.group, group) }),
    snapset_label: spec.set,
    provisioned_capacity_gb: gigabytes(status.device?.provisionedBytes ?? spec.sizeBytes),
    allocated_capacity_gb: gigabytes(status.device?.setAsideBytes ?? 0),
    technology_type: 'NATIVE',
    read_only: true,
    is_sync_active: status.phase === 'ready',
    ...(source === undefined ? {} : { source_native_id: source, volume_native_id: source }),
    ...onDevice(found.record),
  };
}

/** Full copies of a volume or snapshot that have not been detached from it. */
export async function attachedCopies(engine: EngineClient, of: string): Promise<FoundRecord[]> {
  const { records } = await find(engine, 'volume', { under: of });
  return records.filter(({ record }) => {
    const { copyOf, detached } = record.spec as Volume['spec'];
    return copyOf === of && !detached;
  });
}

/** What clients look at before they detach a copy: always there on one. */
async function fullCopies(engine: EngineClient, record: ResourceRecord): Promise<Document> {
  const { copyOf, detached } = record.spec as Volume['spec'];
  const copies = await attachedCopies(engine, record.urn);
  const isDone = record.status.phase === 'ready';
  const place = copyOf !== undefined && /:BlockSnapshot:/.test(copyOf) ? PLACES.snapshot : PLACES.volume;
  return {
    ...(copies.length === 0 ? {} : { volumes: copies.map(({ record: copy }) => ref(PLACES.volume, copy.urn)) }),
    ...(copyOf === undefined
      ? {}
      : detached
        ? { replicaState: 'DETACHED' }
        : {
            associated_source_volume: ref(place, copyOf),
            replicaState: isDone ? 'SYNCHRONIZED' : 'CREATED',
            is_sync_active: true,
            percent_synced: isDone ? 100 : 0,
          }),
  };
}

export async function volumeDocument(engine: EngineClient, found: FoundRecord): Promise<Document> {
  const copies = isGone(found) ? {} : await fullCopies(engine, found.record);
  return Object.keys(copies).length === 0 ? volume(found) : { ...volume(found), protection: { full_copies: copies } };
}
