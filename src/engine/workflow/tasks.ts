/**
 * Tasks: one a unit, as CoprHD's REST shows them. What is open is read off workflow and journal, so that a task costs
 * nothing while it runs; what has ended is written with the end of its unit, and kept for LIMITS.taskTtlMs.
 *
 * A task's id is its workflow's, the last 12 hex digits counted up by the unit's position in the plan: each is found from
 * the other without an index.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { KindName } from '../model/kinds.ts';
import type { Actor } from '../model/record.ts';
import { parseUrn, type Urn } from '../model/urn.ts';
import type { Plan, Unit } from '../planner/plan.ts';
import { chunkWrites } from '../state/chunks.ts';
import { keys } from '../state/keys.ts';
import { type KeyValue, type Operation, rangeAll, type StateStore } from '../state/store.ts';
import { isEnded, Journal } from './journal.ts';
import { type OpenWorkflow, readOpenWorkflow, readOpenWorkflows, type WorkflowReader } from './open-workflows.ts';
import type { Run } from './run.ts';
import type { UnitEntry } from './types.ts';

/** CoprHD's words. */
export type TaskState = 'queued' | 'pending' | 'ready' | 'error' | 'suspended_no_error' | 'suspended_error';

export interface Task {
  /** `urn:storageos:Task:<uuid>:vdc1`. */
  readonly id: string;
  /** The workflow: the same for all tasks of one request. */
  readonly workflow: string;
  readonly unit: string;
  /** `create volume`. */
  readonly name: string;
  readonly resource: { readonly urn: Urn; readonly kind: KindName; readonly name: string; readonly address: string };
  readonly state: TaskState;
  /** Steps that are done, in percent. */
  readonly progress: number;
  readonly message: string;
  readonly serviceError?: {
    /** A diagnostic code. */
    readonly code: string;
    readonly description: string;
    readonly details: string;
    /** Trying again may help. */
    readonly retryable: boolean;
  };
  readonly actor: Actor;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  readonly allowedOperations: 'none_specified' | 'retry_rollback' | 'retry_only' | 'rollback_only';
}

const HEAD = 24;
const TAIL_RANGE = 2 ** 48;

export function taskIdOf(workflow: string, ordinal: number): string {
  const tail = (Number.parseInt(workflow.slice(HEAD), 16) + ordinal) % TAIL_RANGE;
  return `urn:storageos:Task:${workflow.slice(0, HEAD)}${tail.toString(16).padStart(12, '0')}:vdc1`;
}

/** Which unit of a workflow the task is of, if it can be one of that workflow. `uuid` as in the id. */
function ordinalIn(workflow: string, uuid: string): number {
  const distance = Number.parseInt(uuid.slice(HEAD), 16) - Number.parseInt(workflow.slice(HEAD), 16);
  return (distance + TAIL_RANGE) % TAIL_RANGE;
}

const TASK_ID = /^(?:urn:storageos:Task:)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?::vdc1)?$/;

/** The uuid in a task's id, or in text that leaves out what is the same in all; undefined when it is none. */
export function taskUuid(text: string): string | undefined {
  return TASK_ID.exec(text)?.[1];
}

function stateOf(entry: UnitEntry | undefined, { workflow }: Pick<OpenWorkflow, 'workflow'>): TaskState {
  switch (entry?.state) {
    case 'done':
      return 'ready';
    case 'undone':
    case 'skipped':
      return 'error';
    case 'failed':
    case 'unknown':
      return 'suspended_error';
    default:
      if (workflow.phase === 'claiming') return 'queued';
      return workflow.phase === 'suspended' ? 'suspended_no_error' : 'pending';
  }
}

function messageOf(entry: UnitEntry | undefined, open: Pick<OpenWorkflow, 'workflow' | 'owner'>): string {
  const nobody = open.owner.state === 'dead' && open.workflow.waitsFor === undefined;
  const goesOn = nobody ? '; nobody is at work on it, coprhd recover goes on' : '';
  switch (entry?.state) {
    case undefined:
      return open.workflow.phase === 'claiming' ? 'waiting for what others hold' : `not begun yet${goesOn}`;
    case 'running':
      return `running${goesOn}`;
    case 'prepared':
      return `all its steps are done; it ends with the whole plan${goesOn}`;
    case 'undoing':
      return `being undone${goesOn}`;
    case 'done':
      return 'done';
    case 'undone':
      return 'came to nothing: everything is as it was before';
    case 'skipped':
      return entry.error ? 'never begun' : 'never begun: something that it depends on came to nothing';
    case 'failed':
      return entry.direction === 'undo' ? 'failed, and could not be undone' : 'failed, and stays as it is';
    case 'unknown':
      return 'what became of it is not known';
  }
}

function allowed(entry: UnitEntry | undefined, state: TaskState): Task['allowedOperations'] {
  if (state === 'suspended_no_error') return 'retry_rollback';
  if (state !== 'suspended_error') return 'none_specified';
  return entry?.direction === 'undo' ? 'rollback_only' : 'retry_rollback';
}

interface About {
  readonly plan: Plan;
  readonly journal: Journal;
  readonly workflow: OpenWorkflow['workflow'];
  readonly owner: OpenWorkflow['owner'];
}

function taskOf(about: About, unit: Unit, ordinal: number, entry = about.journal.unit(unit.id)): Task {
  const { plan, journal, workflow } = about;
  const { kind } = parseUrn(unit.urn);
  const write = unit.writes.find(({ urn }) => urn === unit.urn);
  const state = stateOf(entry, about);
  const done = unit.steps.filter((step) => journal.step(unit.id, step.id)?.state === 'done').length;
  const error = entry?.error;
  return {
    id: taskIdOf(workflow.id, ordinal),
    workflow: workflow.id,
    unit: unit.id,
    name: `${unit.action} ${kind}`,
    resource: {
      urn: unit.urn,
      kind,
      name: (write?.final ?? write?.before)?.name ?? unit.address,
      address: unit.address,
    },
    state,
    progress: state === 'ready' ? 100 : unit.steps.length === 0 ? 0 : Math.floor((done / unit.steps.length) * 100),
    message: messageOf(entry, about),
    ...(error
      ? {
          serviceError: {
            code: error.code,
            description: `${unit.action} ${kind} ${unit.address} failed`,
            details: error.message,
            retryable: state === 'suspended_error',
          },
        }
      : {}),
    actor: plan.actor,
    startedAtMs: workflow.createdAtMs,
    ...(entry && isEnded(entry) ? { endedAtMs: entry.atMs } : {}),
    allowedOperations: allowed(entry, state),
  };
}

/** The tasks of a workflow at its commit, in the order of its plan: as everybody reads them until a unit begins. */
export function committedTasks(plan: Plan, id: string, createdAtMs: number): Task[] {
  const workflow = { id, phase: 'committed', createdAtMs } as OpenWorkflow['workflow'];
  const about = { plan, journal: new Journal(id), workflow, owner: { state: 'alive', ownerRevision: 0 } } as const;
  return plan.units.map((unit, ordinal) => taskOf(about, unit, ordinal));
}

/** The task of a unit that ends, to be written with its end. */
export function endedTaskOp(run: Run, unit: Unit, entry: UnitEntry): Operation {
  const workflow = { id: run.id, phase: 'committed', createdAtMs: run.createdAtMs } as OpenWorkflow['workflow'];
  const about = {
    plan: run.plan,
    journal: run.journal,
    workflow,
    owner: { state: 'alive', ownerRevision: 0 },
  } as const;
  const ordinal = run.ordinalOf(unit.id);
  return {
    type: 'put',
    key: keys.task(run.id, ordinal),
    value: JSON.stringify(taskOf(about, unit, ordinal, entry)),
  };
}

/** Written when the workflow ends: until when its tasks are kept. */
export function endedWorkflowOp(run: Run): Operation {
  return { type: 'put', key: keys.endedWorkflow(run.nowMs, run.id), value: run.id };
}

/** A request that ended before there was a workflow. */
export interface Settled {
  /** `create volume`. */
  readonly name: string;
  readonly resources: readonly Task['resource'][];
  /** Why it can't be; absent = nothing was to be done. */
  readonly serviceError?: Task['serviceError'];
}

/** Ended tasks of a request that no workflow carries out, so that who asked finds them like all others. */
export async function writeSettledTasks(
  store: StateStore,
  request: string,
  { name, resources, serviceError }: Settled,
  { actor, nowMs }: { readonly actor: Actor; readonly nowMs: number },
): Promise<Task[]> {
  const tasks = resources.map(
    (resource, ordinal): Task => ({
      id: taskIdOf(request, ordinal),
      workflow: request,
      unit: `u${ordinal + 1}`,
      name,
      resource,
      state: serviceError ? 'error' : 'ready',
      progress: serviceError ? 0 : 100,
      message: serviceError ? 'never begun' : 'it is so already',
      ...(serviceError ? { serviceError } : {}),
      actor,
      startedAtMs: nowMs,
      endedAtMs: nowMs,
      allowedOperations: 'none_specified',
    }),
  );
  const puts = tasks.map((task, ordinal): Operation => {
    return { type: 'put', key: keys.task(request, ordinal), value: JSON.stringify(task) };
  });
  // By the first of these the others are forgotten in time, whatever comes of the rest.
  const ended: Operation = { type: 'put', key: keys.endedWorkflow(nowMs, request), value: request };
  const writes = [ended, ...puts].map((operation) => ({ compare: [], operations: [operation] }));
  for (const txn of chunkWrites(writes)) await store.txn(txn);
  return tasks;
}

/** Forgets the tasks of what ended long ago; some of them, the rest another time. Safe at any time. */
export async function forgetOldTasks(store: StateStore, nowMs: number): Promise<void> {
  const AT_ONCE_MAX = 32;
  const gone: Operation[] = [];
  const { items } = await store.range({ prefix: keys.endedWorkflows, limit: AT_ONCE_MAX });
  for (const { key, value } of items) {
    if (Number(key.slice(keys.endedWorkflows.length).split('/')[0]) > nowMs - LIMITS.taskTtlMs) break;
    gone.push({ type: 'delete-prefix', prefix: keys.tasksOf(value) }, { type: 'delete', key });
  }
  if (gone.length > 0) await store.txn({ success: gone });
}

export const decodeTask = ({ value }: KeyValue): Task => JSON.parse(value) as Task;

export interface TaskQuery {
  /** A workflow's id, or its beginning. */
  readonly workflow?: string | undefined;
}

/** Open and ended ones, the newest first; of one workflow in the order of its plan. */
export async function readTasks(reader: WorkflowReader, query: TaskQuery = {}): Promise<Task[]> {
  const tasks = new Map<string, Task>();
  // Open ones first: what ends meanwhile is then found among the ended ones.
  for (const open of await readOpenWorkflows(reader, query.workflow)) {
    for (const [ordinal, unit] of open.plan.units.entries()) {
      const task = taskOf(open, unit, ordinal);
      tasks.set(task.id, task);
    }
  }
  for await (const item of rangeAll(reader.store, `${keys.tasks}${query.workflow ?? ''}`)) {
    const task = decodeTask(item);
    tasks.set(task.id, task);
  }
  const all = [...tasks.values()];
  const order = new Map(all.map((task, index) => [task.id, index]));
  return all.sort((a, b) => b.startedAtMs - a.startedAtMs || order.get(a.id)! - order.get(b.id)!);
}

/** One task by its uuid. Undefined: there is none, or it ended longer ago than tasks are kept. */
export async function readTask(reader: WorkflowReader, uuid: string): Promise<Task | undefined> {
  const head = uuid.slice(0, HEAD);
  for (const open of await readOpenWorkflows(reader, head)) {
    const ordinal = ordinalIn(open.workflow.id, uuid);
    const unit = open.plan.units[ordinal];
    if (unit && !isEnded(open.journal.unit(unit.id))) return taskOf(open, unit, ordinal);
  }
  for await (const item of rangeAll(reader.store, `${keys.tasks}${head}`)) {
    const task = decodeTask(item);
    if (taskUuid(task.id) === uuid) return task;
  }
  return undefined;
}

/** The tasks of one open workflow; undefined when it has ended. */
export async function readOpenTasks(reader: WorkflowReader, workflow: string): Promise<Task[] | undefined> {
  const open = await readOpenWorkflow(reader, workflow);
  return open?.plan.units.map((unit, ordinal) => taskOf(open, unit, ordinal));
}
