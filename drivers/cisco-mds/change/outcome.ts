/**
 * Commits and activations only begin when the switch says so: the status is asked until nothing is in progress, and then the
 * zoning is read, which alone decides what came of it.
 */
import { type CallContext, DriverError } from 'coprhd/driver';
import { rejectionOf } from '../cli/rejection.ts';
import { isInProgress, type ZoneStatus } from '../cli/status.ts';
import type { Switch } from '../cli/switch.ts';
import { readStatus, readZoning, type ZoningRead } from '../zoning.ts';
import { accepted } from './send.ts';
import { messageOf } from './undo.ts';

const POLL_FIRST_MS = 200;
const POLL_MS = 500;
const POLLS_MAX = 1_000;
/** A status that is neither in progress nor failed, without the effect: so often it is believed to be still the old one. */
const SETTLE_POLLS_MAX = 4;

const FAILED = /fail|reject|error|abort/i;

/** Done, as read; or not done, and why. */
export type Outcome = { readonly read: ZoningRead } | { readonly failed: string };

export interface Operation {
  readonly vsan: number;
  /** The status before it began: a failure of an earlier operation may still be shown. */
  readonly lastBefore: string;
  /** Who we are where a session is ours: it ends with the operation. Another one that is open then is somebody else's. */
  readonly holder?: string | undefined;
  isAchieved(read: ZoningRead): boolean;
}

/**
 * Says the line that begins the operation. Throws what the switch refuses; what it says otherwise, and what it doesn't say
 * because the connection was cut, is returned: the outcome decides then.
 */
export async function begin(
  line: string,
  say: () => Promise<string>,
  expected: RegExp,
): Promise<DriverError | undefined> {
  try {
    accepted(line, await say(), expected);
    return undefined;
  } catch (error) {
    if (error instanceof DriverError && error.class === 'ambiguous') return error;
    throw error;
  }
}

/** `ambiguous` when it can't be known: the operation goes on and on, or nothing can be read any more. */
export async function awaitOutcome(
  ctx: CallContext,
  device: Switch,
  operation: Operation,
  doubt: DriverError | undefined,
): Promise<Outcome> {
  try {
    return await poll(ctx, device, operation);
  } catch (error) {
    const why = [doubt, error].flatMap((one) => (one === undefined ? [] : [messageOf(one)])).join('; ');
    const { transcript } = doubt ?? (error instanceof DriverError ? error : {});
    const message = `what came of the change of VSAN ${operation.vsan} is not known: ${why}`;
    throw new DriverError({ class: 'ambiguous', message, ...(transcript === undefined ? {} : { transcript }) }, error);
  }
}

async function poll(ctx: CallContext, device: Switch, operation: Operation): Promise<Outcome> {
  const { vsan, lastBefore, isAchieved } = operation;
  let settled = 0;
  for (let count = 0; count < POLLS_MAX; count++) {
    if (count > 0) await device.pause(ctx, count === 1 ? POLL_FIRST_MS : POLL_MS);
    const status = await readStatus(ctx, device, vsan);
    if (FAILED.test(status.last) && status.last !== lastBefore) return { failed: status.last };
    if (isUnderWay(status, operation)) continue;
    const read = await readZoning(ctx, device, vsan);
    if (read.incomplete === undefined && isAchieved(read)) return { read };
    settled += 1;
    if (settled >= SETTLE_POLLS_MAX) return { failed: read.incomplete ?? (status.last || 'no reason is told') };
  }
  throw new DriverError({ class: 'ambiguous', message: 'it is still in progress' });
}

const isUnderWay = (status: ZoneStatus, { holder }: Operation): boolean =>
  isInProgress(status) || (status.session !== undefined && status.session.holder === holder);

/** Of the class of what the status tells. */
export const notTaken = (vsan: number, why: string): DriverError =>
  new DriverError({
    class: rejectionOf('show zone status', why)?.class ?? 'transient',
    message: `VSAN ${vsan} did not take the change: ${why}`,
  });
