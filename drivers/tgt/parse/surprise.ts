/**
 * What every parser here does with text it doesn't understand: the class is `ambiguous` and the text goes along,
 * bounded. Guessing would be worse: a target that was misread could be taken for a foreign or a missing one.
 */
import { DriverError } from 'coprhd/driver';

const TRANSCRIPT_CHARS_MAX = 4_000;

export function bounded(text: string): string {
  return text.length <= TRANSCRIPT_CHARS_MAX
    ? text
    : `${text.slice(0, TRANSCRIPT_CHARS_MAX)}… (${text.length} characters)`;
}

export function surprise(what: string, text: string): DriverError {
  return new DriverError({
    class: 'ambiguous',
    message: `unexpected output of ${what}`,
    hint: 'the version of tgt may be one that this driver does not know',
    transcript: bounded(text),
  });
}
