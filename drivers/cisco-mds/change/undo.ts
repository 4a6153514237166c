/** What becomes of a failure after something was sent: undone and proven so, it is what it was; else it says what is left. */
import { DriverError } from 'coprhd/driver';

const NAMED_MAX = 20;

/** Throws, always. `undo` gives the names that are not as they were. */
export async function undone(failure: unknown, undo: () => Promise<readonly string[]>): Promise<never> {
  const first = failure instanceof Error ? failure.message : String(failure);
  let left: readonly string[];
  try {
    left = await undo();
  } catch (error) {
    const second = error instanceof Error ? error.message : String(error);
    throw unclear(`${first}; and undoing it failed: ${second}`, failure);
  }
  if (left.length > 0) {
    throw unclear(`${first}; undoing it left these other than before: ${left.slice(0, NAMED_MAX).join(', ')}`, failure);
  }
  throw failure;
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
