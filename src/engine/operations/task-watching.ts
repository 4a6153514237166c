/** `task watch`: says whenever one task has changed, until it has ended or waits for a person. Writes nothing. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { keys } from '../state/keys.ts';
import { readOpenWorkflow } from '../workflow/open-workflows.ts';
import { readTask, type Task, taskUuid } from '../workflow/tasks.ts';
import type { Call } from './engine.ts';
import { changesUnder } from './following.ts';
import { findTask, isOpen } from './task-finding.ts';
import type { InputOf, ResultOf } from './types.ts';
import { readerOf } from './workflow-env.ts';

export async function taskWatch(call: Call, { task: text }: InputOf<'task.watch'>): Promise<ResultOf<'task.watch'>> {
  const { engine, ctx } = call;
  let task = await findTask(call, text);
  let said = '';
  const say = () => {
    const now = JSON.stringify(task);
    if (now !== said) ctx.emit({ type: 'task.changed', task });
    said = now;
  };
  say();
  if (!isOver(task)) {
    const uuid = taskUuid(task.id)!;
    for await (const _ of changesUnder(engine, await keysAbout(call, task), ctx.signal)) {
      task = (await readTask(readerOf(call), uuid)) ?? task;
      say();
      if (isOver(task)) break;
    }
  }
  const outcome = isOver(task) ? await outcomeOfTask(call, task) : 'interrupted';
  return { outcome, diagnostics: [], task };
}

/** It has ended, or nobody goes on with it before a person has said how. */
export const isOver = (task: Task): boolean => !isOpen(task) || task.state.startsWith('suspended');

async function keysAbout(call: Call, { workflow, unit }: Task): Promise<string[]> {
  const open = await readOpenWorkflow(readerOf(call), workflow);
  const ordinal = open?.plan.units.findIndex(({ id }) => id === unit) ?? -1;
  return [
    `${keys.journalOf(workflow)}${unit}/`,
    keys.workflow(workflow),
    keys.workflowOwner(workflow),
    ...(ordinal < 0 ? [] : [keys.task(workflow, ordinal)]),
  ];
}

/** ready: ok. unknown: what became of it is not known. Everything else is not what was asked for: partial. */
export async function outcomeOfTask(call: Call, task: Task): Promise<OperationOutcome> {
  if (task.state === 'ready') return 'ok';
  if (task.state !== 'suspended_error') return 'partial';
  return (await unknownUnits(call, task.workflow)).has(task.unit) ? 'unknown' : 'partial';
}

/** Units of an open workflow of which nobody can say what became. */
export async function unknownUnits(call: Call, workflow: string): Promise<ReadonlySet<string>> {
  const open = await readOpenWorkflow(readerOf(call), workflow);
  const units = open?.plan.units.filter(({ id }) => open.journal.unit(id)?.state === 'unknown') ?? [];
  return new Set(units.map(({ id }) => id));
}
