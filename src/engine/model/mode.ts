/** What may be done with a device now: the lower of what the file says and what was reviewed in this epoch of the state. */
import { foldName } from './address.ts';
import type { DeviceRecord } from './device-kinds.ts';
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
export function effectiveMode(system: DeviceRecord, epoch: number): DeviceMode {
  const identity = system.status.identity;
  const reviewed = identity !== undefined && identity.reviewedEpoch === epoch ? identity.reviewedMode : 'observe';
  return lowerMode(system.spec.mode, reviewed);
}

/** Without a scope nothing may be changed. */
export function inScope(system: ResourceRecord<'storageSystem'>, poolNativeId: string): boolean {
  return system.spec.scope.pools?.includes(poolNativeId) ?? false;
}

/** The same of a fabric: by the name of its network, by what the network calls it, or by its VSAN. */
export function networkInScope(system: ResourceRecord<'networkSystem'>, network: ResourceRecord<'network'>): boolean {
  const { fabrics = [], vsans = [] } = system.spec.scope;
  const { networkSystem, fabric, vsan } = network.spec;
  if (networkSystem !== system.urn) return false;
  if (vsan !== undefined && vsans.includes(vsan)) return true;
  const names = new Set(fabrics.map(foldName));
  return names.has(foldName(network.name)) || (fabric !== undefined && names.has(foldName(fabric)));
}

/** Nothing of it may be changed, whatever its mode. */
export function hasNoScope({ scope }: ResourceRecord<'networkSystem'>['spec']): boolean {
  return (scope.fabrics ?? []).length === 0 && (scope.vsans ?? []).length === 0;
}
