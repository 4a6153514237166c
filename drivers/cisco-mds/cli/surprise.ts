/** What every parser here does with text that it doesn't understand. */
import { DriverError, quotedLine, unexpectedOutput } from 'coprhd/driver';

/** `line`: the one that can't be read; without it the text is cut, or something is missing in it. */
export const surprise = (what: string, text: string, line?: string): DriverError =>
  new DriverError(
    unexpectedOutput('NX-OS', what, text, `: ${line === undefined ? 'it is not whole' : quotedLine(line.trim())}`),
  );
