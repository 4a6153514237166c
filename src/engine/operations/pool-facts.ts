/**
 * Everything recorded of the pools: what discovery knows, what the ledger has promised, and which virtual pools may use
 * them. Pure over a view; `pool list`, `pool fit`, `capacity` and `audit` read it, so that they agree.
 */
import { recordedConnectivity, systemsOfVirtualArray, withinArray } from '../model/connectivity.ts';
import type { KindName } from '../model/kinds.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { LedgerEntry, RecordedView } from '../model/recorded-view.ts';
import { poolDeregisteredWhy } from '../model/registration.ts';
import type { PoolAttributes } from '../model/specs.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { usedBytes } from '../placement/amounts.ts';
import { reservedAmounts, takenBytes } from '../placement/ledger.ts';
import { matchMisses, type VirtualPoolToMatch } from '../placement/matching.ts';
import { portFacts } from '../planner/candidates.ts';
import { watermarkOf } from '../planner/capacity.ts';
import type { PoolCapacity, PoolMatch } from './pool-types.ts';

export interface PoolFacts {
  readonly pool: ResourceRecord<'pool'>;
  readonly system: ResourceRecord<'storageSystem'>;
  /** `array-1/fast`. */
  readonly name: string;
  /** Undefined = it was never looked at. */
  readonly attributes?: PoolAttributes;
  readonly ledger?: LedgerEntry;
  readonly virtualArrays: readonly ResourceRecord<'virtualArray'>[];
  /** Of its system. */
  readonly ports: ReturnType<typeof portFacts>;
}

/** By system and name. */
export function allPoolFacts(view: RecordedView): PoolFacts[] {
  const arraysOf = virtualArraysBySystem(view);
  return liveOf(view, 'storageSystem')
    .sort(byName)
    .flatMap((system) => {
      const virtualArrays = arraysOf.get(system.urn) ?? [];
      const ports = recordedPorts(view, system, virtualArrays);
      return view
        .inScope('pool', uuidOf(system.urn))
        .map(({ record }) => record)
        .filter(isLive)
        .sort(byName)
        .map((pool): PoolFacts => ({ ...basicsOf(view, pool, system), virtualArrays, ports }));
    });
}

/** What is known of a pool by itself. */
export type PoolBasics = Omit<PoolFacts, 'virtualArrays' | 'ports'>;

function basicsOf(
  view: RecordedView,
  pool: ResourceRecord<'pool'>,
  system: ResourceRecord<'storageSystem'>,
): PoolBasics {
  const [attributes, ledger] = [view.pool(pool.urn), view.ledger(pool.urn)];
  return {
    ...{ pool, system, name: `${system.name}/${pool.name}` },
    ...(attributes ? { attributes } : {}),
    ...(ledger ? { ledger } : {}),
  };
}

/** Undefined: nothing is recorded of it. */
export function poolBasics(view: RecordedView, urn: Urn): PoolBasics | undefined {
  const pool = view.get<'pool'>(urn)?.record;
  const system = pool && view.get<'storageSystem'>(pool.spec.system)?.record;
  return pool && system && isLive(pool) && isLive(system) ? basicsOf(view, pool, system) : undefined;
}

function recordedPorts(
  view: RecordedView,
  system: ResourceRecord<'storageSystem'>,
  virtualArrays: readonly ResourceRecord<'virtualArray'>[],
): PoolFacts['ports'] {
  const reader = recordedConnectivity(view);
  const ports = reader.childrenOf('port', system.urn).flatMap(({ urn, spec }) => {
    const attributes = view.port(urn);
    return attributes && !spec.deregistered ? [{ ...spec, status: attributes.status }] : [];
  });
  return portFacts(
    ports,
    virtualArrays.map(({ urn }) => urn),
    (virtualArray) => withinArray(reader, virtualArray),
  );
}

/** All of them, by name. */
export function virtualPoolsToMatch(view: RecordedView): VirtualPoolToMatch[] {
  return liveOf(view, 'virtualPool')
    .sort(byName)
    .map((record) => ({ record, virtualArrays: view.members(record.urn, 'virtualArrays') }));
}

/** May the virtual pool use it, and if not, why not? */
export function matchOf(virtualPool: VirtualPoolToMatch, facts: PoolFacts): PoolMatch {
  const { name, attributes, pool, system, virtualArrays, ports } = facts;
  const misses = attributes
    ? [
        ...registrationMisses(facts),
        ...matchMisses(virtualPool, {
          pool,
          system,
          attributes,
          ...ports,
          virtualArrays: virtualArrays.map(({ urn }) => urn),
        }),
      ]
    : [{ filter: 'discovered', fact: 'discovered', needed: 'what it is', had: 'never looked at', shortfall: 1 }];
  return {
    pool: name,
    virtualPool: virtualPool.record.name,
    fits: misses.length === 0,
    misses: misses.map(({ filter, fact, needed, had }) => ({ filter, fact, needed, had })),
  };
}

/** Name of what stands in the way of a pool that is deregistered (CoprHD: ActivePool). */
export const REGISTERED_FILTER = 'registered';

function registrationMisses({ system, pool }: PoolFacts) {
  const why = poolDeregisteredWhy(system, pool);
  if (why === undefined) return [];
  return [
    { filter: REGISTERED_FILTER, fact: 'registered', needed: 'REGISTERED', had: `UNREGISTERED: ${why}`, shortfall: 1 },
  ];
}

/** Undefined when nothing is known of it. */
export function capacityOf({ attributes, ledger }: Pick<PoolFacts, 'attributes' | 'ledger'>): PoolCapacity | undefined {
  if (!attributes) return undefined;
  const reserved = reservedAmounts(ledger);
  const base = { allocatedBytes: usedBytes(attributes), subscribedBytes: attributes.subscribedBytes };
  const taken = takenBytes(ledger, base);
  const { totalBytes, freeBytes, foreignSubscribedBytes } = attributes;
  return {
    totalBytes,
    freeBytes,
    usedBytes: base.allocatedBytes,
    ...(attributes.metadataBytes === undefined ? {} : { metadataBytes: attributes.metadataBytes }),
    subscribedBytes: taken.subscribedBytes,
    foreignSubscribedBytes,
    reservedBytes: reserved.allocatedBytes,
    reservedSubscribedBytes: reserved.subscribedBytes,
    volumes: (ledger?.committed.volumes ?? 0) + reserved.volumes,
    watermark: watermarkOf(taken.allocatedBytes, totalBytes),
  };
}

function virtualArraysBySystem(view: RecordedView): Map<Urn, ResourceRecord<'virtualArray'>[]> {
  const arrays = new Map<Urn, ResourceRecord<'virtualArray'>[]>();
  for (const virtualArray of liveOf(view, 'virtualArray').sort(byName)) {
    for (const system of systemsOfVirtualArray(recordedConnectivity(view), virtualArray.urn)) {
      arrays.set(system, [...(arrays.get(system) ?? []), virtualArray]);
    }
  }
  return arrays;
}

/** All of a kind that are not tombstones. */
export function liveOf<K extends KindName>(view: RecordedView, kind: K): ResourceRecord<K>[] {
  return view
    .all(kind)
    .map(({ record }) => record)
    .filter(isLive);
}

function byName(a: ResourceRecord, b: ResourceRecord): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
