/** What may be done with a device now: the lower of what the file says and what was reviewed in this epoch of the state. */
import type { ResourceRecord } from './record.ts';
import type { DeviceMode } from './specs.ts';

const RANK: Record<DeviceMode, number> = { observe: 0, propose: 1, manage: 2 };

export function lowerMode(a: DeviceMode, b: DeviceMode): DeviceMode {
  return RANK[a] <= RANK[b] ? a : b;
}

/**
 * After state was imported or restored the epoch is higher than the one in which the device was last reviewed: then it
 * is only observed until `coprhd device review`.
 */
export function effectiveMode(system: ResourceRecord<'storageSystem'>, epoch: number): DeviceMode {
  const identity = system.status.identity;
  const reviewed = identity !== undefined && identity.reviewedEpoch === epoch ? identity.reviewedMode : 'observe';
  return lowerMode(system.spec.mode, reviewed);
}

/** Without a scope nothing may be changed. */
export function inScope(system: ResourceRecord<'storageSystem'>, poolNativeId: string): boolean {
  return system.spec.scope.pools?.includes(poolNativeId) ?? false;
}
