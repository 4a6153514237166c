/** `capacity --forecast`: reads what is recorded and the samples of it, and writes nothing. */
import { atMost } from '../../lib/at-most.ts';
import { LIMITS } from '../../lib/limits.ts';
import { extentOf, TREND_DAYS_MIN, TREND_POINTS_MIN, trendOf } from '../../lib/trend.ts';
import { foldName } from '../model/address.ts';
import type { CapacityHistory } from '../model/capacity-history.ts';
import { amountsIn } from '../model/members.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { isUrn, type Urn, uuidOf } from '../model/urn.ts';
import { type Column, outlookOf, pointsOf, summedHistory } from '../placement/forecast.ts';
import { reservedAmounts } from '../placement/ledger.ts';
import { fractionsOf } from '../planner/candidates.ts';
import { poolLimitsOf } from '../planner/capacity.ts';
import { readCapacityHistories, readCapacityHistory } from '../state/capacity-history.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { accountLedger, provisionedIn, type QuotaPlace, quotaAt, SHARES } from '../tenancy/quotas.ts';
import type { Call } from './engine.ts';
import type { ForecastAmount, ForecastRow, PoolAddition } from './forecast-types.ts';
import {
  allPoolFacts,
  capacityOf,
  liveOf,
  type PoolBasics,
  type PoolFacts,
  poolBasics,
  virtualPoolsToMatch,
} from './pool-facts.ts';
import { limitsIn, usableFor } from './pools.ts';
import type { InputOf, ResultOf } from './types.ts';

const DAY_MS = 24 * 3_600_000;

type HistoryOf = (ledger: Urn) => CapacityHistory;

export async function capacityForecast(
  { engine }: Call,
  { withinMs, adding }: InputOf<'capacity.forecast'>,
): Promise<ResultOf<'capacity.forecast'>> {
  const loader = await openViewLoader(engine.store);
  try {
    const nowMs = engine.clock.nowMs();
    const all = adding ? await rowsWith(loader, adding) : await allRows(loader, nowMs);
    const rows = withinMs === undefined ? all : all.flatMap((row) => fullBy(row, nowMs + withinMs));
    const amounts = all.flatMap((row) => row.amounts);
    const unknown = amounts.filter(({ limit, outlook }) => limit && outlook.state === 'not-enough-history').length;
    return {
      outcome: withinMs !== undefined && rows.length > 0 ? 'changes' : 'ok',
      diagnostics: [],
      rows,
      counts: { amounts: amounts.length, unknown },
      minimum: { samples: TREND_POINTS_MIN, days: TREND_DAYS_MIN },
      ...(withinMs === undefined ? {} : { withinMs }),
    };
  } finally {
    loader.close();
  }
}

async function allRows(loader: ViewLoader, nowMs: number): Promise<ForecastRow[]> {
  const histories = await readCapacityHistories(loader.snapshot);
  const historyOf: HistoryOf = (ledger) => histories.get(uuidOf(ledger)) ?? [];
  const { result } = await withView(loader, (view) => {
    const pools = allPoolFacts(view);
    return [
      ...pools.map((facts) => poolRow(facts, historyOf(facts.pool.urn))),
      ...virtualPoolRows(view, pools, historyOf, nowMs),
      ...quotaRows(view, historyOf, nowMs),
    ];
  });
  return result;
}

/** Reads what is known of these pools, and nothing else. */
async function rowsWith(loader: ViewLoader, adding: readonly PoolAddition[]): Promise<ForecastRow[]> {
  const { result: known } = await withView(loader, (view) =>
    adding.flatMap((added) => {
      const facts = isUrn(added.pool) ? poolBasics(view, added.pool) : undefined;
      return facts ? [{ facts, added }] : [];
    }),
  );
  return atMost(LIMITS.readsMax, known, async ({ facts, added }) =>
    poolRow(facts, (await readCapacityHistory(loader.snapshot, facts.pool.urn)) ?? [], added),
  );
}

function fullBy(row: ForecastRow, untilMs: number): ForecastRow[] {
  const amounts = row.amounts.filter(
    ({ outlook }) => outlook.state === 'reached' || (outlook.state === 'filling' && outlook.fullAtMs <= untilMs),
  );
  return amounts.length === 0 ? [] : [{ ...row, amounts }];
}

interface Measured {
  readonly what: ForecastAmount['what'];
  readonly bytes: number;
  readonly addedBytes?: number | undefined;
  readonly limit?: ForecastAmount['limit'] | undefined;
  readonly history: CapacityHistory;
  readonly atMs: number;
}

function amountOf({ what, bytes: now, addedBytes, limit, history, atMs }: Measured): ForecastAmount {
  const bytes = now + (addedBytes ?? 0);
  const column: Column = what === 'used' ? 'usedBytes' : 'subscribedBytes';
  const points = pointsOf(history, column);
  const trend = trendOf(points);
  const extent = extentOf(points);
  return {
    what,
    bytes,
    ...(addedBytes === undefined ? {} : { addedBytes }),
    ...(limit ? { limit } : {}),
    history: { samples: extent.points, days: Math.floor(extent.days) },
    ...(trend
      ? {
          trend: {
            bytesPerDay: Math.round(trend.perDay),
            lowBytesPerDay: Math.round(trend.lowPerDay),
            highBytesPerDay: Math.round(trend.highPerDay),
            steps: trend.steps.map(({ day, by }) => ({ atMs: Math.floor(day) * DAY_MS, bytes: Math.round(by) })),
          },
        }
      : {}),
    outlook: outlookOf({ bytes, atMs, ...(limit ? { limitBytes: limit.bytes } : {}) }, trend, extent.days),
  };
}

function poolRow(facts: PoolBasics, history: CapacityHistory, added?: PoolAddition): ForecastRow {
  const { name, pool, system } = facts;
  const row = { of: 'pool', name, urn: pool.urn } as const;
  const seen = seenOf([facts], [history]);
  if (!seen) return { ...row, amounts: [] };
  const { capacity, ...at } = seen;
  const own = fractionsOf(poolLimitsOf(system, pool) ?? {});
  const limitOf = (of: 'utilisation' | 'subscription') => {
    const fraction = own[of];
    return fraction === undefined ? undefined : { of, bytes: Math.floor(capacity.totalBytes * fraction) };
  };
  const size = { of: 'size', bytes: capacity.totalBytes } as const;
  return {
    ...row,
    asOfMs: at.atMs,
    amounts: [
      amountOf({
        ...{ what: 'used', bytes: capacity.usedBytes, addedBytes: added?.usedBytes, ...at },
        limit: limitOf('utilisation') ?? size,
      }),
      amountOf({
        ...{ what: 'subscribed', bytes: capacity.subscribedBytes, addedBytes: added?.subscribedBytes, ...at },
        limit: limitOf('subscription'),
      }),
    ],
  };
}

interface Seen {
  readonly capacity: { readonly totalBytes: number; readonly usedBytes: number; readonly subscribedBytes: number };
  readonly history: CapacityHistory;
  readonly atMs: number;
}

/** Of several pools together. A look that found all as it was has left a sample, and nothing else. */
function seenOf(pools: readonly PoolBasics[], histories: readonly CapacityHistory[]): Seen | undefined {
  const known = pools.map(capacityOf).filter((each) => each !== undefined);
  if (known.length === 0) return undefined;
  const sum = (key: 'totalBytes' | 'usedBytes' | 'subscribedBytes') =>
    known.reduce((total, each) => total + each[key], 0);
  const times = [
    ...pools.map(({ attributes }) => attributes?.observedAtMs ?? 0),
    ...histories.map((history) => history.at(-1)?.atMs ?? 0),
  ];
  return {
    capacity: {
      totalBytes: sum('totalBytes'),
      usedBytes: sum('usedBytes'),
      subscribedBytes: sum('subscribedBytes'),
    },
    history: summedHistory(histories),
    atMs: times.reduce((latest, atMs) => Math.max(latest, atMs), 0),
  };
}

function virtualPoolRows(
  view: RecordedView,
  pools: readonly PoolFacts[],
  historyOf: HistoryOf,
  nowMs: number,
): ForecastRow[] {
  return virtualPoolsToMatch(view).map((virtualPool): ForecastRow => {
    const { record } = virtualPool;
    const matched = pools.filter((facts) => usableFor(virtualPool, facts).fits);
    const seen = seenOf(
      matched,
      matched.map(({ pool }) => historyOf(pool.urn)),
    );
    const row = { of: 'virtualPool', name: record.name, urn: record.urn } as const;
    const quota = quotaAmount(view, record, { of: record.urn }, historyOf, nowMs);
    if (!seen) return { ...row, amounts: quota };
    const { capacity, ...at } = seen;
    const limits = matched.map((facts) => limitsIn(record, facts, facts.attributes?.totalBytes ?? 0));
    const sum = (key: 'allocatedBytesMax' | 'subscribedBytesMax') =>
      limits.reduce((total, each) => total + each[key], 0);
    const used = { of: 'utilisation', bytes: sum('allocatedBytesMax') } as const;
    const subscribed = { of: 'subscription', bytes: sum('subscribedBytesMax') } as const;
    return {
      ...row,
      asOfMs: at.atMs,
      amounts: [
        amountOf({ what: 'used', bytes: capacity.usedBytes, limit: used, ...at }),
        amountOf({ what: 'subscribed', bytes: capacity.subscribedBytes, limit: subscribed, ...at }),
        ...quota,
      ],
    };
  });
}

/** Projects and tenants that have a quota of bytes, each tenant followed by its shares of virtual pools. */
function quotaRows(view: RecordedView, historyOf: HistoryOf, nowMs: number): ForecastRow[] {
  const row = (record: ResourceRecord<'project' | 'tenant'>): ForecastRow[] => {
    const amounts = quotaAmount(view, record, { of: record.urn }, historyOf, nowMs);
    const { kind, name, urn } = record;
    return amounts.length === 0 ? [] : [{ of: kind, name, urn, asOfMs: nowMs, amounts }];
  };
  return [
    ...liveOf(view, 'project').sort(byName).flatMap(row),
    ...liveOf(view, 'tenant')
      .sort(byName)
      .flatMap((tenant) => [...row(tenant), ...shareRows(view, tenant, historyOf, nowMs)]),
  ];
}

function shareRows(
  view: RecordedView,
  tenant: ResourceRecord<'tenant'>,
  historyOf: HistoryOf,
  nowMs: number,
): ForecastRow[] {
  const shares = [...amountsIn(view, tenant.urn, SHARES)].map(([virtualPool, bytes]): ForecastRow => {
    const { name, urn } = tenant;
    const account = accountOf(view, { of: urn, virtualPool }, bytes, historyOf, nowMs);
    const of = view.get(virtualPool)?.record.name ?? virtualPool;
    return { of: 'tenant', name, virtualPool: of, urn, asOfMs: nowMs, amounts: [account] };
  });
  return shares.sort((a, b) => (foldName(a.virtualPool!) < foldName(b.virtualPool!) ? -1 : 1));
}

function quotaAmount(
  view: RecordedView,
  record: ResourceRecord,
  place: QuotaPlace,
  historyOf: HistoryOf,
  nowMs: number,
): ForecastAmount[] {
  const bytes = quotaAt(record)?.bytes;
  return bytes === undefined ? [] : [accountOf(view, place, bytes, historyOf, nowMs)];
}

/** What it counts; before its first volume under the quota there is no account yet. */
function accountOf(
  view: RecordedView,
  place: QuotaPlace,
  quotaBytes: number,
  historyOf: HistoryOf,
  atMs: number,
): ForecastAmount {
  const ledger = accountLedger(place);
  const entry = view.ledger(ledger);
  const { subscribedBytes } = entry?.committed ?? provisionedIn(place, liveOf(view, 'volume'));
  const bytes = subscribedBytes + reservedAmounts(entry).subscribedBytes;
  const limit = { of: 'quota', bytes: quotaBytes } as const;
  return amountOf({ what: 'provisioned', bytes, limit, history: historyOf(ledger), atMs });
}

const byName = (a: ResourceRecord, b: ResourceRecord): number => (foldName(a.name) < foldName(b.name) ? -1 : 1);
