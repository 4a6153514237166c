/** Whether a delta was done, when its answer is lost: what is there now against what it says. */
import type { AliasObservation, ZoneMember, ZoneObservation, ZoneSpec } from '../driver/network-contract.ts';
import { sameMembers } from './device-form.ts';
import type { DeltaOfZones } from './types.ts';

/** `foreign`: something that the delta is about is neither as before nor as after it; somebody else was there. */
export type DeltaState = 'done' | 'not-done' | 'partial' | { readonly foreign: string };

type Aliases = ReadonlyMap<string, readonly ZoneMember[]>;
type Members = readonly ZoneMember[];

/** Undefined when an alias isn't known: then only that something is in effect can be told. */
function ports(members: Members, aliases: Aliases): Members | undefined {
  const found = members.map((member) => {
    if (member.type !== 'alias') return [member];
    const { role } = member;
    return aliases.get(member.alias)?.map((port) => (port.type === 'wwpn' && role ? { ...port, role } : port));
  });
  return found.includes(undefined) ? undefined : found.flatMap((list) => list ?? []);
}

/** In effect as these members say; undefined stands for not at all. */
function isInEffect(zone: ZoneObservation | undefined, members: Members | undefined, aliases: Aliases): boolean {
  if (members === undefined || zone?.effective === undefined) return members === zone?.effective;
  const wanted = ports(members, aliases);
  return wanted === undefined ? zone.effective.length === members.length : sameMembers(zone.effective, wanted);
}

interface Turn {
  readonly name: string;
  /** Undefined = not there. */
  readonly from: Members | undefined;
  readonly to: Members | undefined;
}

function stateOf({ name, from, to }: Turn, zone: ZoneObservation | undefined, aliases: Aliases): DeltaState {
  const isSaved = (members: Members | undefined) => sameMembers(zone?.defined, members);
  if (isSaved(to) && isInEffect(zone, to, aliases)) return 'done';
  if (isSaved(from) && isInEffect(zone, from, aliases)) return 'not-done';
  // Saved and not activated, or the reverse, by whoever was cut off between the two.
  const isKnown = (members: Members | undefined) => sameMembers(members, from) || sameMembers(members, to);
  const inEffectKnown = isInEffect(zone, from, aliases) || isInEffect(zone, to, aliases);
  if (isKnown(zone?.defined) && inEffectKnown) return 'partial';
  return { foreign: `zone ${name} is neither as it was nor as it was to be: somebody else changed it` };
}

function aliasState({ name, from, to }: Turn, aliases: Aliases): DeltaState {
  const members = aliases.get(name);
  if (sameMembers(members, to)) return 'done';
  if (sameMembers(members, from)) return 'not-done';
  return { foreign: `alias ${name} stands for something else: somebody else changed it` };
}

const isForeign = (state: DeltaState): state is { readonly foreign: string } => typeof state === 'object';

function all(states: readonly DeltaState[]): DeltaState {
  const foreign = states.find(isForeign);
  if (foreign) return foreign;
  const [first = 'done', ...rest] = states;
  return rest.every((state) => state === first) ? first : 'partial';
}

const made = ({ name, members }: ZoneSpec): Turn => ({ name, from: undefined, to: members });
const taken = ({ name, members }: ZoneSpec): Turn => ({ name, from: members, to: undefined });

/**
 * `zones`: the delta's, as read just now; those that aren't there are left out. `aliases`: all of the fabric, where they were
 * read. Aliases decide nothing by themselves while there are zones: another mask's delta may have made the same one.
 */
export function isDone(
  delta: DeltaOfZones,
  zones: readonly ZoneObservation[],
  aliases?: readonly AliasObservation[],
): DeltaState {
  const seen = new Map(zones.map((zone) => [zone.name, zone]));
  const seenAliases = new Map(aliases?.map(({ name, members }) => [name, members]));
  // Those that were to go stand for what the delta says, also when they are gone.
  const known = new Map([
    ...[...delta.addAliases, ...delta.removeAliases].map(({ name, members }) => [name, members] as const),
    ...seenAliases,
  ]);
  const turns = [...delta.add.map(made), ...delta.change, ...delta.remove.map(taken)];
  const ofZones = all(turns.map((turn) => stateOf(turn, seen.get(turn.name), known)));
  if (aliases === undefined || isForeign(ofZones)) return ofZones;
  const aliasTurns = [...delta.addAliases.map(made), ...delta.removeAliases.map(taken)];
  const ofAliases = all(aliasTurns.map((turn) => aliasState(turn, seenAliases)));
  if (turns.length === 0 || isForeign(ofAliases)) return ofAliases;
  return ofZones === 'done' && ofAliases !== 'done' ? 'partial' : ofZones;
}
