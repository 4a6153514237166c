/** What stands behind `|`: what of the output is shown. Patterns are regular expressions, in quotes where they have spaces or bars. */

type Filter = (lines: readonly string[]) => readonly string[];

/** Undefined: it is no pattern. */
function pattern(text: string): RegExp | undefined {
  try {
    return new RegExp(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const matching = (isWanted: boolean) => (argument: string) => {
  const wanted = pattern(argument);
  return wanted && ((lines: readonly string[]) => lines.filter((line) => wanted.test(line) === isWanted));
};

function begin(argument: string): Filter | undefined {
  const wanted = pattern(argument);
  if (!wanted) return undefined;
  return (lines) => {
    const start = lines.findIndex((line) => wanted.test(line));
    return start < 0 ? [] : lines.slice(start);
  };
}

const FILTERS: Record<string, (argument: string) => Filter | undefined> = {
  'no-more': () => (lines) => lines,
  include: matching(true),
  exclude: matching(false),
  grep: matching(true),
  egrep: matching(true),
  begin,
  count: () => (lines) => [String(lines.length)],
};

export interface Piped {
  readonly command: string;
  readonly filter: Filter;
  readonly noMore: boolean;
}

interface Named {
  readonly name: string;
  readonly apply: Filter;
}

function filterOf(text: string): Named | undefined {
  const [, word = '', argument = ''] = /^\s*(\S*)\s*(.*?)\s*$/.exec(text) ?? [];
  const name = Object.keys(FILTERS).find((one) => word !== '' && one.startsWith(word.toLowerCase()));
  const apply = name && FILTERS[name]!(argument.replaceAll('"', ''));
  return name && apply ? { name, apply } : undefined;
}

/** Undefined: a filter that there isn't. */
export function splitPipes(line: string): Piped | undefined {
  const [command = '', ...texts] = line.match(/(?:"[^"]*"|[^|])+/g) ?? [];
  const filters: Named[] = [];
  for (const text of texts) {
    const filter = filterOf(text);
    if (!filter) return undefined;
    filters.push(filter);
  }
  return {
    command: command.trimEnd(),
    filter: (lines) => filters.reduce((left, { apply }) => apply(left), lines),
    noMore: filters.some(({ name }) => name === 'no-more'),
  };
}
