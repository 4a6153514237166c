/** Zones as recorded against a fabric that was read whole, and what is saved on it against what is in effect. */
import { compareText } from '../../lib/compare-text.ts';
import type { PendingZone, ZoneObservation } from '../driver/network-contract.ts';
import type { Urn } from '../model/urn.ts';
import { driftOf, type ZoneDrift } from './drift.ts';
import { fabricIndex, zonesJoining } from './fabric-index.ts';
import { zonesJoiningAnyhow } from './in-effect.ts';
import { isAsRecorded, pendingEdits } from './pending.ts';
import { recordedIndex } from './recorded-index.ts';
import type { OurZone, ZoningContext } from './types.ts';

/** A path as it is recorded, by the WWPNs of its ends. */
export interface PathEnds {
  readonly mask: Urn;
  readonly initiator: string;
  readonly port: string;
}

export type PathsOfMask = (mask: Urn) => readonly PathEnds[];

export type ComparedState = ZoneDrift | 'foreign';

/** Ours, or another's through which paths of ours go: that one may be changed, as long as it joins what it did. */
export function stateOf(context: ZoningContext, zone: OurZone, pathsOf: PathsOfMask): ZoneDrift {
  if (!zone.existing) return driftOf(context, zone);
  const index = fabricIndex(context.seen);
  const found = index.zones.get(zone.zoneName);
  if (found?.defined === undefined || found.effective === undefined) return 'missing';
  const joins = ({ initiator, port }: PathEnds) => zonesJoining(index, initiator, port).includes(found);
  const ends = new Set(zone.members.map(({ portName }) => portName));
  const through = pathsOf(zone.mask).filter(({ initiator, port }) => ends.has(initiator) && ends.has(port));
  return through.every(joins) ? 'same' : 'changed';
}

export interface ForeignZone {
  readonly zone: ZoneObservation;
  readonly joins: readonly PathEnds[];
}

/** Neither made nor used by us, saved or in effect, and joining ends of paths of ours. In order of name. */
export function foreignZones(context: ZoningContext, paths: readonly PathEnds[]): readonly ForeignZone[] {
  const { ours, existing } = recordedIndex(context);
  const found = new Map<string, { readonly zone: ZoneObservation; readonly joins: PathEnds[] }>();
  for (const path of paths) {
    for (const zone of zonesJoiningAnyhow(context.seen, path.initiator, path.port)) {
      if (ours.has(zone.name) || existing.has(zone.name)) continue;
      const known = found.get(zone.name);
      if (known) known.joins.push(path);
      else found.set(zone.name, { zone, joins: [path] });
    }
  }
  return [...found.values()].sort((a, b) => compareText(a.zone.name, b.zone.name));
}

/** `whose`: ours = a zone of ours, saved as it is recorded. Switches don't say who saved what. */
export interface UnsavedZone extends PendingZone {
  readonly whose: 'ours' | 'others';
}

export interface Unsaved {
  readonly zones: readonly UnsavedZone[];
  /** With those that the switch left out. */
  readonly count: number;
}

/** Zones whose saved form isn't in effect: the next activation, anybody's, makes it so. */
export function unsavedZones(context: ZoningContext): Unsaved {
  const { listed, unlisted } = pendingEdits(context);
  const zones = listed.map(
    ({ name, change }): UnsavedZone => ({ name, change, whose: isAsRecorded(context, name) ? 'ours' : 'others' }),
  );
  return { zones, count: zones.length + unlisted };
}
