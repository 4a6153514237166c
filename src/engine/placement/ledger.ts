/**
 * The capacity ledger of one pool: what running workflows have been promised (reservations) and what our live volumes
 * hold (committed). Pure functions from entry to entry; the caller writes the result with compare-and-swap, and that
 * guards capacity without a lock on the pool. Whoever reserves, commits or gives back capacity does it through here.
 *
 * Giving back is forgiving (never below zero): after a crash the same step may be recovered by another process. Only
 * `reserve` refuses.
 */
import { type Amounts, addAmounts, type CapacityLimits, type LedgerEntry, NO_AMOUNTS } from '../model/recorded-view.ts';
import type { Urn } from '../model/urn.ts';

/** What the pool shows as taken when nothing is reserved: physical bytes in use, logical bytes of all its volumes. */
export interface LedgerBase {
  readonly allocatedBytes: number;
  readonly subscribedBytes: number;
}

/** Which limit is in the way, with what would be needed and what is left under it. Bytes, or volumes. */
export interface LedgerShortage {
  readonly limit: 'allocated' | 'subscribed' | 'volumes';
  readonly needed: number;
  /** Negative when the pool is over its limit already. */
  readonly available: number;
  readonly lack: number;
}

export type ReserveResult =
  | { readonly entry: LedgerEntry; readonly short?: undefined }
  | { readonly short: LedgerShortage; readonly entry?: undefined };

export function emptyLedger(pool: Urn): LedgerEntry {
  return { pool, reservations: {}, committed: NO_AMOUNTS };
}

/** Sum of all reservations, without those of one workflow if it is given. */
export function reservedAmounts(entry: LedgerEntry | undefined, except?: string): Amounts {
  let sum = NO_AMOUNTS;
  for (const [workflow, amounts] of Object.entries(entry?.reservations ?? {})) {
    if (workflow !== except) sum = addAmounts(sum, amounts);
  }
  return sum;
}

/**
 * What counts as taken now. The base is an observation and may be older than our last commits, so it never counts for
 * less than what is committed.
 */
export function takenBytes(entry: LedgerEntry | undefined, base: LedgerBase): LedgerBase {
  const reserved = reservedAmounts(entry);
  const committed = entry?.committed ?? NO_AMOUNTS;
  return {
    allocatedBytes: Math.max(base.allocatedBytes, committed.allocatedBytes) + reserved.allocatedBytes,
    subscribedBytes: Math.max(base.subscribedBytes, committed.subscribedBytes) + reserved.subscribedBytes,
  };
}

/** Adds to what the workflow has reserved already, or says which limit refuses it. */
export function reserve(
  entry: LedgerEntry | undefined,
  pool: Urn,
  workflow: string,
  amounts: Amounts,
  limits: CapacityLimits,
  base: LedgerBase,
): ReserveResult {
  const taken = takenBytes(entry, base);
  const short =
    shortage('allocated', amounts.allocatedBytes, limits.allocatedBytesMax - taken.allocatedBytes) ??
    shortage('subscribed', amounts.subscribedBytes, limits.subscribedBytesMax - taken.subscribedBytes) ??
    (limits.volumesMax === undefined || amounts.volumes === 0
      ? undefined
      : shortage('volumes', amounts.volumes, limits.volumesMax - takenVolumes(entry)));
  if (short) return { short };
  const before = entry ?? emptyLedger(pool);
  const mine = addAmounts(before.reservations[workflow] ?? NO_AMOUNTS, amounts);
  return { entry: { ...before, reservations: { ...before.reservations, [workflow]: mine } } };
}

/** Gives back a part of the workflow's reservation, or all of it. */
export function release(entry: LedgerEntry, workflow: string, amounts?: Amounts): LedgerEntry {
  const mine = entry.reservations[workflow];
  if (mine === undefined) return entry;
  const { [workflow]: _gone, ...others } = entry.reservations;
  const rest = amounts === undefined ? NO_AMOUNTS : subtract(mine, amounts);
  return { ...entry, reservations: isNone(rest) ? others : { ...others, [workflow]: rest } };
}

/**
 * The volumes exist now: their amounts move from the workflow's reservation to the committed ones. They are committed
 * even when the reservation is gone, because they do take the space.
 */
export function commitReservation(entry: LedgerEntry, workflow: string, amounts?: Amounts): LedgerEntry {
  const moved = amounts ?? entry.reservations[workflow] ?? NO_AMOUNTS;
  return { ...release(entry, workflow, moved), committed: addAmounts(entry.committed, moved) };
}

/** Volumes of ours are gone from the pool. */
export function withdraw(entry: LedgerEntry, amounts: Amounts): LedgerEntry {
  return { ...entry, committed: subtract(entry.committed, amounts) };
}

/** Ours: what is on the device beside them isn't counted. */
const takenVolumes = (entry: LedgerEntry | undefined): number =>
  (entry?.committed.volumes ?? 0) + reservedAmounts(entry).volumes;

function shortage(limit: LedgerShortage['limit'], needed: number, available: number): LedgerShortage | undefined {
  if (needed <= available) return undefined;
  return { limit, needed, available, lack: needed - available };
}

function subtract(from: Amounts, amounts: Amounts): Amounts {
  return {
    allocatedBytes: Math.max(0, from.allocatedBytes - amounts.allocatedBytes),
    subscribedBytes: Math.max(0, from.subscribedBytes - amounts.subscribedBytes),
    volumes: Math.max(0, from.volumes - amounts.volumes),
  };
}

function isNone(amounts: Amounts): boolean {
  return amounts.allocatedBytes === 0 && amounts.subscribedBytes === 0 && amounts.volumes === 0;
}
