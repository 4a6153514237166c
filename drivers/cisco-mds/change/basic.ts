/**
 * A change in basic mode. There is no lock and no session: edits are in the full database at once, and become effective by
 * the activation. So the full database is read again before it is activated, and must be as it was but for our edits; and
 * what fails is taken back by the inverse edits of our own zones, never by an older set.
 */
import { type CallContext, DriverError } from 'coprhd/driver';
import type { Switch } from '../cli/switch.ts';
import { editsBetween } from '../model/edits.ts';
import { conflict } from '../model/refuse.ts';
import { differing } from '../model/zoning.ts';
import { readWhole, type ZoningRead } from '../zoning.ts';
import { leftOf, operationOf, ownOf, type PlannedChange } from './change.ts';
import { awaitOutcome, begin, notTaken } from './outcome.ts';
import { ACTIVATED, sendEdits } from './send.ts';
import { messageOf, type Undoing, undone } from './undo.ts';

export async function changeBasic(ctx: CallContext, device: Switch, change: PlannedChange): Promise<ZoningRead> {
  let doubt: DriverError | undefined;
  try {
    const edited = await edit(ctx, device, change);
    if (!change.activate) return edited;
    doubt = await activation(ctx, device, change);
  } catch (failure) {
    return undone(failure, () => takeBack(ctx, device, change));
  }
  const outcome = await awaitOutcome(ctx, device, operationOf(change), doubt);
  if ('read' in outcome) return outcome.read;
  return undone(doubt ?? notTaken(change.vsan, outcome.failed), () => takeBack(ctx, device, change));
}

/** Saved, and nothing else is other than before. */
async function edit(ctx: CallContext, device: Switch, change: PlannedChange): Promise<ZoningRead> {
  const { vsan, before, edits, target } = change;
  await sendEdits(ctx, device, edits);
  const edited = await readWhole(ctx, device, vsan);
  const foreign = differing({ ...before.zoning, full: target }, edited.zoning);
  if (foreign.length === 0) return edited;
  throw conflict(`somebody else edits the zoning of VSAN ${vsan} at the same time: ${foreign.join(', ')}`, foreign);
}

/**
 * Refused because somebody's activation is under way: that one publishes what is saved, so ours may go into effect with it.
 * What came of it is looked at before anything is taken back.
 */
async function activation(ctx: CallContext, device: Switch, { vsan, work, known }: PlannedChange) {
  const line = `zoneset activate name ${work.configuration} vsan ${vsan}`;
  try {
    return await begin(line, () => device.configure(ctx, line, 'config', known), ACTIVATED);
  } catch (error) {
    if (error instanceof DriverError && error.class === 'busy') return error;
    throw error;
  }
}

async function takeBack(ctx: CallContext, device: Switch, change: PlannedChange): Promise<Undoing> {
  const { vsan, before, work } = change;
  const now = await readWhole(ctx, device, vsan);
  let why: string | undefined;
  try {
    await sendEdits(ctx, device, editsBetween(vsan, now.zoning.full, before.zoning.full, ownOf(work)));
  } catch (error) {
    why = messageOf(error);
  }
  const left = leftOf(change, await readWhole(ctx, device, vsan));
  return { left, ...(why === undefined ? {} : { why }) };
}
