/**
 * May this device be changed now, and this pool of it? Asked before every mutating call, on the record as it is then, with
 * the same meaning that the planner has (model/mode.ts).
 */
import { effectiveMode, inScope } from '../model/mode.ts';
import type { ResourceRecord } from '../model/record.ts';
import { RefusedError } from './types.ts';

/** Throws RefusedError. */
export function requireManaged(system: ResourceRecord<'storageSystem'>, epoch: number): void {
  const mode = effectiveMode(system, epoch);
  if (mode !== 'manage') {
    throw new RefusedError(
      'COPRHD-HELD-006',
      `storage system ${system.name} is in mode ${mode}`,
      `set mode: manage and run coprhd device review ${system.name}`,
    );
  }
  if (!system.spec.scope.pools?.length) {
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
