/** `applyZoneDelta`: checked names, a fabric nobody holds, nothing to do, nothing unsafe; then the change, and saving it. */
import { type CallContext, CERTAINLY_NOT_DONE, DriverError, type ZoneDelta, type ZoneDeltaResult } from 'coprhd/driver';
import type { Switch } from '../cli/switch.ts';
import type { MdsClient } from '../client.ts';
import { needVsan } from '../fabrics.ts';
import { editsBetween } from '../model/edits.ts';
import { conflict, refuseUnsafe } from '../model/refuse.ts';
import { isDone, isMadeOn, targetOf } from '../model/target.ts';
import { type Work, workOf, zoneNames } from '../model/work.ts';
import { fingerprintOf, pendingOf } from '../model/zoning.ts';
import { type ZoningRead, zoneObservations, zoningObservation } from '../zoning.ts';
import { changeBasic } from './basic.ts';
import { knownQuestions, ownOf, type PlannedChange } from './change.ts';
import { changeEnhanced } from './enhanced.ts';
import { readUnlocked } from './lock.ts';
import { save } from './save.ts';

export async function applyZoneDelta(ctx: CallContext, client: MdsClient, delta: ZoneDelta): Promise<ZoneDeltaResult> {
  const work = workOf(delta);
  return client.use(ctx, async (device) => {
    const startedMs = ctx.nowMs();
    const vsan = await needVsan(ctx, client, device, delta.fabric);
    const { user } = client.configuration;
    const before = await readUnlocked(ctx, device, vsan, { user, delta, work });
    if (isDone(before.zoning, work, delta.activate)) {
      if (client.unsaved.has(vsan)) await save(ctx, client, device, vsan);
      return resultOf(before, work);
    }
    const change = { ...planned(vsan, before, delta, work), readMs: ctx.nowMs() - startedMs };
    const after = await done(ctx, client, device, change);
    if (client.unsaved.has(vsan)) await save(ctx, client, device, vsan);
    return resultOf(after, work);
  });
}

/** Throws what the delta is refused for. */
function planned(vsan: number, before: ZoningRead, delta: ZoneDelta, work: Work): Omit<PlannedChange, 'readMs'> {
  const { zoning, status } = before;
  if (!isMadeOn(delta.base, zoning, work)) throw conflict(`the zoning of VSAN ${vsan} is not as it was when planned`);
  const target = targetOf(zoning.full, work);
  const begun = fingerprintOf(zoning) !== delta.base;
  refuseUnsafe({ vsan, zoning, status, delta, work, target, begun });
  const after = { ...zoning, full: target };
  return {
    ...{ vsan, work, before, target },
    edits: editsBetween(vsan, zoning.full, target, ownOf(work)),
    activate: delta.activate && pendingOf(after, work.configuration).length > 0,
    known: knownQuestions(target, work.configuration),
  };
}

async function done(ctx: CallContext, client: MdsClient, device: Switch, change: PlannedChange): Promise<ZoningRead> {
  const { unsaved } = client;
  const wasUnsaved = unsaved.has(change.vsan);
  // Before it is sent: when the answer is lost, it may be in effect, and is saved by the same delta again.
  if (change.activate) unsaved.add(change.vsan);
  try {
    return await (change.before.status.mode === 'enhanced' ? changeEnhanced : changeBasic)(ctx, device, change);
  } catch (error) {
    const isNothingDone = error instanceof DriverError && CERTAINLY_NOT_DONE.has(error.class);
    if (isNothingDone && !wasUnsaved) unsaved.delete(change.vsan);
    throw error;
  }
}

function resultOf(read: ZoningRead, work: Work): ZoneDeltaResult {
  return { zoning: zoningObservation(read), zones: zoneObservations(read.zoning, zoneNames(work)) };
}
