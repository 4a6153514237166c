/** How requests become bytes in a pool. The planner uses the same functions for reservations, so that they agree. */
import type { Amounts, CapacityLimits } from '../model/recorded-view.ts';
import { roundUp } from '../model/size.ts';
import type { PoolAttributes } from '../model/specs.ts';
import type { Candidate, RoleRequest } from './request.ts';

/** No new volumes in a pool that is filled to this fraction (safety, "Capacity"). */
export const NO_NEW_VOLUMES_FROM_FRACTION = 0.85;

/** What a volume takes in this pool, rounded up to its granularity; of a thin one what the pool sets aside at once. */
export function amountsIn(
  pool: Pick<PoolAttributes, 'granularityBytes'>,
  request: Pick<RoleRequest, 'sizeBytes' | 'provisioning' | 'thinPreAllocation'>,
): Amounts {
  const granularityBytes = Math.max(1, pool.granularityBytes);
  const sizeBytes = roundUp(request.sizeBytes, granularityBytes);
  const fraction = request.provisioning === 'thick' ? 1 : (request.thinPreAllocation ?? 0);
  const allocatedBytes = Math.min(sizeBytes, roundUp(Math.ceil(request.sizeBytes * fraction), granularityBytes));
  return { allocatedBytes, subscribedBytes: sizeBytes, volumes: 1 };
}

/** Limits are fractions of the pool's physical size. */
export function capacityLimits(totalBytes: number, limits: RoleRequest['limits']): CapacityLimits {
  return {
    allocatedBytesMax: fractionOf(totalBytes, limits.utilisation),
    subscribedBytesMax: fractionOf(totalBytes, limits.subscription),
  };
}

/** Those that hold: of the virtual pool and of the pool itself the tighter one each. */
export function tighterLimits(asked: RoleRequest['limits'], own: Candidate['limits']): RoleRequest['limits'] {
  return {
    utilisation: Math.min(asked.utilisation, own?.utilisation ?? Number.POSITIVE_INFINITY),
    subscription: Math.min(asked.subscription, own?.subscription ?? Number.POSITIVE_INFINITY),
  };
}

/** Physical bytes in use on the device, whoever uses them. */
export function usedBytes(pool: Pick<PoolAttributes, 'totalBytes' | 'freeBytes'>): number {
  return pool.totalBytes - pool.freeBytes;
}

/** What is left in a pool for requests like this one. Bytes; negative where a limit is exceeded already. */
export interface Room {
  readonly limits: CapacityLimits;
  readonly allocatedBytes: number;
  readonly subscribedBytes: number;
  /** Filled so far that no volume may be made. */
  readonly filled: boolean;
}

export function roomIn({ attributes, limits: own }: Candidate, role: RoleRequest, promised: Amounts): Room {
  const limits = capacityLimits(attributes.totalBytes, tighterLimits(role.limits, own));
  const allocatedBytes = usedBytes(attributes) + promised.allocatedBytes;
  return {
    limits,
    allocatedBytes: limits.allocatedBytesMax - allocatedBytes,
    subscribedBytes: limits.subscribedBytesMax - attributes.subscribedBytes - promised.subscribedBytes,
    filled: allocatedBytes >= attributes.totalBytes * NO_NEW_VOLUMES_FROM_FRACTION,
  };
}

/** How many bytes of volumes like this one may still be made in the pool. */
export function volumeBytesLeft(candidate: Candidate, role: RoleRequest, promised: Amounts): number {
  const room = roomIn(candidate, role, promised);
  if (room.filled) return 0;
  const fraction = role.provisioning === 'thick' ? 1 : (role.thinPreAllocation ?? 0);
  // Without anything to set aside physical room counts only in that there is some.
  const physicalBytes = fraction > 0 ? room.allocatedBytes / fraction : room.allocatedBytes < 0 ? 0 : Number.MAX_VALUE;
  return Math.max(0, Math.floor(Math.min(physicalBytes, room.subscribedBytes)));
}

function fractionOf(totalBytes: number, fraction: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.floor(totalBytes * fraction));
}
