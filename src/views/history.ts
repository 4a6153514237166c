/**
 * Workflows that have ended. Rows: `workflow id endedAtMs operation actor plan done undone failed unknown notStarted` ·
 * `unit workflow unit address state atMs error attestedBy` · `step workflow unit step state attempt atMs` ·
 * `attested workflow unit as by counted atMs`.
 */
import type { PastWorkflow } from '../engine/operations/task-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { isoTime } from '../lib/clock.ts';
import { formatAgo, plural } from './format.ts';
import { paint, type Style, type Tone } from './style.ts';
import { table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

const STATES = [
  ['done', 'done', 'good'],
  ['undone', 'undone', 'change'],
  ['failed', 'failed', 'remove'],
  ['unknown', 'unknown', 'held'],
  ['not-started', 'not started', 'dim'],
] as const satisfies readonly (readonly [keyof PastWorkflow['counts'], string, Tone])[];

function countWords({ counts }: PastWorkflow, style: Style): string {
  const parts = STATES.flatMap(([state, word, tone]) =>
    counts[state] ? [paint(style, tone, `${counts[state]} ${word}`)] : [],
  );
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

function listLines(workflows: readonly PastWorkflow[], style: Style): string[] {
  const rows = workflows.map((past) => [
    past.workflow,
    past.operation,
    formatAgo(past.endedAtMs, style.nowMs),
    past.actor.name,
    countWords(past, style),
  ]);
  return [
    ...table(rows, { width: style.width }),
    '',
    `${plural(workflows.length, 'workflow')}, the newest first. One in full: coprhd history WORKFLOW`,
  ];
}

function fullLines(past: PastWorkflow, style: Style): string[] {
  const { units = [], steps = [], attested = [] } = past;
  const head = `workflow ${paint(style, 'strong', past.workflow)}  ${past.operation} by ${past.actor.name}`;
  const ended = `ended ${isoTime(past.endedAtMs)} (${formatAgo(past.endedAtMs, style.nowMs)}), plan ${past.plan}`;
  return [
    head,
    ...wrap(ended, style.width, '  '),
    ...wrap(countWords(past, style), style.width, '  '),
    ...units.flatMap(({ unit, address, state, error, attestedBy }) => [
      '',
      `${address ?? unit}  ${state}`,
      ...(error === undefined ? [] : wrap(error, style.width, '  ')),
      ...(attestedBy === undefined ? [] : wrap(`${attestedBy} attested that no host uses it`, style.width, '  ')),
      ...attested
        .filter((each) => each.unit === unit)
        .flatMap(({ as, by, counted }) =>
          wrap(
            `${by.name} said: ${as}${counted === false ? '; the device answered, and its word counted' : ''}`,
            style.width,
            '  ',
          ),
        ),
      ...table(
        steps
          .filter((step) => step.unit === unit)
          .map(({ step, state: is, attempt }) => [step, is, attempt > 1 ? `attempt ${attempt}` : '']),
        { width: style.width, indent: '  ' },
      ),
    ]),
  ];
}

/** `single`: one workflow was asked for. */
export function historyView(single: boolean): View<ResultOf<'history'>> {
  return {
    human: ({ workflows }, style) => {
      if (single) return workflows.flatMap((past) => fullLines(past, style));
      return workflows.length === 0 ? ['No workflow has ended yet.'] : listLines(workflows, style);
    },
    plain: ({ workflows }) => workflows.flatMap(pastRows),
  };
}

function pastRows(past: PastWorkflow): Row[] {
  const { workflow, plan, operation, actor, endedAtMs, counts, units = [], steps = [], attested = [] } = past;
  return [
    ['workflow', workflow, endedAtMs, operation, actor.name, plan, ...STATES.map(([state]) => counts[state] ?? 0)],
    ...units.map(
      (each): Row => ['unit', workflow, each.unit, each.address, each.state, each.atMs, each.error, each.attestedBy],
    ),
    ...steps.map((each): Row => ['step', workflow, each.unit, each.step, each.state, each.attempt, each.atMs]),
    ...attested.map((each): Row => ['attested', workflow, each.unit, each.as, each.by.name, each.counted, each.atMs]),
  ];
}
