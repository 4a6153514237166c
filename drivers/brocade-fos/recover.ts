/**
 * When a change fails half way: what was edited is thrown away, what was saved is taken back by the inverse edits, and what
 * can't be put back is named. Nothing here is tried on a switch that has stopped answering: the same delta finds out later.
 */
import { type CallContext, CERTAINLY_NOT_DONE, DriverError } from 'coprhd/driver';
import { CutShort, checkFence, checkShown, editAll, isVisible, openNow, takeBack, type Work } from './fence.ts';
import { inverseOf, namesOf } from './model/edits.ts';
import { type Prepared, zonesOf } from './model/prepare.ts';
import { type Snapshot, sameDefined, sameEffective, sameList } from './model/zoning.ts';
import { Surprise } from './surprise.ts';
import type { SwitchTransport } from './transport.ts';

export interface Call {
  readonly ctx: CallContext;
  readonly fabric: SwitchTransport;
  readonly work: Prepared;
}

/** Refuses what isn't the whole. */
export async function read({ ctx, fabric }: Call): Promise<Snapshot> {
  const snapshot = await fabric.snapshot(ctx);
  if (snapshot.complete) return snapshot;
  throw new DriverError({ class: 'transient', message: 'the switch did not show the whole zoning' });
}

/** Whether the switch can still be talked to: it has answered, with whatever. */
const answered = (error: unknown): boolean =>
  error instanceof Surprise || (error instanceof DriverError && CERTAINLY_NOT_DONE.has(error.class));

/** Takes back what was edited; the error to throw. */
export async function undone({ ctx, fabric }: Call, state: Work, cause: unknown): Promise<unknown> {
  const began = state.done.length > 0 || state.doubtful !== undefined;
  if (!began || !answered(cause)) return cause;
  try {
    const left = await takeBack(ctx, fabric, state);
    return left.length === 0 ? plain(cause) : leftBehind(cause, `left behind: ${namesOf(left)}`);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return leftBehind(cause, `taking it back failed (${textOf(error)}); left behind: ${namesOf(state.done)}`);
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What the switch refused for a reason unknown to us is refused all the same, once nothing is left of it. */
function plain(cause: unknown): unknown {
  if (!(cause instanceof Surprise)) return cause;
  const { message, transcript, hint } = cause;
  return new DriverError(
    {
      class: 'conflict',
      message: `refused by the switch, nothing was changed: ${message}`,
      ...(transcript === undefined ? {} : { transcript }),
      ...(hint === undefined ? {} : { hint }),
    },
    cause,
  );
}

/** Something of the change stays, and it is said what. */
export class LeftBehind extends DriverError {}

function leftBehind(cause: unknown, left: string): LeftBehind {
  const transcript = cause instanceof DriverError ? cause.transcript : undefined;
  return new LeftBehind(
    {
      class: 'ambiguous',
      message: `${textOf(cause)}; ${left}`,
      hint: 'look at cfgtransshow and cfgshow on the switch',
      ...(transcript === undefined ? {} : { transcript }),
    },
    cause,
  );
}

/** After a failed save or activation: puts everything back as it was. The error to throw. */
export async function recovered(call: Call, state: Work, cause: unknown): Promise<unknown> {
  if (!answered(cause)) return cause;
  try {
    return await putBack(call, state, cause);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return leftBehind(cause, `putting it back failed (${textOf(error)}); saved or half saved: ${namesOf(state.done)}`);
  }
}

async function putBack(call: Call, state: Work, cause: unknown): Promise<unknown> {
  const { before } = state;
  const seen = await read(call);
  const open = openNow(call.fabric, state, seen);
  if (open !== undefined && open.token === state.token) {
    const rest = await undone(call, state, cause);
    const effectiveAsBefore = sameEffective(seen.effective, before.effective);
    return effectiveAsBefore ? rest : leftBehind(rest, 'what is in effect has changed');
  }
  if (!oursInEffectAs(before, seen, call.work)) {
    return leftBehind(cause, `what is in effect has changed: ${namesOf(state.done)}`);
  }
  // Others may have saved meanwhile, and so have discarded what was ours: theirs stays.
  const ours = state.done.filter((edit) => isVisible(seen.defined, edit));
  if (ours.length === 0) return plain(cause);
  if (open !== undefined || ours.length < state.done.length) {
    return leftBehind(cause, `saved and not in effect, beside what others did: ${namesOf(ours)}`);
  }
  await saveInverse(call, seen, state);
  return plain(cause);
}

const oursInEffectAs = ({ effective: before }: Snapshot, { effective: now }: Snapshot, work: Prepared): boolean =>
  before?.name === now?.name && zonesOf(work).every((name) => sameList(before?.zones.get(name), now?.zones.get(name)));

/** What was saved and could not be activated is taken back by the inverse edits, and that is saved. */
async function saveInverse(call: Call, seen: Snapshot, state: Work): Promise<void> {
  const { ctx, fabric } = call;
  const back = await editAll(ctx, fabric, seen, inverseOf(state.done)).catch(async (error: unknown) => {
    throw error instanceof CutShort ? await undone(call, error.work, error.cause) : error;
  });
  const shown = await read(call);
  checkShown(shown, back);
  await checkFence(ctx, fabric, back.token);
  await fabric.save(ctx, shown);
  const after = await read(call);
  if (after.transaction === undefined && sameDefined(after.defined, back.defined)) return;
  throw new DriverError({ class: 'ambiguous', message: 'the saved zoning is not as it was' });
}
