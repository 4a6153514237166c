/**
 * Transactions and commits. Every edit is made in the one transaction of the switch where it is typed. Sessions of the
 * command line share it, and it outlives them; one that a REST session opened is that session's own, ends with it, and
 * after five idle minutes. A commit at any switch of the fabric discards what is open at the others, silently.
 */
import { sha256Hex } from 'coprhd/driver';
import { traitsOf } from './firmware.ts';
import {
  type DefaultZone,
  EMPTY_DATABASE,
  type FosFabric,
  type FosState,
  type FosTransaction,
  localSwitch,
  needFabric,
  transactionAt,
  type Via,
  withFabric,
  type ZoneDatabase,
} from './model.ts';
import { logged, type RaslogMessage } from './raslog.ts';
import { FosRefusal } from './refusal.ts';
import { databaseBytes, databaseText, effectiveOf, effectiveText, isInconsistent } from './resolve.ts';

/** Who acts, where and when. */
export interface Actor {
  readonly session: string;
  readonly user: string;
  readonly via: Via;
  readonly fid: number;
  readonly nowMs: number;
}

export interface Committed {
  readonly state: FosState;
  /** Lines of the log that it wrote. */
  readonly lines: readonly string[];
  /** False: there was nothing to save. */
  readonly changed: boolean;
}

const TOKEN_BASE = 271_010_000;
const REST_IDLE_MS_MAX = 300_000;

/** To REST: Fabric OS REST API Reference Manual, error -3. */
function outstanding({ via }: Actor, command: string): FosRefusal {
  const text =
    via === 'rest'
      ? 'There is an outstanding admin transaction, and you are not the owner of the transaction.'
      : `${command}: there is an outstanding  transaction`;
  return new FosRefusal('locked', text);
}

const isOwn = ({ owner }: FosTransaction, { session }: Actor): boolean => owner.session === session;
const isOfCli = (via: Via): boolean => via !== 'rest';

const mayEdit = (open: FosTransaction, actor: Actor): boolean =>
  isOwn(open, actor) || (open.abortable && isOfCli(open.owner.via) && isOfCli(actor.via));

/** The command line may end what a REST session left open. */
const mayAbort = (open: FosTransaction, actor: Actor): boolean =>
  isOwn(open, actor) || (open.abortable && isOfCli(actor.via));

/** The transaction to work in, opened where none is. Throws FosRefusal when the one that is open admits nobody else. */
function openedAt(state: FosState, fabric: FosFabric, actor: Actor): FosTransaction {
  const { session, user, via, nowMs: touchedMs } = actor;
  const open = transactionAt(fabric);
  if (open && !mayEdit(open, actor)) throw outstanding(actor, 'trans_open');
  if (open) return { ...open, touchedMs };
  return {
    domain: localSwitch(fabric).domain,
    token: TOKEN_BASE + state.counter + 1,
    owner: { session, user, via },
    touchedMs,
    abortable: true,
    buffer: fabric.defined,
  };
}

function withTransaction(state: FosState, fabric: FosFabric, transaction: FosTransaction): FosState {
  const others = fabric.transactions.filter(({ domain }) => domain !== transaction.domain);
  const next = { ...fabric, transactions: [...others, transaction] };
  const isNew = transactionAt(fabric, transaction.domain) === undefined;
  return withFabric(isNew ? { ...state, counter: state.counter + 1 } : state, next);
}

/** Edits the buffer of the switch's transaction. Throws FosRefusal, from `edit` too; then nothing was opened. */
export function edited(state: FosState, actor: Actor, edit: (buffer: ZoneDatabase) => ZoneDatabase): FosState {
  const fabric = needFabric(state, actor.fid);
  const transaction = openedAt(state, fabric, actor);
  return withTransaction(state, fabric, { ...transaction, buffer: edit(transaction.buffer) });
}

export function editedDefaultZone(state: FosState, actor: Actor, defaultZone: DefaultZone): FosState {
  const fabric = needFabric(state, actor.fid);
  return withTransaction(state, fabric, { ...openedAt(state, fabric, actor), defaultZone });
}

export const cleared = (state: FosState, actor: Actor): FosState => edited(state, actor, () => EMPTY_DATABASE);

/** Domains of the other switches that have a transaction open. */
export const otherOpenDomains = (fabric: FosFabric): readonly number[] =>
  fabric.transactions.map(({ domain }) => domain).filter((domain) => domain !== localSwitch(fabric).domain);

export function aborted(state: FosState, actor: Actor): FosState {
  const fabric = needFabric(state, actor.fid);
  const open = transactionAt(fabric);
  if (!open) throw new FosRefusal('no-transaction', 'There is no outstanding transaction');
  if (!mayAbort(open, actor)) throw outstanding(actor, 'trans_abort');
  return withFabric(state, { ...fabric, transactions: fabric.transactions.filter((one) => one !== open) });
}

function checkSize(fabric: FosFabric, database: ZoneDatabase): void {
  const bytes = databaseBytes(database);
  const { databaseBytesMax } = fabric.limits;
  if (bytes > databaseBytesMax) {
    const text = `error: Commit zone DB larger than supported - ${bytes} greater than ${databaseBytesMax}`;
    throw new FosRefusal('too-large', text);
  }
}

type Change = (database: ZoneDatabase) => Pick<FosFabric, 'effective'>;

const MESSAGES = {
  saved: { id: 'ZONE-1024', severity: 'INFO', text: 'cfgSave completes successfully.' },
  enabled: (cfg: string) => ({
    id: 'ZONE-1022',
    severity: 'INFO',
    text: `The effective configuration has changed to ${cfg}.`,
  }),
  disabled: { id: 'ZONE-1023', severity: 'INFO', text: 'The effective configuration has been disabled.' },
  inconsistent: {
    id: 'ZONE-1062',
    severity: 'WARNING',
    text: 'Defined and Effective zone configurations are inconsistent.',
  },
} as const satisfies Record<string, RaslogMessage | ((name: string) => RaslogMessage)>;

function commit(state: FosState, actor: Actor, message: RaslogMessage, change: Change): Committed {
  const fabric = needFabric(state, actor.fid);
  const open = transactionAt(fabric);
  if (open && !mayEdit(open, actor)) throw outstanding(actor, 'trans_commit');
  const defined = open?.buffer ?? fabric.defined;
  checkSize(fabric, defined);
  const { effective } = change(defined);
  const { effective: _before, ...rest } = fabric;
  const next: FosFabric = {
    ...rest,
    defined,
    ...(effective ? { effective } : {}),
    defaultZone: open?.defaultZone ?? fabric.defaultZone,
    transactions: [],
  };
  const first = logged(withFabric({ ...state, commits: state.commits + 1 }, next), next, message, actor.nowMs);
  if (!isInconsistent(defined, effective)) return { state: first.state, lines: [first.line], changed: true };
  const second = logged(first.state, needFabric(first.state, actor.fid), MESSAGES.inconsistent, actor.nowMs);
  return { state: second.state, lines: [first.line, second.line], changed: true };
}

/** There is something to save: the buffer differs from what is defined. */
export function isChanged(fabric: FosFabric): boolean {
  const open = transactionAt(fabric);
  if (!open) return false;
  if (open.defaultZone !== undefined && open.defaultZone !== fabric.defaultZone) return true;
  return databaseText(open.buffer) !== databaseText(fabric.defined);
}

/** `cfgsave`: what is in effect stays. A transaction without changes ends too. */
export function saved(state: FosState, actor: Actor): Committed {
  const fabric = needFabric(state, actor.fid);
  if (!isChanged(fabric)) {
    return { state: transactionAt(fabric) ? aborted(state, actor) : state, lines: [], changed: false };
  }
  return commit(state, actor, MESSAGES.saved, () => fabric);
}

/** `cfgenable`: everything that anybody saved goes into effect. Throws FosRefusal. */
export const enabled = (state: FosState, actor: Actor, cfg: string): Committed =>
  commit(state, actor, MESSAGES.enabled(cfg), (database) => ({ effective: effectiveOf(database, cfg) }));

export function disabled(state: FosState, actor: Actor): Committed {
  if (!needFabric(state, actor.fid).effective) {
    throw new FosRefusal('no-effective', 'error: no configuration in effect');
  }
  return commit(state, actor, MESSAGES.disabled, () => ({}));
}

/** Of what is committed, in effect, and the default zone: another writer's commit changes it, an open transaction doesn't. */
export function checksumOf(fabric: FosFabric): string {
  return sha256Hex(`${databaseText(fabric.defined)} ${effectiveText(fabric.effective)} ${fabric.defaultZone}`).slice(
    0,
    32,
  );
}

export const rulesOf = (state: FosState, fid: number) => ({
  traits: traitsOf(state.firmware),
  limits: needFabric(state, fid).limits,
});

function withoutTransactions(state: FosState, isOver: (transaction: FosTransaction) => boolean): FosState {
  if (!state.fabrics.some(({ transactions }) => transactions.some(isOver))) return state;
  const fabrics = state.fabrics.map((fabric) => ({
    ...fabric,
    transactions: fabric.transactions.filter((one) => !isOver(one)),
  }));
  return { ...state, fabrics };
}

/** A REST session ended: what it had open is dropped. */
export const sessionEnded = (state: FosState, session: string): FosState =>
  withoutTransactions(state, ({ owner }) => owner.session === session);

/** Without what REST sessions left idle for too long. */
export const idleEnded = (state: FosState, nowMs: number): FosState =>
  withoutTransactions(state, ({ owner, touchedMs }) => owner.via === 'rest' && nowMs - touchedMs > REST_IDLE_MS_MAX);
