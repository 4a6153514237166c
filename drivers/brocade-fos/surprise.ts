/**
 * What everything here does with an answer that it doesn't understand: the class is `ambiguous`, the line that was not
 * understood is quoted, and the text goes along, bounded. A guess could take a foreign zone for a missing one.
 */
import { DriverError } from 'coprhd/driver';

const TRANSCRIPT_CHARS_MAX = 4_000;
const LINE_CHARS_MAX = 200;

export function bounded(text: string): string {
  return text.length <= TRANSCRIPT_CHARS_MAX
    ? text
    : `${text.slice(0, TRANSCRIPT_CHARS_MAX)}… (${text.length} characters)`;
}

/** The device answered, and what it said isn't understood. Whoever changes something then looks what became of it. */
export class Surprise extends DriverError {
  /** `line`: what exactly was not understood; without it, that something is missing. */
  constructor(what: string, text: string, line?: string) {
    const quoted = line === undefined ? '' : `: ${JSON.stringify(line.slice(0, LINE_CHARS_MAX))}`;
    super({
      class: 'ambiguous',
      message: `unexpected output of ${what}${quoted}`,
      hint: 'the version of Fabric OS may be one that this driver does not know',
      transcript: bounded(text),
    });
  }
}
