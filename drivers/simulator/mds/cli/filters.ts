/** What stands behind `|`: what of the output is shown. */

type Filter = (lines: readonly string[], argument: string) => readonly string[];

const FILTERS: Record<string, Filter> = {
  'no-more': (lines) => lines,
  include: (lines, pattern) => lines.filter((line) => line.includes(pattern)),
  exclude: (lines, pattern) => lines.filter((line) => !line.includes(pattern)),
  grep: (lines, pattern) => lines.filter((line) => line.includes(pattern)),
  egrep: (lines, pattern) => lines.filter((line) => new RegExp(pattern).test(line)),
  begin: (lines, pattern) => {
    const start = lines.findIndex((line) => line.includes(pattern));
    return start < 0 ? [] : lines.slice(start);
  },
  count: (lines) => [String(lines.length)],
};

export interface Piped {
  readonly command: string;
  readonly filter: (lines: readonly string[]) => readonly string[];
  readonly noMore: boolean;
}

function filterOf(text: string): { name: string; apply: (lines: readonly string[]) => readonly string[] } | undefined {
  const [word = '', ...rest] = text.trim().split(/\s+/);
  const argument = rest.join(' ').replaceAll('"', '');
  const name = Object.keys(FILTERS).find((one) => word !== '' && one.startsWith(word.toLowerCase()));
  return name === undefined ? undefined : { name, apply: (lines) => FILTERS[name]!(lines, argument) };
}

/** Undefined: a filter that there isn't. */
export function splitPipes(line: string): Piped | undefined {
  const [command = '', ...texts] = line.split('|');
  const filters = texts.map(filterOf);
  if (filters.includes(undefined)) return undefined;
  return {
    command: command.trimEnd(),
    filter: (lines) => filters.reduce((left, filter) => filter!.apply(left), lines),
    noMore: filters.some((filter) => filter!.name === 'no-more'),
  };
}
