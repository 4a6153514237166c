/**
 * Tasks as people name them: a task's id, its uuid, the beginning of that, the address of a resource with an open task, or
 * a workflow for all of its tasks. Nothing, or more than one thing, is COPRHD-TASK-001 with what comes near.
 */
import { fail } from '../../lib/diagnostic.ts';
import { nearest } from '../../lib/suggest.ts';
import { foldName } from '../model/address.ts';
import { openWorkflowIds } from '../workflow/open-workflows.ts';
import { readOpenTasks, readTask, readTasks, type Task, taskUuid } from '../workflow/tasks.ts';
import type { Call } from './engine.ts';
import { readerOf } from './workflow-env.ts';

/** So many characters are the same in the ids of all tasks of a workflow. */
const HEAD = 24;
const BEGINNING_MIN = 4;
const SHOWN_MAX = 5;

const BEGINNING = new RegExp(`^[0-9a-f-]{${BEGINNING_MIN},36}$`);

export interface TaskTarget {
  readonly workflow: string;
  /** Those that are meant, in the order of the plan. */
  readonly tasks: readonly Task[];
  /** The whole workflow is meant. */
  readonly whole: boolean;
}

const uuidOfTask = (task: Task): string => taskUuid(task.id) ?? task.id;

export const isOpen = ({ endedAtMs }: Task): boolean => endedAtMs === undefined;

/** `urn:...` or a uuid alone is exact; everything else is looked for. */
export async function findTask(call: Call, text: string): Promise<Task> {
  const exact = await exactTask(call, text);
  if (exact) return exact;
  const begun = BEGINNING.test(text) ? await tasksBeginning(call, text) : [];
  if (begun.length > 1) ambiguous(text, begun);
  return begun[0] ?? byAddress(call, text);
}

/** A bare id that is a workflow's, or begins one, is the whole workflow and not its first task, which has the same. */
export async function findTarget(call: Call, text: string): Promise<TaskTarget> {
  if (BEGINNING.test(text)) {
    const begun = await tasksBeginning(call, text);
    const workflows = [...new Set(begun.map(({ workflow }) => workflow))];
    const whole = workflows.filter((id) => id.startsWith(text));
    if (workflows.length > 1) ambiguous(text, begun);
    if (whole.length === 1) return { workflow: whole[0]!, tasks: await tasksOf(call, whole[0]!), whole: true };
  }
  const task = await findTask(call, text);
  return { workflow: task.workflow, tasks: [task], whole: false };
}

/** All tasks of one workflow, open or ended, in the order of its plan. */
export async function tasksOf(call: Call, workflow: string): Promise<Task[]> {
  return readTasks(readerOf(call), { workflow });
}

async function exactTask(call: Call, text: string): Promise<Task | undefined> {
  const uuid = taskUuid(text);
  if (uuid === undefined) return undefined;
  return (
    (await readTask(readerOf(call), uuid)) ?? noTask(text, 'coprhd task list; what ended long ago is in coprhd history')
  );
}

async function tasksBeginning(call: Call, text: string): Promise<Task[]> {
  const tasks = await readTasks(readerOf(call), { workflow: text.slice(0, HEAD) });
  return tasks.filter((task) => uuidOfTask(task).startsWith(text) || task.workflow.startsWith(text));
}

export async function openTasks(call: Call): Promise<Task[]> {
  const reader = readerOf(call);
  const tasks: Task[] = [];
  for (const id of await openWorkflowIds(reader.store)) tasks.push(...((await readOpenTasks(reader, id)) ?? []));
  return tasks.filter(isOpen);
}

/** `web/volume.data`, `volume.data`, `data`. */
function isNamed({ resource }: Task, text: string): boolean {
  const [address, wanted] = [foldName(resource.address), foldName(text)];
  return address === wanted || address.endsWith(`/${wanted}`) || foldName(resource.name) === wanted;
}

async function byAddress(call: Call, text: string): Promise<Task> {
  const open = await openTasks(call);
  const exact = open.filter(({ resource }) => foldName(resource.address) === foldName(text));
  const named = exact.length > 0 ? exact : open.filter((task) => isNamed(task, text));
  if (named.length > 1) ambiguous(text, named);
  if (named[0]) return named[0];
  const last = (await readTasks(readerOf(call))).find((task) => isNamed(task, text));
  if (last) return noTask(text, `its last one has ended: coprhd task show ${last.id}`);
  const guess = nearest(
    text,
    open.flatMap(({ resource }) => [resource.address, resource.name]),
  );
  const like = guess && open.find(({ resource }) => resource.address === guess || resource.name === guess);
  return noTask(text, like ? `did you mean ${like.resource.address}?` : 'coprhd task list');
}

function noTask(text: string, fix: string): never {
  return fail('error', { code: 'COPRHD-TASK-001', summary: `there is no open task of ${text}`, fix });
}

function ambiguous(text: string, tasks: readonly Task[]): never {
  const shown = tasks.slice(0, SHOWN_MAX).map((task) => `${uuidOfTask(task)} (${task.resource.address})`);
  const more = tasks.length > SHOWN_MAX ? ` and ${tasks.length - SHOWN_MAX} more` : '';
  return fail('error', {
    code: 'COPRHD-TASK-001',
    summary: `${text} is ambiguous: ${tasks.length} tasks`,
    detail: `${shown.join(', ')}${more}`,
    fix: 'write more of the id, or the whole address',
  });
}

/** One open or ended workflow by its id or the beginning of it. */
export function oneWorkflow(text: string, ids: readonly string[], where: string, fix: string): string {
  const found = ids.filter((id) => id.startsWith(text));
  if (found.length === 1) return found[0]!;
  if (found.length === 0) return noWorkflow(text, ids, where, fix);
  return fail('error', {
    code: 'COPRHD-TASK-001',
    summary: `${text} is ambiguous: ${found.length} workflows begin so`,
    detail: found.slice(0, SHOWN_MAX).join(', '),
    fix: 'write more of the id',
  });
}

function noWorkflow(text: string, ids: readonly string[], where: string, fix: string): never {
  const guess = nearest(text, ids);
  return fail('error', {
    code: 'COPRHD-TASK-001',
    summary: `there is no workflow ${text} ${where}`,
    fix: guess === undefined ? fix : `did you mean ${guess}?`,
  });
}
