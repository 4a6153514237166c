/**
 * May this device be changed now, and this pool of it? Asked before every mutating call, on the record as it is then, with
 * the same meaning that the planner has (model/mode.ts).
 */
import { type DeviceRecord, deviceText, isDevice } from '../model/device-kinds.ts';
import { effectiveMode, inScope, networkInScope } from '../model/mode.ts';
import type { ResourceRecord } from '../model/record.ts';
import { RefusedError } from './types.ts';

/** Throws RefusedError. */
export function requireManaged(system: DeviceRecord, epoch: number): void {
  requireMode(system, epoch);
  // Of network systems each network is asked about, by itself.
  if (isDevice(system, 'storageSystem') && !system.spec.scope.pools?.length) {
    throw new RefusedError(
      'COPRHD-HELD-007',
      `storage system ${system.name} has no scope, so nothing on it may be changed`,
      'name the pools that may be changed in its scope',
    );
  }
}

/** `pool` is the pool's native id. Throws RefusedError. */
export function requireInScope(system: ResourceRecord<'storageSystem'>, pool: string): void {
  if (inScope(system, pool)) return;
  const pools = system.spec.scope.pools ?? [];
  throw new RefusedError(
    'COPRHD-HELD-007',
    `pool ${pool} of storage system ${system.name} is outside its scope (${pools.join(', ') || 'empty'})`,
    'add the pool to the scope of the storage system',
  );
}

/** May the zones of this network be changed? Throws RefusedError. */
export function requireNetworkInScope(
  system: ResourceRecord<'networkSystem'>,
  network: ResourceRecord<'network'>,
): void {
  if (networkInScope(system, network)) return;
  throw new RefusedError(
    'COPRHD-HELD-007',
    `network ${network.name} is outside the scope of network system ${system.name}`,
    'add it to the scope of the network system: scope: { fabrics: [...] }, or its VSAN',
  );
}

function requireMode(system: DeviceRecord, epoch: number): void {
  const mode = effectiveMode(system, epoch);
  if (mode === 'manage') return;
  throw new RefusedError(
    'COPRHD-HELD-006',
    `${deviceText(system)} is in mode ${mode}`,
    `set mode: manage and run coprhd device review ${system.name}`,
  );
}
