/**
 * How NX-OS reads a command: keywords may be shortened as long as only one fits, a caret shows where it stopped to
 * understand. A pattern is `show zone name <zone:name> [active] [vsan <vsan:vsan>]`: keywords, `<name:type>`, `[optional]`,
 * `{one|other}`. Patterns become flat lists of elements; a line is matched against all of them at once, word by word.
 */

export type ArgumentType = 'vsan' | 'wwn' | 'name' | 'fcid' | 'number' | 'interface' | 'address' | 'word' | 'file';

interface Keyword {
  readonly keyword: string;
}
interface Argument {
  readonly argument: string;
  readonly type: ArgumentType;
}
type Element = Keyword | Argument;

export interface Rule<T> {
  readonly elements: readonly Element[];
  readonly command: T;
}

/** What stood in a line: keywords in full, and arguments by name. */
export interface Arguments {
  has(keyword: string): boolean;
  text(argument: string): string;
  number(argument: string): number;
  maybe(argument: string): string | undefined;
}

export type Parsed<T> =
  | { readonly command: T; readonly args: Arguments; readonly canonical: string }
  /** `at`: where the caret goes, in characters from the start of the line. Undefined: no caret. */
  | { readonly error: string; readonly at?: number };

const NAME_LENGTH_MAX = 64;

const TYPES: Record<ArgumentType, (word: string) => boolean> = {
  vsan: (word) => /^[1-9]\d{0,3}$/.test(word) && Number(word) <= 4094,
  wwn: (word) => /^([0-9a-f]{1,2}:){7}[0-9a-f]{1,2}$/i.test(word),
  name: () => true,
  fcid: (word) => /^0x[0-9a-f]{6}$/i.test(word),
  number: (word) => /^\d{1,9}$/.test(word),
  interface: (word) => /^fc\d+\/\d+$/i.test(word),
  address: (word) => /^\d+(\.\d+){3}$/.test(word),
  word: () => true,
  file: () => true,
};

/** `21:0:0:...` is a WWN too. */
const normalWwn = (word: string): string =>
  word
    .toLowerCase()
    .split(':')
    .map((part) => part.padStart(2, '0'))
    .join(':');

const NORMAL: Partial<Record<ArgumentType, (word: string) => string>> = {
  wwn: normalWwn,
  fcid: (word) => word.toLowerCase(),
  interface: (word) => word.toLowerCase(),
};

const TOKEN = /[[\]{}|]|<[^>]+>|[^\s[\]{}|<>]+/g;

const element = (token: string): Element => {
  const [, argument, type] = /^<([^:>]+):([^>]+)>$/.exec(token) ?? [];
  return argument === undefined ? { keyword: token } : { argument, type: type as ArgumentType };
};

/** All flat forms of a pattern. */
export function expand(pattern: string): Element[][] {
  const tokens = pattern.match(TOKEN) ?? [];
  let at = 0;
  const product = (heads: Element[][], tails: Element[][]) =>
    heads.flatMap((head) => tails.map((tail) => [...head, ...tail]));
  const sequence = (ends: readonly string[]): Element[][] => {
    let forms: Element[][] = [[]];
    while (at < tokens.length && !ends.includes(tokens[at]!)) forms = product(forms, item());
    return forms;
  };
  const choice = (end: string): Element[][] => {
    const forms: Element[][] = [];
    do {
      at++;
      forms.push(...sequence(['|', end]));
    } while (tokens[at] === '|');
    at++;
    return forms;
  };
  const item = (): Element[][] => {
    const token = tokens[at]!;
    if (token === '[') return [[], ...choice(']')];
    if (token === '{') return choice('}');
    at++;
    return [[element(token)]];
  };
  return sequence([]);
}

export const rulesOf = <T>(patterns: readonly (readonly [string, T])[]): Rule<T>[] =>
  patterns.flatMap(([pattern, command]) => expand(pattern).map((elements) => ({ elements, command })));

interface Word {
  readonly text: string;
  readonly at: number;
}

const wordsOf = (line: string): Word[] => [...line.matchAll(/\S+/g)].map(({ 0: text, index }) => ({ text, at: index }));

const keywordAt = <T>({ elements }: Rule<T>, index: number): string | undefined => {
  const one = elements[index];
  return one && 'keyword' in one ? one.keyword : undefined;
};

type Narrowed<T> = { readonly rules: readonly Rule<T>[] } | { readonly error: string };

/** The rules that are left after one more word. */
function narrow<T>(rules: readonly Rule<T>[], index: number, text: string): Narrowed<T> {
  const word = text.toLowerCase();
  const fitting = new Set(rules.flatMap((rule) => keywordAt(rule, index) ?? []).filter((one) => one.startsWith(word)));
  const chosen = fitting.has(word) ? word : [...fitting][0];
  if (fitting.size > 1 && !fitting.has(word)) return { error: '% Ambiguous command at' };
  if (chosen !== undefined) return { rules: rules.filter((rule) => keywordAt(rule, index) === chosen) };
  const taking = rules.filter(({ elements }) => {
    const one = elements[index];
    return one !== undefined && 'argument' in one && TYPES[one.type](text);
  });
  const isName = taking.some(({ elements }) => (elements[index] as Argument).type === 'name');
  if (isName && text.length > NAME_LENGTH_MAX) {
    return { error: `% String exceeded max length of (${NAME_LENGTH_MAX}) at` };
  }
  return taking.length > 0 ? { rules: taking } : { error: '% Invalid command at' };
}

function bound<T>({ elements, command }: Rule<T>, words: readonly Word[]): Parsed<T> {
  const keywords = new Set<string>();
  const values = new Map<string, string>();
  const full = elements.map((one, index) => {
    const { text } = words[index]!;
    if ('keyword' in one) {
      keywords.add(one.keyword);
      return one.keyword;
    }
    const value = NORMAL[one.type]?.(text) ?? text;
    values.set(one.argument, value);
    return value;
  });
  const text = (argument: string) => {
    const value = values.get(argument);
    if (value === undefined) throw new TypeError(`the pattern has no argument ${argument}`);
    return value;
  };
  const args: Arguments = {
    has: (keyword) => keywords.has(keyword),
    text,
    number: (argument) => Number(text(argument)),
    maybe: (argument) => values.get(argument),
  };
  return { command, args, canonical: full.join(' ') };
}

/** `line` has at least one word. */
export function parse<T>(rules: readonly Rule<T>[], line: string): Parsed<T> {
  const words = wordsOf(line);
  let left = rules;
  for (const [index, { text, at }] of words.entries()) {
    const narrowed = narrow(left, index, text);
    if ('error' in narrowed) return { error: `${narrowed.error} '^' marker.`, at };
    left = narrowed.rules;
  }
  const whole = left.find(({ elements }) => elements.length === words.length);
  return whole ? bound(whole, words) : { error: '% Incomplete command' };
}
