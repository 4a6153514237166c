/**
 * From an argument array to the one line that an SSH server hands to the login shell of the user: the only place in the
 * product where a command line is put together. Everything that isn't plainly harmless stands in single quotes, inside
 * which a POSIX shell knows no special character at all; a single quote itself is `'\''`.
 */
import { DriverError } from '../errors.ts';

/** The kernel takes a single argument of 128 KiB, and the whole line is one argument of the login shell. */
const LINE_BYTES_MAX = 120 * 1024;
const HARMLESS = /^[A-Za-z0-9_./:@%+,-]+$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function quoteWord(word: string): string {
  if (word.includes('\0')) {
    throw new DriverError({ class: 'invalid', message: 'a zero byte can not be part of a command' });
  }
  return HARMLESS.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Words of a command line; `env` goes in front of it, as servers don't take variables from clients. */
export function commandLine(argv: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const assignments = Object.entries(env).map(([name, value]) => {
    if (!VARIABLE.test(name)) {
      throw new DriverError({ class: 'invalid', message: `${JSON.stringify(name)} is not the name of a variable` });
    }
    return `${name}=${value}`;
  });
  const words = assignments.length === 0 ? argv : ['env', ...assignments, ...argv];
  if (assignments.length > 0 && argv[0]?.includes('=')) {
    throw new DriverError({ class: 'invalid', message: `${argv[0]} would be taken for a variable` });
  }
  const line = words.map(quoteWord).join(' ');
  if (Buffer.byteLength(line) > LINE_BYTES_MAX) {
    throw new DriverError({
      class: 'invalid',
      message: `the command is longer than ${LINE_BYTES_MAX} bytes`,
      hint: 'give what is large by standard input',
    });
  }
  return line;
}
