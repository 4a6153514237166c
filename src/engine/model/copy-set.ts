/** Full copies that were made together of a consistency group. */
import { foldName } from './address.ts';
import type { ResourceRecord } from './record.ts';

/** The same for all of a set: those that were made by one request know it; others are of snapshots of one set and moment. */
export function copySetKey(copy: ResourceRecord<'volume'>, { spec, status }: ResourceRecord<'snapshot'>): string {
  return copy.spec.copySet ?? `${foldName(spec.set)} ${status.device?.takenAtMs ?? ''}`;
}
