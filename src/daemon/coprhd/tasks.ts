/** Tasks: by their own id, and under what they are about, where clients ask by task id or by the id of the request. */
import type { Task } from '../../engine/workflow/tasks.ts';
import { atMost } from '../../lib/at-most.ts';
import { OperationError } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { isUuid } from '../../lib/random.ts';
import { Refusal } from '../refusal.ts';
import { bulkOf } from './bulk.ts';
import { task as document, TASKS } from './documents.ts';
import { inPath, namedRef, PLACES, type Place, ref } from './finding.ts';
import { type Answer, type Asked, type Route, refused, route } from './route.ts';
import { withoutTags } from './tags.ts';

/** With what the ids of all tasks of a request begin with. */
const TASK = /^urn:storageos:Task:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-)[0-9a-f]{12}:vdc1$/;

type Engine = Asked<unknown>['engine'];

/** Undefined where there is no such task or workflow (any more); all else is what it is. */
export async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof OperationError && error.diagnostics[0]?.code === 'COPRHD-TASK-001') return undefined;
    throw error;
  }
}

function notThere(id: string): never {
  throw new Refusal('notFound', `there is no task ${id}`);
}

async function taskById(engine: Engine, id: string): Promise<Task> {
  return (await ifThere(engine.call('task.show', { task: id })))?.task ?? notThere(id);
}

/**
 * Changes of these are changes of others: of hosts, of clusters, of volumes; paths of an export are changes of its hosts; and a copy is restored to what it is of, snapshots are
 * taken, and the volumes of a group overwritten, all by one task. Their tasks are any that the id names.
 */
const BY_OTHERS: ReadonlySet<Place> = new Set<Place>([
  ...[PLACES.initiator, PLACES.ipInterface, PLACES.host],
  ...[PLACES.group, PLACES.export, PLACES.volume, PLACES.snapshot, PLACES.fullCopy],
]);

/** Of one resource: a task's id, or that of the request, which may have made tasks of others too. */
async function taskOf(engine: Engine, place: Place, resource: string, id: string): Promise<Task> {
  const isIts = ({ resource: { urn } }: Task) => urn === resource || BY_OTHERS.has(place);
  if (TASK.test(id)) {
    const task = await taskById(engine, id);
    return isIts(task) ? task : notThere(id);
  }
  if (!isUuid(id)) return notThere(id);
  const { tasks } = (await ifThere(engine.call('task.list', { workflow: id }))) ?? notThere(id);
  const its = tasks.filter(isIts);
  // The request of several is done when all of them are.
  const open = its.find(({ state }) => state !== 'ready');
  return its.find(({ resource: { urn } }) => urn === resource) ?? open ?? its[0] ?? notThere(id);
}

const rightOf = (place: Place): Route['right'] =>
  place === PLACES.system || place === PLACES.networkSystem ? 'monitor' : 'read';

const ofResources = [
  PLACES.volume,
  PLACES.snapshot,
  PLACES.fullCopy,
  PLACES.export,
  PLACES.host,
  PLACES.initiator,
  PLACES.ipInterface,
  PLACES.cluster,
  PLACES.group,
  PLACES.project,
  PLACES.system,
  PLACES.networkSystem,
].flatMap((place) => [
  route({
    method: 'GET',
    path: `${place.path}/:id/tasks`,
    right: rightOf(place),
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, place, params.id!);
      const { tasks } = await engine.call('task.list', { limit: LIMITS.rangePageMax });
      const own = tasks.filter(({ resource: { urn } }) => urn === found.record.urn);
      return { root: 'tasks', body: { task: own.map(document) } };
    },
  }),
  route({
    method: 'GET',
    path: `${place.path}/:id/tasks/:task`,
    right: rightOf(place),
    run: async ({ engine, params }) => {
      const { id, task } = params as { readonly id: string; readonly task: string };
      return { root: 'task', body: document(await taskOf(engine, place, id, task)) };
    },
  }),
]);

/** Whole milliseconds, or a date as CoprHD writes it. */
function momentOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(ms)) throw new Refusal('invalid', `${name}: ${text} is no moment`);
  return ms;
}

/** The newest first, all of them where no number is given. */
async function listTasks({ engine, query }: Asked<unknown>): Promise<Answer> {
  const [from, to] = [momentOf('startTime', query.startTime), momentOf('endTime', query.endTime)];
  const max = query.max_count === undefined || query.max_count === '-1' ? LIMITS.rangePageMax : Number(query.max_count);
  if (!Number.isInteger(max) || max < 1 || max > LIMITS.rangePageMax)
    throw new Refusal('range', `max_count: 1 to ${LIMITS.rangePageMax}`);
  const { tasks } = await engine.call('task.list', { limit: LIMITS.rangePageMax });
  const within = tasks.filter(
    ({ startedAtMs }) => startedAtMs >= (from ?? 0) && startedAtMs <= (to ?? Number.MAX_SAFE_INTEGER),
  );
  const refs = within.slice(0, max).map(({ id, name }) => namedRef(TASKS, id, name.toUpperCase()));
  return { root: 'tasks', body: { task: refs } };
}

const allTasks = async (engine: Engine) => (await engine.call('task.list', { limit: LIMITS.rangePageMax })).tasks;

/** In the order asked for. A request's are read together: their ids begin like its own. */
async function tasksOf(engine: Engine, ids: readonly string[]): Promise<readonly object[]> {
  const requests = new Set(ids.flatMap((id) => TASK.exec(id)?.[1] ?? []));
  const known = new Map<string, Task>();
  await atMost(LIMITS.taskListsAtOnceMax, [...requests], async (workflow) => {
    const found = await ifThere(engine.call('task.list', { workflow, limit: LIMITS.rangePageMax }));
    for (const task of found?.tasks ?? []) known.set(task.id, task);
  });
  return ids.flatMap((id) => known.get(id) ?? []).map(document);
}

/** By what they are about, or by their state; one of these. */
async function searchTasks({ engine, query }: Asked<unknown>): Promise<Answer> {
  const { resource, state } = query;
  if ((resource === undefined) === (state === undefined))
    throw new Refusal('badRequest', 'search by resource or by state');
  const found = (await allTasks(engine)).filter((task) =>
    resource === undefined ? task.state === state : task.resource.urn === resource,
  );
  return { root: 'results', body: { resource: found.map(({ id }) => ref(TASKS, id)) } };
}

async function countTasks({ engine }: Asked<unknown>): Promise<Answer> {
  const tasks = await allTasks(engine);
  const count = (...states: Task['state'][]) => tasks.filter(({ state }) => states.includes(state)).length;
  const body = {
    pending: count('pending', 'queued'),
    ready: count('ready'),
    error: count('error'),
    suspended_no_error: count('suspended_no_error'),
    suspended_error: count('suspended_error'),
  };
  return { root: 'task_stats', body };
}

/** CoprHD answers with nothing; what becomes of it the task says. What isn't suspended is refused. */
async function decide(asked: Asked<unknown>, task: Task, decision: 'task.resume' | 'task.rollback'): Promise<void> {
  if (!task.state.startsWith('suspended')) {
    throw new Refusal('invalid', `task ${task.id} is ${task.state}: only what is suspended waits for a decision`);
  }
  const input = { task: task.id };
  asked.background(async (signal) => {
    if (decision === 'task.resume') await asked.engine.call(decision, input, { signal });
    else await asked.engine.call(decision, { ...input, preview: false }, { signal });
  });
}

function taskId(id: string): string {
  if (TASK.test(id)) return id;
  throw new Refusal('invalid', `${id} is not the id of a task`);
}

const deciding = (word: 'resume' | 'rollback'): Route =>
  route({
    method: 'POST',
    path: `/vdc/tasks/:id/${word}`,
    right: 'provision',
    run: async (asked) => {
      await decide(asked, await taskById(asked.engine, taskId(asked.params.id!)), `task.${word}`);
      return { root: 'task', body: {} };
    },
  });

export const TASK_ROUTES: readonly Route[] = [
  route({ method: 'GET', path: '/vdc/tasks', right: 'read', run: listTasks }),
  route({ method: 'GET', path: '/vdc/tasks/search', right: 'read', run: searchTasks }),
  route({
    method: 'GET',
    path: '/vdc/tasks/bulk',
    right: 'read',
    run: async ({ engine }) => ({ root: 'ids', body: { id: (await allTasks(engine)).map(({ id }) => id) } }),
  }),
  bulkOf('/vdc/tasks/bulk', { root: 'bulk_tasks', key: 'task' }, tasksOf),
  route({ method: 'GET', path: '/vdc/tasks/stats', right: 'read', run: countTasks }),
  route({
    method: 'GET',
    path: '/vdc/tasks/:id',
    right: 'read',
    run: async ({ engine, params }) => ({ root: 'task', body: document(await taskById(engine, taskId(params.id!))) }),
  }),
  ...withoutTags(TASKS, 'read', async ({ engine, params }) => void (await taskById(engine, taskId(params.id!)))),
  refused(
    'POST',
    '/vdc/tasks/:id/delete',
    'tasks are forgotten a week after their end; until then they say who has done what',
    'provision',
  ),
  deciding('resume'),
  deciding('rollback'),
  ...ofResources,
];
