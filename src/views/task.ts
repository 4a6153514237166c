/**
 * Tasks: a list by workflow, one in full, and what became of them when somebody decided. Rows:
 * `task id workflow state progress name address urn message code details actor startedAtMs endedAtMs allowed` ·
 * `more count` · `compensation unit address step verdict action summary why` · rows of recover.ts.
 */

import type { ResultOf } from '../engine/operations/types.ts';
import { isoTime } from '../lib/clock.ts';
import { formatAgo, plural } from './format.ts';
import { recoveredLines, recoveredRows } from './recover.ts';
import { paint, type Style, type Tone } from './style.ts';
import { pairs, table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

type Task = ResultOf<'task.list'>['tasks'][number];
type Decided = ResultOf<'task.resume'>;
type RolledBack = ResultOf<'task.rollback'>;
type Compensation = RolledBack['compensations'][number];

const TONES: Record<Task['state'], Tone> = {
  queued: 'dim',
  pending: 'change',
  ready: 'good',
  error: 'remove',
  suspended_no_error: 'held',
  suspended_error: 'held',
};

const stateWord = (task: Task, style: Style): string => paint(style, TONES[task.state], task.state);

/** `pending  40 %  web/volume.data  running`: on its way. */
export function taskLine(task: Task, style: Style): string {
  return `${stateWord(task, style)}  ${task.progress} %  ${task.resource.address}  ${task.message}`;
}

export function taskLines(tasks: readonly Task[], style: Style): string[] {
  const workflows = new Map<string, Task[]>();
  for (const task of tasks) workflows.set(task.workflow, [...(workflows.get(task.workflow) ?? []), task]);
  return [...workflows].flatMap(([workflow, all], index) => {
    const [first] = all as [Task, ...Task[]];
    const head = `workflow ${paint(style, 'strong', workflow)}  by ${first.actor.name}, ${formatAgo(first.startedAtMs, style.nowMs)}`;
    return [...(index === 0 ? [] : ['']), head, ...rowsOf(all, style), ...causes(all, style)];
  });
}

function rowsOf(tasks: readonly Task[], style: Style): string[] {
  const rows = tasks.map((task) => [
    stateWord(task, style),
    `${task.progress} %`,
    task.resource.address,
    task.name,
    task.message,
  ]);
  return table(rows, { width: style.width, indent: '  ' });
}

/** Each cause once, however many came to nothing by it. */
function causes(tasks: readonly Task[], style: Style): string[] {
  const said = new Map<string, string>();
  for (const { serviceError, resource } of tasks) {
    if (serviceError && !said.has(serviceError.details))
      said.set(serviceError.details, `${serviceError.code} ${resource.address}`);
  }
  return [...said].flatMap(([details, what]) => wrap(`${what}: ${details}`, style.width, '    '));
}

export function taskRow(task: Task): Row {
  const { id, workflow, state, progress, name, resource, message, serviceError, actor } = task;
  return [
    ...['task', id, workflow, state, progress, name, resource.address, resource.urn, message],
    ...[
      serviceError?.code,
      serviceError?.details,
      actor.name,
      task.startedAtMs,
      task.endedAtMs,
      task.allowedOperations,
    ],
  ];
}

export const taskListView: View<ResultOf<'task.list'>> = {
  human: ({ tasks, more }, style) => {
    if (tasks.length === 0) return ['No tasks.'];
    const open = tasks.filter(({ endedAtMs }) => endedAtMs === undefined).length;
    const left = more === 0 ? '' : `; ${more} more, --limit shows them`;
    return [
      ...taskLines(tasks, style),
      '',
      ...wrap(`${plural(tasks.length, 'task')}, ${open} open${left}.`, style.width),
      ...(open === 0 ? [] : ['one in full: coprhd task show ADDRESS']),
    ];
  },
  plain: ({ tasks, more }) => [...tasks.map(taskRow), ...(more === 0 ? [] : [['more', more] satisfies Row])],
};

const POSSIBLE: Record<Task['allowedOperations'], string | undefined> = {
  none_specified: undefined,
  retry_rollback: 'resume, rollback',
  retry_only: 'resume',
  rollback_only: 'rollback',
};

export function oneTaskLines(task: Task, style: Style): string[] {
  const { resource, serviceError, endedAtMs, actor } = task;
  const possible = POSSIBLE[task.allowedOperations];
  const facts: (readonly [string, string] | undefined)[] = [
    ['state', `${stateWord(task, style)}, ${task.progress} %: ${task.message}`],
    serviceError ? ['error', `${serviceError.code} ${serviceError.description}: ${serviceError.details}`] : undefined,
    ['resource', `${resource.kind} ${resource.name}, ${resource.urn}`],
    ['by', actor.name],
    ['began', `${isoTime(task.startedAtMs)} (${formatAgo(task.startedAtMs, style.nowMs)})`],
    endedAtMs === undefined ? undefined : ['ended', `${isoTime(endedAtMs)} (${formatAgo(endedAtMs, style.nowMs)})`],
    ['task', task.id],
    ['workflow', task.workflow],
    possible === undefined ? undefined : ['possible', possible],
  ];
  return [
    `${paint(style, 'strong', resource.address)}  ${task.name}`,
    ...pairs(
      facts.filter((fact) => fact !== undefined),
      style.width,
      '  ',
    ),
  ];
}

export const oneTaskView: View<{ readonly task?: Task }> = {
  human: ({ task }, style) => (task ? oneTaskLines(task, style) : []),
  plain: ({ task }) => (task ? [taskRow(task)] : []),
};

/** After suspend and cancel. */
export const stoppedView: View<ResultOf<'task.cancel'>> = {
  human: ({ tasks }, style) => [...taskLines(tasks, style), ...nextLines(tasks, style)],
  plain: ({ tasks }) => tasks.map(taskRow),
};

export const decidedView: View<Decided> = {
  human: ({ tasks, workflow }, style) => [
    ...(workflow ? recoveredLines([workflow], style) : []),
    ...(workflow && tasks.length > 0 ? [''] : []),
    ...taskLines(tasks, style),
    ...nextLines(tasks, style),
  ],
  plain: ({ tasks, workflow }) => [...recoveredRows(workflow ? [workflow] : []), ...tasks.map(taskRow)],
};

/** What waits for a person, and how to go on. */
function nextLines(tasks: readonly Task[], style: Style): string[] {
  const waiting = tasks.find(({ allowedOperations }) => allowedOperations !== 'none_specified');
  if (!waiting) return [];
  const { workflow, allowedOperations } = waiting;
  const back = `coprhd task rollback ${workflow} --preview`;
  const resume = `coprhd task resume ${workflow}`;
  const lines = allowedOperations === 'rollback_only' ? [`next: ${back}`] : [`next: ${resume}`, `or:   ${back}`];
  return ['', ...lines.flatMap((line) => wrap(line, style.width))];
}

const ACTIONS: Record<Compensation['action'], { readonly text: string; readonly tone: Tone }> = {
  undo: { text: 'undo', tone: 'change' },
  'end-job': { text: 'stop', tone: 'change' },
  nothing: { text: 'nothing', tone: 'dim' },
  stuck: { text: "can't", tone: 'remove' },
};

const VERDICTS: Record<Compensation['verdict'], string> = {
  done: 'it is there',
  'not-done': 'it is not there',
  partial: 'it is there in part',
  foreign: 'it is not ours',
  unknown: 'the device does not say',
};

/** In the order in which it would be done. */
export const previewView: View<RolledBack> = {
  human: ({ compensations, tasks }, style) => {
    if (compensations.length === 0)
      return ['Nothing was begun on any device: a rollback only gives back what is held.'];
    const rows = compensations.map(({ action, address, summary, verdict, why }) => [
      paint(style, ACTIONS[action].tone, ACTIONS[action].text),
      address,
      summary,
      why === undefined ? VERDICTS[verdict] : `${VERDICTS[verdict]}: ${why}`,
    ]);
    const count = (action: Compensation['action']) => compensations.filter((each) => each.action === action).length;
    const workflow = tasks[0]?.workflow ?? '';
    const sum = `${count('undo') + count('end-job')} to undo, ${count('nothing')} with nothing to undo, ${count('stuck')} that can't be undone`;
    return [
      'In this order; nothing is done yet:',
      ...table(rows, { width: style.width, indent: '  ' }),
      '',
      ...wrap(`${paint(style, 'strong', 'SUMMARY')}  ${sum}`, style.width),
      ...(count('stuck') > 0 ? [] : [`next: coprhd task rollback ${workflow}`]),
    ];
  },
  plain: ({ compensations }) => compensations.map(compensationRow),
};

function compensationRow({ unit, address, step, verdict, action, summary, why }: Compensation): Row {
  return ['compensation', unit, address, step, verdict, action, summary, why];
}

/** After following all tasks: everything was said on the way. */
export const followedView: View<object> = { human: () => [], plain: () => [] };
