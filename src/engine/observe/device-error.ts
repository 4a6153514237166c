/** A device that fails is an observation too; bugs and the caller's own abort are not. For whoever reads devices here. */
import type { CallContext } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';

/** What a DriverError says; anything else, and everything after an abort by the caller, is thrown on. */
export function deviceErrorText(error: unknown, ctx: CallContext): string {
  ctx.signal.throwIfAborted();
  if (!(error instanceof DriverError)) throw error;
  return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
}
