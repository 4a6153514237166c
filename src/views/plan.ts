/**
 * A plan for people: summary first and last, changes grouped by where they happen, capacity, checks, what comes next.
 * Everything printed is in the plan; nothing is guessed.
 */
import type { ForecastRow } from '../engine/operations/forecast-types.ts';
import type { Change, Plan } from '../engine/planner/plan.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import { changeLines, type Detail } from './change.ts';
import { diagnosticsLines, notSaidIn } from './diagnostics.ts';
import { fullWith } from './forecast.ts';
import { formatAgo, formatBytes, plural } from './format.ts';
import { outputLines } from './outputs.ts';
import { fabricLines } from './plan-fabrics.ts';
import {
  type ChangeSymbol,
  groups,
  isEmpty,
  legend,
  NO_REMOVAL,
  poolPromises,
  summaryParts,
  symbolOfChange,
  TONES,
} from './plan-facts.ts';
import { paint, type Style, widthOf } from './style.ts';
import { table, wrap } from './text.ts';

export interface PlanContext {
  readonly detail: Detail;
  /** File it was saved to. */
  readonly savedAs?: string;
  /** What to type next. */
  readonly next?: string;
  /** When the pools that it puts something into are full. */
  readonly forecast?: readonly ForecastRow[] | undefined;
  /** Command that explains a placement of this plan, but for the address at its end. */
  readonly explain?: string;
}

export function planLines(plan: Plan, style: Style, context: PlanContext): string[] {
  if (isEmpty(plan)) return [...noChanges(plan, style), ...partLines(plan, style), ...savedLine(plan, context)];
  return [
    ...headerLines(plan, style),
    ...partLines(plan, style),
    '',
    ...summaryLines(plan, style),
    ...(context.detail === 'summary' ? [] : bodyLines(plan, style, context.detail)),
    ...fabricLines(plan, style),
    ...capacityLines(plan, style, context),
    ...checksLines(plan, style, context.detail),
    ...removalLines(plan, style),
    ...outputLines(plan.outputs ?? [], style),
    '',
    ...closingLines(plan, style, context),
  ];
}

function noChanges(plan: Plan, style: Style): string[] {
  const compared = plan.counts.unchanged;
  const what = compared === 0 ? 'There is nothing to do.' : `${plural(compared, 'resource')} as declared.`;
  return [`No changes. ${what}`, ...checksLines(plan, style, 'changes'), ...outputLines(plan.outputs ?? [], style)];
}

function headerLines(plan: Plan, style: Style): string[] {
  const stacks = plan.stacks.length === 0 ? '' : ` of ${plan.stacks.join(', ')}`;
  const left = `plan${stacks}${plan.operation === 'plan' ? '' : ` (${plan.operation})`}`;
  const { revision, observedAtMs } = plan.basis;
  const seen = observedAtMs === undefined ? '' : `, observed ${formatAgo(observedAtMs, style.nowMs)}`;
  const right = `basis: revision ${revision}${seen}`;
  const gap = style.width - widthOf(left) - widthOf(right);
  if (gap < 2) return [paint(style, 'strong', left), paint(style, 'dim', right)];
  return [paint(style, 'strong', left) + ' '.repeat(gap) + paint(style, 'dim', right)];
}

/** Names of a list that may be long: the first ones and how many more. */
const NAMED_MAX = 5;

function partLines({ partial }: Plan, style: Style): string[] {
  if (!partial) return [];
  const { targets, excludes, included, dependants, leftOut } = partial;
  const asked = [...targets.map((each) => `--target ${each}`), ...excludes.map((each) => `--exclude ${each}`)];
  const some = (all: readonly string[]) =>
    all.slice(0, NAMED_MAX).join(', ') + (all.length > NAMED_MAX ? ` and ${all.length - NAMED_MAX} more` : '');
  const lines = [
    `partial: ${asked.join(' ')}; ${plural(leftOut, 'resource')} left out`,
    ...(included.length === 0 ? [] : [`needed by the targets, too: ${some(included)}`]),
    ...(dependants.length === 0 ? [] : [`left out with what is excluded: ${some(dependants)}`]),
  ];
  return lines.flatMap((line) => wrap(line, style.width)).map((line) => paint(style, 'change', line));
}

const TITLE = 'SUMMARY  ';

export function summaryLines(plan: Plan, style: Style): string[] {
  const facts = [
    plan.deviceCalls === 0 ? 'no device calls' : plural(plan.deviceCalls, 'device call'),
    `reversible: ${plan.reversible ? 'yes' : 'no'}`,
    plan.atomic ? 'all or nothing' : '',
    plan.counts.unchanged > 0 ? `${plan.counts.unchanged} unchanged` : '',
  ].filter((fact) => fact !== '');
  const indent = ' '.repeat(TITLE.length);
  const [first = '', ...rest] = joinParts(plan, style, indent);
  return [paint(style, 'strong', TITLE) + first.trimStart(), ...rest, ...wrap(facts.join(', '), style.width, indent)];
}

function joinParts(plan: Plan, style: Style, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const { symbol, text } of summaryParts(plan)) {
    if (line !== indent && widthOf(line) + 2 + text.length > style.width) {
      lines.push(line);
      line = indent;
    }
    const tone = text === NO_REMOVAL ? 'dim' : TONES[symbol];
    line += `${line === indent ? '' : '  '}${paint(style, tone, text)}`;
  }
  return [...lines, line];
}

function bodyLines(plan: Plan, style: Style, detail: Detail): string[] {
  const lines: string[] = [];
  for (const [name, changes] of groups(plan.changes)) {
    lines.push('', paint(style, 'strong', name), ...groupLines(changes, style, detail));
  }
  return [...lines, '', ...wrap(legend(plan.changes), style.width).map((line) => paint(style, 'dim', line))];
}

function groupLines(changes: readonly Change[], style: Style, detail: Detail): string[] {
  const width = Math.min(48, Math.max(...changes.map((change) => change.address.length)));
  return changes.flatMap((change) => changeLines(change, style, { detail, addressWidth: width }));
}

function capacityLines(plan: Plan, style: Style, { detail, forecast = [] }: PlanContext): string[] {
  const promises = poolPromises(plan);
  if (promises.length === 0 || detail === 'summary') return [];
  const signed = (bytes: number) => `${bytes < 0 ? '' : '+'}${formatBytes(bytes)}`;
  const rows = promises.map(({ pool, subscribedBytes, allocatedBytes }) => [
    pool,
    `${signed(subscribedBytes)} subscribed`,
    `${signed(allocatedBytes)} allocated`,
  ]);
  const full = forecast.flatMap((row) => fullWith(row, style.nowMs) ?? []);
  return [
    '',
    paint(style, 'strong', 'capacity'),
    ...table(rows, { width: style.width, indent: '  ' }),
    ...full.flatMap((line) => wrap(line, style.width, '  ')).map((line) => paint(style, 'held', line)),
  ];
}

/** Held reasons that stand with their change already are not said twice. */
function checksLines(plan: Plan, style: Style, detail: Detail): string[] {
  const inline =
    detail === 'summary' ? [] : plan.changes.flatMap((change) => (change.held ? [change.held.diagnostic] : []));
  const checks = notSaidIn([...plan.diagnostics, ...plan.removals.limitsExceeded], inline);
  if (checks.length === 0) return [];
  return ['', `${paint(style, 'strong', 'checks')}  ${tally(checks)}`, ...diagnosticsLines(checks, style, '  ')];
}

function tally(checks: readonly Diagnostic[]): string {
  const count = (severity: Diagnostic['severity']) => checks.filter((check) => check.severity === severity).length;
  const parts = [
    count('error') > 0 ? `${count('error')} held` : '',
    count('warning') > 0 ? plural(count('warning'), 'warning') : '',
    count('info') > 0 ? plural(count('info'), 'note') : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function removalLines(plan: Plan, style: Style): string[] {
  const { volumes, bytes, addresses } = plan.removals;
  if (volumes === 0) return [];
  const text = `removes ${plural(volumes, 'volume')} (${formatBytes(bytes)}): ${addresses.join(', ')}`;
  const confirm = `confirmed by --confirm-destroy=${volumes}, or by hand`;
  return ['', ...wrap(text, style.width).map((line) => paint(style, 'remove', line)), `  ${confirm}`];
}

function closingLines(plan: Plan, style: Style, context: PlanContext): string[] {
  const count = (symbol: ChangeSymbol) => plan.changes.filter((change) => symbolOfChange(change) === symbol).length;
  const parts = [`${count('+')} to add`, `${count('~')} to change`, `${count('-')} to remove`];
  if (count('>') > 0) parts.push(`${plural(count('>'), 'record')} only`);
  if (count('!') > 0) parts.push(`${count('!')} held`);
  return [`${paint(style, 'strong', TITLE)}${parts.join(', ')}`, ...savedLine(plan, context)];
}

/** Removals want their number; the line shall work when it is pasted. */
function confirmation({ removals }: Plan): string {
  return removals.volumes === 0 ? '' : ` --confirm-destroy=${removals.volumes}`;
}

function savedLine(plan: Plan, context: PlanContext): string[] {
  return [
    ...(context.savedAs === undefined ? [] : [`saved: ${context.savedAs} (id ${plan.id})`]),
    // Of a held plan apply would start nothing.
    ...(context.next === undefined || isEmpty(plan) || plan.counts.held > 0
      ? []
      : [`next: ${context.next}${confirmation(plan)}`]),
    ...(plan.counts.held === 0 ? [] : ['held: apply starts nothing until it is settled, but with --skip-held']),
    ...explainLine(plan, context),
  ];
}

/** For the first volume that was placed. */
function explainLine(plan: Plan, { explain }: PlanContext): string[] {
  const placed = plan.changes.find((change) => change.action === 'create' && change.kind === 'volume');
  return placed === undefined || explain === undefined ? [] : [`why there: ${explain} ${placed.address}`];
}
