/** The driver's own part of what is declared of a device: what its schema says of it, for people, and paths made absolute. */
import { isAbsolute, resolve } from 'node:path';
import type { Diagnostic } from '../../lib/diagnostic.ts';

export function configurationProblems(
  name: string,
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
  what = 'storage system',
): Diagnostic[] {
  return issues.map((issue) => ({
    code: 'COPRHD-DEVICE-004',
    severity: 'error',
    summary: `configuration of ${what} ${name}: ${issue.path.length > 0 ? `${issue.path.map(String).join('.')}: ` : ''}${forPeople(issue.message)}`,
    fix: 'see the README of its driver',
  }));
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};
const typeWords = (type: string): string => TYPES[type] ?? type;

/** The schema library speaks to programmers. */
function forPeople(message: string): string {
  return message
    .replace(/^Invalid input: /, '')
    .replace(/^expected (\w+), received undefined$/, (_, type: string) => `it is missing (${typeWords(type)})`)
    .replace(
      /^expected (\w+), received (\w+)$/,
      (_, wanted: string, given: string) => `it must be ${typeWords(wanted)}, not ${typeWords(given)}`,
    )
    .replace(
      /^Invalid option: expected one of (.*)$/,
      (_, options: string) => `it must be one of ${options.replaceAll('|', ', ')}`,
    )
    .replace(/^Unrecognized keys?: (.*)$/, (_, keys: string) => `${keys}: there is no such setting`)
    .replace(/^Too (?:small|big): expected \w+ to (?:be|have) (.*)$/, (_, bound: string) => `it must be ${bound}`);
}

/**
 * Makes the paths in a configuration absolute. `paths` is the manifest's configurationPaths: dotted, `*` = any key.
 * Returns the names of relative ones that have no directory to start from.
 */
export function absolutePaths(
  configuration: Readonly<Record<string, unknown>>,
  paths: readonly string[],
  directory: string | undefined,
): { configuration: Record<string, unknown>; relative: string[] } {
  const copy = structuredClone(configuration) as Record<string, unknown>;
  const relative: string[] = [];
  const visit = (node: unknown, parts: readonly string[], trail: string): void => {
    if (node === null || typeof node !== 'object' || parts.length === 0) return;
    const map = node as Record<string, unknown>;
    const [head, ...rest] = parts as [string, ...string[]];
    for (const key of head === '*' ? Object.keys(map) : [head]) {
      const value = map[key];
      const name = trail === '' ? key : `${trail}.${key}`;
      if (rest.length > 0) visit(value, rest, name);
      else if (typeof value === 'string' && !isAbsolute(value)) {
        if (directory === undefined) relative.push(name);
        else map[key] = resolve(directory, value);
      }
    }
  };
  for (const path of paths) visit(copy, path.split('.'), '');
  return { configuration: copy, relative };
}
