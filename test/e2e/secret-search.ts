/** Looking for planted secrets: in files, in texts, and on the command lines and in the environments of all processes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The text, and how else it would look in a file. */
const forms = (secret: string): Buffer[] => [
  Buffer.from(secret),
  Buffer.from(secret, 'utf16le'),
  Buffer.from(Buffer.from(secret).toString('hex')),
  // A base64 text has three forms, by what stands before it; the outermost letters depend on the neighbours.
  ...[0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]).toString('base64');
    return Buffer.from(text.slice(4, -6));
  }),
];

/** The names of the secrets that are in there. */
export function found(bytes: Buffer, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    forms(secret).some((form) => bytes.includes(form)) ? [name] : [],
  );
}

/** Every file below, and what is inside of those that are compressed. */
export function searchFiles(directory: string, secrets: Readonly<Record<string, string>>): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((path) => {
      const raw = readFileSync(path);
      const bytes = path.endsWith('.gz') ? gunzipSync(raw) : raw;
      return found(bytes, secrets).map((name) => `${relative(directory, path)}: ${name}`);
    });
}

export interface Seen {
  readonly commandLine: string;
  readonly environment: string;
  readonly isChild: boolean;
}

/** Every process of the machine, and whether it descends from `pid`. Those that end meanwhile are left out. */
export function processes(pid: number): Seen[] {
  const parents = new Map<number, number>();
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const read = (of: number, file: string) => {
    try {
      return readFileSync(`/proc/${of}/${file}`, 'utf8');
    } catch {
      return '';
    }
  };
  for (const each of all) parents.set(each, Number(/^PPid:\s*(\d+)/m.exec(read(each, 'status'))?.[1] ?? 0));
  const descends = (of: number): boolean => {
    const parent = parents.get(of) ?? 0;
    return parent === pid || (parent > 1 && descends(parent));
  };
  return all.map((each) => ({
    commandLine: read(each, 'cmdline').replaceAll('\0', ' '),
    environment: read(each, 'environ'),
    isChild: descends(each),
  }));
}

/** The keys of the vault are secrets, too. */
export const keysIn = (file: string): Record<string, string> =>
  Object.fromEntries(
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line, index) => [`key-${index}`, line]),
  );
