/**
 * How an apply ended: what is done, undone, unknown and not started, the root cause once, and the exact next command.
 * Plain rows: `output …` (outputs.ts) · `unit state address action error` · `recovered workflow operation holder result` ·
 * `summary outcome done undone failed unknown notStarted elapsedMs workflow prepared`.
 */
import type { ApplyResult, UnitState } from '../engine/operations/types.ts';
import { diagnosticsLines } from './diagnostics.ts';
import { formatDuration } from './format.ts';
import { outputLines, outputRows } from './outputs.ts';
import { recoveredLines, recoveredRows } from './recover.ts';
import { paint, type Style, type Tone } from './style.ts';
import { table, wrap } from './text.ts';
import type { Row } from './view.ts';

const STATES: readonly { readonly state: UnitState; readonly word: string; readonly tone: Tone }[] = [
  { state: 'done', word: 'done', tone: 'good' },
  { state: 'prepared', word: 'prepared', tone: 'change' },
  { state: 'failed', word: 'failed', tone: 'remove' },
  { state: 'undone', word: 'undone', tone: 'change' },
  { state: 'unknown', word: 'unknown', tone: 'held' },
  { state: 'not-started', word: 'not started', tone: 'dim' },
];

export interface ApplyContext {
  /** What to type next; from how it ended. */
  readonly next?: string;
  /** What may be typed instead. */
  readonly or?: string;
}

export function applyLines(result: ApplyResult, style: Style, context: ApplyContext = {}): string[] {
  // When nothing was started, the reason is all there is to say.
  const started = result.units.some((unit) => unit.state !== 'not-started');
  const unfinished = started ? result.units.filter((unit) => unit.state !== 'done') : [];
  return [
    ...(result.recovered.length === 0 ? [] : [...recoveredLines(result.recovered, style), '']),
    ...causeLines(result, style),
    ...(unfinished.length === 0 ? [] : [...unitLines(result, style), '']),
    ...summaryLine(result, style),
    ...outputLines(result.outputs ?? [], style),
    ...(context.next === undefined ? [] : [`next: ${context.next}`]),
    ...(context.or === undefined ? [] : [`or:   ${context.or}`]),
  ];
}

/** Done ones are only counted: they were said when they ended, and nothing is to be done about them. */
function unitLines(result: ApplyResult, style: Style): string[] {
  const rows = STATES.filter(({ state }) => state !== 'done').flatMap(({ state, word, tone }) =>
    result.units
      .filter((unit) => unit.state === state)
      .map((unit) => [paint(style, tone, word), unit.address, unit.action]),
  );
  return table(rows, { width: style.width });
}

/** Diagnostics are the root cause; errors of units are added only where no diagnostic says the same. */
function causeLines(result: ApplyResult, style: Style): string[] {
  const said = result.diagnostics.map((d) => `${d.summary} ${d.detail ?? ''}`).join('\n');
  const errors = new Map<string, string>();
  for (const { error, address } of result.units) {
    if (error !== undefined && !said.includes(error) && !errors.has(error)) errors.set(error, address);
  }
  const lines = [
    ...diagnosticsLines(result.diagnostics, style),
    ...[...errors].flatMap(([error, address]) => wrap(`${address}: ${error}`, style.width)),
  ];
  return lines.length === 0 ? [] : [...lines, ''];
}

function summaryLine(result: ApplyResult, style: Style): string[] {
  const parts = STATES.filter(({ state }) => state === 'done' || result.counts[state] > 0).map(
    ({ state, word, tone }) => paint(style, tone, `${result.counts[state]} ${word}`),
  );
  const name = !result.workflow ? '' : `, workflow ${result.workflow}`;
  if (result.units.length === 0 && result.outcome === 'ok') return ['Nothing to do.'];
  const line = `${paint(style, 'strong', 'SUMMARY')}  ${parts.join(', ')} in ${formatDuration(result.elapsedMs)}${name}`;
  return wrap(line, style.width);
}

export function applyRows(result: ApplyResult): Row[] {
  const { done, undone, failed, unknown } = result.counts;
  return [
    ...recoveredRows(result.recovered),
    ...outputRows(result.outputs ?? []),
    ...result.units.map((unit): Row => ['unit', unit.state, unit.address, unit.action, unit.error]),
    [
      'summary',
      result.outcome,
      done,
      undone,
      failed,
      unknown,
      result.counts['not-started'],
      result.elapsedMs,
      result.workflow,
      result.counts.prepared,
    ],
  ];
}
