/**
 * Changes that a request asks for: planned like any other, answered as soon as they are a promise (the workflow is committed),
 * and carried out afterwards whether the client waits or not. What can't be promised is refused with its reason; where only room
 * is lacking that is said by the tasks, as CoprHD's clients expect.
 */
import type { ResourceRecord } from '../../engine/model/record.ts';
import { tasksOfCommitted } from '../../engine/operations/tasks.ts';
import type { EngineClient, InputOf, ResultOf } from '../../engine/operations/types.ts';
import type { Task } from '../../engine/workflow/tasks.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { type Document, task as taskDocument } from './documents.ts';
import { refusalFor } from './problems.ts';
import type { Asked } from './route.ts';

type Planned = ResultOf<'resource.create'>;
type Plan = NonNullable<Planned['plan']>;
type Settling = InputOf<'task.settle'>;

/** What a request is about, for its tasks where no workflow carries it out. */
export type About = Pick<Settling, 'name' | 'resources'>;

/** A workflow that is committed. */
interface Promised {
  readonly workflow: string;
  readonly createdAtMs?: number | undefined;
}

/** `nothing`: it is so already. `problem`: there is no storage for it, which clients learn from its tasks. */
type Beginning = (Promised & { readonly plan: Plan }) | { readonly nothing: true } | { readonly problem: Diagnostic };

/** Resolves once the workflow is committed. What can't be promised for another reason than room is refused. */
async function begin({ engine, background }: Asking, makePlan: () => Promise<Planned>): Promise<Beginning> {
  for (let attempt = 1; ; attempt++) {
    const { plan, diagnostics } = await makePlan();
    if (!plan) {
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      const [problem] = errors;
      if (problem && errors.every(({ code }) => code.startsWith('COPRHD-PLACE-'))) return { problem };
      throw refusalFor(diagnostics);
    }
    const held = plan.changes.flatMap((change) => (change.held ? [change.held.diagnostic] : []));
    if (held.length > 0) throw refusalFor(held);
    if (plan.units.length === 0) return { nothing: true };
    const { promised, result } = await commit(engine, background, plan);
    if (promised) return { ...promised, plan };
    if (result?.outcome !== 'stale' || attempt === LIMITS.replanAttemptsMax)
      throw refusalFor(result?.diagnostics ?? []);
  }
}

export interface Changed {
  /** Tasks, in the order of what the change is about. There is always one: clients wait for it. */
  readonly documents: readonly Document[];
  /** Absent where nothing was to be done, or can be. */
  readonly plan?: Plan;
}

export type Asking = Pick<Asked<unknown>, 'engine' | 'background'>;

/** What was begun, or is settled. */
export interface Begun {
  readonly tasks: readonly Task[];
  readonly plan?: Plan;
}

export async function change(asked: Asking, about: About, makePlan: () => Promise<Planned>): Promise<Changed> {
  return changedBy(await beginTasks(asked, about, makePlan));
}

export const changedBy = ({ tasks, plan }: Begun): Changed => ({
  documents: tasks.map(taskDocument),
  ...(plan ? { plan } : {}),
});

export const changed = async (...asking: Parameters<typeof change>): Promise<readonly Document[]> =>
  (await change(...asking)).documents;

/** `whole`: rejects with a Refusal, too, where room is lacking or nothing is to be done. */
export async function beginTasks(
  asked: Asking,
  about: About,
  makePlan: () => Promise<Planned>,
  whole = false,
): Promise<Begun> {
  const { engine } = asked;
  const begun = await begin(asked, makePlan);
  if ('workflow' in begun) {
    const tasks = await tasksOf(engine, begun);
    const order = new Map(about.resources.map(({ urn, kind, name }, index) => [urn ?? `${kind} ${name}`, index]));
    const rank = ({ resource: { urn, kind, name } }: Task) =>
      order.get(urn) ?? order.get(`${kind} ${name}`) ?? order.size;
    return { tasks: [...tasks].sort((a, b) => rank(a) - rank(b)), plan: begun.plan };
  }
  if (whole) throw new Refusal('badRequest', 'not all of it can be promised');
  if ('nothing' in begun) return engine.call('task.settle', about);
  const { code, summary, detail, fix } = begun.problem;
  const details = [summary, detail, fix].filter((part) => part !== undefined).join('; ');
  return engine.call('task.settle', { ...about, problem: { code, details: details.slice(0, 4_096) } });
}

/** Known from the plan where the commit was heard of; else they are looked up. */
async function tasksOf(
  engine: EngineClient,
  { workflow, createdAtMs, plan }: Promised & { readonly plan: Plan },
): Promise<readonly Task[]> {
  if (createdAtMs !== undefined) return tasksOfCommitted(plan, workflow, createdAtMs);
  return (await engine.call('task.list', { workflow, limit: LIMITS.rangePageMax })).tasks;
}

type Committed = { readonly promised?: Promised; readonly result?: ResultOf<'apply'> };

function commit(engine: EngineClient, background: Asked<unknown>['background'], plan: Plan): Promise<Committed> {
  return new Promise((resolve, reject) => {
    background(async (signal) => {
      // Who deletes by id has named what is to go.
      const confirmDestroy = plan.removals.volumes;
      const claimWaitMs = LIMITS.claimWaitDefaultMs;
      const input = { plan, skipHeld: false, claimWaitMs, confirmDestroy, background: true };
      try {
        const result = await engine.call('apply', input, {
          signal,
          onEvent: (event) => {
            if (event.type !== 'workflow.committed') return;
            const { workflow, createdAtMs } = event;
            resolve({ promised: { workflow, createdAtMs } });
          },
        });
        resolve(result.units.length > 0 && result.workflow ? { promised: { workflow: result.workflow } } : { result });
      } catch (error) {
        // After the commit nobody listens here any more: whoever runs the daemon has to hear of it.
        reject(error);
        throw error;
      }
    });
  });
}

/** For what CoprHD answers when it is done: waits for the end, and hands out the ids of what was changed. */
export async function carryThrough(asked: Asking, about: About, makePlan: () => Promise<Planned>): Promise<string[]> {
  const { tasks } = await beginTasks(asked, about, makePlan);
  return Promise.all(
    tasks.map(async ({ id, resource }) => {
      const { task } = await asked.engine.call('task.watch', { task: id });
      const { serviceError } = task ?? {};
      if (serviceError) throw new Refusal('badRequest', `${serviceError.code}: ${serviceError.details}`);
      return resource.urn;
    }),
  );
}

/** Who unexports over CoprHD's API vouches for the hosts, as its clients expect: they have let go of it, and of its LUN number. */
export const vouching = ({ principal }: Pick<Asked<unknown>, 'principal'>) => ({ attestUnexports: principal.user });

/** A recorded resource as what a change is about. */
export const about = (name: string, ...records: readonly ResourceRecord[]): About => ({
  name,
  resources: records.map(({ kind, name: resource, urn }) => ({ kind, name: resource, urn })),
});
