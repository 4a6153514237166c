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
import { activated, type Defined, fingerprintOf, type Snapshot, sameList, type Transaction } from './zoning.ts';

/** Zones that are saved or in effect, in order of name. */
export function zoneNames({ defined, effective }: Snapshot): string[] {
  return [...new Set([...defined.zones.keys(), ...(effective?.zones.keys() ?? [])])].sort();
}

/** Saved configurations by zone, each list sorted. */
function configurationsByZone({ cfgs }: Defined): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of [...cfgs.keys()].sort()) {
    for (const zone of cfgs.get(name)!) {
      const known = found.get(zone);
      if (known === undefined) found.set(zone, [name]);
      else known.push(name);
    }
  }
  return found;
}

export const configurationsOf = (defined: Defined, zone: string): readonly string[] =>
  configurationsByZone(defined).get(zone) ?? [];

/** Those that are there, in the order asked. */
export function zoneViews({ defined, effective }: Snapshot, names: readonly string[]): ZoneObservation[] {
  const configurations = configurationsByZone(defined);
  return names.flatMap((name): ZoneObservation[] => {
    const members = defined.zones.get(name)?.map(memberOf);
    const inEffect = effective?.zones.get(name)?.map(memberOf);
    if (members === undefined && inEffect === undefined) return [];
    const special = [...(members ?? []), ...(inEffect ?? [])].some(({ type }) => type === 'other');
    return [
      {
        name,
        kind: special ? 'other' : 'standard',
        ...(members ? { defined: members } : {}),
        configurations: configurations.get(name) ?? [],
        ...(inEffect ? { effective: inEffect } : {}),
      },
    ];
  });
}

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
  const all = activated(defined, effective.name).zones;
  return zoneNames(snapshot).flatMap((name): PendingZone[] => {
    const wanted = all.get(name);
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
