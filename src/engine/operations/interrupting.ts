/**
 * How an operation ends whose caller has had enough (Ctrl-C, --timeout) while there was nothing to keep and nothing to say
 * yet: as interrupted, which is neither a failure nor a bug. What has begun by then says in its result how far it came.
 */
import { OperationError } from '../../lib/diagnostic.ts';
import { InterruptedError } from '../workflow/types.ts';

/** Is this the abort itself on its way out? What else went wrong meanwhile is still what it is. */
export function isInterruption(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  if (error === signal.reason || error instanceof InterruptedError) return true;
  return error instanceof Error && error.name === 'AbortError';
}

/** Every operation is run in this, whoever calls it. */
export async function interruptible<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isInterruption(error, signal) ? new OperationError('interrupted', []) : error;
  }
}
