/**
 * Paths that zones of others open already. Such a zone is recorded as existing, with those of its members that paths of ours
 * go through, and is never changed or removed; which one of several is taken is CoprHD's order.
 */
import { compareText } from '../../lib/compare-text.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { ZoneObservation } from '../driver/network-contract.ts';
import type { RecordedZoneMember } from '../model/specs.ts';
import { isReadWhole } from './checks.ts';
import { portsOf } from './device-form.ts';
import { fabricIndex, reach, zonesJoining } from './fabric-index.ts';
import { recordedIndex } from './recorded-index.ts';
import type { MaskPaths, OurZone, ZonedPath, ZoningContext } from './types.ts';

export interface Reused {
  readonly zones: readonly OurZone[];
  /** Paths that have to be zoned. */
  readonly rest: readonly ZonedPath[];
}

/** What is taken of a zone: its kind, and the role of a member. */
interface Found {
  readonly name: string;
  readonly kind: OurZone['kind'];
  roleOf(wwpn: string): RecordedZoneMember['role'];
}

const foundOnFabric = ({ name, kind, effective = [] }: ZoneObservation): Found => ({
  name,
  kind,
  roleOf: (wwpn) =>
    effective.flatMap((member) => (member.type === 'wwpn' && member.wwpn === wwpn ? [member] : []))[0]?.role,
});

const foundInRecord = ({ zoneName, kind, members }: OurZone): Found => ({
  name: zoneName,
  kind,
  roleOf: (wwpn) => members.find(({ portName }) => portName === wwpn)?.role,
});

/**
 * Recorded for this mask with both ends of the path; recorded for it; recorded for another one; of exactly two members; of equal
 * ones the last by name.
 */
function rankOf(
  zone: ZoneObservation,
  { initiator, port }: ZonedPath,
  mine: ReadonlyMap<string, OurZone>,
  recorded: ReadonlySet<string>,
): number {
  const own = mine.get(zone.name);
  const isIn = (end: string) => own?.members.some(({ portName }) => portName === end) ?? false;
  if (own) return isIn(initiator) && isIn(port) ? 0 : 1;
  if (recorded.has(zone.name)) return 2;
  return zone.effective?.length === 2 ? 3 : 4;
}

function candidates(context: ZoningContext, before: readonly OurZone[]): (path: ZonedPath) => readonly Found[] {
  if (!isReadWhole(context)) {
    return ({ initiator, port }) =>
      before.filter(({ kind, members }) => reach(kind, portsOf(members), initiator, port)).map(foundInRecord);
  }
  const index = fabricIndex(context.seen);
  const { ours, existing } = recordedIndex(context);
  const mine = new Map(before.map((zone) => [zone.zoneName, zone]));
  return (path) =>
    zonesJoining(index, path.initiator, path.port)
      .filter(({ name }) => !ours.has(name))
      .map((zone) => ({ zone, rank: rankOf(zone, path, mine, existing) }))
      .sort((a, b) => a.rank - b.rank || compareText(b.zone.name, a.zone.name))
      .map(({ zone }) => foundOnFabric(zone));
}

/** `before`: the existing ones that are recorded for the mask. */
export function reused(
  context: ZoningContext,
  before: readonly OurZone[],
  mask: MaskPaths | undefined,
  paths: readonly ZonedPath[],
): Reused {
  const candidatesFor = candidates(context, before);
  const taken = new Map<string, { readonly found: Found; readonly ends: Set<string> }>();
  const rest: ZonedPath[] = [];
  for (const path of paths) {
    const ends = [path.initiator, path.port];
    // More would not fit into the record.
    const fits = ({ name }: Found) =>
      new Set([...(taken.get(name)?.ends ?? []), ...ends]).size <= LIMITS.zoneMembersMax;
    const found = candidatesFor(path).find(fits);
    if (found === undefined) {
      rest.push(path);
      continue;
    }
    const known = taken.get(found.name) ?? { found, ends: new Set<string>() };
    for (const end of ends) known.ends.add(end);
    taken.set(found.name, known);
  }
  const zones = [...taken.values()].map(
    ({ found, ends }): OurZone => ({
      mask: mask!.mask,
      zoneName: found.name,
      kind: found.kind,
      members: [...ends].sort(compareText).map((portName) => {
        const role = found.roleOf(portName);
        return { portName, ...(role === undefined ? {} : { role }) };
      }),
      existing: true,
    }),
  );
  return { zones, rest };
}
