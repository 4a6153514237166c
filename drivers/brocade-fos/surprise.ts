/** What everything here does with an answer that it doesn't understand. */
import { DriverError, quotedLine, unexpectedOutput } from 'coprhd/driver';

/** The device answered, and what it said isn't understood. Whoever changes something then looks what became of it. */
export class Surprise extends DriverError {
  /** `line`: what exactly was not understood; without it, that something is missing. */
  constructor(what: string, text: string, line?: string) {
    super(unexpectedOutput('Fabric OS', what, text, line === undefined ? '' : `: ${quotedLine(line)}`));
  }
}
