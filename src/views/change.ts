/** One change of a plan for people: a headline with its facts, then fields, children, and why it is held. */
import type { Change } from '../engine/planner/plan.ts';
import { diagnosticLines } from './diagnostics.ts';
import { fieldWords, formatBytes, formatValue, kindWords } from './format.ts';
import { actionWord, childGroups, symbolOfChange, TONES } from './plan-facts.ts';
import { paint, type Style, widthOf } from './style.ts';
import { pad, wrap } from './text.ts';

export type Detail = 'summary' | 'changes' | 'full';
export const DETAILS: readonly Detail[] = ['summary', 'changes', 'full'];

export interface ChangeOptions {
  readonly detail: Detail;
  /** Column at which the headlines start. */
  readonly addressWidth: number;
}

const INNER = '      ';

/** Said in the headline, or by the group that the change stands in. */
const HEADLINE = new Set(['sizeBytes', 'provisioning', 'system', 'pool', 'host', 'cluster', 'hosts', 'clusters']);

export function changeLines(change: Change, style: Style, options: ChangeOptions): string[] {
  const symbol = symbolOfChange(change);
  const address = paint(style, TONES[symbol], `${symbol} ${pad(change.address, options.addressWidth)}`);
  return [
    ...headLines(`  ${address}`, change, style),
    ...fieldLines(change, style),
    ...noteLines(change, style),
    ...(options.detail === 'full' ? factLines(change, style) : []),
    ...childLines(change, style, options.detail),
    ...heldLines(change, style),
  ];
}

/** Address, facts and reason in one line if they fit, else the reason below. */
function headLines(start: string, change: Change, style: Style): string[] {
  const words = [actionWord(change), ...headline(change)].filter((word) => word !== '').join('  ');
  const head = words === '' ? start : `${start}  ${words}`;
  // A held change says why in its diagnostic.
  const reason = change.held ? '' : `(${change.reason})`;
  const base = widthOf(head) > style.width ? [start.trimEnd(), ...wrap(words, style.width, INNER)] : [head.trimEnd()];
  if (reason === '') return base;
  const last = base.at(-1)!;
  if (widthOf(last) + 2 + widthOf(reason) <= style.width) {
    return [...base.slice(0, -1), `${last}  ${paint(style, 'dim', reason)}`];
  }
  return [...base, ...wrap(reason, style.width, INNER).map((line) => paint(style, 'dim', line))];
}

/** Amount, place and other facts, for one line. */
export function headline(change: Change): string[] {
  const { facts } = change;
  const size = typeof facts.sizeBytes === 'number' ? formatBytes(facts.sizeBytes) : '';
  const amount = [size, facts.provisioning ?? ''].filter((word) => word !== '').join(' ');
  const place = facts.pool === undefined ? '' : `${facts.system ?? '?'}/${facts.pool}`;
  const others = Object.entries(facts)
    .filter(([name]) => !HEADLINE.has(name) && name !== 'wwn')
    .map(([name, value]) => `${fieldWords(name)} ${formatValue(name, value)}`);
  return [amount, place, ...others];
}

function fieldLines(change: Change, style: Style): string[] {
  return change.fields.flatMap(({ field, before, after }) => {
    const words = `${fieldWords(field)}: ${formatValue(field, before)} -> ${formatValue(field, after)}`;
    return wrap(words, style.width, INNER);
  });
}

function noteLines(change: Change, style: Style): string[] {
  const wwn = change.facts.wwn;
  const notes = [
    change.movedFrom === undefined ? '' : `moved from ${change.movedFrom}`,
    change.forcedBy === undefined ? '' : `forced by ${change.forcedBy}`,
    symbolOfChange(change) === '-' && wwn ? `wwn ${wwn}` : '',
    change.reversible ? '' : 'not reversible',
  ];
  return notes.filter((note) => note !== '').flatMap((note) => wrap(note, style.width, INNER));
}

function factLines(change: Change, style: Style): string[] {
  const facts = Object.entries(change.facts)
    .filter(([name]) => name !== 'wwn' || symbolOfChange(change) !== '-')
    .map(([name, value]) => `${fieldWords(name)} ${formatValue(name, value)}`);
  const source = change.span ? [`declared at ${change.span.file}:${change.span.line}`] : [];
  const unknown =
    change.unknown.length === 0 ? [] : [`known after apply: ${change.unknown.map(fieldWords).join(', ')}`];
  return [change.urn, ...facts, ...source, ...unknown].flatMap((line) =>
    wrap(line, style.width, INNER).map((each) => paint(style, 'dim', each)),
  );
}

/** A fabric has thousands of endpoints; all are there with `--detail full`. */
const CHILDREN_NAMED = 16;

function childLines(change: Change, style: Style, detail: Detail): string[] {
  return childGroups(change.children).flatMap(({ symbol, kind, summaries: all }) => {
    const count = all.length;
    const summaries =
      detail === 'full' || count <= CHILDREN_NAMED
        ? all
        : [...all.slice(0, CHILDREN_NAMED), `and ${count - CHILDREN_NAMED} more`];
    const what = count === 1 ? kindWords(kind) : `${count} ${kindWords(kind, count)}:`;
    const [first = '', ...rest] = wrap(`${symbol} ${what} ${summaries.join(', ')}`, style.width - 2, INNER);
    return [INNER + paint(style, TONES[symbol], first.trimStart()), ...rest.map((line) => `  ${line}`)];
  });
}

function heldLines(change: Change, style: Style): string[] {
  if (!change.held) return [];
  return [`${INNER}${change.held.wanted} is held:`, ...diagnosticLines(change.held.diagnostic, style, INNER)];
}
