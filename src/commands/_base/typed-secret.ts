/** A new secret from a person or a pipe, never from an argument. */
import { LIMITS } from '../../lib/limits.ts';
import type { Cli } from './cli.ts';
import { usageError } from './usage.ts';

/** `what`: as in "Value of x". Undefined when the person gave up. */
export async function newSecret(cli: Cli, what: string): Promise<string | undefined> {
  const { context, mode, signal } = cli;
  if (!context.stdin.isTTY) {
    const text = await context.readInput(LIMITS.secretBytesMax, signal);
    if (text !== undefined) return text.replace(/\r?\n$/, '');
    usageError(
      `the ${lower(what)} has over ${LIMITS.secretBytesMax} bytes or is not UTF-8: nothing was set`,
      'encode it, for instance with base64',
    );
  }
  if (!mode.interactive) usageError('there is nobody to ask', `give the ${lower(what)} on standard input`);
  const first = await cli.askSecret(`${what} (not shown): `);
  const again = first === undefined ? undefined : await cli.askSecret('Once more: ');
  if (again === undefined) return undefined;
  if (first !== again) usageError('the two differ: nothing was set', 'try again');
  return first;
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
