/**
 * Reads what PATH arguments name: plan files, and directories of them (all .yaml, .yml and .json in it, sorted, not what
 * is below). Files are named in messages as the person named them.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { isDirectoryState } from '../../engine/operations/state-place.ts';
import type { PlanSource } from '../../engine/operations/types.ts';
import { type Diagnostic, OperationError } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { parsePairs } from './flags.ts';
import { usageError } from './usage.ts';

type PlanText = PlanSource['texts'][number];

const EXTENSIONS = /\.(?:ya?ml|json)$/;

/** `state` as given with --state: where it is a directory, what is recorded of the files' names starts beside it. */
export async function readSource(
  paths: readonly string[],
  variables: readonly string[],
  state: string,
): Promise<PlanSource> {
  if (paths.length === 0) {
    usageError('no plan file given', 'name plan files or a directory of them: coprhd plan plans/web.yaml');
  }
  return { texts: await readPlanFiles(paths, state), variables: parsePairs(variables, 'var') };
}

/** Every file once, in the order of the arguments. All complaints at once (OperationError, COPRHD-CONFIG-013). */
export async function readPlanFiles(paths: readonly string[], state: string): Promise<PlanText[]> {
  const diagnostics: Diagnostic[] = [];
  const texts = new Map<string, PlanText>();
  const base = isDirectoryState(state) ? dirname(resolve(state)) : undefined;
  for (const path of paths) {
    const files = await filesOf(path, diagnostics);
    for (const file of files) {
      const path = resolve(file);
      const text = texts.has(path) ? undefined : await readText(file, diagnostics);
      if (text === undefined) continue;
      texts.set(path, { file, text, directory: dirname(path), source: sourceName(path, base ?? rootOf(path)) });
    }
  }
  if (diagnostics.length > 0) throw new OperationError('error', diagnostics);
  return [...texts.values()];
}

/**
 * The same wherever the command is run from, and on whichever machine: relative to the directory that holds the state or,
 * where the state is none, to the version-controlled directory that holds the file.
 */
function sourceName(path: string, base: string): string {
  return relative(base, path).split(sep).join('/');
}

/** The nearest directory above with `.git`; else where the command runs. */
function rootOf(path: string): string {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    if (existsSync(join(directory, '.git'))) return directory;
    if (directory === dirname(directory)) return resolve('.');
  }
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function filesOf(path: string, diagnostics: Diagnostic[]): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { withFileTypes: true });
    const files = entries
      .filter((entry) => !entry.isDirectory() && EXTENSIONS.test(entry.name) && !entry.name.startsWith('.'))
      .map((entry) => join(path, entry.name))
      .sort();
    if (files.length === 0) {
      diagnostics.push(complaint(`no plan files in ${path}`, 'plan files end in .yaml, .yml or .json'));
    }
    return files;
  } catch (error) {
    diagnostics.push(unreadable(path, error));
    return [];
  }
}

async function readText(file: string, diagnostics: Diagnostic[]): Promise<string | undefined> {
  try {
    const bytes = await readFile(file);
    if (bytes.length > LIMITS.planFileBytesMax) {
      diagnostics.push(complaint(`${file} is larger than ${LIMITS.planFileBytesMax} bytes`, 'split it'));
      return undefined;
    }
    return bytes.toString('utf8');
  } catch (error) {
    diagnostics.push(unreadable(file, error));
    return undefined;
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
};

export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}

function unreadable(path: string, error: unknown): Diagnostic {
  return complaint(`can't read ${path}: ${reasonOf(error)}`, 'name a plan file or a directory of plan files');
}

function complaint(summary: string, fix: string): Diagnostic {
  return { code: 'COPRHD-CONFIG-013', severity: 'error', summary, fix };
}
