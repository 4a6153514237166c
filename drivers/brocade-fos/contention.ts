/**
 * Two that began in the same moment on a switch whose sessions share one transaction: both see both's edits. Whose first
 * name comes later gives way at once; the other one looks again a few times, for a person may be there who doesn't.
 */
import type { Edit } from './model/edits.ts';
import { type Defined, type Lists, sameList } from './model/zoning.ts';

/** Looks at a transaction in which somebody else edits, before it is given up. Each takes several commands. */
export const LOOKS_MAX = 8;

function differing(a: Lists, b: Lists): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => !sameList(a.get(name), b.get(name)));
}

const first = (names: readonly string[]): string | undefined => [...names].sort()[0];

/** True when it is the other one who should give way. Configurations don't count: both may be editing the same. */
export function goesFirst(done: readonly Edit[], expected: Defined, shown: Defined): boolean {
  const ours = first(done.flatMap(({ object, name }) => (object === 'cfg' ? [] : [name])));
  const theirs = first([...differing(expected.zones, shown.zones), ...differing(expected.aliases, shown.aliases)]);
  return ours !== undefined && theirs !== undefined && ours < theirs;
}
