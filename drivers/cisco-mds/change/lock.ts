/**
 * The session of enhanced mode locks the zoning of the whole fabric, and outlives the connection that opened it. Somebody
 * else's is respected. One of ours is left from a crash, and is cleared only when all of this holds:
 * it was opened from the command line by the user whom nobody but coprhd logs in as (`user` of the configuration, or the
 * delta's owner); it stays the same for a moment, so that no other process of ours is at work in it; and its pending edits
 * are nothing but the delta that is to be done now, so that clearing it loses nothing that isn't made again at once.
 */
import { type CallContext, DriverError, type ZoneDelta } from 'coprhd/driver';
import type { ZoneSession } from '../cli/status.ts';
import type { Switch } from '../cli/switch.ts';
import { foreignEdits } from '../model/pending-diff.ts';
import type { Work } from '../model/work.ts';
import { readStatus, readWhole, type ZoningRead } from '../zoning.ts';
import { accepted } from './send.ts';

const LOOKS = 3;
const LOOK_MS = 400;

/** With the message of a commit of nothing: no error. */
const NOTHING_PENDING = /No pending info found/i;

export interface LockOwner {
  /** Of the configuration. */
  readonly user: string | undefined;
  readonly delta: ZoneDelta;
  readonly work: Work;
}

/** The zoning, whole, with no session open. Throws `busy` naming who has one. */
export async function readUnlocked(
  ctx: CallContext,
  device: Switch,
  vsan: number,
  owner: LockOwner,
): Promise<ZoningRead> {
  const read = await readWhole(ctx, device, vsan);
  const { session } = read.status;
  if (session === undefined) return read;
  if (!isOurUser(session, owner)) throw held(vsan, session, 'it is not ours');
  const before = await pendingDiff(ctx, device, vsan);
  if (await endsByItself(ctx, device, vsan)) return readWhole(ctx, device, vsan);
  const pending = await pendingDiff(ctx, device, vsan);
  if (pending !== before) throw held(vsan, session, 'somebody is at work in it');
  const foreign = foreignEdits(pending, owner.work);
  if (foreign.length > 0)
    throw held(vsan, session, `it has pending what is not ours: ${foreign.slice(0, 5).join('; ')}`);
  await dropSession(ctx, device, vsan);
  const after = await readWhole(ctx, device, vsan);
  if (after.status.session !== undefined) throw held(vsan, after.status.session, 'it could not be cleared');
  return after;
}

const isOurUser = ({ from, holder }: ZoneSession, { user, delta }: LockOwner): boolean =>
  from === 'cli' && (holder === user || holder === delta.owner);

export const pendingDiff = (ctx: CallContext, device: Switch, vsan: number): Promise<string> =>
  device.show(ctx, `show zone pending-diff vsan ${vsan}`);

async function endsByItself(ctx: CallContext, device: Switch, vsan: number): Promise<boolean> {
  for (let look = 0; look < LOOKS; look++) {
    await device.pause(ctx, LOOK_MS);
    if ((await readStatus(ctx, device, vsan)).session === undefined) return true;
  }
  return false;
}

/** Our own session only. */
export async function dropSession(ctx: CallContext, device: Switch, vsan: number): Promise<void> {
  const line = `no zone commit vsan ${vsan}`;
  accepted(line, await device.configure(ctx, line), NOTHING_PENDING);
}

export function held(vsan: number, { from, holder }: ZoneSession, why: string): DriverError {
  return new DriverError({
    class: 'busy',
    message: `${holder} has a zoning session open on VSAN ${vsan} (${from}); ${why}`,
    holders: [holder],
    hint: `when it is forgotten: see show zone pending-diff vsan ${vsan}, then no zone commit vsan ${vsan} by its user, or clear zone lock vsan ${vsan}`,
  });
}
