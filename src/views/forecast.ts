/**
 * When what grows is full. Rows: `forecast of name what bytes limitOf limitBytes samples days bytesPerDay lowBytesPerDay highBytesPerDay
 * state fullAt earliestAt latestAt confidence virtualPool` · `step of name what at bytes virtualPool`, a jump that is not counted as growth.
 */
import type { ForecastAmount, ForecastRow } from '../engine/operations/forecast-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { isoTime } from '../lib/clock.ts';
import { formatBytes, plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

type Forecast = ResultOf<'capacity.forecast'>;

const DAY_MS = 24 * 3_600_000;

const SECTIONS = [
  ['pool', 'storage pools'],
  ['virtualPool', 'virtual pools'],
  ['project', 'quotas of projects'],
  ['tenant', 'quotas of tenants'],
] as const;

export const forecastView: View<Forecast> = {
  human: (result, style) => {
    const sections = SECTIONS.flatMap(([of, title]) => {
      const rows = result.rows.filter((row) => row.of === of);
      if (rows.length === 0) return [];
      const header = [title, '', 'now', 'a day', 'full'];
      return [
        ...table(
          rows.flatMap((row) => cellsOf(row, style)),
          { width: style.width, indent: '  ', header },
        ),
        '',
      ];
    });
    return [...sections, ...result.rows.flatMap((row) => stepLines(row, style)), ...closing(result, style)];
  },
  plain: ({ rows }) => rows.flatMap((row) => [...row.amounts.map((amount) => plainRow(row, amount)), ...stepRows(row)]),
};

const nameOf = ({ name, virtualPool }: ForecastRow): string =>
  virtualPool === undefined ? name : `${name}, of ${virtualPool}`;

function cellsOf(row: ForecastRow, style: Style): string[][] {
  if (row.amounts.length === 0) return [[nameOf(row), '', 'never looked at']];
  return row.amounts.map((amount, index) => [
    index === 0 ? nameOf(row) : '',
    amount.what,
    nowText(amount),
    amount.trend ? perDayText(amount.trend.bytesPerDay) : '',
    outlookText(amount, style),
  ]);
}

const LIMIT_WORDS = { size: '', utilisation: ' usable', subscription: ' allowed', quota: ' quota' } as const;

function nowText({ bytes, limit }: ForecastAmount): string {
  if (!limit) return formatBytes(bytes);
  const percent = limit.bytes === 0 ? '' : ` (${Math.round((bytes / limit.bytes) * 100)} %)`;
  return `${formatBytes(bytes)} of ${formatBytes(limit.bytes)}${LIMIT_WORDS[limit.of]}${percent}`;
}

const perDayText = (bytes: number): string => `${bytes > 0 ? '+' : ''}${formatBytes(bytes)}`;

function outlookText({ outlook, history }: ForecastAmount, style: Style): string {
  switch (outlook.state) {
    case 'reached':
      return paint(style, 'remove', 'full');
    case 'no-limit':
      return 'no limit';
    case 'not-enough-history':
      return `not enough history (${plural(history.samples, 'day')})`;
    case 'not-growing':
      return 'not growing';
    case 'far':
      return 'not within 10 years';
    case 'filling': {
      const { fullAtMs, earliestAtMs, latestAtMs, confidence } = outlook;
      const days = (atMs: number) => (atMs - style.nowMs) / DAY_MS;
      const likely = days(fullAtMs);
      const when = likely <= 0 ? 'by now' : `in ~${span(likely)}`;
      return paint(
        style,
        'held',
        `${when} (${rangeText(days(earliestAtMs), latestAtMs && days(latestAtMs))}, ${confidence} confidence)`,
      );
    }
  }
}

function rangeText(from: number, to: number | undefined): string {
  const first = span(Math.max(0, from));
  if (to === undefined) return `${first} to never`;
  const last = span(Math.max(0, to));
  return first === last ? first : `${first} to ${last}`;
}

/** As exact as a forecast can be: `9 d`, `6 wk`, `7 mo`, `3 y`. */
function span(days: number): string {
  if (days < 21) return `${Math.round(days)} d`;
  if (days < 70) return `${Math.round(days / 7)} wk`;
  if (days < 730) return `${Math.round(days / 30.44)} mo`;
  return `${Math.round(days / 365.25)} y`;
}

const dateOf = (atMs: number): string => isoTime(atMs).slice(0, 10);

function stepLines(row: ForecastRow, style: Style): string[] {
  return row.amounts.flatMap(({ what, trend }) =>
    (trend?.steps ?? []).flatMap(({ atMs, bytes }) =>
      wrap(
        `! ${nameOf(row)}: ${what} jumped by ${perDayText(bytes)} on ${dateOf(atMs)}, which is not counted as growth`,
        style.width,
      ),
    ),
  );
}

function closing({ rows, counts, minimum, withinMs }: Forecast, style: Style): string[] {
  const lines: string[] = [];
  if (withinMs !== undefined) {
    const full = rows.reduce((sum, { amounts }) => sum + amounts.length, 0);
    const when = `full within ${plural(Number((withinMs / DAY_MS).toFixed(1)), 'day')}, by what it grew so far`;
    lines.push(
      `${full === 0 ? 'None' : full} of ${plural(counts.amounts, 'amount')} ${full > 1 ? 'are' : 'is'} ${when}.`,
    );
  } else if (rows.length === 0) lines.push('No pool is recorded. next: coprhd device add, or coprhd discover');
  if (counts.unknown > 0) {
    const needed = `${minimum.samples} days with a sample, over ${minimum.days} days, are needed`;
    lines.push(
      `Not enough history of ${counts.unknown} of ${plural(counts.amounts, 'amount')}: ${needed}. Each coprhd discover and apply adds to it.`,
    );
  }
  return lines.flatMap((line) => wrap(line, style.width));
}

function plainRow(row: ForecastRow, { what, bytes, limit, history, trend, outlook }: ForecastAmount): Row {
  const when = outlook.state === 'filling' ? outlook : undefined;
  const time = (atMs: number | undefined) => (atMs === undefined ? undefined : dateOf(atMs));
  return [
    ...['forecast', row.of, row.name, what, bytes, limit?.of, limit?.bytes, history.samples, history.days],
    ...[trend?.bytesPerDay, trend?.lowBytesPerDay, trend?.highBytesPerDay, outlook.state],
    ...[time(when?.fullAtMs), time(when?.earliestAtMs), time(when?.latestAtMs), when?.confidence, row.virtualPool],
  ];
}

function stepRows(row: ForecastRow): Row[] {
  return row.amounts.flatMap(({ what, trend }) =>
    (trend?.steps ?? []).map(
      ({ atMs, bytes }): Row => ['step', row.of, row.name, what, dateOf(atMs), bytes, row.virtualPool],
    ),
  );
}
