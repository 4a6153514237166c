/**
 * Pools and ports as discovery stores them: records that hardly ever change, and attributes that do. Pure; apply,
 * discover and the planner (for systems that are only declared yet) turn its answer into writes.
 */
import { sameJson } from '../../lib/canonical-json.ts';
import type { VolumeObservation } from '../driver/contract.ts';
import type { KindName } from '../model/kinds.ts';
import { type Actor, RECORD_SCHEMA_VERSION, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { snapshotRoomBytes } from '../model/snapshot-room.ts';
import type { PoolAttributes, PortAttributes } from '../model/specs.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { notVisiblePool, notVisiblePort } from '../model/visibility.ts';
import { nativeIndex } from './native-index.ts';
import type { SystemObservation } from './observation.ts';

type DiscoveredKind = 'pool' | 'port';
type Volumes = Pick<SystemObservation, 'volumes'>;

/** Attributes of one pool, by native id; undefined when the device doesn't report it. */
export function poolAttributes(
  observation: SystemObservation,
  poolNativeId: string,
  installation: string,
): PoolAttributes | undefined {
  const pool = nativeIndex(observation.pools).get(poolNativeId);
  if (!pool) return undefined;
  const sums = subscriptions(observation, installation).get(poolNativeId);
  const groups = observation.identity?.consistencyGroups;
  return {
    name: pool.name,
    totalBytes: pool.totalBytes,
    freeBytes: pool.freeBytes,
    subscribedBytes: sums?.all ?? 0,
    foreignSubscribedBytes: sums?.foreign ?? 0,
    provisioning: pool.provisioning,
    protocols: pool.protocols,
    ...(pool.driveType === undefined ? {} : { driveType: pool.driveType }),
    ...(pool.raidLevels === undefined ? {} : { raidLevels: pool.raidLevels }),
    volumeBytesMin: pool.volumeBytesMin,
    volumeBytesMax: pool.volumeBytesMax,
    granularityBytes: pool.granularityBytes,
    ...(pool.thinPreAllocation === undefined ? {} : { thinPreAllocation: pool.thinPreAllocation }),
    ...(pool.compression === undefined ? {} : { compression: pool.compression }),
    ...(pool.deduplication === undefined ? {} : { deduplication: pool.deduplication }),
    ...(pool.longTermRetention === undefined ? {} : { longTermRetention: pool.longTermRetention }),
    ...(pool.tiers === undefined ? {} : { tiers: pool.tiers }),
    ...(pool.tieringPolicies === undefined ? {} : { tieringPolicies: pool.tieringPolicies }),
    ...(pool.ioLimits === undefined ? {} : { ioLimits: pool.ioLimits }),
    ...(pool.snapshots === undefined ? {} : { snapshots: pool.snapshots }),
    ...(pool.metadataBytes === undefined ? {} : { metadataBytes: pool.metadataBytes }),
    ...(groups === undefined ? {} : { consistencyGroups: groups }),
    usable: pool.usable,
    ...(pool.unusableWhy === undefined ? {} : { unusableWhy: pool.unusableWhy }),
    observedAtMs: observation.observedAtMs,
  };
}

/** Attributes of one port, by native id; undefined when the device doesn't report it. */
export function portAttributes(observation: SystemObservation, portNativeId: string): PortAttributes | undefined {
  const port = nativeIndex(observation.ports).get(portNativeId);
  return port && { name: port.name, status: port.status, observedAtMs: observation.observedAtMs };
}

/** The mark says that this installation made it; whether it is really ours is a matter of ownership.ts. */
export function carriesMarkOf(installation: string, volume: Pick<VolumeObservation, 'mark'>): boolean {
  return volume.mark?.installation === installation;
}

/** Logical bytes by pool. Summed once an observation, however many pools are asked for. */
const sumsOf = new WeakMap<Volumes, Map<string, Map<string, { all: number; foreign: number }>>>();

function subscriptions(observation: Volumes, installation: string): Map<string, { all: number; foreign: number }> {
  const known = sumsOf.get(observation) ?? new Map<string, Map<string, { all: number; foreign: number }>>();
  sumsOf.set(observation, known);
  const found = known.get(installation);
  if (found) return found;
  const sums = new Map<string, { all: number; foreign: number }>();
  for (const volume of observation.volumes) {
    const sum = sums.get(volume.pool) ?? { all: 0, foreign: 0 };
    const bytes = subscribedBytesOf(volume);
    sum.all += bytes;
    if (!carriesMarkOf(installation, volume)) sum.foreign += bytes;
    sums.set(volume.pool, sum);
  }
  known.set(installation, sums);
  return sums;
}

/** Of a snapshot what is reserved for it: it never becomes as large as its volume unless all of that is overwritten. */
const subscribedBytesOf = ({ snapshot, sizeBytes }: VolumeObservation): number =>
  snapshot ? snapshotRoomBytes(snapshot, sizeBytes) : sizeBytes;

export interface DiscoveredRequest {
  readonly system: Urn;
  readonly observation: SystemObservation;
  readonly view: RecordedView;
  /** Id of a new record; the text names the object, so that the same one gets the same id within a plan. */
  readonly newUrn: (kind: KindName, seedText: string) => Urn;
  readonly nowMs: number;
  readonly actor: Actor;
  readonly installation: string;
}

/** One record to write with its attributes. Only what is new or differs in more than the time of observation. */
export type DiscoveredWrite = {
  readonly [K in DiscoveredKind]: {
    readonly record: ResourceRecord<K>;
    readonly attributes: K extends 'pool' ? PoolAttributes : PortAttributes;
    readonly previous?: VersionedRecord<K>;
    /** False when only the attributes differ. */
    readonly recordChanged: boolean;
  };
}[DiscoveredKind];

/**
 * Pools first, then ports, each sorted by native id. What isn't reported any more stays recorded and becomes NOTVISIBLE
 * (model/visibility.ts) when the observation is whole; nothing is ever deleted here. One that isn't whole makes nothing
 * visible, nor known, that the last whole one didn't show.
 */
export function discoveredWrites(request: DiscoveredRequest): DiscoveredWrite[] {
  return [...poolWrites(request), ...portWrites(request)];
}

function poolWrites(request: DiscoveredRequest): DiscoveredWrite[] {
  const { observation, view, system } = request;
  const recorded = recordedByNativeId(request, 'pool');
  const writes: DiscoveredWrite[] = [];
  for (const pool of sorted(observation.pools)) {
    const previous = recorded.get(pool.nativeId);
    if (!previous && !isWhole(observation)) continue;
    const old = previous && view.pool(previous.record.urn);
    const now = atLeast(observation, poolAttributes(observation, pool.nativeId, request.installation)!, old);
    const attributes = staysNotVisible(observation, old) ? notVisiblePool(now, old.notVisibleSinceMs) : now;
    const record = recordFor(request, 'pool', pool, { system, nativeId: pool.nativeId }, previous);
    const recordChanged = !sameJson(record, previous?.record);
    if (recordChanged || !sameExceptTime(attributes, old)) {
      writes.push({ record, attributes, recordChanged, ...(previous ? { previous } : {}) });
    }
  }
  for (const [previous, old] of gone(request, recorded, observation.pools, (urn) => view.pool(urn))) {
    const attributes = { ...notVisiblePool(old, request.nowMs), observedAtMs: request.nowMs };
    if (sameExceptTime(attributes, old)) continue;
    writes.push({ record: previous.record, attributes, previous, recordChanged: false });
  }
  return writes;
}

function portWrites(request: DiscoveredRequest): DiscoveredWrite[] {
  const { observation, view, system } = request;
  const recorded = recordedByNativeId(request, 'port');
  const writes: DiscoveredWrite[] = [];
  for (const port of sorted(observation.ports)) {
    const previous = recorded.get(port.nativeId);
    if (!previous && !isWhole(observation)) continue;
    const old = previous && view.port(previous.record.urn);
    const now = portAttributes(observation, port.nativeId)!;
    const attributes = staysNotVisible(observation, old) ? notVisiblePort(now, old.notVisibleSinceMs) : now;
    const { nativeId, transport, address, haDomain, physicalPort, engine } = port;
    const inEngine = engine === undefined ? {} : { engine };
    const spec = { system, nativeId, transport, address, haDomain, physicalPort, ...inEngine };
    const record = recordFor(request, 'port', port, spec, previous);
    const recordChanged = !sameJson(record, previous?.record);
    if (recordChanged || !sameExceptTime(attributes, old)) {
      writes.push({ record, attributes, recordChanged, ...(previous ? { previous } : {}) });
    }
  }
  for (const [previous, old] of gone(request, recorded, observation.ports, (urn) => view.port(urn))) {
    const attributes = { ...notVisiblePort(old, request.nowMs), observedAtMs: request.nowMs };
    if (sameExceptTime(attributes, old)) continue;
    writes.push({ record: previous.record, attributes, previous, recordChanged: false });
  }
  return writes;
}

const isWhole = ({ trust }: SystemObservation): boolean => trust.level === 'whole';

interface Hidden {
  readonly notVisibleSinceMs: number;
}

/** Seen now, but not by the last one that can be trusted to have seen everything. */
function staysNotVisible<A extends PoolAttributes | PortAttributes>(
  observation: SystemObservation,
  old: A | undefined,
): old is A & Hidden {
  return !isWhole(observation) && old?.notVisibleSinceMs !== undefined;
}

function recordedByNativeId<K extends DiscoveredKind>(
  { view, system }: DiscoveredRequest,
  kind: K,
): Map<string, VersionedRecord<K>> {
  const records = view.inScope(kind, uuidOf(system));
  return new Map(records.map((versioned) => [versioned.record.spec.nativeId as string, versioned]));
}

/** Recorded, with attributes, and not reported by an observation that would have shown it. */
function gone<K extends DiscoveredKind, A>(
  { observation }: DiscoveredRequest,
  recorded: ReadonlyMap<string, VersionedRecord<K>>,
  reported: readonly { readonly nativeId: string }[],
  attributesOf: (urn: Urn) => A | undefined,
): [VersionedRecord<K>, A][] {
  if (!isWhole(observation)) return [];
  const seen = new Set(reported.map(({ nativeId }) => nativeId));
  return [...recorded].flatMap(([nativeId, previous]): [VersionedRecord<K>, A][] => {
    const old = seen.has(nativeId) ? undefined : attributesOf(previous.record.urn);
    return old === undefined ? [] : [[previous, old]];
  });
}

/** Volumes that were not seen still take their space: sums never shrink on an observation that isn't whole. */
function atLeast({ trust }: SystemObservation, now: PoolAttributes, old: PoolAttributes | undefined): PoolAttributes {
  if (trust.level === 'whole' || old === undefined) return now;
  return {
    ...now,
    subscribedBytes: Math.max(now.subscribedBytes, old.subscribedBytes),
    foreignSubscribedBytes: Math.max(now.foreignSubscribedBytes, old.foreignSubscribedBytes),
  };
}

function recordFor<K extends DiscoveredKind>(
  { system, newUrn, nowMs, actor }: DiscoveredRequest,
  kind: K,
  observed: { readonly nativeId: string; readonly name: string },
  spec: ResourceRecord<K>['spec'],
  previous: VersionedRecord<K> | undefined,
): ResourceRecord<K> {
  if (previous) {
    // Fields that a newer version wrote stay.
    return { ...previous.record, name: observed.name, spec: { ...previous.record.spec, ...spec } };
  }
  return {
    urn: newUrn(kind, `${system} ${observed.nativeId}`),
    kind,
    name: observed.name,
    scope: {},
    owner: { type: 'engine', parent: system },
    parent: system,
    spec,
    status: { phase: 'ready', sinceMs: nowMs },
    policy: { protect: false, onRemove: 'delete' },
    createdBy: actor,
    createdAtMs: nowMs,
    incarnation: 1,
    schemaVersion: RECORD_SCHEMA_VERSION,
  };
}

function sameExceptTime(
  a: { readonly observedAtMs: number },
  b: { readonly observedAtMs: number } | undefined,
): boolean {
  return b !== undefined && sameJson({ ...a, observedAtMs: 0 }, { ...b, observedAtMs: 0 });
}

function sorted<T extends { readonly nativeId: string }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (a.nativeId < b.nativeId ? -1 : 1));
}
