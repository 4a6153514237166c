/** What becomes of a failure after something was sent: undone and proven so, it is what it was; else it says what is left. */
import { DriverError } from 'coprhd/driver';

const NAMED_MAX = 20;

export interface Undoing {
  /** Names that are not as they were. */
  readonly left: readonly string[];
  /** What went wrong on the way. */
  readonly why?: string;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Throws, always. */
export async function undone(failure: unknown, undo: () => Promise<Undoing>): Promise<never> {
  let undoing: Undoing;
  try {
    undoing = await undo();
  } catch (error) {
    throw unclear(`${messageOf(failure)}; and undoing it failed: ${messageOf(error)}`, failure);
  }
  const { left, why } = undoing;
  if (left.length === 0) throw failure;
  const names = left.length <= NAMED_MAX ? left.join(', ') : `${left.slice(0, NAMED_MAX).join(', ')} and others`;
  const after = why === undefined ? '' : ` (${why})`;
  throw unclear(`${messageOf(failure)}; undoing it left these other than before: ${names}${after}`, failure);
}

function unclear(message: string, failure: unknown): DriverError {
  const { transcript, holders } = failure instanceof DriverError ? failure : {};
  return new DriverError(
    {
      class: 'ambiguous',
      message,
      hint: 'the next plan shows what is there',
      ...(holders === undefined ? {} : { holders }),
      ...(transcript === undefined ? {} : { transcript }),
    },
    failure,
  );
}
