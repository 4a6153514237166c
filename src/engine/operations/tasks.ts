/** `task list` and `task show`. Read only. */
import { fail } from '../../lib/diagnostic.ts';
import type { Plan } from '../planner/plan.ts';
import { committedTasks, readTasks, type Task } from '../workflow/tasks.ts';
import type { Call } from './engine.ts';
import { findTask } from './task-finding.ts';
import type { InputOf, ResultOf } from './types.ts';
import { readerOf } from './workflow-env.ts';

/** Where nobody says how many. */
export const TASKS_LISTED = 200;

/** What `task.list` says of a workflow at its commit, for who has just heard of that (event `workflow.committed`). */
export const tasksOfCommitted = (plan: Plan, workflow: string, createdAtMs: number): Task[] =>
  committedTasks(plan, workflow, createdAtMs);

export async function taskList(call: Call, input: InputOf<'task.list'>): Promise<ResultOf<'task.list'>> {
  const { workflow, states, limit = TASKS_LISTED } = input;
  const all = await readTasks(readerOf(call), { workflow });
  if (workflow !== undefined && all.length === 0) {
    fail('error', {
      code: 'COPRHD-TASK-001',
      summary: `there are no tasks of a workflow ${workflow}`,
      fix: 'coprhd task list; what ended long ago is in coprhd history',
    });
  }
  const wanted = states ? all.filter(({ state }) => states.includes(state)) : all;
  const tasks = wanted.slice(0, limit);
  return { outcome: 'ok', diagnostics: [], tasks, more: wanted.length - tasks.length };
}

export async function taskShow(call: Call, { task }: InputOf<'task.show'>): Promise<ResultOf<'task.show'>> {
  return { outcome: 'ok', diagnostics: [], task: await findTask(call, task) };
}
