/**
 * How much a pool may still promise, computed from the fresh observation and the ledger. The limits that go into the
 * plan are absolute for our own promises, so that the ledger alone decides at commit, whoever committed in between.
 */
import type { KindName } from '../model/kinds.ts';
import type { ResourceRecord } from '../model/record.ts';
import { type Amounts, addAmounts, type CapacityLimits, NO_AMOUNTS } from '../model/recorded-view.ts';
import { formatSize } from '../model/size.ts';
import { snapshotRoomBytes } from '../model/snapshot-room.ts';
import type { PoolAttributes, PoolLimits, RecordedSpec } from '../model/specs.ts';
import { parseUrn, type Urn } from '../model/urn.ts';
import { notVisiblePool } from '../model/visibility.ts';
import { poolAttributes } from '../observe/attributes.ts';
import { NO_NEW_VOLUMES_FROM_FRACTION } from '../placement/filters/capacity.ts';
import type { Draft } from './draft.ts';

export interface PoolRoom {
  readonly limits: CapacityLimits;
  /** Sizes are rounded up to this. */
  readonly granularityBytes: number;
  /** Left for more of this plan. */
  readonly freeSubscribedBytes: number;
  readonly freeAllocatedBytes: number;
}

/** Fresh attributes of a pool from this plan's observation, else the recorded ones; NOTVISIBLE where that lacks it. */
export function attributesOf(draft: Draft, pool: ResourceRecord<'pool'>): PoolAttributes | undefined {
  const known = draft.input.view.pool(pool.urn);
  const system = draft.get<'storageSystem'>(pool.spec.system);
  const observation = system && draft.observation(system)?.observation;
  if (observation && observation.trust.level !== 'unreachable') {
    const seen = poolAttributes(observation, pool.spec.nativeId, draft.input.installation);
    if (seen || !known || observation.trust.level !== 'whole') return seen;
    return notVisiblePool(known, observation.observedAtMs);
  }
  return known;
}

/** What live workflows will take and the device doesn't show yet. */
export function reservedIn(draft: Draft, pool: Urn): Amounts {
  const { view, reserving } = draft.input;
  return Object.entries(view.ledger(pool)?.reservations ?? {})
    .filter(([workflow]) => reserving?.has(workflow) ?? true)
    .reduce((sum, [, amounts]) => addAmounts(sum, amounts), NO_AMOUNTS);
}

/** What the storage system's own declaration says of a pool. */
export function poolLimitsOf(
  { spec }: ResourceRecord<'storageSystem'>,
  pool: ResourceRecord<'pool'>,
): PoolLimits | undefined {
  return spec.limits?.pools?.[pool.spec.nativeId];
}

export function poolLimits(draft: Draft, pool: ResourceRecord<'pool'>, virtualPool: Urn): PoolRoom | undefined {
  const attributes = attributesOf(draft, pool);
  const policy = draft.get<'virtualPool'>(virtualPool)?.spec.limits;
  const system = draft.get<'storageSystem'>(pool.spec.system);
  if (!attributes || attributes.notVisibleSinceMs !== undefined || !policy || !system) return undefined;
  const own = poolLimitsOf(system, pool);
  const utilisation = Math.min(policy.utilisation, own?.utilisation ?? Number.POSITIVE_INFINITY);
  const subscription = Math.min(policy.subscription, own?.subscription ?? Number.POSITIVE_INFINITY);
  const committed = draft.input.view.ledger(pool.urn)?.committed ?? NO_AMOUNTS;
  const taken = addAmounts(addAmounts(committed, reservedIn(draft, pool.urn)), draft.promisedIn(pool.urn));
  const adopted = draft.adopted.get(pool.urn) ?? NO_AMOUNTS;
  const usedBytes = attributes.totalBytes - attributes.freeBytes;
  // Foreign volumes and orphans alike: whatever the ledger doesn't know, and will not know after this plan.
  const othersUsedBytes = Math.max(0, usedBytes - committed.allocatedBytes - adopted.allocatedBytes);
  const othersSubscribedBytes = Math.max(
    0,
    attributes.subscribedBytes - committed.subscribedBytes - adopted.subscribedBytes,
  );
  const limits: CapacityLimits = {
    allocatedBytesMax: Math.floor(attributes.totalBytes * utilisation) - othersUsedBytes,
    subscribedBytesMax: Math.floor(attributes.totalBytes * subscription) - othersSubscribedBytes,
    ...(own?.volumes === undefined ? {} : { volumesMax: own.volumes }),
  };
  return {
    limits,
    granularityBytes: Math.max(1, attributes.granularityBytes),
    freeSubscribedBytes: limits.subscribedBytesMax - taken.subscribedBytes,
    freeAllocatedBytes: limits.allocatedBytesMax - taken.allocatedBytes,
  };
}

/** Pools that are filled to this fraction are warned of (safety, "Capacity"); no new volumes: placement/filters. */
export const WARN_FROM_FRACTION = 0.7;

/** full: no new volumes any more; warn: soon. */
export type Watermark = 'ok' | 'warn' | 'full';

export function watermarkOf(usedBytes: number, totalBytes: number): Watermark {
  if (usedBytes >= totalBytes * NO_NEW_VOLUMES_FROM_FRACTION) return 'full';
  return usedBytes >= totalBytes * WARN_FROM_FRACTION ? 'warn' : 'ok';
}

/** Of the pools that this plan takes from, as they are with it. */
export function warnOfFilledPools(draft: Draft): void {
  const pools = new Set(draft.units.flatMap(({ reservations }) => reservations.map(({ pool }) => pool)));

  for (const urn of pools) {
    if (parseUrn(urn).kind !== 'pool') continue;
    const pool = draft.get<'pool'>(urn);
    const attributes = pool && attributesOf(draft, pool);
    if (!attributes || attributes.totalBytes === 0) continue;
    const { totalBytes, freeBytes } = attributes;
    const usedBytes = totalBytes - freeBytes;
    const filledBytes = usedBytes + reservedIn(draft, urn).allocatedBytes + draft.promisedIn(urn).allocatedBytes;
    if (filledBytes < totalBytes * WARN_FROM_FRACTION) continue;
    const percent = (bytes: number) => `${Math.round((bytes / totalBytes) * 1_000) / 10} %`;
    draft.warn({
      code: 'COPRHD-PLACE-003',
      summary: `pool ${draft.get(pool.spec.system)?.name ?? ''}/${pool.name} is filled to ${percent(filledBytes)} with this plan`,
      detail: `${percent(usedBytes)} of ${formatSize(totalBytes)} are in use now; from ${NO_NEW_VOLUMES_FROM_FRACTION * 100} % on it gets no new volumes`,
      fix: 'free capacity in it, add to it, or let the virtual pool use more pools',
    });
  }
}

/** What a snapshot takes of its pool: room for what is overwritten in its volume. Of a thick pool it is really set aside. */
export function snapshotAmounts(
  draft: Draft,
  spec: Pick<RecordedSpec<'snapshot'>, 'virtualPool' | 'sizeBytes' | 'fullCopy'>,
): Amounts {
  const { virtualPool, fullCopy } = spec;
  const bytes = snapshotRoomBytes(spec, spec.sizeBytes);
  // It is written at once, whatever is known now of how much that is.
  if (fullCopy) return { allocatedBytes: bytes, subscribedBytes: bytes, volumes: 1 };
  // It may be made by the same plan.
  const pool = draft.get<'virtualPool'>(virtualPool) ?? draft.input.view.get<'virtualPool'>(virtualPool)?.record;
  const thick = pool?.spec.provisioning === 'thick';
  return { allocatedBytes: thick ? bytes : 0, subscribedBytes: bytes, volumes: 1 };
}

/** What a recorded volume has of its pool: the pool gets it back when the volume ends. */
export function amountsOf(draft: Draft, record: ResourceRecord<'volume'>): Amounts {
  if ((record.kind as KindName) === 'snapshot') {
    return snapshotAmounts(draft, (record as ResourceRecord as ResourceRecord<'snapshot'>).spec);
  }
  const thick = draft.input.view.get<'virtualPool'>(record.spec.virtualPool)?.record.spec.provisioning === 'thick';
  // What the device made of the size: that is what was reserved.
  const bytes = record.status.device?.provisionedBytes ?? record.spec.sizeBytes;
  const setAsideBytes = record.status.device?.setAsideBytes ?? 0;
  return { allocatedBytes: thick ? bytes : setAsideBytes, subscribedBytes: bytes, volumes: 1 };
}
