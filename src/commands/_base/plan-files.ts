/**
 * Reads what PATH arguments name: plan files, and directories of them (all .yaml, .yml and .json in it, sorted, not what
 * is below). Files are named in messages as the person named them.
 */
import { isUtf8 } from 'node:buffer';
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
    if (isUtf8(bytes)) return bytes.toString('utf8');
    diagnostics.push(notUtf8(file, bytes));
    return undefined;
  } catch (error) {
    diagnostics.push(unreadable(file, error));
    return undefined;
  }
}

/** Decoding would put U+FFFD in the place of what is no UTF-8. */
function notUtf8(file: string, bytes: Buffer): Diagnostic {
  let [line, start] = [1, 0];
  for (
    let end = bytes.indexOf('\n');
    end >= 0 && isUtf8(bytes.subarray(start, end));
    end = bytes.indexOf('\n', start)
  ) {
    [line, start] = [line + 1, end + 1];
  }
  let [at, column] = [start, 1];
  const lengthAt = (offset: number) => [1, 2, 3, 4].find((each) => isUtf8(bytes.subarray(offset, offset + each)));
  for (let length = lengthAt(at); length !== undefined && at < bytes.length; length = lengthAt(at)) {
    // As editors count, and all other messages: in UTF-16.
    [at, column] = [at + length, column + (length === 4 ? 2 : 1)];
  }
  return {
    code: 'COPRHD-CONFIG-001',
    severity: 'error',
    summary: `${file} is not UTF-8: the byte 0x${bytes[at]?.toString(16).padStart(2, '0')} does not belong there`,
    fix: 'save it as UTF-8; from Latin-1: iconv -f latin1 -t utf-8',
    span: { file, line, column },
  };
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
