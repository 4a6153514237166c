/**
 * Edits of the saved zoning, as small as one command of a switch, and what they do. Each has an inverse, so that what was
 * done can be taken back without touching anything else.
 */
import { memberSet } from './names.ts';
import type { Defined, Lists } from './zoning.ts';

export type EditedObject = 'alias' | 'zone' | 'cfg';

/** `members`: of `delete`, all that it has, so that it can be made again. */
export interface Edit {
  readonly verb: 'create' | 'add' | 'remove' | 'delete';
  readonly object: EditedObject;
  readonly name: string;
  readonly members: readonly string[];
}

const INVERSE = { create: 'delete', delete: 'create', add: 'remove', remove: 'add' } as const;
const PLACE = { alias: 'aliases', zone: 'zones', cfg: 'cfgs' } as const;

/** In the order in which they undo these. */
export const inverseOf = (edits: readonly Edit[]): Edit[] =>
  [...edits].reverse().map((edit) => ({ ...edit, verb: INVERSE[edit.verb] }));

export const listOf = (defined: Defined, { object, name }: Pick<Edit, 'object' | 'name'>): readonly string[] =>
  defined[PLACE[object]].get(name) ?? [];

function editedList(lists: Lists, { verb, name, members }: Edit): Lists {
  const after = new Map(lists);
  const before = lists.get(name) ?? [];
  if (verb === 'delete') after.delete(name);
  else if (verb === 'remove') {
    after.set(
      name,
      before.filter((member) => !members.includes(member)),
    );
  } else after.set(name, memberSet([...(verb === 'add' ? before : []), ...members]));
  return after;
}

/** Pure: what the switch has to show after the edit. */
export function edited(defined: Defined, edit: Edit): Defined {
  const place = PLACE[edit.object];
  return { ...defined, [place]: editedList(defined[place], edit) };
}

/** `done` and one more. Parts of one edit are kept as one. */
export function withEdit(done: readonly Edit[], edit: Edit): readonly Edit[] {
  const last = done.at(-1);
  if (last?.object !== edit.object || last.name !== edit.name) return [...done, edit];
  const continues = last.verb === edit.verb || (last.verb === 'create' && edit.verb === 'add');
  if (!continues) return [...done, edit];
  return [...done.slice(0, -1), { ...last, members: memberSet([...last.members, ...edit.members]) }];
}

export const allEdited = (defined: Defined, edits: readonly Edit[]): Defined => edits.reduce(edited, defined);

/** For people: `zone a, zone b`. */
export const namesOf = (edits: readonly Edit[]): string =>
  [...new Set(edits.map(({ object, name }) => `${object} ${name}`))].join(', ');
