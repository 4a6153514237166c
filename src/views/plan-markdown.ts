/**
 * A plan, or why there is none, as a comment on a merge request: summary first, then what waits for somebody, the changes
 * as a table, the checks. Bounded in length, and what is left out is counted. Whatever comes from files or devices stands
 * in code with every sign encoded, so that a name can neither break the table nor mention anybody.
 */
import type { ForecastRow } from '../engine/operations/forecast-types.ts';
import type { Change, Plan } from '../engine/planner/plan.ts';
import { isoTime } from '../lib/clock.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import { headline } from './change.ts';
import { notSaidIn } from './diagnostics.ts';
import { fullWith } from './forecast.ts';
import { fieldWords, formatBytes, formatValue, kindWords, plural } from './format.ts';
import {
  actionWord,
  type ChangeSymbol,
  groupOf,
  isEmpty,
  legend,
  poolPromises,
  summaryParts,
  symbolOfChange,
  symbolOfChild,
} from './plan-facts.ts';

/** Comments of the common systems end at 65,536 characters. */
export const MARKDOWN_CHARS_MAX = 60_000;
/** Pipelines find their earlier comment by this line, to replace it. */
export const MARKDOWN_MARK = '<!-- coprhd plan -->';

export interface MarkdownInput {
  /** Absent when none could be made. */
  readonly plan?: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** File that it was saved to. */
  readonly savedAs?: string | undefined;
  /** When the pools that it puts something into are full. */
  readonly forecast?: readonly ForecastRow[] | undefined;
}

export function planMarkdown(
  { plan, diagnostics, savedAs, forecast = [] }: MarkdownInput,
  charsMax = MARKDOWN_CHARS_MAX,
): string {
  const all = plan ? [...plan.diagnostics, ...plan.removals.limitsExceeded, ...diagnostics] : diagnostics;
  const checks = notSaidIn(all, []).filter(
    (each, index, list) => list.findIndex((other) => same(each, other)) === index,
  );
  const errors = checks.filter(({ severity }) => severity === 'error');
  const others = checks.filter(({ severity }) => severity !== 'error');
  const head = plan ? planHead(plan) : [`### coprhd: no plan, ${plural(errors.length, 'error')}`];
  const foot = plan ? planFoot(plan, savedAs) : [];
  const budget = charsMax - length([MARKDOWN_MARK, ...head, ...foot]) - OVERHEAD_CHARS;
  // What waits for somebody matters most, then what changes; each may take what the ones before have left.
  const held = section(plan ? 'Held' : 'Errors', true, [], errors.map(diagnosticItem), budget);
  const changes = plan && !isEmpty(plan) ? changesSection(plan, forecast, budget - length(held)) : [];
  const notes = section('Checks', false, [], others.map(diagnosticItem), budget - length(held) - length(changes));
  return `${[MARKDOWN_MARK, ...head, ...held, ...changes, ...notes, ...foot].join('\n')}\n`;
}

/** Room for headings and for the notes that say how much is left out. */
const OVERHEAD_CHARS = 1_000;
const TEXT_CHARS_MAX = 300;
/** Sections with more are folded. */
const OPEN_ROWS_MAX = 25;

const same = (a: Diagnostic, b: Diagnostic): boolean =>
  a.code === b.code && a.summary === b.summary && a.address === b.address;

const length = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);

/** As code, each sign that could mean something as the number of its character. Works in tables, too. */
export function markdownCode(text: string): string {
  const signs = [
    ...text
      .replace(/\s+/g, ' ')
      .replace(/[\p{Cc}\p{Cs}]/gu, '')
      .trim(),
  ];
  if (signs.length === 0) return '';
  const cut = signs.length > TEXT_CHARS_MAX ? [...signs.slice(0, TEXT_CHARS_MAX - 1), '…'] : signs;
  const encoded = cut.map((sign) => (/[\p{L}\p{N} .,+=()…/-]/u.test(sign) ? sign : `&#${sign.codePointAt(0)};`));
  return `<code>${encoded.join('')}</code>`;
}

function planHead(plan: Plan): string[] {
  const stacks = plan.stacks.map(markdownCode).join(', ');
  if (isEmpty(plan)) {
    return [
      `### coprhd plan: no changes`,
      '',
      `${plural(plan.counts.unchanged, 'resource')} as declared in ${stacks}.`,
    ];
  }
  const count = (symbol: ChangeSymbol) => plan.changes.filter((change) => symbolOfChange(change) === symbol).length;
  const records = count('>') > 0 ? `, ${plural(count('>'), 'record')} only` : '';
  const held = count('!') > 0 ? `, ${count('!')} held` : '';
  const totals = `${count('+')} to add, ${count('~')} to change, ${count('-')} to remove${records}${held}`;
  const facts = [
    plan.deviceCalls === 0 ? 'no device calls' : plural(plan.deviceCalls, 'device call'),
    `reversible: ${plan.reversible ? 'yes' : 'no'}`,
    plan.atomic ? 'all or nothing' : '',
    plan.counts.unchanged > 0 ? `${plan.counts.unchanged} unchanged` : '',
  ];
  return [
    `### coprhd plan: ${totals}`,
    '',
    `${summaryParts(plan)
      .map(({ text }) => `\`${text}\``)
      .join(' ')} in ${stacks}`,
    '',
    facts.filter((fact) => fact !== '').join(', '),
    ...removals(plan),
  ];
}

function removals({ removals: { volumes, bytes } }: Plan): string[] {
  if (volumes === 0) return [];
  return [
    '',
    `**Removes ${plural(volumes, 'volume')} (${formatBytes(bytes)}).** Apply wants \`--confirm-destroy=${volumes}\`.`,
  ];
}

function planFoot(plan: Plan, savedAs: string | undefined): string[] {
  const { revision, observedAtMs } = plan.basis;
  const seen = observedAtMs === undefined ? '' : `, devices seen ${isoTime(observedAtMs)}`;
  const saved = savedAs === undefined ? '' : ` Saved as ${markdownCode(savedAs)}.`;
  return ['', `Plan \`${plan.id}\` on revision ${revision}${seen}, good until ${isoTime(plan.expiresAtMs)}.${saved}`];
}

const URGENCY: readonly ChangeSymbol[] = ['-', '!', '~', '+', '>'];

/** Removals first: they must not be among what is left out. */
function changesSection(plan: Plan, forecast: readonly ForecastRow[], budget: number): string[] {
  const rank = (change: Change) => URGENCY.indexOf(symbolOfChange(change));
  const changes = [...plan.changes].sort((a, b) => rank(a) - rank(b));
  const capacity = poolPromises(plan).map(
    ({ pool, subscribedBytes, allocatedBytes }) =>
      `- ${markdownCode(pool)} ${signed(subscribedBytes)} subscribed, ${signed(allocatedBytes)} allocated`,
  );
  const table = section(
    'Changes',
    changes.length <= OPEN_ROWS_MAX,
    [`\`${legend(plan.changes)}\``, '', '| | resource | what | where | why |', '|---|---|---|---|---|'],
    changes.map(changeRow),
    budget,
  );
  const full = forecast
    .flatMap((row) => fullWith(row, plan.createdAtMs) ?? [])
    .map((line) => `- ${markdownCode(line)}`);
  return [...table, ...section('Capacity', false, [], [...full, ...capacity], budget - length(table))];
}

const signed = (bytes: number): string => `${bytes < 0 ? '' : '+'}${formatBytes(bytes)}`;

function changeRow(change: Change): string {
  const fields = change.fields.map(
    ({ field, before, after }) => `${fieldWords(field)}: ${formatValue(field, before)} -> ${formatValue(field, after)}`,
  );
  const children = new Map<string, number>();
  for (const child of change.children) {
    const key = `${symbolOfChild(child)} ${child.kind}`;
    children.set(key, (children.get(key) ?? 0) + 1);
  }
  const counted = [...children].map(([key, count]) => {
    const [symbol, kind] = key.split(' ') as [string, string];
    return `${symbol}${count} ${kindWords(kind, count)}`;
  });
  const what = [actionWord(change), ...headline(change), ...fields, ...counted].filter((word) => word !== '');
  const why = change.held ? `${change.held.wanted} is held: ${change.held.diagnostic.summary}` : change.reason;
  const irreversible = change.reversible ? '' : ' **not reversible**';
  const cells = [change.address, what.join(', '), groupOf(change), why].map(markdownCode);
  return `| \`${symbolOfChange(change)}\` | ${cells[0]} | ${cells[1]}${irreversible} | ${cells[2]} | ${cells[3]} |`;
}

function diagnosticItem({ code, severity, summary, detail, fix, span, address }: Diagnostic): string {
  const where = span ? ` at ${markdownCode(`${span.file}:${span.line}`)}` : '';
  const about = address === undefined || summary.includes(address) ? '' : ` ${markdownCode(address)}`;
  const more = [detail ? markdownCode(detail) : '', fix ? `fix: ${markdownCode(fix)}` : ''];
  const lines = more.filter((line) => line !== '').map((line) => `<br>${line}`);
  return `- **${code}** (${severity})${where}${about} ${markdownCode(summary)}${lines.join('')}`;
}

/** Folded unless open; rows as far as the budget reaches, and a count of the rest. */
function section(
  title: string,
  open: boolean,
  before: readonly string[],
  rows: readonly string[],
  budget: number,
): string[] {
  if (rows.length === 0) return [];
  const start = ['', `<details${open ? ' open' : ''}><summary>${title} (${rows.length})</summary>`, '', ...before];
  const end = ['', '</details>'];
  const kept: string[] = [];
  let left = budget - length(start) - length(end);
  for (const row of rows) {
    left -= row.length + 1;
    if (left < 0) break;
    kept.push(row);
  }
  const missing = rows.length - kept.length;
  const note = missing === 0 ? [] : ['', `**${missing} more are left out here**: see the job's log or the saved plan.`];
  return [...start, ...kept, ...note, ...end];
}
