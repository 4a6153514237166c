/**
 * Commands that make one full database of another. What is added comes before what is taken away; nothing that is equal in
 * both is named. Undoing is the same from the database as it is to the one before, for our own names only.
 */
import { type Full, keysOf, memberKey, type Zone } from './zoning.ts';

/** Commands that are sent one after the other; the first opens a mode of its own in which the others are. */
export interface Edit {
  readonly head: string;
  /** The mode that the head opens; undefined: it stays in `config`. */
  readonly mode?: 'config-zone' | 'config-zoneset' | 'config-fcalias';
  readonly lines: readonly string[];
}

/** Names that may be touched. */
export interface Own {
  readonly zones: ReadonlySet<string>;
  readonly aliases: ReadonlySet<string>;
}

export function editsBetween(vsan: number, from: Full, to: Full, own: Own): Edit[] {
  const zones = [...own.zones].sort();
  const aliases = [...own.aliases].sort();
  return [
    ...aliases.flatMap((name) => group('fcalias', vsan, from.aliases.get(name), to.aliases.get(name))),
    ...zones.flatMap((name) => group('zone', vsan, from.zones.get(name), to.zones.get(name))),
    ...zonesetEdits(vsan, from, to, own),
    ...zones.filter((name) => isGone(name, from.zones, to.zones)).map((name) => removal('zone', vsan, name)),
    ...aliases.filter((name) => isGone(name, from.aliases, to.aliases)).map((name) => removal('fcalias', vsan, name)),
  ];
}

const isGone = (name: string, from: ReadonlyMap<string, Zone>, to: ReadonlyMap<string, Zone>): boolean =>
  from.has(name) && !to.has(name);

const removal = (kind: string, vsan: number, name: string): Edit => ({
  head: `no ${kind} name ${name} vsan ${vsan}`,
  lines: [],
});

function group(kind: 'zone' | 'fcalias', vsan: number, was: Zone | undefined, will: Zone | undefined): Edit[] {
  if (!will) return [];
  const before = new Set(keysOf(was?.members ?? []));
  const after = new Set(keysOf(will.members));
  const added = will.members.filter((member) => !before.has(memberKey(member)));
  const removed = (was?.members ?? []).filter((member) => !after.has(memberKey(member)));
  if (was && added.length + removed.length === 0) return [];
  const lines = [
    ...added.map((member) => `member ${will.forms.get(memberKey(member))}`),
    ...removed.map((member) => `no member ${was!.forms.get(memberKey(member))}`),
  ];
  return [{ head: `${kind} name ${will.name} vsan ${vsan}`, mode: `config-${kind}`, lines }];
}

function zonesetEdits(vsan: number, from: Full, to: Full, own: Own): Edit[] {
  const edits: Edit[] = [];
  for (const name of [...new Set([...from.zonesets.keys(), ...to.zonesets.keys()])].sort()) {
    const [was, will] = [from.zonesets.get(name), to.zonesets.get(name)];
    const added = ownOf(own, will).filter((zone) => !was?.has(zone));
    const removed = ownOf(own, was).filter((zone) => !will?.has(zone));
    const isOursAlone = will === undefined && ownOf(own, was).length === (was?.size ?? 0);
    if (isOursAlone) edits.push(removal('zoneset', vsan, name));
    else if (added.length + removed.length > 0) {
      const lines = [...added.map((zone) => `member ${zone}`), ...removed.map((zone) => `no member ${zone}`)];
      edits.push({ head: `zoneset name ${name} vsan ${vsan}`, mode: 'config-zoneset', lines });
    }
  }
  return edits;
}

const ownOf = ({ zones }: Own, all: ReadonlySet<string> = new Set()): string[] =>
  [...all].filter((name) => zones.has(name)).sort();
