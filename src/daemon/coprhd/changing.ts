/**
 * Changes that a request asks for: planned like any other, answered as soon as they are a promise (the workflow is committed),
 * and carried out afterwards whether the client waits or not. What can't be promised is refused with its reason.
 */
import type { EngineClient, ResultOf } from '../../engine/operations/types.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { task as taskDocument } from './documents.ts';
import { refusalFor } from './problems.ts';
import type { Asked } from './route.ts';

type Planned = ResultOf<'resource.create'>;
type Plan = NonNullable<Planned['plan']>;

/** Resolves with the workflow once it is committed; undefined where nothing is to be done. */
export async function begin(
  { engine, background }: Pick<Asked<unknown>, 'engine' | 'background'>,
  makePlan: () => Promise<Planned>,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    const plan = usable(await makePlan());
    if (plan.units.length === 0) return undefined;
    const { workflow, result } = await commit(engine, background, plan);
    if (workflow !== undefined) return workflow;
    if (result?.outcome !== 'stale' || attempt === LIMITS.replanAttemptsMax)
      throw refusalFor(result?.diagnostics ?? []);
  }
}

function usable({ plan, diagnostics }: Planned): Plan {
  if (!plan) throw refusalFor(diagnostics);
  const held = plan.changes.flatMap((change) => (change.held ? [change.held.diagnostic] : []));
  if (held.length > 0) throw refusalFor(held);
  return plan;
}

type Begun = { readonly workflow?: string; readonly result?: ResultOf<'apply'> };

function commit(engine: EngineClient, background: Asked<unknown>['background'], plan: Plan): Promise<Begun> {
  return new Promise((resolve, reject) => {
    background(async (signal) => {
      // Who deletes by id has named what is to go.
      const confirmDestroy = plan.removals.volumes;
      const input = { plan, skipHeld: false, claimWaitMs: LIMITS.claimWaitDefaultMs, confirmDestroy };
      try {
        const result = await engine.call('apply', input, {
          signal,
          onEvent: (event) => {
            if (event.type === 'workflow.committed') resolve({ workflow: event.workflow });
          },
        });
        resolve(result.units.length > 0 && result.workflow ? { workflow: result.workflow } : { result });
      } catch (error) {
        // After the commit nobody listens here any more: whoever runs the daemon has to hear of it.
        reject(error);
        throw error;
      }
    });
  });
}

/** Tasks of what was begun; of one that had nothing to do none. */
export async function tasksOf(engine: EngineClient, workflow: string | undefined) {
  if (workflow === undefined) return [];
  const { tasks } = await engine.call('task.list', { workflow });
  return tasks.map(taskDocument);
}

/** For what CoprHD answers when it is done: waits for the end, and hands out the ids of what was changed. */
export async function carryThrough(
  asked: Pick<Asked<unknown>, 'engine' | 'background'>,
  makePlan: () => Promise<Planned>,
): Promise<string[]> {
  const workflow = await begin(asked, makePlan);
  if (workflow === undefined) return [];
  const { tasks } = await asked.engine.call('task.list', { workflow });
  return Promise.all(
    tasks.map(async ({ id, resource }) => {
      const { task } = await asked.engine.call('task.watch', { task: id });
      const { serviceError } = task ?? {};
      if (serviceError) throw new Refusal('badRequest', `${serviceError.code}: ${serviceError.details}`);
      return resource.urn;
    }),
  );
}
