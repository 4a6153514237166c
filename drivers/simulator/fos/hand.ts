/**
 * What a colleague does at another switch of the fabric, and what happens to its devices. What is saved there discards, as it
 * does on switches, the transaction that is open at this one. Pure.
 */
import { createObject, deleteObject, replaceMembers } from './state/edits.ts';
import {
  type DefaultZone,
  type FosFabric,
  type FosState,
  type FosSwitch,
  localSwitch,
  needFabric,
  type Via,
  withFabric,
  type ZoneDatabase,
} from './state/model.ts';
import { type Actor, edited, editedDefaultZone, enabled, rulesOf, saved } from './state/transaction.ts';

export interface Colleague {
  readonly fid: number;
  readonly nowMs: number;
}

export interface ZoneByHand {
  readonly name: string;
  readonly members: readonly string[];
  /** Made where it isn't there. */
  readonly configuration: string;
  readonly enable: boolean;
}

const actorOf = (colleague: Colleague): Actor => ({ ...colleague, session: 'hand', user: 'colleague', via: 'cli' });

type Edit = (database: ZoneDatabase) => ZoneDatabase;

/** Nothing that is open at a switch of the fabric gets into it, or is left after it. */
function elsewhere(state: FosState, colleague: Colleague, run: (free: FosState, actor: Actor) => FosState): FosState {
  const fabric = needFabric(state, colleague.fid);
  return run(withFabric(state, { ...fabric, transactions: [] }), actorOf(colleague));
}

const committed = (state: FosState, colleague: Colleague, edit: Edit, enable: string | undefined): FosState =>
  elsewhere(state, colleague, (free, actor) => {
    const changed = edited(free, actor, edit);
    return (enable === undefined ? saved(changed, actor) : enabled(changed, actor, enable)).state;
  });

const activeOf = ({ effective }: FosFabric, enable: boolean): string | undefined =>
  enable ? effective?.cfg : undefined;

export function zoneCreated(state: FosState, colleague: Colleague, zone: ZoneByHand): FosState {
  const { name, members, configuration, enable } = zone;
  const rules = rulesOf(state, colleague.fid);
  const edit: Edit = (database) => {
    const made = createObject(database, { kind: 'zone', name, members }, rules);
    const zones = made.cfgs.get(configuration);
    const cfg = { kind: 'cfg', name: configuration } as const;
    return zones
      ? replaceMembers(made, { ...cfg, members: [...zones, name] }, rules)
      : createObject(made, { ...cfg, members: [name] }, rules);
  };
  return committed(state, colleague, edit, enable ? configuration : undefined);
}

export function zoneChanged(
  state: FosState,
  colleague: Colleague,
  name: string,
  members: readonly string[],
  enable: boolean,
): FosState {
  const rules = rulesOf(state, colleague.fid);
  const edit: Edit = (database) => replaceMembers(database, { kind: 'zone', name, members }, rules);
  return committed(state, colleague, edit, activeOf(needFabric(state, colleague.fid), enable));
}

/** Out of every configuration too. */
export function zoneDeleted(state: FosState, colleague: Colleague, name: string, enable: boolean): FosState {
  const edit: Edit = (database) => {
    const left = [...database.cfgs].map(([cfg, zones]) => [cfg, zones.filter((one) => one !== name)] as const);
    return deleteObject({ ...database, cfgs: new Map(left) }, 'zone', name);
  };
  return committed(state, colleague, edit, activeOf(needFabric(state, colleague.fid), enable));
}

export function aliasSet(
  state: FosState,
  colleague: Colleague,
  name: string,
  members: readonly string[],
  isNew: boolean,
): FosState {
  const rules = rulesOf(state, colleague.fid);
  const edit = isNew ? createObject : replaceMembers;
  return committed(state, colleague, (database) => edit(database, { kind: 'alias', name, members }, rules), undefined);
}

export interface TransactionByHand {
  readonly user: string;
  /** Domain of the switch where it is open. Default: this one. */
  readonly domain?: number;
  /** False: only its owner can go on with it or end it. */
  readonly abortable?: boolean;
  /** Default: on the command line. */
  readonly via?: Via;
}

/** Left open, with an alias of the colleague's in it. */
export function transactionOpened(state: FosState, colleague: Colleague, given: TransactionByHand): FosState {
  const { user, abortable = true, via = 'cli' } = given;
  const fabric = needFabric(state, colleague.fid);
  const { domain = localSwitch(fabric).domain } = given;
  const counter = state.counter + 1;
  const spec = { kind: 'alias', name: `draft_${counter}`, members: ['50:00:00:00:00:00:00:01'] } as const;
  const transaction = {
    domain,
    token: 271_010_000 + counter,
    owner: { session: `hand:${user}`, user, via },
    touchedMs: colleague.nowMs,
    abortable,
    buffer: createObject(fabric.defined, spec, rulesOf(state, colleague.fid)),
  };
  const others = fabric.transactions.filter((one) => one.domain !== domain);
  return withFabric({ ...state, counter }, { ...fabric, transactions: [...others, transaction] });
}

/** Ends every transaction of the fabric without saving. */
export const transactionsEnded = (state: FosState, { fid }: Colleague): FosState =>
  withFabric(state, { ...needFabric(state, fid), transactions: [] });

export const defaultZoneSet = (state: FosState, colleague: Colleague, mode: DefaultZone): FosState =>
  elsewhere(state, colleague, (free, actor) => saved(editedDefaultZone(free, actor, mode), actor).state);

/** The device is no longer in the name server; its port is dark when nobody else is on it. */
export function loggedOutPort(state: FosState, { fid }: Colleague, wwpn: string): FosState {
  const fabric = needFabric(state, fid);
  const folded = wwpn.toLowerCase();
  const switches = fabric.switches.map(
    (own): FosSwitch => ({
      ...own,
      ports: own.ports.map((port) => {
        if (!port.logins.some((login) => login.wwpn === folded)) return port;
        const logins = port.logins.filter((login) => login.wwpn !== folded);
        return { ...port, logins, state: logins.length > 0 ? port.state : 'No_Light' };
      }),
    }),
  );
  return withFabric(state, { ...fabric, switches });
}
