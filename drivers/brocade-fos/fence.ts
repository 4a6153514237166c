/**
 * Edits in a transaction of our own. Before each one it is looked at whose transaction is open; what the switch shows is
 * held against what it must show; and what was begun and can't be finished is taken back, without touching what is another's.
 */
import { type CallContext, CERTAINLY_NOT_DONE, DriverError } from 'coprhd/driver';
import { type Edit, edited, inverseOf, listOf, withEdit } from './model/edits.ts';
import { holderOf } from './model/view.ts';
import { type Defined, type Snapshot, sameDefined, sameEffective, sameList, type Transaction } from './model/zoning.ts';
import { OpenElsewhere } from './refusal.ts';
import { Surprise } from './surprise.ts';
import { HalfDone, type SwitchTransport } from './transport.ts';

export function busyWith(transaction: Transaction): DriverError {
  return new DriverError({
    class: 'busy',
    message: `somebody has a transaction open: ${holderOf(transaction)}`,
    holders: [holderOf(transaction)],
    hint: 'wait for it; if nobody works on it any more, end it on the switch: cfgtransshow, cfgtransabort',
  });
}

/** Edits under way. */
export interface Work {
  readonly before: Snapshot;
  readonly token: string | undefined;
  /** What was answered as done. */
  readonly done: readonly Edit[];
  /** What the switch has to show now. */
  readonly defined: Defined;
  /** Sent last, and answered with something that doesn't say whether it was done. */
  readonly doubtful?: Edit;
}

/** Thrown by `editAll`: what went wrong, and how far it was. */
export class CutShort extends Error {
  readonly work: Work;
  constructor(work: Work, cause: unknown) {
    super('cut short', { cause });
    this.work = work;
  }
}

/** Refuses when another transaction than ours is open, or ours is gone. */
export async function checkFence(ctx: CallContext, fabric: SwitchTransport, token: string | undefined): Promise<void> {
  const open = await fabric.transaction(ctx);
  if (open?.token === token) return;
  if (open !== undefined) throw busyWith(open);
  throw new DriverError({
    class: 'busy',
    message: 'the transaction was ended by somebody else, perhaps by an activation on another switch',
  });
}

/** After these the edit may have been done. */
const IN_DOUBT = [Surprise, OpenElsewhere, HalfDone] as const;

async function editOnce(ctx: CallContext, fabric: SwitchTransport, work: Work, edit: Edit): Promise<Work> {
  await checkFence(ctx, fabric, work.token);
  try {
    await fabric.edit(ctx, edit);
  } catch (error) {
    if (IN_DOUBT.some((kind) => error instanceof kind)) {
      throw new CutShort({ ...work, doubtful: edit }, error);
    }
    throw new CutShort(work, work.done.length === 0 ? await raced(ctx, fabric, error) : error);
  }
  return { ...work, done: withEdit(work.done, edit), defined: edited(work.defined, edit) };
}

/** The first edit was refused: when that is because somebody else has begun in the same moment, it says so. */
async function raced(ctx: CallContext, fabric: SwitchTransport, error: unknown): Promise<unknown> {
  if (!(error instanceof DriverError) || !CERTAINLY_NOT_DONE.has(error.class)) return error;
  const open = await fabric.transaction(ctx);
  return open === undefined ? error : busyWith(open);
}

/** The transaction that our first edit has opened. */
async function opened(ctx: CallContext, fabric: SwitchTransport, work: Work): Promise<Work> {
  const open = await fabric.transaction(ctx);
  if (open === undefined && fabric.fence === 'token') {
    throw new Surprise('the transaction after an edit', 'there is none');
  }
  return { ...work, token: open?.token };
}

export async function editAll(
  ctx: CallContext,
  fabric: SwitchTransport,
  before: Snapshot,
  edits: readonly Edit[],
): Promise<Work> {
  let work: Work = { before, token: undefined, done: [], defined: before.defined };
  try {
    for (const [at, edit] of edits.flatMap(fabric.partsOf).entries()) {
      work = await editOnce(ctx, fabric, work, edit);
      if (at === 0) work = await opened(ctx, fabric, work);
    }
    return work;
  } catch (error) {
    throw error instanceof CutShort ? error : new CutShort(work, error);
  }
}

/** What stands before saving must be what was there and our edits, nothing less and nothing more. */
export function checkShown(seen: Snapshot, { before, defined, token }: Work): void {
  const { transaction } = seen;
  if (transaction?.token !== token) {
    throw transaction ? busyWith(transaction) : new DriverError({ class: 'busy', message: 'the transaction is gone' });
  }
  const sameSaved = before.checksum === seen.checksum;
  if (sameSaved && sameDefined(seen.defined, defined) && sameEffective(seen.effective, before.effective)) return;
  throw new DriverError({
    class: 'busy',
    message: 'somebody else changes the zoning at the same time; nothing of it was saved',
    holders: transaction ? [holderOf(transaction)] : [],
  });
}

/** What of our edits is left; empty = nothing. */
export type Left = readonly Edit[];

export const isVisible = (defined: Defined, edit: Edit): boolean =>
  sameList(listOf(edited(defined, edit), edit), listOf(defined, edit));

/**
 * Ends our transaction. It is thrown away only when it is ours by its number *and* holds our edits and nothing else; from one
 * that others edit too, our edits are taken out one by one.
 */
export async function takeBack(ctx: CallContext, fabric: SwitchTransport, work: Work): Promise<Left> {
  const seen = await fabric.snapshot(ctx);
  const { doubtful } = work;
  const mine = doubtful !== undefined && isVisible(seen.defined, doubtful) ? withEdit(work.done, doubtful) : work.done;
  const visible = mine.filter((edit) => isVisible(seen.defined, edit));
  const open = openNow(fabric, work, seen);
  if (open === undefined || visible.length === 0) return visible;
  const expected = [work.defined, ...(work.doubtful === undefined ? [] : [edited(work.defined, work.doubtful)])];
  const onlyOurs = expected.some((defined) => sameDefined(defined, seen.defined));
  // The answer to the edit that opened it was not understood: then its content alone says whose it is.
  const ours = work.token === open.token || (work.token === undefined && onlyOurs);
  // Ours has ended then, and what is to be seen was made by whoever has this one open.
  if (!ours) return work.token === undefined ? visible : [];
  if (!onlyOurs) return takeOut(ctx, fabric, { ...work, done: visible });
  return dropped(ctx, fabric, work, seen, visible);
}

/** Over REST a switch that shows no transaction has one all the same, while what it shows isn't saved. */
export function openNow(fabric: SwitchTransport, { before }: Work, seen: Snapshot) {
  const unsaved = fabric.fence === 'checksum' && seen.checksum === before.checksum;
  return seen.transaction ?? (unsaved ? { token: undefined, abortable: true } : undefined);
}

async function dropped(
  ctx: CallContext,
  fabric: SwitchTransport,
  { before }: Work,
  seen: Snapshot,
  visible: Left,
): Promise<Left> {
  if (seen.transaction?.abortable === false) throw busyWith(seen.transaction);
  await checkFence(ctx, fabric, seen.transaction?.token);
  await fabric.abort(ctx, seen);
  const after = await fabric.snapshot(ctx);
  return sameDefined(after.defined, before.defined) ? [] : visible;
}

/** Leaves the transaction to those who edit in it too. */
async function takeOut(ctx: CallContext, fabric: SwitchTransport, work: Work): Promise<Left> {
  for (const edit of inverseOf(work.done).flatMap(fabric.partsOf)) {
    await checkFence(ctx, fabric, work.token);
    await fabric.edit(ctx, edit);
  }
  const after = await fabric.snapshot(ctx);
  return work.done.filter((edit) => isVisible(after.defined, edit));
}
