/** What every parser here does with text it doesn't understand. */
import { DriverError, unexpectedOutput } from 'coprhd/driver';

export const surprise = (what: string, text: string): DriverError =>
  new DriverError(unexpectedOutput('tgt', what, text));
