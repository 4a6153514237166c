/** File operations of the simulator on disk: the few it needs, so that tests can count or break them. */
import fs from 'node:fs';
import path from 'node:path';

/** File operations; synchronous, so that a call holds the lock without ever yielding. Tests count or break them. */
export interface FileOperations {
  /** Undefined when there is no such file. */
  read(file: string): string | undefined;
  /** Makes the folder when it isn't there. */
  write(file: string, text: string): void;
  rename(from: string, to: string): void;
  /** The missing is fine. */
  remove(file: string): void;
  /** Sorted; empty when there is no such folder. */
  names(folder: string): string[];
}

/** Below a plain file there is nothing either: somebody's notes beside the arrays. */
const isMissing = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

export function unlessMissing<T>(run: () => T, otherwise: T): T {
  try {
    return run();
  } catch (error) {
    if (isMissing(error)) return otherwise;
    throw error;
  }
}

export const realFiles: FileOperations = {
  read: (file) => unlessMissing<string | undefined>(() => fs.readFileSync(file, 'utf8'), undefined),
  write: (file, text) => {
    try {
      fs.writeFileSync(file, text);
    } catch (error) {
      if (!isMissing(error)) throw error;
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text);
    }
  },
  rename: (from, to) => fs.renameSync(from, to),
  remove: (file) => unlessMissing(() => fs.rmSync(file), undefined),
  names: (folder) => unlessMissing(() => fs.readdirSync(folder).sort(), []),
};
