/**
 * Who may change the zoning of a VSAN, and where the change goes: in basic mode to the full database of this switch at
 * once, in enhanced mode to the session, which the first change opens and which locks the fabric.
 */
import { findFault } from './faults.ts';
import { PENDING_ACTION } from './operations.ts';
import { type Actor, type MdsState, type Pending, switchOf, type Vsan, vsanOf, zoningOf } from './types.ts';
import { activeBytes, copyOf, dbBytes, type Refusal } from './zone-db.ts';

export const SESSION_CREATED = "Enhanced zone session has been created. Please 'commit' the changes when done.";
export const LOCK_BUSY = 'Lock is currently busy';
export const DATABASE_FULL = 'Zone database size limit exceeded';

/** More than any change adds, but for a copy of the active set. */
const EDIT_BYTES_MAX = 65_536;

export const notConfigured = (vsan: number): string => `VSAN ${vsan} is not configured`;

/** Why nobody can change this VSAN now. */
export function obstacle(state: MdsState, { switch: on }: Actor, vsan: Vsan): string | undefined {
  const isOfVsan = ({ vsan: id }: { vsan?: number }) => id === undefined || id === vsan.id;
  if (findFault(state, 'busy', on, isOfVsan)) return LOCK_BUSY;
  return vsan.operation ? PENDING_ACTION : undefined;
}

interface Opened {
  readonly pending: Pending;
  readonly said: readonly string[];
}

/** Basic mode: what the switch has itself. A change of the database is a change of its own. */
function ownOf(state: MdsState, actor: Actor, vsan: Vsan): Pending {
  const zoning = zoningOf(switchOf(state, actor.switch), vsan.id);
  return { db: zoning.db, defaultZone: zoning.defaultZone, smartZoning: vsan.smartZoning };
}

function open(state: MdsState, actor: Actor, vsan: Vsan): Opened | string {
  if (vsan.mode === 'basic') return { pending: ownOf(state, actor, vsan), said: [] };
  const { session } = vsan;
  if (session) {
    const isOurs = session.user === actor.user && session.switch === actor.switch;
    return isOurs ? { pending: session.pending, said: [] } : LOCK_BUSY;
  }
  const pending = copyOf(ownOf(state, actor, vsan));
  vsan.session = { user: actor.user, switch: actor.switch, pending };
  return { pending, said: [SESSION_CREATED] };
}

export interface Edited {
  /** What the switch says. */
  readonly said: readonly string[];
  readonly ok: boolean;
}

const no = (...said: string[]): Edited => ({ said, ok: false });

/** A change of the full database. What doesn't fit is taken back. */
export function editZoning(
  state: MdsState,
  actor: Actor,
  id: number,
  change: (pending: Pending, vsan: Vsan) => Refusal,
): Edited {
  const vsan = vsanOf(state, id);
  if (!vsan) return no(notConfigured(id));
  const inTheWay = obstacle(state, actor, vsan);
  if (inTheWay !== undefined) return no(inTheWay);
  const opened = open(state, actor, vsan);
  if (typeof opened === 'string') return no(opened);
  const { pending, said } = opened;
  const others = activeBytes(vsan.active);
  const bytes = dbBytes(pending.db);
  // Only near the end of the room is it worth a copy of everything.
  const isTight = bytes + 2 * others + EDIT_BYTES_MAX > state.settings.databaseBytesMax;
  const before = isTight ? copyOf(pending.db) : undefined;
  const refusal = change(pending, vsan);
  if (refusal !== undefined) return no(...said, refusal);
  const after = before ? dbBytes(pending.db) : 0;
  if (before && after > bytes && after + others > state.settings.databaseBytesMax) {
    Object.assign(pending.db, before);
    return no(...said, DATABASE_FULL);
  }
  return { said, ok: true };
}

/** `no zone commit`: drops the session. Only its owner may. */
export function abort(actor: Actor, vsan: Vsan): string | undefined {
  const { session } = vsan;
  if (!session) return 'No pending info found';
  if (session.user !== actor.user || session.switch !== actor.switch) return LOCK_BUSY;
  delete vsan.session;
  return undefined;
}

/** `clear zone lock`: drops a session of this switch, whoever has it. */
export function clearLock(actor: Actor, vsan: Vsan): string | undefined {
  const { session } = vsan;
  if (!session) return 'Zone database not locked';
  if (session.switch !== actor.switch) return `${LOCK_BUSY}: it was taken on switch ${session.switch}`;
  delete vsan.session;
  return undefined;
}
