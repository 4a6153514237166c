/** From a snapshot to what the driver contract shows: zones, aliases, configurations, what is pending. */
import {
  type AliasObservation,
  type ConfigurationObservation,
  PENDING_ZONES_MAX,
  type PendingZone,
  type ZoneObservation,
  type ZoningObservation,
} from 'coprhd/driver';
import { memberOf } from './names.ts';
import { fingerprintOf, type Snapshot, sameList, type Transaction, wantedEffective } from './zoning.ts';

/** Zones that are saved or in effect, in order of name. */
export function zoneNames({ defined, effective }: Snapshot): string[] {
  return [...new Set([...defined.zones.keys(), ...(effective?.zones.keys() ?? [])])].sort();
}

/** Undefined = there is none of that name. */
export function zoneView(snapshot: Snapshot, name: string): ZoneObservation | undefined {
  const members = snapshot.defined.zones.get(name)?.map(memberOf);
  const inEffect = snapshot.effective?.zones.get(name)?.map(memberOf);
  if (members === undefined && inEffect === undefined) return undefined;
  const special = [...(members ?? []), ...(inEffect ?? [])].some(({ type }) => type === 'other');
  return {
    name,
    kind: special ? 'other' : 'standard',
    ...(members ? { defined: members } : {}),
    configurations: configurationsOf(snapshot, name),
    ...(inEffect ? { effective: inEffect } : {}),
  };
}

export function configurationsOf({ defined }: Pick<Snapshot, 'defined'>, zone: string): string[] {
  return [...defined.cfgs].flatMap(([name, zones]) => (zones.includes(zone) ? [name] : [])).sort();
}

export const zoneViews = (snapshot: Snapshot, names: readonly string[]): ZoneObservation[] =>
  names.flatMap((name) => zoneView(snapshot, name) ?? []);

export function aliasViews({ defined }: Snapshot): AliasObservation[] {
  return [...defined.aliases.keys()].sort().map((name) => ({
    name,
    members: defined.aliases.get(name)!.map(memberOf),
  }));
}

export function configurationViews({ defined, effective }: Snapshot): ConfigurationObservation[] {
  return [...defined.cfgs.keys()].sort().map((name) => ({
    name,
    zones: defined.cfgs.get(name)!.length,
    effective: name === effective?.name,
  }));
}

/** Zones whose saved form isn't in effect, in order of name. */
export function pendingZones(snapshot: Snapshot): PendingZone[] {
  const { defined, effective } = snapshot;
  if (effective === undefined) return [];
  return zoneNames(snapshot).flatMap((name): PendingZone[] => {
    const wanted = wantedEffective(defined, effective.name, name);
    const now = effective.zones.get(name);
    if (sameList(wanted, now)) return [];
    return [{ name, change: now === undefined ? 'add' : wanted === undefined ? 'remove' : 'change' }];
  });
}

/** Switches don't say whose a transaction is: its number is all that names its holder. */
export const holderOf = ({ token, abortable }: Transaction): string =>
  `zoning transaction ${token}${abortable ? '' : ', which is being committed'}`;

export function zoningView(snapshot: Snapshot): ZoningObservation {
  const { effective, transaction, defaultZone, databaseBytes, databaseBytesMax } = snapshot;
  const pending = pendingZones(snapshot);
  return {
    fingerprint: fingerprintOf(snapshot),
    defaultZone,
    ...(effective === undefined ? {} : { effectiveConfiguration: effective.name }),
    ...(transaction === undefined ? {} : { transaction: { owner: holderOf(transaction) } }),
    pending: pending.slice(0, PENDING_ZONES_MAX),
    pendingCount: pending.length,
    databaseBytes,
    databaseBytesMax,
  };
}
