/** The zones that are recorded in a network by what is asked for, made once for each list of them. */
import type { OurZone, ZoningContext } from './types.ts';

export interface RecordedIndex {
  /** Made by us, by name. */
  readonly ours: ReadonlyMap<string, OurZone>;
  /** Of others, through which paths of ours go. */
  readonly existing: ReadonlySet<string>;
  /** Names of our zones that name the alias. */
  readonly zonesNaming: ReadonlyMap<string, readonly string[]>;
}

const INDEXES = new WeakMap<readonly OurZone[], RecordedIndex>();

export function recordedIndex({ recorded: zones }: Pick<ZoningContext, 'recorded'>): RecordedIndex {
  const known = INDEXES.get(zones);
  if (known) return known;
  const ours = new Map<string, OurZone>();
  const existing = new Set<string>();
  const zonesNaming = new Map<string, string[]>();
  for (const zone of zones) {
    if (zone.existing) {
      existing.add(zone.zoneName);
      continue;
    }
    ours.set(zone.zoneName, zone);
    for (const { alias } of zone.members) {
      if (alias === undefined) continue;
      const list = zonesNaming.get(alias);
      if (list === undefined) zonesNaming.set(alias, [zone.zoneName]);
      else list.push(zone.zoneName);
    }
  }
  const index = { ours, existing, zonesNaming };
  INDEXES.set(zones, index);
  return index;
}
