/** Snapshots and full copies as CoprHD's documents, and what a volume says of its own. */
import type { ResourceRecord } from '../../engine/model/record.ts';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { gigabytes } from '../wire/leaves.ts';
import { base, type Document, onDevice, volume } from './documents.ts';
import { type Collection, find, isGone, linkTo, namedRef, PLACES, ref } from './finding.ts';

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

interface CopiesOf {
  /** Not detached from it. */
  readonly full: readonly FoundRecord[];
  readonly continuous: readonly FoundRecord[];
}

async function copiesOf(engine: EngineClient, of: string): Promise<CopiesOf> {
  const { records } = await find(engine, 'volume', { under: of });
  const specOf = ({ record }: FoundRecord) => record.spec as Volume['spec'];
  const attached = records.filter((found) => specOf(found).copyOf === of && !specOf(found).detached);
  return {
    full: attached.filter((found) => !specOf(found).continuous),
    continuous: attached.filter((found) => specOf(found).continuous && !isGone(found)),
  };
}

/** Full copies of a volume or snapshot that have not been detached from it. */
export const attachedCopies = async (engine: EngineClient, of: string): Promise<readonly FoundRecord[]> =>
  (await copiesOf(engine, of)).full;

/** Volumes that follow it. */
export const continuousCopies = async (engine: EngineClient, of: string): Promise<readonly FoundRecord[]> =>
  (await copiesOf(engine, of)).continuous;

/** Where the continuous copies of a volume are. */
export const mirrorPlace = (source: string): Collection => ({
  path: `${PLACES.volume.path}/${source}/protection/continuous-copies`,
});

const SYNC_STATES: Readonly<Record<string, string>> = {
  synchronizing: 'RESYNCHRONIZING',
  synchronized: 'SYNCHRONIZED',
  paused: 'FRACTURED',
};
const REPLICA_STATES: Readonly<Record<string, string>> = { synchronizing: 'CREATED', synchronized: 'SYNCHRONIZED' };
/** CIM's word for what is kept in sync. */
const SYNC_TYPE_MIRROR = '6';

/** How far it is in sync is asked of its storage system. */
export async function mirror(engine: EngineClient, found: FoundRecord, source: ResourceRecord): Promise<Document> {
  const isMade = found.record.status.phase !== 'creating';
  const { mirrors } = isMade ? await engine.call('copy.states', { urns: [found.record.urn] }) : { mirrors: [] };
  const state = isMade ? mirrors[0]?.state : 'synchronizing';
  const replica = REPLICA_STATES[state ?? ''];
  return {
    ...volume(found),
    link: linkTo(mirrorPlace(source.urn), found.record.urn),
    access_state: 'NOT_READY',
    source: namedRef(PLACES.volume, source.urn, source.name),
    syncState: SYNC_STATES[state ?? ''] ?? 'UNKNOWN',
    syncType: SYNC_TYPE_MIRROR,
    ...(replica === undefined ? {} : { replica_state: replica }),
  };
}

/** What clients look at before they detach a copy: always there on one. */
function fullCopies(record: ResourceRecord, copies: readonly FoundRecord[]): Document {
  const { copyOf: of, detached, continuous } = record.spec as Volume['spec'];
  const copyOf = continuous ? undefined : of;
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
  if (isGone(found)) return volume(found);
  const { urn } = found.record;
  const { full, continuous: followers } = await copiesOf(engine, urn);
  const copies = fullCopies(found.record, full);
  const protection = {
    ...(Object.keys(copies).length === 0 ? {} : { full_copies: copies }),
    ...(followers.length === 0
      ? {}
      : { continuous_copies: { continuous_copy: followers.map(({ record }) => ref(mirrorPlace(urn), record.urn)) } }),
  };
  return Object.keys(protection).length === 0 ? volume(found) : { ...volume(found), protection };
}

export const volumeDocuments =
  (engine: EngineClient) =>
  (found: FoundRecord): Promise<Document> =>
    volumeDocument(engine, found);
