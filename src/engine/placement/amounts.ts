/** How requests become bytes in a pool. The planner uses the same functions for reservations, so that they agree. */
import type { Amounts, CapacityLimits } from '../model/recorded-view.ts';
import { roundUp } from '../model/size.ts';
import type { PoolAttributes } from '../model/specs.ts';
import type { RoleRequest } from './request.ts';

/** What a volume takes in this pool, rounded up to its granularity. */
export function amountsIn(
  pool: Pick<PoolAttributes, 'granularityBytes'>,
  request: Pick<RoleRequest, 'sizeBytes' | 'provisioning'>,
): Amounts {
  const sizeBytes = roundUp(request.sizeBytes, Math.max(1, pool.granularityBytes));
  return { allocatedBytes: request.provisioning === 'thick' ? sizeBytes : 0, subscribedBytes: sizeBytes, volumes: 1 };
}

/** Limits are fractions of the pool's physical size. */
export function capacityLimits(totalBytes: number, limits: RoleRequest['limits']): CapacityLimits {
  return {
    allocatedBytesMax: fractionOf(totalBytes, limits.utilisation),
    subscribedBytesMax: fractionOf(totalBytes, limits.subscription),
  };
}

/** Physical bytes in use on the device, whoever uses them. */
export function usedBytes(pool: Pick<PoolAttributes, 'totalBytes' | 'freeBytes'>): number {
  return pool.totalBytes - pool.freeBytes;
}

function fractionOf(totalBytes: number, fraction: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.floor(totalBytes * fraction));
}
