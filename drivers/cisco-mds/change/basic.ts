/**
 * A change in basic mode. There is no lock and no session: edits are in the full database at once, and become effective by
 * the activation. So the full database is read again before it is activated, and must be as it was but for our edits; and
 * what fails is taken back by the inverse edits of our own zones, never by an older set.
 */
import type { CallContext } from 'coprhd/driver';
import type { Switch } from '../cli/switch.ts';
import { editsBetween } from '../model/edits.ts';
import { conflict } from '../model/refuse.ts';
import { differing } from '../model/zoning.ts';
import { readWhole, type ZoningRead } from '../zoning.ts';
import { isAchieved, ownOf, type PlannedChange } from './change.ts';
import { awaitOutcome } from './outcome.ts';
import { ACTIVATED, accepted, sendEdits } from './send.ts';
import { undone } from './undo.ts';

export async function changeBasic(ctx: CallContext, device: Switch, change: PlannedChange): Promise<ZoningRead> {
  const { vsan, before, edits, target } = change;
  try {
    await sendEdits(ctx, device, edits);
    const edited = await readWhole(ctx, device, vsan);
    const foreign = differing({ ...before.zoning, full: target }, edited.zoning);
    if (foreign.length > 0) {
      throw conflict(`somebody else edits the zoning of VSAN ${vsan} at the same time: ${foreign.join(', ')}`, foreign);
    }
    if (!change.activate) return edited;
    await activate(ctx, device, change);
    return await awaitOutcome(ctx, device, vsan, before.status.last, (read) => isAchieved(change, read));
  } catch (failure) {
    return undone(failure, () => takeBack(ctx, device, change));
  }
}

async function activate(ctx: CallContext, device: Switch, { vsan, work, known }: PlannedChange): Promise<void> {
  const line = `zoneset activate name ${work.configuration} vsan ${vsan}`;
  accepted(line, await device.configure(ctx, line, 'config', known), ACTIVATED);
}

/** Gives what is other than before. What others edited meanwhile stays, and isn't named. */
async function takeBack(ctx: CallContext, device: Switch, { vsan, before, work }: PlannedChange): Promise<string[]> {
  const now = await readWhole(ctx, device, vsan);
  const own = ownOf(work);
  await sendEdits(ctx, device, editsBetween(vsan, now.zoning.full, before.zoning.full, own));
  const after = await readWhole(ctx, device, vsan);
  const isOwn = (name: string) => own.zones.has(name) || own.aliases.has(name) || name === work.configuration;
  const left = differing(before.zoning, after.zoning).filter(isOwn);
  const others = new Set(differing(before.zoning, now.zoning));
  // Our zoneset is other than before also when others put their zones into it.
  return left.filter((name) => name !== work.configuration || [...others].every(isOwn));
}
