/**
 * Where this process has the keys of the vault from: COPRHD_KEY, or the file COPRHD_KEY_FILE, or `coprhd/key` under the
 * user's configuration directory. The file is only ever appended to, in one write, so that no key can get lost in it.
 */
import { mkdir, open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { KeySource } from '../../engine/operations/credentials.ts';
import { fail } from '../../lib/diagnostic.ts';
import { Redacted } from '../../lib/redacted.ts';
import { reasonOf } from './plan-files.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Others may not read it, and nobody but the owner may write it. */
const FORBIDDEN_MODE = 0o027;
const KEY_FILE_BYTES_MAX = 65_536;

export function keySourceOf(env: Env): KeySource {
  const { COPRHD_KEY: key, COPRHD_KEY_FILE: file, XDG_CONFIG_HOME: config, HOME: home } = env;
  if (isSet(key) && isSet(file)) {
    const read = async () =>
      problem('both COPRHD_KEY and COPRHD_KEY_FILE are set', 'unset one of them: only one can be right');
    return { description: 'COPRHD_KEY and COPRHD_KEY_FILE', read, append: read };
  }
  if (isSet(key)) return { description: 'COPRHD_KEY', read: async () => new Redacted(key) };
  if (isSet(file)) return fileSource(resolve(file));
  const directory = isSet(config) ? config : isSet(home) ? join(home, '.config') : undefined;
  if (directory !== undefined) return fileSource(resolve(directory, 'coprhd', 'key'));
  return { description: 'no HOME, COPRHD_KEY or COPRHD_KEY_FILE is set', read: async () => undefined };
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== '';

function fileSource(path: string): KeySource {
  const description = `the key file ${path}`;
  return {
    description,
    read: () => readKeyFile(path),
    append: (line) => appendLine(path, line),
  };
}

async function readKeyFile(path: string): Promise<Redacted | undefined> {
  try {
    const handle = await open(path, 'r');
    try {
      const info = await handle.stat();
      if (!info.isFile()) problem(`the key file ${path} is not a file`, 'name a file with keys in COPRHD_KEY_FILE');
      if ((info.mode & FORBIDDEN_MODE) !== 0) {
        const mode = (info.mode & 0o777).toString(8).padStart(3, '0');
        problem(`others may use the key file ${path}: its mode is ${mode}`, `chmod 600 ${path}`);
      }
      if (info.size > KEY_FILE_BYTES_MAX) problem(`the key file ${path} is too large`, 'name a file with keys only');
      return new Redacted(await handle.readFile('utf8'));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return problem(`can't read the key file ${path}: ${reasonOf(error)}`, 'make it readable for you, and only you');
  }
}

async function appendLine(path: string, line: Redacted): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(path, 'a', 0o600);
    try {
      // The leading newline ends a line that a crash may have left torn.
      await handle.writeFile(`\n${line.reveal()}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const directory = await open(dirname(path), 'r');
    await directory.sync().finally(() => directory.close());
  } catch (error) {
    problem(`can't write the key file ${path}: ${reasonOf(error)}`, 'name another file in COPRHD_KEY_FILE');
  }
}

function problem(summary: string, fix: string): never {
  return fail('error', { code: 'COPRHD-SECRET-001', summary, fix });
}
