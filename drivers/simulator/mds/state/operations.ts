/**
 * What takes time and is distributed: activation, deactivation, commit, distribution. Each is begun, then under way, and
 * takes effect on all switches at once when its time has come (`settle`), or ends with an error and no effect.
 */
import { takeFault } from './faults.ts';
import { timeText } from './time-text.ts';
import type { ActiveSet, Actor, MdsState, Operation, Outcome, Vsan } from './types.ts';
import { switchOf, zoningOf } from './types.ts';
import { activeBytes, activeForm, byName, copyOf, dbBytes, withRouted } from './zone-db.ts';

export const IN_PROGRESS = 'Commit in progress';
export const PENDING_ACTION = 'Command rejected: there is a pending action';
const REJECTED = 'Unsuccessful reply';

function apply(
  state: MdsState,
  vsan: Vsan,
  { db, active, defaultZone, smartZoning, mode, endsSession }: Outcome,
): void {
  for (const one of state.switches) {
    const zoning = zoningOf(one, vsan.id);
    if (db) zoning.db = copyOf(db);
    if (defaultZone) zoning.defaultZone = defaultZone;
  }
  if (active?.set) vsan.active = active.set;
  else if (active) delete vsan.active;
  if (smartZoning !== undefined) vsan.smartZoning = smartZoning;
  if (mode) vsan.mode = mode;
  if (endsSession) delete vsan.session;
}

/** Lets everything take effect whose time has come. Before every command. */
export function settle(state: MdsState, nowMs: number): void {
  for (const vsan of state.vsans) {
    const { operation } = vsan;
    if (!operation || operation.dueMs > nowMs) continue;
    delete vsan.operation;
    if (operation.failure === undefined) {
      apply(state, vsan, operation.outcome);
      vsan.status = `${operation.done} at ${timeText(operation.dueMs)}`;
    } else {
      vsan.status = `Operation failed: ${operation.failure}:\n        at ${timeText(operation.dueMs)}`;
    }
  }
}

interface Beginning {
  readonly outcome: Outcome;
  readonly done: string;
  readonly durationMs: number;
  readonly failure?: string;
}

function begin(vsan: Vsan, nowMs: number, { durationMs, ...rest }: Beginning): void {
  const operation: Operation = { ...rest, dueMs: nowMs + durationMs };
  vsan.operation = operation;
  vsan.status = IN_PROGRESS;
}

/** The other switch of the fabric, that an error blames. */
function otherDomain(state: MdsState, on: string, vsan: number): number {
  const other = state.switches.find(({ name }) => name !== on) ?? switchOf(state, on);
  return other.domains[vsan] ?? 1;
}

type Verdict = { readonly refused: string } | { readonly failure?: string };

/** A fault may say that the activation or commit comes to nothing; so does a database that is too large. */
function verdict(state: MdsState, { switch: on }: Actor, vsan: Vsan, what: string, bytes: number): Verdict {
  const fault = takeFault(state, 'reject-activation', on);
  const because = (reason: string) => `${what} failed [Error: ${reason}]`;
  if (bytes > state.settings.databaseBytesMax) return { failure: because('Zone database size exceeded') };
  if (!fault) return {};
  const reason = fault.reason ?? `${REJECTED} Dom ${otherDomain(state, on, vsan.id)}`;
  return fault.how === 'refused' ? { refused: because(reason) } : { failure: because(reason) };
}

/** The zones of a zone set that have no members. */
export const emptyZones = ({ zones }: ActiveSet): string[] =>
  zones.filter(({ members }) => members.length === 0).map(({ name }) => name);

const sameActive = (a: ActiveSet | undefined, b: ActiveSet | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** Basic mode: the full database of this switch decides. */
export function activateBasic(state: MdsState, actor: Actor, vsan: Vsan, name: string, nowMs: number): string {
  const { db, distributeFull } = zoningOf(switchOf(state, actor.switch), vsan.id);
  const saved = activeForm(db, name);
  if (!saved) return 'Zoneset not present';
  const set = withRouted(saved, vsan);
  if (sameActive(set, vsan.active)) return 'Specified zoneset already active and unchanged';
  const ruling = verdict(state, actor, vsan, 'Activation', dbBytes(db) + activeBytes(set));
  if ('refused' in ruling) return ruling.refused;
  const outcome: Outcome = { active: { set }, ...(distributeFull ? { db: copyOf(db) } : {}) };
  begin(vsan, nowMs, { outcome, done: 'Activation completed', durationMs: state.settings.activationMs, ...ruling });
  return 'Zoneset activation initiated. check zone status';
}

export function deactivateBasic(state: MdsState, vsan: Vsan, nowMs: number): string {
  const outcome: Outcome = { active: { set: undefined } };
  begin(vsan, nowMs, { outcome, done: 'Deactivation completed', durationMs: state.settings.activationMs });
  return 'Zoneset deactivation initiated. check zone status';
}

/** `zoneset distribute vsan N`: the full database of this switch goes to all, once. */
export function distributeOnce(state: MdsState, actor: Actor, vsan: Vsan, nowMs: number): string {
  const { db } = zoningOf(switchOf(state, actor.switch), vsan.id);
  const outcome: Outcome = { db: copyOf(db) };
  begin(vsan, nowMs, {
    outcome,
    done: 'Full Zone Database distribution completed',
    durationMs: state.settings.activationMs,
  });
  return 'Zoneset distribution initiated. check zone status';
}

/** Enhanced mode: the session's database becomes everybody's. */
export function commit(state: MdsState, actor: Actor, vsan: Vsan, nowMs: number): string {
  const { session } = vsan;
  if (!session) return 'No pending info found';
  if (session.user !== actor.user || session.switch !== actor.switch) return 'Lock is currently busy';
  const { db, activation, defaultZone, smartZoning } = copyOf(session.pending);
  const to = activation?.to;
  const saved = to === undefined ? undefined : activeForm(db, to);
  const set = saved && withRouted(saved, vsan);
  if (to !== undefined && !set) return 'Zoneset not present';
  const next = activation ? set : vsan.active;
  const what = activation ? 'Activation' : 'Commit';
  const ruling = verdict(state, actor, vsan, what, dbBytes(db) + activeBytes(next));
  if ('refused' in ruling) return ruling.refused;
  const active = activation ? { active: { set } } : {};
  const outcome: Outcome = { db, defaultZone, smartZoning, ...active, endsSession: true };
  begin(vsan, nowMs, { outcome, done: 'Commit complete', durationMs: state.settings.commitMs, ...ruling });
  return 'Commit operation initiated. Check zone status';
}

/** The database of this switch becomes that of all, and the mode changes. */
export function changeMode(state: MdsState, actor: Actor, vsan: Vsan, mode: Vsan['mode'], nowMs: number): string {
  if (vsan.mode === mode) return 'Current zoning mode same as specified zoning mode';
  const { db, defaultZone } = zoningOf(switchOf(state, actor.switch), vsan.id);
  const outcome: Outcome = { db: copyOf(db), defaultZone, mode, endsSession: true };
  begin(vsan, nowMs, { outcome, done: 'Set zoning mode complete', durationMs: state.settings.commitMs });
  return 'Set zoning mode command initiated. Check zone status';
}

export function changeSmartZoning(state: MdsState, vsan: Vsan, smartZoning: boolean, nowMs: number): string {
  if (vsan.smartZoning === smartZoning) return `Smart-zoning is already ${smartZoning ? 'enabled' : 'disabled'}`;
  const done = 'Set Smart Zoning Policy complete';
  begin(vsan, nowMs, { outcome: { smartZoning }, done, durationMs: state.settings.commitMs });
  return 'Smart Zoning distribution initiated. check zone status';
}

/** A zone set is there to be activated; the names of zones in it that have no members. */
export function checkActivation(db: Parameters<typeof activeForm>[0], name: string): string[] | undefined {
  return byName(db.zonesets, name) ? emptyZones(activeForm(db, name)!) : undefined;
}
