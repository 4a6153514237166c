/**
 * What every parser here does with text that it doesn't understand: the class is `ambiguous`, the line is quoted, the text
 * goes along, bounded. Guessing would be worse: a zone that was misread could be taken for a missing one.
 */
import { DriverError } from 'coprhd/driver';

const TRANSCRIPT_CHARS_MAX = 4_000;
const LINE_CHARS_MAX = 200;

export function bounded(text: string): string {
  return text.length <= TRANSCRIPT_CHARS_MAX
    ? text
    : `${text.slice(0, TRANSCRIPT_CHARS_MAX)}… (${text.length} characters)`;
}

/** `line`: the one that can't be read; without it the text is cut, or something is missing in it. */
export function surprise(what: string, text: string, line?: string): DriverError {
  const quoted = line === undefined ? 'it is not whole' : JSON.stringify(line.trim().slice(0, LINE_CHARS_MAX));
  return new DriverError({
    class: 'ambiguous',
    message: `unexpected output of ${what}: ${quoted}`,
    hint: 'the version of NX-OS may be one that this driver does not know',
    transcript: bounded(text),
  });
}
