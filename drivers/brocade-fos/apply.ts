/**
 * A delta of zones on a fabric: `applyZoneDelta` of the driver contract. Read; refuse; edit in a transaction of our own; read
 * again; save or activate; read again. Whatever fails is taken back, and what can't be taken back is named.
 */
import { type CallContext, DriverError, type ZoneDelta, type ZoneDeltaResult } from 'coprhd/driver';
import { goesFirst, LOOKS_MAX } from './contention.ts';
import { busyWith, CutShort, checkFence, checkShown, editAll, type Work } from './fence.ts';
import { memberOf } from './model/names.ts';
import { isOwnTransaction } from './model/own-transaction.ts';
import { isDone, type Plan, planned } from './model/plan.ts';
import { type Prepared, prepared, zonesOf } from './model/prepare.ts';
import { zoneViews, zoningView } from './model/view.ts';
import {
  activated,
  type Effective,
  type Snapshot,
  sameDefined,
  sameEffective,
  sameList,
  type Transaction,
} from './model/zoning.ts';
import { type Call, LeftBehind, read, recovered, undone } from './recover.ts';
import type { SwitchTransport } from './transport.ts';

export async function applyDelta(
  ctx: CallContext,
  fabric: SwitchTransport,
  delta: ZoneDelta,
): Promise<ZoneDeltaResult> {
  const call: Call = { ctx, fabric, work: prepared(delta) };
  return resultOf(await done(call), call.work);
}

function resultOf(snapshot: Snapshot, work: Prepared): ZoneDeltaResult {
  return { zoning: zoningView(snapshot), zones: zoneViews(snapshot, zonesOf(work)) };
}

/** The zoning after the delta. */
async function done(call: Call): Promise<Snapshot> {
  const { work } = call;
  const seen = await read(call);
  if (seen.transaction === undefined && isDone(seen, work)) return seen;
  const before = seen.transaction === undefined ? seen : await freed(call, seen, seen.transaction);
  if (isDone(before, work)) return before;
  const plan = planned(before, work);
  const state = await edit(call, before, plan).catch((error: unknown) => overtaken(call, error));
  if ('snapshot' in state) return state.snapshot;
  const last = await commit(call, state);
  checkResult(last, before, plan, work);
  return last;
}

/** How often a transaction of ours is looked at before it is taken for dead: somebody alive would go on meanwhile. */
const LIFE_LOOKS = 3;

/** Drops the open transaction if it is provably ours and nobody works in it, and reads again. */
async function freed(call: Call, seen: Snapshot, transaction: Transaction): Promise<Snapshot> {
  const { ctx, fabric, work } = call;
  if (!transaction.abortable || !isOwnTransaction(seen, work)) throw busyWith(transaction);
  for (let looks = 0; looks < LIFE_LOOKS; looks++) {
    const again = await read(call);
    if (again.transaction?.token !== transaction.token || !sameDefined(again.defined, seen.defined)) {
      throw busyWith(again.transaction ?? transaction);
    }
  }
  await checkFence(ctx, fabric, transaction.token);
  ctx.log.debug('brocade-fos: our transaction was left open by a call that died; it is dropped');
  await fabric.abort(ctx, seen).catch((error: unknown) => {
    // Over REST only the session that opened it may, as long as it lives.
    throw error instanceof DriverError && error.class === 'busy' ? busyWith(transaction) : error;
  });
  const after = await read(call);
  if (after.transaction) throw busyWith(after.transaction);
  return after;
}

interface Edited extends Work {
  /** As read after the last edit, and found to hold nothing but what was there and the edits. */
  readonly seen: Snapshot;
}

/** Edits, and nothing saved. */
async function edit(call: Call, before: Snapshot, { edits }: Plan): Promise<Edited> {
  const { ctx, fabric } = call;
  try {
    const state = await editAll(ctx, fabric, before, edits);
    return { ...state, seen: await checked(call, state) };
  } catch (error) {
    throw error instanceof CutShort ? await undone(call, error.work, error.cause) : error;
  }
}

/** The same delta may have been done meanwhile through another session; else the error stands. */
async function overtaken(call: Call, error: unknown): Promise<{ readonly snapshot: Snapshot }> {
  if (!(error instanceof LeftBehind)) throw error;
  const snapshot = await read(call);
  if (snapshot.transaction !== undefined || !isDone(snapshot, call.work)) throw error;
  return { snapshot };
}

async function checked(call: Call, state: Work): Promise<Snapshot> {
  try {
    const { nowMs, endsMs = call.ctx.deadlineMs } = call.ctx;
    // Time must be left to take it back.
    const untilMs = (nowMs() + endsMs) / 2;
    let seen = await read(call);
    for (let looks = 1; looks < LOOKS_MAX && nowMs() < untilMs; looks++) {
      if (seen.transaction?.token !== state.token) break;
      if (!goesFirst(state.done, state.defined, seen.defined)) break;
      seen = await read(call);
    }
    checkShown(seen, state);
    if (seen.defaultZone === 'deny') return seen;
    throw new DriverError({ class: 'conflict', message: 'the default zone was set to all access meanwhile' });
  } catch (error) {
    throw new CutShort(state, error);
  }
}

/** Saves or activates what was edited; the zoning as read afterwards. */
async function commit(call: Call, state: Edited): Promise<Snapshot> {
  const { ctx, fabric, work } = call;
  const saveFirst = !work.activate || (fabric.fence === 'checksum' && state.done.length > 0);
  try {
    await checkFence(ctx, fabric, state.token);
    if (saveFirst) await fabric.save(ctx, state.seen);
    if (work.activate) {
      await fabric.enable(ctx, work.configuration, saveFirst ? await savedOnly(call, state) : state.seen);
    }
  } catch (error) {
    throw await recovered(call, state, error);
  }
  return lastLook(call);
}

/** It was done by now, as far as the switch says: what goes wrong here never says that nothing happened. */
async function lastLook(call: Call): Promise<Snapshot> {
  try {
    return await read(call);
  } catch (error) {
    if (!(error instanceof DriverError) || error.class === 'ambiguous') throw error;
    const message = `the change was made, and could not be looked at: ${error.message}`;
    throw new DriverError({ class: 'ambiguous', message, holders: error.holders }, error);
  }
}

/** Between saving and activating nobody else may have saved anything: an activation would publish it. */
async function savedOnly(call: Call, state: Work): Promise<Snapshot> {
  const seen = await read(call);
  if (seen.transaction !== undefined) throw busyWith(seen.transaction);
  if (sameDefined(seen.defined, state.defined) && sameEffective(seen.effective, state.before.effective)) return seen;
  throw new DriverError({
    class: 'busy',
    message: 'somebody else saved zoning at the same time; it was not activated',
  });
}

/** Zones that hold members of kinds that are never written may be shown in another form when they are in effect. */
const isSpecial = (members: readonly string[] | undefined): boolean =>
  members?.some((member) => memberOf(member).type === 'other') ?? false;

function effectiveDifferences(expected: Effective | undefined, seen: Effective | undefined): string[] {
  const names = new Set([...(expected?.zones.keys() ?? []), ...(seen?.zones.keys() ?? [])]);
  return [...names].filter((name) => {
    const [wanted, now] = [expected?.zones.get(name), seen?.zones.get(name)];
    if (isSpecial(wanted) || isSpecial(now)) return (wanted === undefined) !== (now === undefined);
    return !sameList(wanted, now);
  });
}

/** All of it, not only ours: what others have must be as it was, or as they saved it. */
function checkResult(last: Snapshot, before: Snapshot, { after }: Plan, work: Prepared): void {
  const expected = work.activate ? activated(after, work.configuration) : before.effective;
  const different = effectiveDifferences(expected, last.effective);
  // While somebody has the next transaction open, their edits are shown with what is saved.
  const saved = last.transaction === undefined ? sameDefined(last.defined, after) : isDone(last, work);
  if (last.effective?.name === expected?.name && different.length === 0 && saved) return;
  const which = different.length > 0 ? `in effect: ${different.slice(0, 10).join(', ')}` : 'as saved';
  throw new DriverError({ class: 'ambiguous', message: `the zoning is not as expected after the change, ${which}` });
}
