/**
 * Edits as command lines. The only place where a line that changes something is put together; every name and member in it has
 * passed names.ts, and stands in double quotes. A line is kept shorter than any version and any terminal breaks it.
 */
import type { Edit } from '../model/edits.ts';
import { checkName, memberOf, memberText } from '../model/names.ts';

const LINE_CHARS_MAX = 900;
const NOUN = { alias: 'ali', zone: 'zone', cfg: 'cfg' } as const;

const sendable = (object: Edit['object'], member: string): string =>
  object === 'cfg' ? checkName(member) : memberText(memberOf(member));

/** So many at once that the line stays short. */
function chunks(members: readonly string[], room: number): string[][] {
  const parts: string[][] = [];
  let left = 0;
  for (const member of members) {
    if (left < member.length + 1) {
      parts.push([]);
      left = room;
    }
    parts.at(-1)!.push(member);
    left -= member.length + 1;
  }
  return parts;
}

/** As edits of one line each. */
export function partsOf(edit: Edit): Edit[] {
  if (edit.verb === 'delete') return [edit];
  const parts = chunks(edit.members, LINE_CHARS_MAX - edit.name.length - 24);
  return parts.map((members, at) => {
    const verb = edit.verb === 'create' && at > 0 ? 'add' : edit.verb;
    return { ...edit, verb, members };
  });
}

/** Of an edit of one line. */
export function commandOf({ verb, object, name, members }: Edit): string {
  const noun = NOUN[object];
  checkName(name);
  if (verb === 'delete') return `${noun}delete "${name}"`;
  return `${noun}${verb} "${name}","${members.map((member) => sendable(object, member)).join(';')}"`;
}
