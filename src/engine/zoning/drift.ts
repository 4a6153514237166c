/** How zones of ours are on the fabric, compared with their records. Says something only of a fabric that was read whole. */

import { isSavedAs, portsOf, sameMembers, standsFor } from './device-form.ts';
import { fabricIndex, isSavedInEffect } from './fabric-index.ts';
import { isOurAlias } from './names.ts';
import { recordedIndex } from './recorded-index.ts';
import type { OurZone, ZoningContext } from './types.ts';

/**
 * `missing`: not saved in the configuration in effect, or not in effect; what is there of it is as recorded. `changed`: it has other members, or is of another kind, by somebody's hand.
 */
export type ZoneDrift = 'same' | 'missing' | 'changed';

/** With its aliases: those that are there, or that we make. Somebody else's that is gone, or stands for another, is not ours to make. */
export function canBeMadeAgain({ installation, seen }: ZoningContext, { members }: OurZone): boolean {
  const index = fabricIndex(seen);
  return members.every(
    (member) =>
      standsFor(index, member) ||
      (!index.names.has(member.alias!) && isOurAlias(installation, member.alias!, member.portName)),
  );
}

export function driftOf(context: ZoningContext, zone: OurZone): ZoneDrift {
  const index = fabricIndex(context.seen);
  const found = index.zones.get(zone.zoneName);
  if (found === undefined) return 'missing';
  const { kind, defined, effective } = found;
  if (kind !== zone.kind) return 'changed';
  if (defined !== undefined && !isSavedAs(index, zone, defined)) return 'changed';
  if (effective !== undefined && !sameMembers(effective, portsOf(zone.members))) return 'changed';
  return isSavedInEffect(context.seen, found) && effective !== undefined ? 'same' : 'missing';
}

/** Of every recorded zone that is ours, by name. */
export function zoneDrift(context: ZoningContext): ReadonlyMap<string, ZoneDrift> {
  return new Map([...recordedIndex(context).ours].map(([name, zone]) => [name, driftOf(context, zone)]));
}
