/**
 * When what grows is full. Rows: `forecast of name what bytes limitOf limitBytes samples days bytesPerDay lowBytesPerDay highBytesPerDay
 * state fullAt earliestAt latestAt confidence virtualPool` · `step of name what at bytes virtualPool`, a jump that is not counted as growth.
 */
import type { ForecastAmount, ForecastRow } from '../engine/operations/forecast-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { isoTime } from '../lib/clock.ts';
import { formatBytes, formatSpan, plural } from './format.ts';
import { paint, type Style, widthOf } from './style.ts';
import { pad, table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

type Forecast = ResultOf<'capacity.forecast'>;

const DAY_MS = 24 * 3_600_000;

const SECTIONS = [
  ['pool', 'storage pools'],
  ['virtualPool', 'virtual pools'],
  ['project', 'project quotas'],
  ['tenant', 'tenant quotas'],
] as const;

export const forecastView: View<Forecast> = {
  human: (result, style) => {
    const sections = SECTIONS.flatMap(([of, title]) => {
      const rows = result.rows.filter((row) => row.of === of);
      return rows.length === 0 ? [] : [...sectionLines(title, rows, style), ''];
    });
    return [...sections, ...result.rows.flatMap((row) => stepLines(row, style)), ...closing(result, style)];
  },
  plain: ({ rows }) =>
    rows.flatMap((row) => [...row.amounts.map((amount) => forecastRow(row, amount)), ...stepRows(row)]),
};

const nameOf = ({ name, virtualPool }: ForecastRow): string =>
  virtualPool === undefined ? name : `${name}, of ${virtualPool}`;

/** Names are long: each has a line of its own, and the amounts of all of them are one table. */
function sectionLines(title: string, rows: readonly ForecastRow[], style: Style): string[] {
  const header = [title, 'now', 'a day', 'full (range), confidence'];
  const cells = rows.map(({ amounts }) => amounts.map((amount) => cellsOf(amount, style)));
  const widths = header.map((text, column) =>
    Math.max(...[text, ...cells.flat().map((each) => each[column]!)].map((each) => widthOf(each))),
  );
  const line = (each: readonly string[]) =>
    table([each.map((cell, column) => pad(cell, column < 3 ? widths[column]! : 0))], { width: style.width });
  return [
    ...line(header),
    ...rows.flatMap((row, index) => [
      paint(style, 'strong', `  ${nameOf(row)}${row.amounts.length === 0 ? ': never looked at' : ''}`),
      ...cells[index]!.flatMap(line),
    ]),
  ];
}

const cellsOf = (amount: ForecastAmount, style: Style): string[] => [
  `    ${amount.what}`,
  nowText(amount),
  amount.trend ? perDayText(amount.trend.bytesPerDay) : '',
  outlookText(amount, style),
];

function nowText({ bytes, limit }: ForecastAmount): string {
  if (!limit) return formatBytes(bytes);
  const percent = limit.bytes === 0 ? '' : ` (${Math.round((bytes / limit.bytes) * 100)} %)`;
  return `${formatBytes(bytes)} of ${formatBytes(limit.bytes)}${percent}`;
}

const perDayText = (bytes: number): string => `${bytes > 0 ? '+' : ''}${formatBytes(bytes)}`;

function outlookText({ outlook }: ForecastAmount, style: Style): string {
  switch (outlook.state) {
    case 'reached':
      return paint(style, 'remove', 'full');
    case 'no-limit':
      return 'no limit';
    case 'not-enough-history':
      return 'too little history';
    case 'not-growing':
      return 'not growing';
    case 'far':
      return 'not within 10 years';
    case 'filling':
      return paint(style, 'held', fillingText(outlook, style.nowMs));
  }
}

type Filling = Extract<ForecastAmount['outlook'], { readonly state: 'filling' }>;

function fillingText({ fullAtMs, earliestAtMs, latestAtMs, confidence }: Filling, nowMs: number): string {
  const likely = fullAtMs <= nowMs ? 'by now' : `~${formatSpan(fullAtMs - nowMs)}`;
  const [first, last] = [earliestAtMs, latestAtMs].map((atMs) =>
    atMs === undefined ? undefined : formatSpan(atMs - nowMs),
  );
  return `${likely} (${rangeText(first!, last ?? 'never')}), ${confidence}`;
}

/**
 * In one line when a pool is full with what a plan puts there, by what of it is full first. Undefined where there is no date to be told:
 * it has too little history, doesn't grow, or not by then.
 */
export function fullWith({ name, amounts }: ForecastRow, nowMs: number): string | undefined {
  const reached = amounts.find(({ outlook }) => outlook.state === 'reached');
  if (reached) {
    const { what, bytes, addedBytes = 0, limit } = reached;
    return `${name}${bytes - addedBytes >= limit!.bytes ? '' : ' with this plan'}: ${what} is full`;
  }
  const filling = amounts.flatMap(({ what, outlook }) => (outlook.state === 'filling' ? [{ what, outlook }] : []));
  const [first] = filling.sort((a, b) => a.outlook.fullAtMs - b.outlook.fullAtMs);
  if (!first) return undefined;
  const when = fillingText(first.outlook, nowMs);
  return `${name} with this plan: ${first.what} is full ${when.startsWith('~') ? 'in ' : ''}${when} confidence`;
}

/** `6-8 mo`, `5 d-2 mo`. */
function rangeText(first: string, last: string): string {
  if (first === last) return first;
  const [number, unit] = first.split(' ');
  return last.endsWith(` ${unit}`) ? `${number}-${last}` : `${first}-${last}`;
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
    const when = `full within ${plural(Number((withinMs / DAY_MS).toFixed(1)), 'day')}, as they grew so far`;
    lines.push(
      `${full === 0 ? 'None' : full} of ${plural(counts.amounts, 'amount')} ${full > 1 ? 'are' : 'is'} ${when}.`,
    );
  } else if (rows.length === 0) lines.push('No pool is recorded. next: coprhd device add, or coprhd discover');
  if (counts.unknown > 0) {
    const needed = `${minimum.samples} days with a sample, over ${minimum.days} days, are needed`;
    lines.push(
      `Too little history of ${counts.unknown} of ${plural(counts.amounts, 'amount')}: ${needed}. Each coprhd discover and apply adds to it.`,
    );
  }
  return lines.flatMap((line) => wrap(line, style.width));
}

export function forecastRow(row: ForecastRow, { what, bytes, limit, history, trend, outlook }: ForecastAmount): Row {
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
