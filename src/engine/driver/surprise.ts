/**
 * What a driver does with an answer that it doesn't understand: the class is `ambiguous`, and the text goes along, bounded.
 * Guessing would be worse: what was misread could be taken for foreign, or for missing.
 */
import type { DriverErrorFields } from './errors.ts';

const TRANSCRIPT_CHARS_MAX = 4_000;
const LINE_CHARS_MAX = 200;

export function boundedTranscript(text: string): string {
  return text.length <= TRANSCRIPT_CHARS_MAX
    ? text
    : `${text.slice(0, TRANSCRIPT_CHARS_MAX)}… (${text.length} characters)`;
}

export const quotedLine = (line: string): string => JSON.stringify(line.slice(0, LINE_CHARS_MAX));

/** `product`: whose output it is. `why`: said after what it is of. */
export const unexpectedOutput = (product: string, what: string, text: string, why = ''): DriverErrorFields => ({
  class: 'ambiguous',
  message: `unexpected output of ${what}${why}`,
  hint: `the version of ${product} may be one that this driver does not know`,
  transcript: boundedTranscript(text),
});
