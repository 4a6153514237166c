/**
 * `show zone vsan N`, `show zoneset [active] vsan N`, `show fcalias vsan N`: blocks under `zone name X vsan N` and the like.
 * Nothing in the text says how many there are; who asks holds the counts of `show zone status` against them.
 */
import { answerLines } from './answer.ts';
import { parseMember, type ShownMember } from './members.ts';
import { surprise } from './surprise.ts';

/** A zone, or an alias. */
export interface ShownGroup {
  readonly name: string;
  readonly members: readonly ShownMember[];
  /** `attribute ...` lines and what stands behind the name: what makes a zone other than standard. */
  readonly attributes: readonly string[];
}

export interface ShownZoneset {
  readonly name: string;
  readonly zones: readonly ShownGroup[];
}

interface DraftGroup {
  readonly name: string;
  readonly members: ShownMember[];
  readonly attributes: string[];
  /** Indentation of the alias whose members may follow. */
  aliasIndent?: number | undefined;
}

const HEAD = /^\s*(zoneset|zone|fcalias) name (\S+) vsan (\d+)\s*(.*)$/;
const NONE = /^\s*(?:zone|zoneset|fcalias|alias|% ?no zone)\b.* not (?:present|configured)\.?$/i;

const indentOf = (line: string): number => line.length - line.trimStart().length;

export function parseZones(text: string, what = 'show zone'): ShownGroup[] {
  return parseGroups(text, what, 'zone');
}

export function parseAliases(text: string, what = 'show fcalias'): ShownGroup[] {
  return parseGroups(text, what, 'fcalias');
}

function parseGroups(text: string, what: string, kind: 'zone' | 'fcalias'): ShownGroup[] {
  const groups: DraftGroup[] = [];
  for (const line of contents(what, text)) {
    const head = HEAD.exec(line);
    if (head?.[1] === kind) groups.push(newGroup(head));
    else readLine(groups.at(-1), line, what, text);
  }
  return groups.map(finished);
}

export function parseZonesets(text: string, what = 'show zoneset'): ShownZoneset[] {
  const sets: { name: string; zones: DraftGroup[] }[] = [];
  for (const line of contents(what, text)) {
    const head = HEAD.exec(line);
    if (head?.[1] === 'zoneset') {
      if (head[4] !== '') throw surprise(what, text, line);
      sets.push({ name: head[2]!, zones: [] });
    } else if (head?.[1] === 'zone') {
      const set = sets.at(-1);
      if (!set) throw surprise(what, text, line);
      set.zones.push(newGroup(head));
    } else readLine(sets.at(-1)?.zones.at(-1), line, what, text);
  }
  return sets.map(({ name, zones }) => ({ name, zones: zones.map(finished) }));
}

/** Lines that say something; none when the device says that there is nothing. */
function contents(what: string, text: string): string[] {
  const lines = answerLines(what, text).filter((line) => line !== '');
  return lines.length === 1 && NONE.test(lines[0]!) ? [] : lines;
}

function newGroup(head: RegExpExecArray): DraftGroup {
  return { name: head[2]!, members: [], attributes: head[4] === '' ? [] : [head[4]!] };
}

function readLine(group: DraftGroup | undefined, line: string, what: string, text: string): void {
  if (!group) throw surprise(what, text, line);
  const attribute = /^\s*(attribute(?:-group)? .+)$/.exec(line);
  if (attribute) {
    group.attributes.push(attribute[1]!);
    return;
  }
  const member = parseMember(line);
  if (!member) throw surprise(what, text, line);
  if (group.aliasIndent !== undefined && indentOf(line) > group.aliasIndent) {
    const alias = group.members.pop()!;
    group.members.push({ ...alias, members: [...(alias.members ?? []), member] });
    return;
  }
  group.aliasIndent = member.kind === 'fcalias' ? indentOf(line) : undefined;
  group.members.push(member);
}

const finished = ({ name, members, attributes }: DraftGroup): ShownGroup => ({ name, members, attributes });
