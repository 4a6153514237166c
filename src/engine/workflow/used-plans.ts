/** That a plan was used, and by which workflow: kept until the plan has expired, for then it is refused for that. */
import { keys } from '../state/keys.ts';
import { type KeyValue, type Operation, rangeAll, type StateStore } from '../state/store.ts';

export interface UsedPlan {
  readonly workflow: string;
  readonly expiresAtMs: number;
}

/** More are left to the next time. */
const FORGOTTEN_AT_ONCE_MAX = 64;

export function encodeApplied(used: UsedPlan): string {
  return JSON.stringify(used);
}

export function decodeApplied(item: KeyValue): UsedPlan {
  return JSON.parse(item.value) as UsedPlan;
}

/** Forgets plans that have expired. Safe at any time: an expired plan is not applied. */
export async function forgetExpiredPlans(store: StateStore, nowMs: number): Promise<void> {
  const expired: Operation[] = [];
  for await (const item of rangeAll(store, keys.appliedPlan(''))) {
    if (decodeApplied(item).expiresAtMs < nowMs) expired.push({ type: 'delete', key: item.key });
    if (expired.length === FORGOTTEN_AT_ONCE_MAX) break;
  }
  if (expired.length > 0) await store.txn({ success: expired });
}
