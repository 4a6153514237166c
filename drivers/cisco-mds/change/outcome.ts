/**
 * Commits and activations only begin when the switch says so: the status is asked until nothing is in progress, and then the
 * zoning is read, which alone decides what came of it.
 */
import { type CallContext, DriverError } from 'coprhd/driver';
import type { ZoneStatus } from '../cli/status.ts';
import type { Switch } from '../cli/switch.ts';
import { readStatus, readZoning, type ZoningRead } from '../zoning.ts';

const POLL_FIRST_MS = 200;
const POLL_MS = 500;
const POLLS_MAX = 1_000;
/** A status that is neither in progress nor failed, without the effect: so often it is believed to be still the old one. */
const SETTLE_POLLS_MAX = 4;

const IN_PROGRESS = /in progress|initiated/i;
const FAILED = /fail|reject|error|abort/i;

/** `transient`: the fabric didn't take it. `ambiguous`: it goes on and on. */
export async function awaitOutcome(
  ctx: CallContext,
  device: Switch,
  vsan: number,
  lastBefore: string,
  isAchieved: (read: ZoningRead) => boolean,
): Promise<ZoningRead> {
  let settled = 0;
  for (let poll = 0; poll < POLLS_MAX; poll++) {
    if (poll > 0) await device.pause(ctx, poll === 1 ? POLL_FIRST_MS : POLL_MS);
    const status = await readStatus(ctx, device, vsan);
    if (hasFailed(status, lastBefore)) throw failed(vsan, status.last);
    if (isUnderWay(status)) continue;
    const read = await readZoning(ctx, device, vsan);
    if (read.incomplete === undefined && isAchieved(read)) return read;
    settled += 1;
    if (settled >= SETTLE_POLLS_MAX) throw failed(vsan, read.incomplete ?? (status.last || 'no reason is told'));
  }
  throw new DriverError({ class: 'ambiguous', message: `VSAN ${vsan}: the operation is still in progress` });
}

/** A failure of an earlier operation may still be shown while ours begins. */
const hasFailed = ({ last }: ZoneStatus, lastBefore: string): boolean => FAILED.test(last) && last !== lastBefore;

const isUnderWay = ({ last, session }: ZoneStatus): boolean => IN_PROGRESS.test(last) || session !== undefined;

const failed = (vsan: number, why: string): DriverError =>
  new DriverError({ class: 'transient', message: `VSAN ${vsan} did not take the change: ${why}` });
