/** Flags of the simulated arrays: where they live and which one is meant. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { jsonOrText } from './flags.ts';
import { usageError } from './usage.ts';

export const SIM_DIRECTORY = '.coprhd-sim';

export const directoryFlag = Flags.string({
  summary: 'Directory of the simulated data centre.',
  default: SIM_DIRECTORY,
  env: 'COPRHD_SIM',
  helpValue: 'DIR',
});

export const arrayArgument = Args.string({ description: 'Name of the simulated array.', required: true });

/** `name=value` words as an object; a value is JSON where it is JSON, else text; a name without a value is true. */
export function wordsToObject(words: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at === 0) usageError(`${JSON.stringify(word)} has no name`, 'write NAME=VALUE');
      return at < 0 ? [word, true] : [word.slice(0, at), jsonOrText(word.slice(at + 1))];
    }),
  );
}
