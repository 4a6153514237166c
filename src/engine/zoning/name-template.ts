/**
 * Templates of names, in CoprHD's notation: text, and variables in braces with functions behind a dot, as in
 * `SDS_{hostName.FIRST(32)}_{hbaPortWwn.LAST(12)}`. CoprHD's own spelling of variables (`host_name`) is understood too.
 */
import { LIMITS } from '../../lib/limits.ts';

export const NAME_VARIABLES = [
  'hostName',
  'hbaPortWwn',
  'arrayName',
  'arraySerialNumber',
  'arrayPortName',
  'arrayPortWwn',
  'networkName',
] as const;
export type NameVariable = (typeof NAME_VARIABLES)[number];
/** Absent = nothing: a zone of many ports has no name of one. */
export type NameVariables = Readonly<Partial<Record<NameVariable, string>>>;

type Change = (text: string) => string;
type Part = { readonly text: string } | { readonly variable: NameVariable; readonly changes: readonly Change[] };
type Parsed = { readonly ok: true; readonly parts: readonly Part[] } | { readonly ok: false; readonly why: string };

interface NameFunction {
  readonly takes: string;
  /** Undefined when the arguments aren't those it takes. */
  make(args: readonly string[]): Change | undefined;
}

const counted = (cut: (text: string, count: number) => string): NameFunction => ({
  takes: 'a number of characters',
  make: ([count = '', ...more]) =>
    /^[1-9]\d{0,2}$/.test(count) && more.length === 0 ? (text) => cut(text, Number(count)) : undefined,
});
const plain = (change: Change): NameFunction => ({
  takes: 'nothing',
  make: (args) => (args.length === 0 ? change : undefined),
});

function trimmed(text: string, character: string): string {
  let [start, end] = [0, text.length];
  while (start < end && text[start] === character) start++;
  while (end > start && text[end - 1] === character) end--;
  return text.slice(start, end);
}

const FUNCTIONS: ReadonlyMap<string, NameFunction> = new Map([
  ['FIRST', counted((text, count) => text.slice(0, count))],
  ['LAST', counted((text, count) => text.slice(-count))],
  [
    'REPLACE',
    {
      takes: 'two texts, as in REPLACE("-", "_")',
      make: ([what = '', by = '', ...more]) =>
        what !== '' && more.length === 0 ? (text) => text.replaceAll(what, () => by) : undefined,
    },
  ],
  [
    'TRIM',
    {
      takes: 'nothing, or one character',
      make: ([character = ' ', ...more]) =>
        character.length === 1 && more.length === 0 ? (text) => trimmed(text, character) : undefined,
    },
  ],
  ['UPPER', plain((text) => text.toUpperCase())],
  ['LOWER', plain((text) => text.toLowerCase())],
]);

/** `.FIRST(8)`; arguments are texts in double quotes, or go to the next comma. */
const CALL = /^\.([A-Za-z]+)\(((?:"[^"]*"|[^"()])*)\)/;
const ARGUMENT = /\s*("[^"]*"|[^",]*?)\s*(?:,|$)/y;

/** Undefined when a comma or a quote is missing. */
function argumentsOf(text: string): string[] | undefined {
  const args: string[] = [];
  if (text.trim() === '') return args;
  for (let at = 0; at < text.length; at = ARGUMENT.lastIndex) {
    ARGUMENT.lastIndex = at;
    const match = ARGUMENT.exec(text);
    if (!match || match[0] === '') return undefined;
    args.push(match[1]!.startsWith('"') ? match[1]!.slice(1, -1) : match[1]!);
  }
  return args;
}

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());

function variablePart(expression: string): Part | string {
  const name = /^[A-Za-z_]*/.exec(expression)![0];
  const variable = NAME_VARIABLES.find((known) => known === camelCase(name));
  if (variable === undefined) return `there is no {${name}}; there are ${NAME_VARIABLES.join(', ')}`;
  const changes: Change[] = [];
  for (let rest = expression.slice(name.length); rest !== ''; ) {
    const call = CALL.exec(rest);
    if (!call) return `"${rest}" after ${name} is no function such as .FIRST(8)`;
    const known = FUNCTIONS.get(call[1]!);
    if (!known) return `there is no function ${call[1]}; there are ${[...FUNCTIONS.keys()].join(', ')}`;
    const change = known.make(argumentsOf(call[2]!) ?? ['', '', '']);
    if (!change) return `${call[1]} takes ${known.takes}, not (${call[2]})`;
    changes.push(change);
    rest = rest.slice(call[0].length);
  }
  return { variable, changes };
}

export function parseNameTemplate(template: string): Parsed {
  const refused = (why: string): Parsed => ({ ok: false, why });
  if (template.trim() === '') return refused('it is empty');
  if (template.length > LIMITS.nameTemplateLengthMax) {
    return refused(`it has ${template.length} characters; at most ${LIMITS.nameTemplateLengthMax} are taken`);
  }
  const parts: Part[] = [];
  for (let at = 0; at < template.length; ) {
    const open = template.indexOf('{', at);
    const text = template.slice(at, open < 0 ? undefined : open);
    if (/[()}]/.test(text)) return refused(`"${text}" has a bracket; variables and their functions are within { }`);
    if (text !== '') parts.push({ text });
    if (open < 0) break;
    const close = template.indexOf('}', open);
    if (close < 0) return refused(`"${template.slice(open)}" has no closing }`);
    const part = variablePart(template.slice(open + 1, close));
    if (typeof part === 'string') return refused(part);
    parts.push(part);
    at = close + 1;
  }
  return { ok: true, parts };
}

/** What is wrong with a template, in words; undefined when it can be used. */
export function checkNameTemplate(template: string): string | undefined {
  const parsed = parseNameTemplate(template);
  return parsed.ok ? undefined : parsed.why;
}

export function filledIn(parts: readonly Part[], variables: NameVariables): string {
  return parts
    .map((part) =>
      'text' in part ? part.text : part.changes.reduce((text, change) => change(text), variables[part.variable] ?? ''),
    )
    .join('');
}
