/** Workflows, open and ended, with their steps; and what a person decides about one that is suspended. */
import type { PastWorkflow } from '../../engine/operations/task-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import type { Task } from '../../engine/workflow/tasks.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { bulkOf } from './bulk.ts';
import { task as taskDocument } from './documents.ts';
import { linkTo, namedRef, ref } from './finding.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';
import { withoutTags } from './tags.ts';
import { ifThere } from './tasks.ts';

const WORKFLOWS = { path: '/vdc/workflows' };
const URN = /^urn:storageos:Workflow:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):vdc1$/;
const urnOf = (id: string): string => `urn:storageos:Workflow:${id}:vdc1`;
const STEPS = { path: '/vdc/workflows/steps' };
const STEP = /^urn:storageos:WorkflowStep:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):vdc1$/;
const RECENT_MINUTES = 10;
const MINUTE_MS = 60_000;

interface Known {
  readonly id: string;
  readonly operation: string;
  readonly tasks: readonly Task[];
  readonly endedAtMs?: number;
}

/** Of what ended longer ago than tasks are kept, only what the history says. */
async function known({ engine }: Pick<Asked<unknown>, 'engine'>): Promise<Known[]> {
  const [{ tasks }, { workflows }] = await Promise.all([
    engine.call('task.list', { limit: LIMITS.rangePageMax }),
    engine.call('history', { limit: LIMITS.rangePageMax }),
  ]);
  const past = new Map(workflows.map((each) => [each.workflow, each]));
  const byWorkflow = new Map<string, Task[]>();
  for (const task of tasks) byWorkflow.set(task.workflow, [...(byWorkflow.get(task.workflow) ?? []), task]);
  const ids = new Set([...byWorkflow.keys(), ...past.keys()]);
  return [...ids].map((id) => knownOf(id, byWorkflow.get(id) ?? [], past.get(id)));
}

function knownOf(id: string, tasks: readonly Task[], past: PastWorkflow | undefined): Known {
  const ends = tasks.map(({ endedAtMs }) => endedAtMs);
  const allEnded = tasks.length > 0 && ends.every((end) => end !== undefined);
  const endedAtMs = past?.endedAtMs ?? (allEnded ? Math.max(...(ends as number[])) : undefined);
  const operation = past?.operation ?? tasks[0]?.name ?? '';
  return { id, operation, tasks, ...(endedAtMs === undefined ? {} : { endedAtMs }) };
}

async function oneOf(asked: Asked<unknown>): Promise<Known> {
  const { engine, params } = asked;
  const id = URN.exec(params.id!)?.[1];
  if (id === undefined) throw new Refusal('invalid', `${params.id} is not the id of a workflow`);
  const [tasks, past] = await Promise.all([tasksOf(engine, id), pastOf(engine, id)]);
  if (tasks.length === 0 && !past) throw new Refusal('notFound', `there is no workflow ${params.id}`);
  return knownOf(id, tasks, past);
}

const tasksOf = async (engine: EngineClient, workflow: string): Promise<readonly Task[]> =>
  (await ifThere(engine.call('task.list', { workflow, limit: LIMITS.rangePageMax })))?.tasks ?? [];

const pastOf = async (engine: EngineClient, workflow: string): Promise<PastWorkflow | undefined> =>
  (await ifThere(engine.call('history', { workflow })))?.workflows[0];

/** CoprHD's words for how one ended. */
function completionOf({ tasks, endedAtMs }: Known): string {
  if (tasks.some(({ state }) => state === 'suspended_error')) return 'SUSPENDED_ERROR';
  if (tasks.some(({ state }) => state === 'suspended_no_error')) return 'SUSPENDED_NO_ERROR';
  if (endedAtMs === undefined) return '';
  return tasks.some(({ state }) => state === 'error') ? 'ERROR' : 'SUCCESS';
}

function document(workflow: Known): object {
  const { id, operation, tasks, endedAtMs } = workflow;
  const failed = tasks.find(({ serviceError }) => serviceError);
  return {
    id: urnOf(id),
    name: operation,
    link: linkTo(WORKFLOWS, urnOf(id)),
    inactive: false,
    completed: endedAtMs !== undefined,
    completion_state: completionOf(workflow),
    completion_message: failed?.serviceError?.details ?? '',
    orchestration_method: operation,
    orchestration_task_id: id,
    ...(tasks[0] ? { creation_time: tasks[0].startedAtMs } : {}),
  };
}

/** A step of a workflow is what a task is of: they have the same uuid. */
function stepOf({ id, workflow, unit, name, resource, state, message, startedAtMs, endedAtMs }: Task): object {
  const urn = id.replace(':Task:', ':WorkflowStep:');
  return {
    id: urn,
    link: linkTo(STEPS, urn),
    step_id: unit,
    name: `${name} ${resource.name}`,
    description: resource.address,
    state: { ready: 'SUCCESS', error: 'ERROR', queued: 'QUEUED' }[state as string] ?? 'EXECUTING',
    message,
    start_time: startedAtMs,
    ...(endedAtMs === undefined ? {} : { end_time: endedAtMs }),
    workflow: namedRef(WORKFLOWS, urnOf(workflow), ''),
  };
}

const listed = (workflows: readonly Known[]): Answer => ({
  root: 'workflows',
  body: { workflow: workflows.map(({ id, operation }) => namedRef(WORKFLOWS, urnOf(id), operation)) },
});

const listing = (path: string, wanted: (workflow: Known, asked: Asked<unknown>) => boolean): Route =>
  route({
    method: 'GET',
    path,
    right: 'monitor',
    run: async (asked) => listed((await known(asked)).filter((workflow) => wanted(workflow, asked))),
  });

/** A suspended one goes on, or back; an open one stops before its next step. */
const deciding = (word: 'resume' | 'rollback' | 'suspend'): Route =>
  route({
    method: 'PUT',
    path: `/vdc/workflows/:id/${word}`,
    right: 'administer',
    run: async (asked) => {
      const workflow = await oneOf(asked);
      if (workflow.endedAtMs !== undefined) throw new Refusal('invalid', 'the workflow has ended');
      const isSuspended = completionOf(workflow).startsWith('SUSPENDED');
      if (isSuspended === (word === 'suspend'))
        throw new Refusal('invalid', isSuspended ? 'the workflow is suspended' : 'the workflow is not suspended');
      asked.background(async (signal) => {
        const input = { task: workflow.id };
        if (word === 'rollback') await asked.engine.call('task.rollback', { ...input, preview: false }, { signal });
        else if (word === 'resume') await asked.engine.call('task.resume', input, { signal });
        else await asked.engine.call('task.suspend', input, { signal });
      });
      return { root: 'task', body: taskDocument(workflow.tasks[0]!) };
    },
  });

export const WORKFLOW_ROUTES: readonly Route[] = [
  listing('/vdc/workflows', () => true),
  listing('/vdc/workflows/active', ({ endedAtMs }) => endedAtMs === undefined),
  listing('/vdc/workflows/completed', ({ endedAtMs }) => endedAtMs !== undefined),
  listing('/vdc/workflows/recent', ({ endedAtMs, tasks }, { query, nowMs }) => {
    const minutes = query.min === undefined ? RECENT_MINUTES : Number(query.min);
    if (!Number.isInteger(minutes) || minutes < 1) throw new Refusal('invalid', 'min: a number of minutes');
    return (tasks[0]?.startedAtMs ?? endedAtMs ?? 0) >= nowMs() - minutes * MINUTE_MS;
  }),
  route({
    method: 'GET',
    path: '/vdc/workflows/bulk',
    right: 'monitor',
    run: async (asked) => ({ root: 'ids', body: { id: (await known(asked)).map(({ id }) => urnOf(id)) } }),
  }),
  bulkOf(
    '/vdc/workflows/bulk',
    { root: 'bulk_workflows', key: 'workflow' },
    async (engine, ids) => {
      if (ids.length === 0) return [];
      const all = new Map((await known({ engine })).map((workflow) => [urnOf(workflow.id), workflow]));
      return ids.flatMap((id) => all.get(id) ?? []).map(document);
    },
    'monitor',
  ),
  route({
    method: 'GET',
    path: '/vdc/workflows/search',
    right: 'monitor',
    run: async (asked) => {
      const { name = '' } = asked.query;
      if (name.length < 2) throw new Refusal('invalid', 'name: at least 2 characters');
      const found = (await known(asked)).filter(({ operation }) => operation.startsWith(name));
      const resource = found.map(({ id, operation }) => ({ ...ref(WORKFLOWS, urnOf(id)), match: operation }));
      return { root: 'results', body: { resource } };
    },
  }),
  route({
    method: 'GET',
    path: '/vdc/workflows/:id',
    right: 'monitor',
    run: async (asked) => ({ root: 'workflow', body: document(await oneOf(asked)) }),
  }),
  route({
    method: 'GET',
    path: '/vdc/workflows/:id/steps',
    right: 'monitor',
    run: async (asked) => {
      const { tasks } = await oneOf(asked);
      return { root: 'workflow_steps', body: { workflow_step: tasks.map(stepOf) } };
    },
  }),
  route({
    method: 'GET',
    path: '/vdc/workflows/steps/:step',
    right: 'monitor',
    run: async ({ engine, params }) => {
      const id = params.step!;
      const uuid = STEP.exec(id)?.[1];
      if (uuid === undefined) throw new Refusal('invalid', `${id} is not the id of a step`);
      const found = await ifThere(engine.call('task.show', { task: `urn:storageos:Task:${uuid}:vdc1` }));
      if (!found?.task) throw new Refusal('notFound', `there is no step ${id}`);
      return { root: 'workflow_step', body: stepOf(found.task) };
    },
  }),
  ...withoutTags(WORKFLOWS, 'monitor', async (asked) => void (await oneOf(asked))),
  ...(['resume', 'rollback', 'suspend'] as const).map(deciding),
];
