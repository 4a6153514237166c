/**
 * `forEach` on a resource: one resource for each entry of a map, or of a list of names. Entries are told apart by their
 * keys, never by their place, so that taking one out does not change the others.
 */
import { LIMITS } from '../../lib/limits.ts';
import { foldName } from '../model/address.ts';
import { type Complaint, type Path, shown } from './complaints.ts';
import type { Each } from './placeholders.ts';

const FORM = 'Write a list of names, or a map from names to values: forEach: { a: { size: 1GiB } }.';

type Complain = (complaint: Omit<Complaint, 'span'>, path: Path) => void;

/** Undefined when it was complained about. */
export function readForEach(value: unknown, complain: Complain): readonly Each[] | undefined {
  const refuse = (summary: string, fix = FORM, path: Path = []): undefined => {
    complain({ code: 'COPRHD-CONFIG-004', summary: `forEach: ${summary}`, fix }, path);
  };
  if (value === null || typeof value !== 'object') return refuse(`a list or a map is wanted, not ${shown(value)}`);
  const entries = Array.isArray(value)
    ? value.map((item, index) => ({ key: item as unknown, value: item as unknown, at: index as string | number }))
    : Object.entries(value).map(([key, inner]) => ({ key: key as unknown, value: inner as unknown, at: key }));
  if (entries.length > LIMITS.rangeExpansionMax) return refuse(`at most ${LIMITS.rangeExpansionMax} entries`);
  const seen = new Map<string, string | number>();
  let wrong = false;
  for (const { key, at } of entries) {
    if (typeof key !== 'string' && typeof key !== 'number') {
      const why = 'Its place would name the resource, and taking out another entry would rename it.';
      complain(
        { code: 'COPRHD-CONFIG-004', summary: `forEach: ${shown(key)} in a list has no name`, detail: why, fix: FORM },
        [at],
      );
      wrong = true;
    } else if (seen.has(foldName(String(key)))) {
      refuse(`"${key}" is in it twice`, 'Remove one; names are unique ignoring case.', [at]);
      wrong = true;
    } else seen.set(foldName(String(key)), at);
  }
  if (wrong) return undefined;
  // In a list the value is the name, text like the key.
  const isList = Array.isArray(value);
  return entries.map(({ key, value: inner }) => ({ key: String(key), value: isList ? String(key) : inner }));
}
