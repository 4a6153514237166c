/**
 * Records of a plan between their forms: base, intent under our claim, final. Builds the store operations for each way,
 * with the names and addresses that go along; what may be done when is decided by the callers.
 *
 * Names: those of intent and final are taken with the claim, so that the end can't fail on them. A name that another
 * record of the same plan gives up is the exception: it moves at the end.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { Claim, DeviceObject, ResourceRecord, VersionedRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import type { PlannedWrite } from '../planner/plan.ts';
import { keys } from '../state/keys.ts';
import {
  combineWrites,
  decodeRecord,
  encodeObserved,
  encodeRecord,
  heldKeys,
  type ObservedKind,
  type RecordWrite,
} from '../state/records.ts';
import type { Compare, KeyValue, Operation, StateStore } from '../state/store.ts';

export async function readRecord(store: StateStore, urn: Urn): Promise<VersionedRecord | undefined> {
  const item = await store.get(keys.record(urn));
  return item && decodeRecord(item);
}

/** Many reads, in bounded batches; not one snapshot. */
export async function readMany<K, V>(items: readonly K[], read: (item: K) => Promise<V>): Promise<Map<K, V>> {
  const results = new Map<K, V>();
  for (let at = 0; at < items.length; at += LIMITS.txnOperationsMax) {
    const batch = items.slice(at, at + LIMITS.txnOperationsMax);
    const values = await Promise.all(batch.map(read));
    for (const [index, item] of batch.entries()) results.set(item, values[index] as V);
  }
  return results;
}

export function withoutClaim(record: ResourceRecord): ResourceRecord {
  const { claim: _claim, ...rest } = record;
  return rest;
}

export function withDevice(record: ResourceRecord, device: DeviceObject | undefined): ResourceRecord {
  const { device: _device, ...status } = record.status;
  return { ...record, status: device === undefined ? status : { ...status, device } };
}

export function isClaimedBy(record: ResourceRecord, workflow: string): boolean {
  return record.claim?.workflow === workflow;
}

const union = (...sets: readonly (readonly string[])[]): string[] => [...new Set(sets.flat())];
const without = (from: readonly string[], gone: readonly string[]): string[] => {
  const set = new Set(gone);
  return from.filter((key) => !set.has(key));
};
const heldBy = (record: ResourceRecord | undefined): string[] => (record ? heldKeys(record) : []);

/** Keys that the plan takes anew for this record. */
export function takenKeys(write: PlannedWrite): string[] {
  return without(union(heldKeys(write.intent), heldKeys(write.final)), heldBy(write.before));
}

/** Every key whose holder the plan may change for this record. */
export function touchedKeys(write: PlannedWrite): string[] {
  return union(heldBy(write.before), heldKeys(write.intent), heldKeys(write.final));
}

/** Intent and claim, on exactly `base`; `moving` are taken keys that another record of the plan still holds. */
export function claimOps(
  write: PlannedWrite,
  base: number,
  claim: Claim,
  moving: ReadonlySet<string>,
): RecordWrite & { readonly taken: readonly string[] } {
  const taken = takenKeys(write).filter((key) => !moving.has(key));
  return {
    taken,
    compare: [
      { key: keys.record(write.urn), modRevision: base },
      ...taken.map((key): Compare => ({ key, exists: false })),
    ],
    operations: [
      { type: 'put', key: keys.record(write.urn), value: encodeRecord({ ...write.intent, claim }) },
      ...taken.map((key): Operation => ({ type: 'put', key, value: write.urn })),
    ],
  };
}

type Held = ReadonlyMap<string, KeyValue | undefined>;

/**
 * The end of a write that succeeded. `current` is the record as it is now, under our claim; what the steps learnt about
 * the device is in it and is carried over, unless the final record is a tombstone.
 */
export function finalOps(
  write: PlannedWrite,
  current: VersionedRecord,
  held: Held,
  claim: Claim | undefined,
): RecordWrite {
  const dead = write.final.status.phase === 'deleted';
  const device = dead ? write.final.status.device : (current.record.status.device ?? write.final.status.device);
  const record = { ...withoutClaim(withDevice(write.final, device)), ...(claim ? { claim } : {}) };
  const wanted = heldKeys(record);
  const names = moveNames(write.urn, wanted, without(touchedKeys(write), wanted), held, true);
  const attributes: Operation[] = write.attributes
    ? [
        {
          type: 'put',
          key: keys.observed(write.urn),
          value: encodeObserved(record.kind as ObservedKind, write.attributes),
        },
      ]
    : [];
  return {
    compare: [{ key: keys.record(write.urn), modRevision: current.revision }, ...names.compare],
    operations: [
      { type: 'put', key: keys.record(write.urn), value: encodeRecord(record) },
      ...names.operations,
      ...attributes,
      ...(dead
        ? [{ type: 'put' as const, key: keys.tombstone(record.status.sinceMs, write.urn), value: write.urn }]
        : []),
    ],
  };
}

/**
 * Puts back what was there before; a record that the plan made vanishes with its names. `device` replaces the recorded
 * one when an undo had to make the native object anew. `claim`: ours stays on it.
 */
export function restoreOps(
  write: PlannedWrite,
  current: VersionedRecord,
  held: Held,
  device?: DeviceObject,
  claim?: Claim,
): RecordWrite {
  const wanted = heldBy(write.before);
  const names = moveNames(write.urn, wanted, without(touchedKeys(write), wanted), held, false);
  const key = keys.record(write.urn);
  const before = write.before && {
    ...withoutClaim(device ? withDevice(write.before, device) : write.before),
    ...(claim ? { claim } : {}),
  };
  return {
    compare: [{ key, modRevision: current.revision }, ...names.compare],
    operations: [
      before ? { type: 'put', key, value: encodeRecord(before) } : { type: 'delete', key },
      ...names.operations,
    ],
  };
}

/** `force`: a wanted key that another record of the plan still holds moves to us (its holder gives it up by plan). */
function moveNames(
  urn: Urn,
  wanted: readonly string[],
  unwanted: readonly string[],
  held: Held,
  force: boolean,
): RecordWrite {
  const compare: Compare[] = [];
  const operations: Operation[] = [];
  for (const key of wanted) {
    const item = held.get(key);
    if (item?.value === urn || (item && !force)) continue;
    compare.push({ key, modRevision: item?.modRevision ?? 0 });
    operations.push({ type: 'put', key, value: urn });
  }
  for (const key of unwanted) {
    const item = held.get(key);
    if (item?.value !== urn) continue;
    compare.push({ key, modRevision: item.modRevision });
    operations.push({ type: 'delete', key });
  }
  return { compare, operations };
}

/** Cuts writes into groups that fit a transaction beside the fence; each write stays whole, order is kept. */
export function batches<W extends RecordWrite>(
  writes: readonly W[],
): (RecordWrite & { readonly members: readonly W[] })[] {
  const COUNT_MAX = LIMITS.txnOperationsMax - 1;
  // Half of the request limit, in characters: room for what encoding adds.
  const LENGTH_MAX = LIMITS.requestBytesMax / 2;
  const groups: W[][] = [];
  let used = { compare: 0, operations: 0, length: 0 };
  for (const write of writes) {
    const length = write.operations.reduce((sum, op) => sum + ('value' in op ? op.value.length : 0), 0);
    const next = {
      compare: used.compare + write.compare.length,
      operations: used.operations + write.operations.length,
      length: used.length + length,
    };
    const fits = next.compare <= COUNT_MAX && next.operations <= COUNT_MAX && next.length <= LENGTH_MAX;
    const group = groups.at(-1);
    if (group && fits) {
      group.push(write);
      used = next;
    } else {
      groups.push([write]);
      used = { compare: write.compare.length, operations: write.operations.length, length };
    }
  }
  return groups.map((members) => ({ ...combineWrites(members), members }));
}
