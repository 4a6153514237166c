/**
 * A change in enhanced mode: our session holds the lock, everything is compared again under it, pending edits are looked
 * through before they are committed, and only our own session is ever aborted.
 */
import { type CallContext, DriverError } from 'coprhd/driver';
import type { ZoneSession } from '../cli/status.ts';
import { surprise } from '../cli/surprise.ts';
import { heardUntil, type Switch } from '../cli/switch.ts';
import { foreignEdits } from '../model/pending-diff.ts';
import { conflict } from '../model/refuse.ts';
import type { Work } from '../model/work.ts';
import { differing } from '../model/zoning.ts';
import { readStatus, readWhole, type ZoningRead } from '../zoning.ts';
import { leftOf, operationOf, type PlannedChange } from './change.ts';
import { dropSession, held, pendingDiff } from './lock.ts';
import { awaitOutcome, begin, notTaken } from './outcome.ts';
import { ACTIVATED, accepted, SESSION_CREATED, sendEdits } from './send.ts';
import { type Undoing, undone } from './undo.ts';

/** Switches with `zone confirm-commit` show the pending edits and ask; they were looked through already. */
const CONFIRMED = { asks: /about to be committed[\s\S]*continue\?/i, answer: 'y' };
const COMMITTED = /Commit operation initiated|No pending info found/i;

/** Giving the session up and reading what is there is about as many lines as finding and reading it was, and half as many again. */
const GIVING_UP = 2;

export async function changeEnhanced(ctx: CallContext, device: Switch, change: PlannedChange): Promise<ZoningRead> {
  // From then on there is only time to drop the session, which would lock the fabric for everybody.
  const editing = heardUntil(device, (ctx.endsMs ?? ctx.deadlineMs) - GIVING_UP * change.readMs);
  const opened = await openSession(ctx, editing, change);
  let doubt: DriverError | undefined;
  let holder: string | undefined;
  try {
    accepted(opened.line, opened.said, ACTIVATED);
    holder = await compareUnderLock(ctx, editing, change);
    await edit(ctx, editing, change);
    const line = `zone commit vsan ${change.vsan}`;
    doubt = await begin(line, () => device.configure(ctx, line, 'config', [CONFIRMED]), COMMITTED);
  } catch (failure) {
    return undone(failure, () => abandon(ctx, device, change, holder));
  }
  const outcome = await awaitOutcome(ctx, device, { ...operationOf(change), holder }, doubt);
  if ('read' in outcome) return outcome.read;
  return undone(doubt ?? notTaken(change.vsan, outcome.failed), () => abandon(ctx, device, change, holder));
}

/** Everything in the session that was opened, and nothing else in it. */
async function edit(ctx: CallContext, device: Switch, change: PlannedChange): Promise<void> {
  const edited = await sendEdits(ctx, device, change.edits);
  const activated = change.activate ? await activateInSession(ctx, device, change) : '';
  // It is on the zoning as it was then, which nothing was compared with.
  if (SESSION_CREATED.test(edited + activated)) {
    throw conflict(`somebody ended our session on VSAN ${change.vsan}, and an edit of ours opened another`);
  }
  const foreign = foreignEdits(await pendingDiff(ctx, device, change.vsan), change.work);
  if (foreign.length === 0) return;
  throw conflict(`somebody else edits in our session: ${foreign.slice(0, 5).join('; ')}`, foreign);
}

/**
 * By a line that changes nothing where the zoneset is there; where the switch makes no session of that, by the first line that
 * changes something. Where somebody logged in as the same user has opened a session meanwhile, the line joins that one, and
 * the switch doesn't say that one was created.
 */
async function openSession(ctx: CallContext, device: Switch, change: PlannedChange): Promise<Opened> {
  let last: Opened = { line: '', said: '' };
  for (const { line, mode } of openers(change)) {
    last = { line, said: await device.configure(ctx, line, mode, change.known) };
    if (SESSION_CREATED.test(last.said)) return last;
    accepted(line, last.said, ACTIVATED);
    const { session } = await readStatus(ctx, device, change.vsan);
    if (session) throw held(change.vsan, session, 'it was opened a moment ago');
  }
  throw surprise(last.line, last.said, 'no session was created');
}

interface Opened {
  readonly line: string;
  readonly said: string;
}

function openers({ vsan, work, before, edits }: PlannedChange): { readonly line: string; readonly mode?: string }[] {
  const [first] = edits;
  const isThere = before.zoning.full.zonesets.has(work.configuration);
  return [
    ...(isThere ? [{ line: `zoneset name ${work.configuration} vsan ${vsan}`, mode: 'config-zoneset' }] : []),
    first
      ? { line: first.head, ...(first.mode === undefined ? {} : { mode: first.mode }) }
      : { line: activation(vsan, work) },
  ];
}

const activation = (vsan: number, { configuration }: Work): string =>
  `zoneset activate name ${configuration} vsan ${vsan}`;

/** Under whose name we hold the lock. */
async function compareUnderLock(ctx: CallContext, device: Switch, { vsan, before }: PlannedChange): Promise<string> {
  const now = await readWhole(ctx, device, vsan);
  const { session, defaultZone } = now.status;
  if (session === undefined) throw conflict(`somebody ended our session on VSAN ${vsan}`);
  const changed = differing(before.zoning, now.zoning);
  if (changed.length === 0 && defaultZone === 'deny') return session.holder;
  throw conflict(`the zoning of VSAN ${vsan} changed before it was locked: ${changed.join(', ')}`, changed);
}

async function activateInSession(
  ctx: CallContext,
  device: Switch,
  { vsan, work, known }: PlannedChange,
): Promise<string> {
  const line = activation(vsan, work);
  return accepted(line, await device.configure(ctx, line, 'config', known), ACTIVATED);
}

/** Ends our session where it is still open. `holder`: undefined until it is known; then the one that we have created is ours. */
async function abandon(
  ctx: CallContext,
  device: Switch,
  change: PlannedChange,
  holder: string | undefined,
): Promise<Undoing> {
  const { vsan } = change;
  const isOurs = (session: ZoneSession | undefined) =>
    session?.from === 'cli' && (holder === undefined || session.holder === holder);
  if (isOurs((await readStatus(ctx, device, vsan)).session)) await dropSession(ctx, device, vsan);
  const after = await readWhole(ctx, device, vsan);
  if (isOurs(after.status.session)) throw new DriverError({ class: 'busy', message: 'our session is still open' });
  return { left: leftOf(change, after) };
}
