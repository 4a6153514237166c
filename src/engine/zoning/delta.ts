/** From zones of masks to what is sent to the device, its inverse, and several in one activation. */
import { sameJson } from '../../lib/canonical-json.ts';
import { compareText } from '../../lib/compare-text.ts';
import type { ZoneSpec } from '../driver/network-contract.ts';
import type { RecordedZoneMember } from '../model/specs.ts';
import { aliasSpec, deviceMembers, kindOf, zoneSpec } from './device-form.ts';
import { fabricIndex } from './fabric-index.ts';
import { isOurAlias } from './names.ts';
import { recordedIndex } from './recorded-index.ts';
import type { DeltaOfZones, MaskZones, OurZone, ZoningContext } from './types.ts';

export const EMPTY_DELTA: DeltaOfZones = { addAliases: [], removeAliases: [], add: [], change: [], remove: [] };

type Named = { readonly name: string };
const byName = (a: Named, b: Named): number => compareText(a.name, b.name);
const ofOurs = (zones: readonly OurZone[]): OurZone[] => zones.filter(({ existing }) => !existing);

export const isEmptyDelta = (delta: DeltaOfZones): boolean => Object.values(delta).every((list) => list.length === 0);

/** Several masks as one: aliases that they share go with the last of them. */
export function together(masks: readonly MaskZones[]): MaskZones {
  return {
    keep: masks.flatMap(({ keep }) => keep),
    repair: masks.flatMap(({ repair }) => repair),
    add: masks.flatMap(({ add }) => add),
    change: masks.flatMap(({ change }) => change),
    remove: masks.flatMap(({ remove }) => remove),
  };
}

/** That these zones name. */
export const aliasNamesOf = (zones: readonly OurZone[]): string[] =>
  zones.flatMap(({ members }) => members.flatMap(({ alias }) => alias ?? []));

/** By alias, of members that have one. */
const aliasesOf = (members: readonly RecordedZoneMember[]): Map<string, string> =>
  new Map(members.flatMap(({ alias, portName }) => (alias === undefined ? [] : [[alias, portName] as const])));

/**
 * Ours that no zone names afterwards: no recorded or planned one, and no other on the fabric, where somebody may use an alias
 * that we made.
 */
function unusedAliases(
  context: ZoningContext,
  gone: readonly OurZone[],
  stayingMembers: readonly RecordedZoneMember[],
): ZoneSpec[] {
  const index = fabricIndex(context.seen);
  const recorded = recordedIndex(context);
  const goneNames = new Set(gone.map(({ zoneName }) => zoneName));
  const named = aliasesOf(stayingMembers);
  const isUsed = (alias: string) =>
    named.has(alias) ||
    context.plannedAliases?.has(alias) ||
    [...(recorded.zonesNaming.get(alias) ?? []), ...(index.zonesNaming.get(alias) ?? [])].some(
      (zone) => !goneNames.has(zone) && !context.ending?.has(zone),
    );
  return [...aliasesOf(gone.flatMap(({ members }) => members))]
    .filter(
      ([alias, wwpn]) => index.aliasesOf.get(wwpn)?.includes(alias) && isOurAlias(context.installation, alias, wwpn),
    )
    .filter(([alias]) => !isUsed(alias))
    .map(([alias, wwpn]) => aliasSpec(alias, wwpn));
}

/**
 * Of one mask, or of several (`together`). A zone that has to be there and isn't saved is added, also where its record says
 * that it is changed; one to be removed that isn't there takes nothing. Zones of others are in none of it.
 */
export function deltaOf(zones: MaskZones, context: ZoningContext): DeltaOfZones {
  const index = fabricIndex(context.seen);
  const isSaved = ({ zoneName }: OurZone) => index.zones.get(zoneName)?.defined !== undefined;
  const changes = zones.change.filter(({ to }) => !to.existing);
  const remade = changes.filter(({ from }) => !isSaved(from)).map(({ to }) => to);
  const added = [...ofOurs(zones.add), ...ofOurs(zones.repair), ...remade];
  const changed = changes.filter(({ from }) => isSaved(from));
  const removed = ofOurs(zones.remove);
  const wantedMembers = [...added, ...changed.map(({ to }) => to)].flatMap(({ members }) => members);
  const newAliases = [...aliasesOf(wantedMembers)].filter(([alias]) => !index.aliases.has(alias));
  const gone = [...removed, ...changes.map(({ from }) => from)];
  return {
    addAliases: newAliases.map(([alias, wwpn]) => aliasSpec(alias, wwpn)).sort(byName),
    removeAliases: unusedAliases(context, gone, wantedMembers).sort(byName),
    add: added.map(zoneSpec).sort(byName),
    change: changed
      .map(({ from, to }) => ({
        name: to.zoneName,
        ...kindOf(to),
        from: deviceMembers(from.members),
        to: deviceMembers(to.members),
      }))
      .sort(byName),
    remove: removed
      .filter(({ zoneName }) => index.zones.has(zoneName))
      .map(zoneSpec)
      .sort(byName),
  };
}

/** Exactly back. An alias that another mask's zone names by now can't go: the step then leaves it (workflow/steps/zones.ts). */
export function inverseDelta(delta: DeltaOfZones): DeltaOfZones {
  return {
    addAliases: delta.removeAliases,
    removeAliases: delta.addAliases,
    add: delta.remove,
    change: delta.change.map(({ from, to, ...zone }) => ({ ...zone, from: to, to: from })),
    remove: delta.add,
  };
}

/** Each name once; undefined when two say different things of one. */
function merged<T extends Named>(lists: readonly (readonly T[])[]): T[] | undefined {
  const all = new Map<string, T>();
  for (const item of lists.flat()) {
    const known = all.get(item.name);
    if (known !== undefined && !sameJson(known, item)) return undefined;
    all.set(item.name, item);
  }
  return [...all.values()].sort(byName);
}

const shareNone = (...lists: readonly (readonly Named[])[]): boolean => {
  const names = lists.flat().map(({ name }) => name);
  return new Set(names).size === names.length;
};

/**
 * Deltas of several masks on one fabric as one, which does what they do one after the other. Undefined when they conflict (a
 * zone or alias of which two say different things, an alias that one removes and another names): they can't be one
 * activation then.
 */
export function mergeDeltas(deltas: readonly DeltaOfZones[]): DeltaOfZones | undefined {
  const addAliases = merged(deltas.map((delta) => delta.addAliases));
  const removeAliases = merged(deltas.map((delta) => delta.removeAliases));
  const add = merged(deltas.map((delta) => delta.add));
  const change = merged(deltas.map((delta) => delta.change));
  const remove = merged(deltas.map((delta) => delta.remove));
  if (!addAliases || !removeAliases || !add || !change || !remove) return undefined;
  if (!shareNone(add, change, remove) || !shareNone(addAliases, removeAliases)) return undefined;
  const goes = new Set(removeAliases.map(({ name }) => name));
  const members = [...add.flatMap((zone) => zone.members), ...change.flatMap(({ to }) => to)];
  if (members.some((member) => member.type === 'alias' && goes.has(member.alias))) return undefined;
  return { addAliases, removeAliases, add, change, remove };
}
