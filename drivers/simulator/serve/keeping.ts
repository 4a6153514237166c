/**
 * What the served switches know, kept in files beside the arrays: each is written whole (a new file takes the old one's
 * place), so that a killed process leaves what it wrote last. Text of plain data and maps.
 */
import path from 'node:path';
import { DriverError } from 'coprhd/driver';
import { type FileOperations, realFiles } from '../disk-files.ts';
import { type Holder, thisHolder, tryLock, unlock } from '../disk-lock.ts';

/** In the directory of the data centre; no array can have this name. */
const FOLDER = '.served';

export const servedFolder = (directory: string): string => path.join(directory, FOLDER);

export interface Keeping {
  /** Undefined = nothing was kept under this name. Throws `invalid` for what isn't ours. */
  read(name: string): unknown;
  write(name: string, value: unknown): void;
  /** What was kept under all names but these. */
  forgetAllBut(names: readonly string[]): void;
  /** Others may serve from here now. */
  close(): void;
}

const MAP = '$map';

const withoutMaps = (_key: string, value: unknown): unknown => (value instanceof Map ? { [MAP]: [...value] } : value);

function withMaps(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(MAP in value)) return value;
  return new Map(value[MAP] as [unknown, unknown][]);
}

/** Equal texts are equal values. */
export const textOf = (value: unknown): string => JSON.stringify(value, withoutMaps);
export const parseText = (text: string): unknown => JSON.parse(text, withMaps);

export const HOST_KEY = '.host-key';

/** Zones that served switches had. Their keys stay: they are the same machines. Throws `busy` while they are served. */
export function forgetServed(directory: string): void {
  if (realFiles.names(servedFolder(directory)).length === 0) return;
  const keeping = openKeeping(directory);
  keeping.forgetAllBut([HOST_KEY]);
  keeping.close();
}

/** One process at a time; another one's is `busy`. */
export function openKeeping(
  directory: string,
  files: FileOperations = realFiles,
  self: Holder = thisHolder(),
): Keeping {
  const folder = servedFolder(directory);
  if (!tryLock(files, folder, self)) {
    const message = `another process serves the fabrics of ${directory}`;
    throw new DriverError({ class: 'busy', message, hint: 'end it there, with Ctrl-C' });
  }
  const fileOf = (name: string) => path.join(folder, `${name}.json`);
  const written = new Map<string, string>();
  return {
    read: (name) => {
      const text = files.read(fileOf(name));
      if (text === undefined) return undefined;
      try {
        return parseText(text);
      } catch (error) {
        const hint = 'remove it; the switch begins with the zones of the simulated fabric then';
        throw new DriverError({ class: 'invalid', message: `${fileOf(name)} is damaged`, hint }, error);
      }
    },
    write: (name, value) => {
      const text = textOf(value);
      if (written.get(name) === text) return;
      const fresh = `${fileOf(name)}.new`;
      files.write(fresh, text);
      files.rename(fresh, fileOf(name));
      written.set(name, text);
    },
    forgetAllBut: (names) => {
      const kept = names.map((name) => path.basename(fileOf(name)));
      const gone = files.names(folder).filter((file) => file.endsWith('.json') && !kept.includes(file));
      for (const file of gone) files.remove(path.join(folder, file));
    },
    close: () => unlock(files, folder, self),
  };
}
