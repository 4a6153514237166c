/**
 * Capacity of a workflow in the pools' ledgers: promised before the commit, moved to "committed" unit by unit, given back
 * for what comes to nothing. Each change is a compare-and-swap of `l/{pool}`; no pool is ever locked.
 */
import { assert } from '../../lib/assert.ts';
import { sameJson } from '../../lib/canonical-json.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { ResourceRecord } from '../model/record.ts';
import { type Amounts, addAmounts, type CapacityLimits, type LedgerEntry, NO_AMOUNTS } from '../model/recorded-view.ts';
import { formatSize } from '../model/size.ts';
import type { PoolAttributes } from '../model/specs.ts';
import { parseUrn, type Urn } from '../model/urn.ts';
import {
  commitReservation,
  emptyLedger,
  type LedgerBase,
  type LedgerShortage,
  type ReserveResult,
  release,
  reserve,
  withdraw,
} from '../placement/ledger.ts';
import type { Plan, Predicate, Unit } from '../planner/plan.ts';
import { keys } from '../state/keys.ts';
import {
  decodeLedger,
  decodeObserved,
  decodeRecord,
  encodeLedger,
  encodeObserved,
  type RecordWrite,
} from '../state/records.ts';
import { type KeyValue, rangeAll } from '../state/store.ts';
import { accountLedger, provisionedIn, type Quota, quotaAt, shareName } from '../tenancy/quotas.ts';
import type { OurWrite } from './claims.ts';
import { addressOf } from './inspect.ts';
import { allWrites } from './namers.ts';
import { readMany, readRecord } from './records-io.ts';
import { memberUrn } from './relied-on.ts';
import type { Run } from './run.ts';

/** Attempts at one ledger; each loses only to somebody who won. */
export const LEDGER_ATTEMPTS_MAX = 200;

interface Demand {
  readonly amounts: Amounts;
  readonly limits: CapacityLimits;
}

function demands(plan: Plan): Map<Urn, Demand> {
  const byPool = new Map<Urn, Demand>();
  for (const { pool, amounts, limits } of plan.units.flatMap((unit) => unit.reservations)) {
    const known = byPool.get(pool);
    byPool.set(pool, {
      amounts: known ? addAmounts(known.amounts, amounts) : amounts,
      limits: known ? tighter(known.limits, limits) : limits,
    });
  }
  return byPool;
}

function tighter(a: CapacityLimits, b: CapacityLimits): CapacityLimits {
  const volumesMax = Math.min(a.volumesMax ?? Number.POSITIVE_INFINITY, b.volumesMax ?? Number.POSITIVE_INFINITY);
  return {
    allocatedBytesMax: Math.min(a.allocatedBytesMax, b.allocatedBytesMax),
    subscribedBytesMax: Math.min(a.subscribedBytesMax, b.subscribedBytesMax),
    ...(Number.isFinite(volumesMax) ? { volumesMax } : {}),
  };
}

/** Promises everything that the plan needs, or says what is short. What was promised until then stays: the caller undoes. */
export async function reserveAll(run: Run): Promise<Diagnostic | undefined> {
  await openAccounts(run);
  const all = [...demands(run.plan)];
  for (let at = 0; at < all.length; at += POOLS_MAX) {
    const some = new Map(all.slice(at, at + POOLS_MAX));
    const short = await updateLedgers(run, [...some.keys()], (entry, pool) => {
      const { amounts, limits } = some.get(pool)!;
      return reserve(entry, pool, run.id, amounts, limits, NOTHING_ELSE);
    });
    if (short) return shortDiagnostic(run, short.pool, short.short);
    run.point('claim:reserved');
  }
  return undefined;
}

/**
 * Accounts of quotas that begin with this plan. Whoever has the quota is claimed by us alone, and everybody who changes what
 * is provisioned there holds it shared: so what is counted here stays true until our own units change it.
 */
async function openAccounts(run: Run): Promise<void> {
  const places = run.plan.units.flatMap((unit) => unit.opens ?? []);
  if (places.length === 0) return;
  const mine = new Set(allWrites(run.plan).flatMap(({ urn, base }) => (base === 0 ? [urn] : [])));
  const volumes: ResourceRecord<'volume'>[] = [];
  // In what is only being made there is nothing yet.
  const looked = places.some(({ of }) => !mine.has(of));
  for await (const item of looked ? rangeAll(run.env.store, keys.recordsOf('volume')) : []) {
    const { record } = decodeRecord(item);
    if (!mine.has(record.urn)) volumes.push(record as ResourceRecord<'volume'>);
  }
  for (const place of places) {
    const pool = accountLedger(place);
    const committed = provisionedIn(place, volumes);
    await updateLedger(run, pool, () => ({ entry: { pool, reservations: {}, committed } }));
    run.point('claim:reserved');
  }
}

/** A quota predicate: set, raised or taken away since the plan was made, it was made for something else. */
export async function checkQuota(
  run: Run,
  { of, virtualPool, system, quota }: Extract<Predicate, { type: 'quota' }>,
): Promise<Diagnostic | undefined> {
  const recordOf = async (urn: Urn) => run.namers.writeOf(urn)?.final ?? (await readRecord(run.env.store, urn))?.record;
  const record = await recordOf(of);
  const share = virtualPool && (await memberUrn(run, of, shareName(virtualPool)));
  const says = virtualPool === undefined ? record : share && (await recordOf(share));
  const now = (says && quotaAt(says, system ? { system } : {})) ?? {};
  if (sameJson(now, quota)) return undefined;
  return {
    code: 'COPRHD-PLAN-001',
    severity: 'error',
    summary: `the quota of ${record ? addressOf(record) : of} has changed since the plan was made`,
    detail: `It was ${quotaText(quota)} and is ${quotaText(now)}.`,
    fix: 'Make the plan again.',
    ...(record ? { address: addressOf(record) } : {}),
  };
}

function quotaText({ bytes, volumes }: Quota): string {
  const said = [
    ...(bytes === undefined ? [] : [formatSize(bytes)]),
    ...(volumes === undefined ? [] : [`${volumes} volumes`]),
  ];
  return said.length === 0 ? 'none' : said.join(', ');
}

/** Gives back all that is still promised to the workflow. */
export async function releaseAll(run: Run): Promise<void> {
  for (const pool of demands(run.plan).keys()) {
    await updateLedger(run, pool, (entry) => ({ entry: release(entry ?? emptyLedger(pool), run.id) }));
    run.point('release:ledger');
  }
}

/** Who else has something reserved where this plan needs something. */
export async function otherReservers(run: Run): Promise<string[]> {
  const items = await Promise.all([...demands(run.plan).keys()].map((pool) => run.env.store.get(keys.ledger(pool))));
  const found = items.flatMap((item) => (item ? Object.keys(decodeLedger(item).reservations) : []));
  return [...new Set(found)].filter((workflow) => workflow !== run.id).sort();
}

/** Gives back what is reserved there for a workflow that is no more. */
export async function releaseFor(run: Run, workflow: string): Promise<void> {
  for (const pool of demands(run.plan).keys()) {
    await updateLedger(run, pool, (entry) => ({ entry: release(entry ?? emptyLedger(pool), workflow) }));
  }
}

async function updateLedger(run: Run, pool: Urn, change: (entry: LedgerEntry | undefined) => ReserveResult) {
  return (await updateLedgers(run, [pool], change))?.short;
}

/** All of them in one transaction, or none; at most POOLS_MAX. The first that is short says so. */
async function updateLedgers(
  run: Run,
  pools: readonly Urn[],
  change: (entry: LedgerEntry | undefined, pool: Urn) => ReserveResult,
): Promise<{ readonly pool: Urn; readonly short: LedgerShortage } | undefined> {
  const ledgers = pools.map((pool) => keys.ledger(pool));
  return run.inTurn(ledgers, async () => {
    for (let attempt = 1; attempt <= LEDGER_ATTEMPTS_MAX; attempt++) {
      const read = await readMany(pools, (pool) => run.env.store.get(keys.ledger(pool)));
      const compare: RecordWrite['compare'][number][] = [];
      const operations: RecordWrite['operations'][number][] = [];
      for (const [pool, item] of read) {
        const before = item && decodeLedger(item);
        const { entry, short } = change(before, pool);
        if (short) return { pool, short };
        if (!entry || entry === before || (!item && isEmpty(entry))) continue;
        const key = keys.ledger(pool);
        compare.push({ key, modRevision: item?.modRevision ?? 0 });
        operations.push({ type: 'put', key, value: encodeLedger(entry) });
      }
      if (operations.length === 0 || (await run.write(compare, operations))) return undefined;
    }
    throw run.stop(new Error(`the ledgers of ${pools.join(', ')} can't be written: too much contention`));
  });
}

const isEmpty = (entry: LedgerEntry): boolean =>
  Object.keys(entry.reservations).length === 0 &&
  entry.committed.volumes === 0 &&
  entry.committed.subscribedBytes === 0;

/**
 * The limits of a plan are for our own promises: what else is in the pool was subtracted when the plan was made, from a
 * fresh look. Only the ledger counts here; an observation kept from earlier would count others' space a second time.
 */
const NOTHING_ELSE: LedgerBase = { allocatedBytes: 0, subscribedBytes: 0 };

/** A capacity predicate, re-evaluated under the claims: what our own reservation covers already isn't counted twice. */
export async function checkCapacity(
  run: Run,
  predicate: { readonly pool: Urn; readonly amounts: Amounts; readonly limits: CapacityLimits },
): Promise<Diagnostic | undefined> {
  const { pool, amounts, limits } = predicate;
  const item = await run.env.store.get(keys.ledger(pool));
  const entry = item && decodeLedger(item);
  const mine = entry?.reservations[run.id] ?? NO_AMOUNTS;
  const missing: Amounts = {
    allocatedBytes: Math.max(0, amounts.allocatedBytes - mine.allocatedBytes),
    subscribedBytes: Math.max(0, amounts.subscribedBytes - mine.subscribedBytes),
    volumes: Math.max(0, amounts.volumes - mine.volumes),
  };
  const { short } = reserve(entry, pool, run.id, missing, limits, NOTHING_ELSE);
  return short && shortDiagnostic(run, pool, short);
}

/** Or the account of a quota. */
const isPool = (urn: Urn): boolean => parseUrn(urn).kind === 'pool';

async function shortDiagnostic(run: Run, pool: Urn, short: LedgerShortage): Promise<Diagnostic> {
  if (!isPool(pool)) return overQuota(await quotaHolder(run, pool), short);
  if (short.limit === 'volumes') return tooManyVolumes(pool, short);
  const { limit, needed, available, lack } = short;
  const had = available < 0 ? `is over it by ${formatSize(-available)}` : `has ${formatSize(available)}`;
  return {
    code: 'COPRHD-PLACE-002',
    severity: 'error',
    summary: `pool ${pool} lacks ${formatSize(lack)} under its ${limit} limit`,
    detail: `${formatSize(needed)} are needed, the pool ${had}. It was taken since the plan was made.`,
    fix: 'Make the plan again.',
  };
}

function tooManyVolumes(pool: Urn, { needed, available }: LedgerShortage): Diagnostic {
  return {
    code: 'COPRHD-PLACE-002',
    severity: 'error',
    summary: `pool ${pool} may have ${Math.max(0, available)} volumes more, the plan makes ${needed}`,
    detail: 'They were made since the plan was made.',
    fix: 'Make the plan again.',
  };
}

/** Whose quota an account is of, as the plan's predicates tell. */
async function quotaHolder(run: Run, ledger: Urn): Promise<string> {
  const place = run.plan.basis.predicates.find(
    (predicate) => predicate.type === 'quota' && accountLedger(predicate) === ledger,
  );
  if (place?.type !== 'quota') return 'a quota';
  const nameOf = async (urn: Urn) => (await readRecord(run.env.store, urn))?.record.name ?? urn;
  const part = place.virtualPool ?? place.system;
  const of = `the quota of ${parseUrn(place.of).kind} ${await nameOf(place.of)}`;
  return part === undefined ? of : `${of} for ${await nameOf(part)}`;
}

function overQuota(holder: string, { limit, needed, available, lack }: LedgerShortage): Diagnostic {
  const amount = (value: number) => (limit === 'volumes' ? `${value} volumes` : formatSize(value));
  return {
    code: 'COPRHD-QUOTA-001',
    severity: 'error',
    summary: `${holder} lacks ${amount(lack)} for this plan`,
    detail: `${amount(needed)} are needed, ${amount(Math.max(0, available))} are left. It was provisioned since the plan was made.`,
    fix: 'Make the plan again.',
  };
}

/** How a unit ends: what it reserved is taken for good, or given back. */
export interface UnitOutcome {
  readonly unit: Unit;
  readonly outcome: 'done' | 'nothing';
}

export interface Settling extends UnitOutcome {
  /** What is there beyond what was promised: somebody had made the volume larger meanwhile. */
  readonly surplus: readonly { readonly pool: Urn; readonly amounts: Amounts }[];
}

/** Of a unit that is done: how much larger its volume is than the plan has promised. */
export function surplusOf(unit: Unit, ours: readonly OurWrite[]): Settling['surplus'] {
  return ours.flatMap(({ write, current }) => {
    const { device } = current.record.status;
    if (write.final.kind !== 'volume' || write.final.status.phase === 'deleted' || !device?.pool) return [];
    const promised = sum(unit.reservations, device.pool);
    const accounts = unit.reservations.map(({ pool }) => pool).filter((pool) => !isPool(pool));
    if (promised.subscribedBytes === 0 || device.provisionedBytes === undefined) return [];
    const before = write.before?.status.device?.provisionedBytes ?? 0;
    const bytes = device.provisionedBytes - before - promised.subscribedBytes;
    if (bytes <= 0) return [];
    // Of a thin one only what was set aside is promised; more of it isn't allocated by being there.
    const allocatedBytes = promised.allocatedBytes === promised.subscribedBytes ? bytes : 0;
    return [
      { pool: device.pool, amounts: { allocatedBytes, subscribedBytes: bytes, volumes: 0 } },
      ...accounts.map((pool) => ({ pool, amounts: { allocatedBytes: 0, subscribedBytes: bytes, volumes: 0 } })),
    ];
  });
}

/** One transaction has room for the ledgers and observations of so many pools beside the ends of units. */
export const POOLS_MAX = 16;

/**
 * The ledger part of the end of units, to be written in the same transaction as the units' state, so that it counts
 * exactly once. Done: promised becomes committed, and the pool's observed figures are moved along, because the next plan
 * may be checked before anybody looks at the device again. Undefined: these units touch too many pools for one.
 */
export async function settleOps(run: Run, ending: readonly Settling[]): Promise<RecordWrite | undefined> {
  const pools = new Set(ending.flatMap(poolsOf));
  if (pools.size > POOLS_MAX) {
    assert(ending.length > 1, `${ending[0]?.unit.id} touches ${pools.size} pools`);
    return undefined;
  }
  const done = ending.filter(({ outcome }) => outcome === 'done');
  const compare: RecordWrite['compare'][number][] = [];
  const operations: RecordWrite['operations'][number][] = [];
  // All at once: one after the other they would be what every unit of a plan waits for at its end.
  const read = await readMany([...pools], (pool) =>
    Promise.all([
      run.env.store.get(keys.ledger(pool)),
      done.length > 0 && isPool(pool) ? run.env.store.get(keys.observed(pool)) : undefined,
    ]),
  );
  for (const [pool, [item, observed]] of read) {
    const key = keys.ledger(pool);
    const before = item ? decodeLedger(item) : emptyLedger(pool);
    const settled = ending.reduce((entry, one) => settle(entry, run.id, pool, one), before);
    compare.push({ key, modRevision: item?.modRevision ?? 0 });
    operations.push({ type: 'put', key, value: encodeLedger(settled) });
    const taken = sum(
      done.flatMap(({ unit }) => unit.reservations),
      pool,
    );
    // Only what was taken: that something is free again is believed when it is seen.
    if (observed && taken.subscribedBytes > 0) {
      compare.push({ key: observed.key, modRevision: observed.modRevision });
      operations.push({ type: 'put', key: observed.key, value: movedAlong(observed, taken) });
    }
  }
  return { compare, operations };
}

export function poolsOf({ unit, outcome }: UnitOutcome): Urn[] {
  return [...unit.reservations, ...(outcome === 'done' ? unit.releases : [])].map(({ pool }) => pool);
}

function settle(entry: LedgerEntry, workflow: string, pool: Urn, ending: Settling): LedgerEntry {
  const { unit, outcome, surplus } = ending;
  const taken = sum(unit.reservations, pool);
  if (outcome === 'nothing') return release(entry, workflow, taken);
  const settled = withdraw(commitReservation(entry, workflow, taken), sum(unit.releases, pool));
  return { ...settled, committed: addAmounts(settled.committed, sum(surplus, pool)) };
}

function movedAlong(item: KeyValue, taken: Amounts): string {
  const attributes: PoolAttributes = decodeObserved('pool', item);
  return encodeObserved('pool', {
    ...attributes,
    freeBytes: Math.max(0, attributes.freeBytes - taken.allocatedBytes),
    subscribedBytes: attributes.subscribedBytes + taken.subscribedBytes,
  });
}

function sum(entries: readonly { readonly pool: Urn; readonly amounts: Amounts }[], pool: Urn): Amounts {
  return entries
    .filter((entry) => entry.pool === pool)
    .reduce((total, { amounts }) => addAmounts(total, amounts), NO_AMOUNTS);
}
