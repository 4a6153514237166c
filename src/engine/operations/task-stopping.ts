/**
 * `task suspend` and `task cancel`. Who runs the workflow is asked to stop, and it is followed until that has taken effect;
 * what nobody runs is taken over and stopped here. Bounded by the signal: then it is said what is still in flight.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { keys } from '../state/keys.ts';
import { requestStop } from '../workflow/control.ts';
import { readOpenWorkflow } from '../workflow/open-workflows.ts';
import { holderText, readOwner } from '../workflow/owners.ts';
import { recoverWorkflow } from '../workflow/recover.ts';
import { bindStep } from '../workflow/steps/registry.ts';
import { readOpenTasks, type Task } from '../workflow/tasks.ts';
import type { Call } from './engine.ts';
import { changesUnder } from './following.ts';
import { decided, outcomeOfTasks, refuseEnded, refuseIrreversible, someAddresses, unitsOf } from './task-deciding.ts';
import { findTarget, isOpen, tasksOf } from './task-finding.ts';
import { isOver } from './task-watching.ts';
import type { InputOf, ResultOf } from './types.ts';
import { readerOf, withWorkflowEnv } from './workflow-env.ts';

type Stopped = ResultOf<'task.cancel'>;

interface Wanted {
  readonly want: 'suspend' | 'cancel';
  readonly workflow: string;
  /** Ids of the tasks that are to stop. */
  readonly ids: ReadonlySet<string>;
  /** Undefined: all of the workflow. */
  readonly units: ReadonlySet<string> | undefined;
}

export async function taskCancel(call: Call, input: InputOf<'task.cancel'>): Promise<Stopped> {
  const target = await findTarget(call, input.task);
  refuseEnded(target, 'cancelled');
  const ids = new Set(target.tasks.filter(isOpen).map(({ id }) => id));
  return stop(call, { want: 'cancel', workflow: target.workflow, ids, units: unitsOf(target) });
}

/** Always the whole workflow: its claims and its journal are one. */
export async function taskSuspend(call: Call, input: InputOf<'task.suspend'>): Promise<Stopped> {
  const target = await findTarget(call, input.task);
  refuseEnded(target, 'suspended');
  const all = await tasksOf(call, target.workflow);
  const ids = new Set(all.filter(isOpen).map(({ id }) => id));
  return stop(call, { want: 'suspend', workflow: target.workflow, ids, units: undefined });
}

async function stop(call: Call, wanted: Wanted): Promise<Stopped> {
  const { engine, ctx } = call;
  const { want, workflow, units } = wanted;
  const request = { want, units: units ? [...units] : 'all', by: ctx.actor, atMs: engine.clock.nowMs() } as const;
  for (;;) {
    const seen = await readOwner(readerOf(call), workflow);
    if (seen.state === 'gone') break;
    if (seen.state === 'alive') {
      if (!(await requestStop(engine.store, workflow, request))) break;
      const effect = await awaitEffect(call, wanted);
      if (effect === 'stopped') break;
      if (effect === 'aborted') return stillUnderWay(call, wanted);
      continue;
    }
    if (want === 'suspend') {
      if (seen.workflow?.waitsFor === 'decision' || !(await requestStop(engine.store, workflow, request))) break;
      const recovered = await withWorkflowEnv(call, (env) => recoverWorkflow(env, workflow));
      // The request stands: whoever goes on with it stops it first.
      if (recovered?.result === 'interrupted') {
        const tasks = (await tasksOf(call, workflow)).filter(({ id }) => wanted.ids.has(id));
        return { outcome: 'interrupted', diagnostics: [], tasks };
      }
      if (recovered?.result !== 'left' || ctx.signal.aborted) break;
      continue;
    }
    await refuseIrreversible(call, workflow, units);
    const ended = await decided(call, workflow, { rollback: units ?? 'all', by: ctx.actor.name });
    if (ended.outcome === 'held' || ended.outcome === 'interrupted') return ended;
    if (ended.outcome !== 'claimed') break;
  }
  return stopped(call, wanted);
}

/** What was cancelled and can't be undone now is as far as it gets: a person must see to it. */
const hasStopped = (task: Task, want: Wanted['want']): boolean =>
  want === 'suspend' ? isOver(task) : !isOpen(task) || task.allowedOperations === 'rollback_only';

/** dead: nobody is at work on it any more, and it has not stopped as wanted. */
async function awaitEffect(call: Call, { want, workflow, ids }: Wanted): Promise<'stopped' | 'dead' | 'aborted'> {
  const { engine, ctx } = call;
  const reader = readerOf(call);
  const said = new Map<string, string>();
  const prefixes = [keys.journalOf(workflow), keys.workflow(workflow), keys.workflowOwner(workflow)];
  for await (const _ of changesUnder(engine, prefixes, ctx.signal)) {
    const { state } = await readOwner(reader, workflow);
    const tasks = (await readOpenTasks(reader, workflow))?.filter(({ id }) => ids.has(id));
    if (!tasks) return 'stopped';
    for (const task of tasks) {
      const now = `${task.state} ${task.message} ${task.progress}`;
      if (said.has(task.id) && said.get(task.id) !== now) ctx.emit({ type: 'task.changed', task });
      said.set(task.id, now);
    }
    if (tasks.every((task) => hasStopped(task, want))) return 'stopped';
    if (state === 'dead') return 'dead';
    // Many changes are looked at together.
    await engine.clock.sleep(LIMITS.claimPollMs, ctx.signal).catch(() => undefined);
  }
  return 'aborted';
}

async function stopped(call: Call, wanted: Wanted): Promise<Stopped> {
  const { want, workflow, ids } = wanted;
  const all = await tasksOf(call, workflow);
  const tasks = all.filter(({ id }) => ids.has(id));
  if (all.length === 0) {
    const summary = `workflow ${workflow} had not begun: what it held is free again`;
    return { outcome: 'ok', diagnostics: [{ code: 'COPRHD-TASK-002', severity: 'info', summary }], tasks };
  }
  const done = tasks.filter(({ state }) => state === 'ready');
  if (done.length === tasks.length) {
    const verb = want === 'cancel' ? 'cancelled' : 'suspended';
    const summary = `all of it was done before it could be ${verb}`;
    return { outcome: 'error', diagnostics: [{ code: 'COPRHD-TASK-002', severity: 'error', summary }], tasks };
  }
  const { outcome, diagnostics } = await outcomeOfTasks(call, workflow, tasks);
  const took = tasks.every((task) => (want === 'suspend' ? isOver(task) : !isOpen(task)));
  return { outcome: took ? 'ok' : outcome, diagnostics: [...diagnostics, ...doneBefore(done, want)], tasks };
}

function doneBefore(done: readonly Task[], want: Wanted['want']): Diagnostic[] {
  if (done.length === 0) return [];
  const verb = want === 'cancel' ? 'cancelled' : 'suspended';
  const summary = `${done.length} of them ${done.length === 1 ? 'was' : 'were'} done before it could be ${verb}`;
  return [{ code: 'COPRHD-TASK-002', severity: 'info', summary, detail: someAddresses(done) }];
}

/** Nobody waits any longer; the request stands. */
async function stillUnderWay(call: Call, { want, workflow, ids }: Wanted): Promise<Stopped> {
  const tasks = (await tasksOf(call, workflow)).filter(({ id }) => ids.has(id));
  const { state, owner } = await readOwner(readerOf(call), workflow);
  const open = tasks.filter((task) => !hasStopped(task, want));
  if (open.length === 0) return stopped(call, { want, workflow, ids, units: undefined });
  const flying = await inFlight(call, workflow);
  const verb = want === 'cancel' ? 'cancelled' : 'suspended';
  const detail = [`Run by ${holderText(owner)}.`, ...(flying.length > 0 ? [`In flight: ${flying.join('; ')}.`] : [])];
  const diagnostic: Diagnostic = {
    code: 'COPRHD-TASK-002',
    severity: 'error',
    summary: `not ${verb} yet: ${someAddresses(open)}`,
    detail: detail.join(' '),
    fix: `the request stands; coprhd task list --workflow ${workflow} shows how far it is`,
  };
  return { outcome: state === 'alive' ? 'claimed' : 'unknown', diagnostics: [diagnostic], tasks };
}

/** Device calls and jobs of which the journal has no end. */
async function inFlight(call: Call, workflow: string): Promise<string[]> {
  const open = await readOpenWorkflow(readerOf(call), workflow);
  if (!open) return [];
  return open.plan.units.flatMap((unit) =>
    unit.steps.flatMap((step) => {
      const state = open.journal.step(unit.id, step.id)?.state;
      const flies = state === 'intent' || state === 'job' || state === 'undo-intent';
      return flies ? [`${unit.address}: ${bindStep(step).summary}`] : [];
    }),
  );
}
