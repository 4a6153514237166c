/**
 * `task resume` and `task rollback`: what a person decides about a workflow that waits for that, or that nobody runs. Never
 * about one that a living process runs: that one is asked to stop (task-stopping.ts).
 */
import { type Diagnostic, fail, type OperationOutcome } from '../../lib/diagnostic.ts';
import type { DiagnosticCode } from '../../lib/diagnostic-codes.ts';
import { readFreeze } from '../workflow/control.ts';
import { irreversibleSteps } from '../workflow/irreversible.ts';
import { type OpenWorkflow, readOpenWorkflow } from '../workflow/open-workflows.ts';
import { holderText, readOwner } from '../workflow/owners.ts';
import { type Compensation, previewRollback } from '../workflow/preview.ts';
import { type Decision, recoverWorkflow } from '../workflow/recover.ts';
import { frozenDiagnostic } from '../workflow/run-plan.ts';
import type { Task } from '../workflow/tasks.ts';
import type { Call } from './engine.ts';
import { unreviewedDiagnostic } from './recovering.ts';
import { findTarget, isOpen, type TaskTarget, tasksOf } from './task-finding.ts';
import { unknownUnits } from './task-watching.ts';
import type { InputOf, RecoveredWorkflow, ResultOf } from './types.ts';
import { lookingEnv, readerOf, withWorkflowEnv } from './workflow-env.ts';

const SHOWN_MAX = 5;

export async function taskResume(call: Call, input: InputOf<'task.resume'>): Promise<ResultOf<'task.resume'>> {
  const target = await findTarget(call, input.task);
  refuseEnded(target, 'resumed');
  await refuseBusy(call, target.workflow);
  if (target.tasks.filter(isOpen).every(({ allowedOperations }) => allowedOperations === 'rollback_only')) {
    notPossible(`${named(target)} failed on its way back: it can't be resumed`, {
      fix: `coprhd task rollback ${target.workflow}`,
    });
  }
  return decided(call, target.workflow, { by: call.ctx.actor.name });
}

export async function taskRollback(call: Call, input: InputOf<'task.rollback'>): Promise<ResultOf<'task.rollback'>> {
  const target = await findTarget(call, input.task);
  refuseEnded(target, 'rolled back');
  const units = unitsOf(target);
  if (input.preview) return preview(call, target, units);
  await refuseBusy(call, target.workflow);
  await refuseIrreversible(call, target.workflow, units);
  const result = await decided(call, target.workflow, { rollback: units ?? 'all', by: call.ctx.actor.name });
  const meant = new Set(target.tasks.map(({ id }) => id));
  const diagnostics = [...result.diagnostics, ...alreadyDone(target)];
  // What was to be undone and is: that is what was asked for.
  const undone = result.tasks.every((task) => !isOpen(task) && (task.state === 'ready' || meant.has(task.id)));
  return { ...result, diagnostics, outcome: undone ? 'ok' : result.outcome, compensations: [] };
}

/** Undefined: all of the workflow. */
export function unitsOf(target: TaskTarget): ReadonlySet<string> | undefined {
  return target.whole ? undefined : new Set(target.tasks.map(({ unit }) => unit));
}

async function preview(
  call: Call,
  target: TaskTarget,
  units: ReadonlySet<string> | undefined,
): Promise<ResultOf<'task.rollback'>> {
  const open = await readOpenWorkflow(readerOf(call), target.workflow);
  if (!open) return notPossible(`${named(target)} has ended meanwhile: it can't be rolled back any more`);
  const compensations = await previewRollback(lookingEnv(call), open, units);
  const stuck = compensations.filter(({ action }) => action === 'stuck');
  const diagnostics = [...stuck.map(stuckDiagnostic), ...alreadyDone(target), ...busyNote(open)];
  return { outcome: stuck.length > 0 ? 'held' : 'ok', diagnostics, tasks: target.tasks, compensations };
}

function stuckDiagnostic({ address, summary, why }: Compensation): Diagnostic {
  return {
    code: 'COPRHD-TASK-002',
    severity: 'warning',
    summary: `${address}: what was done can't be undone: ${summary}`,
    ...(why === undefined ? {} : { detail: why }),
    address,
  };
}

function busyNote({ owner, workflow }: OpenWorkflow): Diagnostic[] {
  if (owner.state !== 'alive') return [];
  const summary = `workflow ${workflow.id} is being run by ${holderText(owner.owner)}: this changes`;
  return [
    { code: 'COPRHD-APPLY-003', severity: 'info', summary, fix: `coprhd task cancel ${workflow.id} undoes all of it` },
  ];
}

/** What had ended well before is nothing that a rollback takes back. */
function alreadyDone({ tasks }: TaskTarget): Diagnostic[] {
  const done = tasks.filter(({ state }) => state === 'ready');
  if (done.length === 0) return [];
  return [
    {
      code: 'COPRHD-TASK-002',
      severity: 'info',
      summary: `${done.length} ${done.length === 1 ? 'task was' : 'tasks were'} done before, and ${done.length === 1 ? 'stays' : 'stay'} so`,
      detail: someAddresses(done),
      fix: 'a plan removes what is not wanted any more',
    },
  ];
}

export function someAddresses(tasks: readonly Task[]): string {
  const shown = tasks.slice(0, SHOWN_MAX).map(({ resource }) => resource.address);
  return `${shown.join(', ')}${tasks.length > SHOWN_MAX ? ` and ${tasks.length - SHOWN_MAX} more` : ''}`;
}

const named = ({ whole, workflow, tasks }: TaskTarget): string =>
  whole ? `workflow ${workflow}` : (tasks[0]?.resource.address ?? workflow);

export function notPossible(summary: string, more: { readonly detail?: string; readonly fix?: string } = {}): never {
  return fail('error', { code: 'COPRHD-TASK-002', summary, ...more });
}

/** `verb`: suspended, cancelled, resumed, rolled back. */
export function refuseEnded(target: TaskTarget, verb: string): void {
  if (target.tasks.some(isOpen)) return;
  const done = target.tasks.every(({ state }) => state === 'ready');
  const ended = done ? 'is done' : 'has ended and came to nothing';
  notPossible(`${named(target)} ${ended}: it can't be ${verb} any more`, {
    fix: done
      ? 'to take it back make a plan without it; coprhd history has what was done'
      : 'to try it again apply the plan files again',
  });
}

export async function refuseBusy(call: Call, workflow: string): Promise<void> {
  const { state, owner } = await readOwner(readerOf(call), workflow);
  if (state !== 'alive') return;
  fail('claimed', {
    code: 'COPRHD-APPLY-003',
    summary: `workflow ${workflow} is being run by a living process`,
    detail: `Held by ${holderText(owner)}.`,
    fix: `coprhd task cancel ${workflow} stops it and undoes what was begun; coprhd task suspend ${workflow} keeps it`,
  });
}

/** A unit that can't go all the way back must not be sent there: it could go neither way then. */
export async function refuseIrreversible(
  call: Call,
  workflow: string,
  units: ReadonlySet<string> | undefined,
): Promise<void> {
  const open = await readOpenWorkflow(readerOf(call), workflow);
  const irreversible = new Set(open ? irreversibleSteps(open.plan).map(idOf) : []);
  if (!open || irreversible.size === 0) return;
  const compensations = await previewRollback(lookingEnv(call), open, units);
  const stuck = compensations.filter((each) => each.action === 'stuck' && irreversible.has(idOf(each)));
  if (stuck.length === 0) return;
  const shown = stuck.slice(0, SHOWN_MAX).map(({ address, summary }) => `${address}: ${summary}`);
  notPossible(`${stuck.length} of what was done can't be undone: nothing was rolled back`, {
    detail: `${shown.join('; ')}${stuck.length > SHOWN_MAX ? `; and ${stuck.length - SHOWN_MAX} more` : ''}`,
    fix: `coprhd task resume ${workflow}, or roll back other tasks by their addresses`,
  });
}

const idOf = ({ address, summary }: { readonly address: string; readonly summary: string }): string =>
  `${address} ${summary}`;

export interface Decided {
  readonly outcome: OperationOutcome;
  readonly diagnostics: readonly Diagnostic[];
  readonly tasks: readonly Task[];
  readonly workflow?: RecoveredWorkflow;
}

/** Carries it out, and says how the tasks of the workflow are then. */
export async function decided(call: Call, workflow: string, decision: Decision): Promise<Decided> {
  const recovered = await withWorkflowEnv(call, (env) => recoverWorkflow(env, workflow, decision));
  const tasks = await tasksOf(call, workflow);
  if (!recovered) return { outcome: 'stale', diagnostics: [endedMeanwhile(workflow)], tasks };
  const said = await saidOf(call, recovered, tasks);
  return { ...said, tasks, workflow: recovered };
}

function endedMeanwhile(workflow: string): Diagnostic {
  const summary = `workflow ${workflow} has ended meanwhile`;
  return { code: 'COPRHD-TASK-002', severity: 'error', summary, fix: `coprhd history ${workflow}` };
}

async function saidOf(
  call: Call,
  recovered: RecoveredWorkflow,
  tasks: readonly Task[],
): Promise<Pick<Decided, 'outcome' | 'diagnostics'>> {
  const { workflow, result } = recovered;
  if (result === 'frozen') {
    const there = await readFreeze(call.engine.store);
    return { outcome: 'held', diagnostics: there ? [frozenDiagnostic(there)] : [] };
  }
  if (result === 'unreviewed') return { outcome: 'held', diagnostics: [unreviewedDiagnostic(recovered)] };
  if (result === 'interrupted') return { outcome: 'interrupted', diagnostics: [] };
  if (result === 'left') {
    const { owner } = await readOwner(readerOf(call), workflow);
    const summary = `somebody else was faster: workflow ${workflow} is held by ${holderText(owner)}`;
    const fix = `coprhd task list --workflow ${workflow}`;
    return { outcome: 'claimed', diagnostics: [{ code: 'COPRHD-APPLY-003', severity: 'error', summary, fix }] };
  }
  if (result === 'released') {
    const summary = `workflow ${workflow} had not begun: what it held is free again`;
    return { outcome: 'ok', diagnostics: [{ code: 'COPRHD-TASK-002', severity: 'info', summary }] };
  }
  return outcomeOfTasks(call, workflow, tasks);
}

/** Of all tasks of a workflow, after somebody has gone on with it. */
export async function outcomeOfTasks(
  call: Call,
  workflow: string,
  tasks: readonly Task[],
): Promise<Pick<Decided, 'outcome' | 'diagnostics'>> {
  const unknown = await unknownUnits(call, workflow);
  const diagnostics = tasks.flatMap((task) => problemOf(task, unknown));
  if (unknown.size > 0) return { outcome: 'unknown', diagnostics };
  return { outcome: tasks.every(({ state }) => state === 'ready') ? 'ok' : 'partial', diagnostics };
}

/** Only what is open needs somebody; what was rolled back is as it was wanted. */
function problemOf(
  { state, resource, serviceError, message, workflow }: Task,
  unknown: ReadonlySet<string>,
): Diagnostic[] {
  if (state !== 'suspended_error' || !serviceError) return [];
  const fix = unknown.size > 0 ? 'once the device answers again run coprhd recover' : undefined;
  return [
    {
      code: serviceError.code as DiagnosticCode,
      severity: 'error',
      summary: `${resource.address}: ${message}`,
      detail: serviceError.details,
      fix: fix ?? `see to the cause, then coprhd task resume ${workflow}, or coprhd task rollback ${workflow}`,
      address: resource.address,
    },
  ];
}
