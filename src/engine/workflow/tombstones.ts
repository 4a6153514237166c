/**
 * The end of tombstones. A record that has ended stays for a week, so that a late reader learns that it ended, and a freed
 * HLU stays taken; then it goes for good. Called at the start of an apply; bounded, and safe at any time.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { Urn } from '../model/urn.ts';
import { keys } from '../state/keys.ts';
import { combineWrites, removeRecordOps } from '../state/records.ts';
import { rangeAll, type StateStore } from '../state/store.ts';
import { readRecord } from './records-io.ts';

/** More are left to the next time. */
const SWEPT_AT_ONCE_MAX = 64;

export async function sweepTombstones(store: StateStore, nowMs: number): Promise<void> {
  const old: { readonly key: string; readonly urn: Urn; readonly endedAtMs: number }[] = [];
  for await (const { key, value } of rangeAll(store, keys.tombstones)) {
    const endedAtMs = Number(key.slice(keys.tombstones.length).split('/', 1)[0]);
    if (endedAtMs + LIMITS.tombstoneTtlMs > nowMs || old.length === SWEPT_AT_ONCE_MAX) break;
    old.push({ key, urn: value as Urn, endedAtMs });
  }
  for (const { key, urn, endedAtMs } of old) {
    const found = await readRecord(store, urn);
    const record = found?.record;
    // It may have come to life again since (an HLU that was taken again goes on with its old record).
    const ended = record?.status.phase === 'deleted' && record.status.sinceMs === endedAtMs && !record.claim;
    const removal = found && ended ? removeRecordOps(found) : combineWrites([]);
    await store.txn({
      compare: removal.compare,
      success: [...removal.operations, { type: 'delete', key }],
    });
  }
}
