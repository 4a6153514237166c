/** Tasks: by their own id, and under what they are about, where clients ask by task id or by the id of the request. */
import type { Task } from '../../engine/workflow/tasks.ts';
import { OperationError } from '../../lib/diagnostic.ts';
import { isUuid } from '../../lib/random.ts';
import { Refusal } from '../refusal.ts';
import { task as document } from './documents.ts';
import { PLACES, type Place } from './finding.ts';
import { type Asked, type Route, route } from './route.ts';

const TASK = /^urn:storageos:Task:[0-9a-f-]{36}:vdc1$/;

type Engine = Asked<unknown>['engine'];

/** What isn't there is 404; all else is what it is. */
async function unlessGone<T>(id: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof OperationError && error.diagnostics[0]?.code === 'COPRHD-TASK-001') return notThere(id);
    throw error;
  }
}

function notThere(id: string): never {
  throw new Refusal('notFound', `there is no task ${id}`);
}

async function taskById(engine: Engine, id: string): Promise<Task> {
  const { task } = await unlessGone(id, engine.call('task.show', { task: id }));
  return task ?? notThere(id);
}

/** Changes of these are changes of others: of hosts, of clusters, of volumes. Their tasks are any that the id names. */
const BY_OTHERS: ReadonlySet<string> = new Set(['initiator', 'host', 'consistencyGroup']);

/** Of one resource: a task's id, or that of the request, which may have made tasks of others too. */
async function taskOf(engine: Engine, { kind }: Place, resource: string, id: string): Promise<Task> {
  const isIts = ({ resource: { urn } }: Task) => urn === resource || BY_OTHERS.has(kind);
  if (TASK.test(id)) {
    const task = await taskById(engine, id);
    return isIts(task) ? task : notThere(id);
  }
  if (!isUuid(id)) return notThere(id);
  const { tasks } = await unlessGone(id, engine.call('task.list', { workflow: id }));
  return tasks.find(({ resource: { urn } }) => urn === resource) ?? tasks.find(isIts) ?? notThere(id);
}

const ofResources = [PLACES.volume, PLACES.export, PLACES.host, PLACES.initiator, PLACES.group, PLACES.project].map(
  (place) =>
    route({
      method: 'GET',
      path: `${place.path}/:id/tasks/:task`,
      right: 'read',
      run: async ({ engine, params }) => {
        const { id, task } = params as { readonly id: string; readonly task: string };
        return { root: 'task', body: document(await taskOf(engine, place, id, task)) };
      },
    }),
);

export const TASK_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/vdc/tasks/:id',
    right: 'read',
    run: async ({ engine, params }) => {
      const id = params.id!;
      if (!TASK.test(id)) throw new Refusal('invalid', `${id} is not the id of a task`);
      return { root: 'task', body: document(await taskById(engine, id)) };
    },
  }),
  ...ofResources,
];
