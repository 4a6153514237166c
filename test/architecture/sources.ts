/** The project's own sources, parsed once: imports with their targets, and what globals they touch. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'oxc-parser';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface SourceImport {
  /** Path from the root for own files; the specifier for packages and builtins. */
  readonly target: string;
  readonly typeOnly: boolean;
  readonly own: boolean;
  /** `import()`: loaded only when it is reached. */
  readonly lazy?: boolean;
}

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly SourceImport[];
  /** The text without comments and strings. */
  readonly code: string;
  /** `Math.random`, `Date.now`. */
  readonly members: ReadonlySet<string>;
  readonly strings: ReadonlySet<string>;
}

export function listFiles(folder: string, extension: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && extension.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

export function readSources(folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) => listFiles(folder, /\.ts$/)).map(readSource);
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const { program, module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`);
  const members = new Set<string>();
  const strings = new Set<string>();
  new Visitor({
    Literal: (node) => typeof node.value === 'string' && strings.add(node.value),
    MemberExpression: (node) => {
      if (node.object.type === 'Identifier' && node.property.type === 'Identifier') {
        members.add(`${node.object.name}.${node.property.name}`);
      }
    },
  }).visit(program);
  const found: SourceImport[] = module.staticImports.map((one) => ({
    ...target(path, one.moduleRequest.value),
    typeOnly: one.entries.length > 0 && one.entries.every((entry) => entry.isType),
  }));
  for (const one of module.staticExports) {
    for (const entry of one.entries) {
      if (entry.moduleRequest) found.push({ ...target(path, entry.moduleRequest.value), typeOnly: entry.isType });
    }
  }
  for (const one of module.dynamicImports) {
    const literal = /^['"]([^'"]+)['"]$/.exec(text.slice(one.moduleRequest.start, one.moduleRequest.end));
    if (literal) found.push({ ...target(path, literal[1]!), typeOnly: false, lazy: true });
  }
  return { path, text, lines: text.split('\n').length - 1, imports: found, code: codeOf(text), members, strings };
}

function target(from: string, specifier: string): { target: string; own: boolean } {
  if (!specifier.startsWith('.')) return { target: specifier, own: false };
  const path = relative(ROOT, resolve(ROOT, dirname(from), specifier)).replaceAll('\\', '/');
  return { target: path, own: true };
}

function codeOf(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/(^|[^:])\/\/.*/g, '$1')
    .replaceAll(/'[^'\n]*'/g, "''");
}
