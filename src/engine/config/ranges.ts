/**
 * Name ranges: `data-{01..08}` stands for eight names. As keys they declare several resources, in lists of references
 * they name several. Pure; who calls knows where the text stands and complains there.
 */
import { LIMITS } from '../../lib/limits.ts';
import { NAME_PATTERN } from '../model/address.ts';

export interface ExpandedName {
  readonly name: string;
  /** The range's value as written, zeros included; undefined where the name isn't a range. */
  readonly value?: string;
}

export type Expansion =
  | { readonly ok: true; readonly names: readonly ExpandedName[] }
  | { readonly ok: false; readonly summary: string; readonly fix: string };

const RANGE = /^([^{}]*)\{(\d+)\.\.(\d+)\}([^{}]*)$/;
const RANGE_FORM = 'A range is two whole numbers: "data-{1..8}", or "data-{01..08}" for names with zeros.';
const NAME_FORM = `A name has 1 to ${LIMITS.nameLengthMax} of the characters A-Z a-z 0-9 _ . -`;

/** One name, or all that a range stands for, each a valid name. */
export function expandName(text: string): Expansion {
  if (!/[{}]/.test(text)) {
    if (NAME_PATTERN.test(text)) return { ok: true, names: [{ name: text }] };
    return { ok: false, summary: `${JSON.stringify(text)} is not a valid name`, fix: NAME_FORM };
  }
  const refuse = (why: string, fix = RANGE_FORM): Expansion => ({
    ok: false,
    summary: `the name range ${JSON.stringify(text)} ${why}`,
    fix,
  });
  if ((text.match(/\{/g) ?? []).length > 1) {
    return refuse('has several braces', 'One range a name is allowed; write the others out.');
  }
  const match = RANGE.exec(text);
  if (!match) return refuse('is malformed');
  const [, before, first, last, after] = match as unknown as [string, string, string, string, string];
  const [from, to] = [Number(first), Number(last)];
  if (from > to)
    return refuse('counts down', `Write the smaller number first: "${before}{${last}..${first}}${after}".`);
  if (to - from >= LIMITS.rangeExpansionMax || !Number.isSafeInteger(to)) {
    return refuse('is too long', `A range stands for at most ${LIMITS.rangeExpansionMax} names.`);
  }
  const padded = (first.length > 1 && first.startsWith('0')) || (last.length > 1 && last.startsWith('0'));
  if (padded && first.length !== last.length) {
    const width = Math.max(first.length, last.length);
    const same = `{${first.padStart(width, '0')}..${last.padStart(width, '0')}}`;
    return refuse('has ends of different width', `Write as many digits at both ends: "${before}${same}${after}".`);
  }
  const nameOf = (value: string) => `${before}${value}${after}`;
  for (const end of [first, last]) {
    if (!NAME_PATTERN.test(nameOf(end))) return refuse('makes names that are not valid', NAME_FORM);
  }
  const names = Array.from({ length: to - from + 1 }, (_, index) => {
    const value = padded ? String(from + index).padStart(first.length, '0') : String(from + index);
    return { name: nameOf(value), value };
  });
  return { ok: true, names };
}
