/**
 * What a colleague does at another session, behind everybody's back: done at once, whoever holds a lock. Saved means: in
 * the full database of that switch in basic mode, of all switches in enhanced mode. What no switch would do throws
 * RangeError.
 */
import { timeText } from './time-text.ts';
import {
  type DefaultZone,
  type MdsState,
  type Member,
  switchOf,
  type Vsan,
  vsanOf,
  type ZoneDb,
  zoningOf,
} from './types.ts';
import {
  activeForm,
  addToZoneset,
  byName,
  copyOf,
  ensureFcalias,
  ensureZone,
  ensureZoneset,
  type Refusal,
  removeZone,
  withRouted,
} from './zone-db.ts';

/** Where it is done. */
export interface Place {
  readonly vsan: number;
  /** Name of the switch. The principal one when left out. */
  readonly switch?: string;
}

function must(refusal: Refusal): void {
  if (refusal !== undefined) throw new RangeError(refusal);
}

function needVsan(state: MdsState, id: number): Vsan {
  const vsan = vsanOf(state, id);
  if (!vsan) throw new RangeError(`there is no VSAN ${id}`);
  return vsan;
}

const switchAt = (state: MdsState, place: Place) =>
  place.switch === undefined ? state.switches[0]! : switchOf(state, place.switch);

function save(state: MdsState, place: Place, change: (db: ZoneDb) => Refusal): void {
  const vsan = needVsan(state, place.vsan);
  const { db } = zoningOf(switchAt(state, place), place.vsan);
  must(change(db));
  if (vsan.mode === 'basic') return;
  for (const one of state.switches) zoningOf(one, place.vsan).db = copyOf(db);
}

/** Puts a zone set into effect as saved; the one in effect when it isn't named. */
export function enableByHand(state: MdsState, place: Place, nowMs: number, zoneset?: string): void {
  const vsan = needVsan(state, place.vsan);
  const { db, distributeFull } = zoningOf(switchAt(state, place), place.vsan);
  const name = zoneset ?? vsan.active?.name;
  const set = name === undefined ? undefined : activeForm(db, name);
  if (!set) throw new RangeError('there is no such zone set to enable');
  vsan.active = withRouted(set, vsan);
  vsan.status = `Activation completed at ${timeText(nowMs)}`;
  if (!distributeFull) return;
  for (const one of state.switches) zoningOf(one, place.vsan).db = copyOf(db);
}

export interface ZoneByHand {
  readonly name: string;
  readonly members: readonly Member[];
  readonly zoneset: string;
}

export function createZoneByHand(state: MdsState, place: Place, { name, members, zoneset }: ZoneByHand): void {
  save(state, place, (db) => {
    if (byName(db.zones, name)) return 'the zone is there already';
    ensureZone(db, name).members = copyOf([...members]);
    return addToZoneset(db, ensureZoneset(db, zoneset), name);
  });
}

export function changeZoneByHand(state: MdsState, place: Place, name: string, members: readonly Member[]): void {
  save(state, place, (db) => {
    const zone = byName(db.zones, name);
    if (!zone) return 'there is no such zone';
    zone.members = copyOf([...members]);
    return undefined;
  });
}

export function deleteZoneByHand(state: MdsState, place: Place, name: string): void {
  save(state, place, (db) => removeZone(db, name));
}

/** Makes it or gives it other members. */
export function setFcaliasByHand(state: MdsState, place: Place, name: string, members: readonly Member[]): void {
  save(state, place, (db) => {
    ensureFcalias(db, name).members = copyOf([...members]);
    return undefined;
  });
}

/** Makes it or gives it another WWN. */
export function setDeviceAliasByHand({ aliases }: MdsState, name: string, wwn: string): void {
  aliases.entries = [...aliases.entries.filter((one) => one.name !== name && one.wwn !== wwn), { name, wwn }];
}

/** A session of enhanced mode that somebody left open, with nothing in it yet. */
export function openSessionByHand(state: MdsState, place: Place, user: string): void {
  const vsan = needVsan(state, place.vsan);
  if (vsan.mode === 'basic') throw new RangeError('basic mode has no sessions');
  if (vsan.session) throw new RangeError(`${vsan.session.user} has a session open`);
  const on = switchAt(state, place);
  const { db, defaultZone } = zoningOf(on, vsan.id);
  const pending = { db: copyOf(db), defaultZone, smartZoning: vsan.smartZoning };
  vsan.session = { user, switch: on.name, pending };
}

/** Whoever has it: what it held is gone. */
export function closeSessionByHand(state: MdsState, vsan: number): void {
  delete needVsan(state, vsan).session;
}

/** On all switches. */
export function defaultZoneByHand(state: MdsState, vsan: number, access: DefaultZone): void {
  needVsan(state, vsan);
  for (const one of state.switches) zoningOf(one, vsan).defaultZone = access;
}

export function setOnline(state: MdsState, wwpn: string, online: boolean): void {
  const login = state.logins.find((one) => one.wwpn === wwpn);
  if (!login) throw new RangeError(`there is no port ${wwpn}`);
  login.online = online;
}
