/**
 * Registration, as CoprHD has it: what is deregistered gets nothing new (no volumes in a pool or on a system, no new masks on a
 * port) and keeps what it has. Asked by placement, by the choice of ports, before a commit, and by whoever lists.
 */
import { isoTime } from '../../lib/clock.ts';
import type { DeviceKind } from './device-kinds.ts';
import type { ResourceRecord } from './record.ts';

export type RegistrationStatus = 'REGISTERED' | 'UNREGISTERED';
export type RegisteredKind = DeviceKind | 'pool' | 'port';

type Registered = ResourceRecord<RegisteredKind>;

export const registrationStatus = ({ spec }: Registered): RegistrationStatus =>
  spec.deregistered ? 'UNREGISTERED' : 'REGISTERED';

/** `pool fast of array-1 was deregistered by ada at 2026-...: to be emptied`; undefined when it is registered. */
export function deregisteredWhy(what: string, { spec }: Registered): string | undefined {
  if (!spec.deregistered) return undefined;
  const { by, atMs, why } = spec.deregistered;
  return `${what} was deregistered by ${by} at ${isoTime(atMs)}${why === undefined ? '' : `: ${why}`}`;
}

/** Why a pool gets no new volumes: its system's fact first. */
export function poolDeregisteredWhy(
  system: ResourceRecord<'storageSystem'>,
  pool: ResourceRecord<'pool'>,
): string | undefined {
  return deregisteredWhy(system.name, system) ?? deregisteredWhy(`pool ${pool.name} of ${system.name}`, pool);
}
