/** Writes a file whole or not at all: beside it first, then renamed. Keeps its mode, and where a link leads. */
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { type Diagnostic, OperationError } from '../../lib/diagnostic.ts';
import { reasonOf } from './plan-files.ts';

export async function writeText(path: string, text: string, options: { readonly replace: boolean }): Promise<void> {
  try {
    if (!options.replace) {
      await writeFile(path, text, { flag: 'wx' });
      return;
    }
    const target = await realpath(path).catch(() => path);
    const mode = await stat(target).then(
      (found) => found.mode & 0o777,
      () => 0o666,
    );
    const beside = `${target}.${process.pid}.tmp`;
    try {
      await writeFile(beside, text, { flag: 'wx', mode });
      await rename(beside, target);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST' && !options.replace;
    const diagnostic: Diagnostic = {
      code: 'COPRHD-USAGE-001',
      severity: 'error',
      summary: exists ? `${path} exists already` : `can't write ${path}: ${reasonOf(error)}`,
      fix: exists ? 'name another file' : 'check the directory and its permissions',
    };
    throw new OperationError('error', [diagnostic]);
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
