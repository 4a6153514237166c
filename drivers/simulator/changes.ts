/**
 * The array's log of changes to volumes: a ring of entries, one a call that changed any, so that keeping it costs a call the
 * same however large the array is. Masks are not in it: who is logged in follows from cables and zones, which the array does
 * not notice. The log is begun anew, under another epoch, where it can't vouch for what a list shows. Pure.
 */
import type { ChangesAnswer, VolumeObservation } from 'coprhd/driver';
import { ARRAY_FAULTS, type Fault, listFaults } from './faults.ts';
import { type BufferedKv, type Kv, type Reader, table } from './kv.ts';
import { arrays, mirrorJobs, SELF, volumes, zeroingJobs } from './objects.ts';
import { volumeView } from './views.ts';

interface Head {
  /** Rises whenever the log begins anew; tokens of an earlier one are refused. */
  readonly epoch: number;
  /** Of the last entry; only grows. */
  readonly sequence: number;
}

interface Entry {
  readonly sequence: number;
  readonly volumes: readonly string[];
}

export const CHANGE_COLLECTION = 'change';
const heads = table<Head>(CHANGE_COLLECTION, 'change log');
const entries = table<Entry>(CHANGE_COLLECTION, 'change');
const HEAD = 'head';
const NOTHING_YET: Head = { epoch: 1, sequence: 0 };

export const CHANGE_LOG_ENTRIES = 1_000;
/** A call that changes more begins the log anew. */
const VOLUMES_OF_A_CALL_MAX = 1_000;

const headOf = (kv: Reader): Head => heads.get(kv, HEAD) ?? NOTHING_YET;
const entriesMax = (kv: Reader) => arrays.need(kv, SELF).changeLogEntries ?? CHANGE_LOG_ENTRIES;
const slotOf = (kv: Reader, sequence: number) => String(sequence % entriesMax(kv));

/** What was told before is of no use from now on: the array restarted, or shows volumes otherwise. */
export function forgetChanges(kv: Kv, before: Head = headOf(kv)): void {
  heads.put(kv, HEAD, { ...before, epoch: before.epoch + 1 });
}

/** As it is now: for a reset, which takes all away and must not begin with an old epoch. */
export const changeHead = (kv: Reader): Head => headOf(kv);

/** Enters what a request is about to write. */
export function noteChanges(base: Reader, writes: BufferedKv): void {
  const prefix = 'volume/';
  const changed = writes
    .written()
    .filter(([key, value]) => key.startsWith(prefix) && JSON.stringify(base.get(key)) !== JSON.stringify(value))
    .map(([key]) => key.slice(prefix.length));
  if (changed.length === 0) return;
  if (changed.length > VOLUMES_OF_A_CALL_MAX) {
    forgetChanges(writes);
    return;
  }
  const head = headOf(writes);
  const sequence = head.sequence + 1;
  entries.put(writes, slotOf(writes, sequence), { sequence, volumes: changed });
  heads.put(writes, HEAD, { ...head, sequence });
}

/** Such a fault changes what lists of volumes show, and no call does that. */
export const hidesVolumes = ({ operation, partial, vanish }: Fault): boolean =>
  (partial === true || vanish === true) && ['*', 'listVolumes', 'changesSince'].includes(operation);

function tokenAt(kv: Reader, { epoch }: Head, sequence: number): string {
  const { serialNumber, madeAt = '' } = arrays.need(kv, SELF);
  return [serialNumber, madeAt, epoch, sequence].join('/');
}

/** The sequence that a token is current at, or why nothing can be told since. */
function sequenceOf(kv: Reader, head: Head, token: string): number | { readonly why: string } {
  const sequence = Number(token.slice(token.lastIndexOf('/') + 1));
  const rest = (text: string) => text.slice(0, text.lastIndexOf('/'));
  const device = rest(rest(tokenAt(kv, head, 0)));
  if (rest(rest(token)) !== device || !/\/\d{1,15}\/\d{1,15}$/.test(token)) {
    return { why: 'the token is not of this array' };
  }
  if (tokenAt(kv, head, sequence) !== token || sequence > head.sequence) {
    return { why: 'the array has restarted since, or began its log of changes anew' };
  }
  if (head.sequence - sequence > entriesMax(kv)) {
    return { why: `more has changed since than the ${entriesMax(kv)} entries of its log` };
  }
  return sequence;
}

/** Volumes with a zeroing job, or on the way to be in sync, are always told: that it has ended shows in them without any call. */
export function changesSince(kv: Kv, { token }: { readonly token?: string }, nowMs: number): ChangesAnswer {
  if (listFaults(kv, ARRAY_FAULTS).some(hidesVolumes)) {
    return { kind: 'whole', why: 'a fault is set that hides volumes' };
  }
  const head = headOf(kv);
  const whole = (why: string): ChangesAnswer => ({ kind: 'whole', why, token: tokenAt(kv, head, head.sequence) });
  if (token === undefined) return whole('no token was given');
  const from = sequenceOf(kv, head, token);
  if (typeof from === 'object') return whole(from.why);
  const { pageItems } = arrays.need(kv, SELF);
  const ids = new Set<string>();
  let sequence = from;
  while (sequence < head.sequence && ids.size < pageItems) {
    sequence++;
    const entry = entries.get(kv, slotOf(kv, sequence));
    if (entry?.sequence !== sequence) return whole('its log of changes has a gap');
    for (const id of entry.volumes) ids.add(id);
  }
  const more = sequence < head.sequence;
  if (!more) for (const id of [...zeroingJobs.list(kv), ...mirrorJobs.list(kv)]) ids.add(id);
  const changed: VolumeObservation[] = [];
  const removed: string[] = [];
  for (const id of ids) {
    const volume = volumes.get(kv, id);
    if (volume) changed.push(volumeView(kv, volume, nowMs));
    else removed.push(id);
  }
  return { kind: 'changes', sections: { volumes: { changed, removed } }, token: tokenAt(kv, head, sequence), more };
}
