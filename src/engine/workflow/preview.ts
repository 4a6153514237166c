/**
 * What a rollback of an open workflow would do, from its journal and what the devices say now. Looks only: takes nothing
 * over, writes nothing, changes no device.
 */
import type { Unit } from '../planner/plan.ts';
import { isEnded } from './journal.ts';
import type { OpenWorkflow } from './open-workflows.ts';
import { Run } from './run.ts';
import { probeStep } from './step-common.ts';
import { bindStep } from './steps/registry.ts';
import type { WorkflowEnv } from './types.ts';
import { undoOrder, withDependants } from './unit-order.ts';

export interface Compensation {
  readonly unit: string;
  readonly address: string;
  readonly step: string;
  /** What the step did, in words. */
  readonly summary: string;
  /** What the device says of it now. */
  readonly verdict: 'done' | 'not-done' | 'partial' | 'foreign' | 'unknown';
  /** undo: it would be undone. end-job: it would be stopped. nothing: there is nothing of ours to undo. stuck: it can't be undone. */
  readonly action: 'undo' | 'end-job' | 'nothing' | 'stuck';
  readonly why?: string;
}

/**
 * In the order in which it would be done. `units`: with what depends on them; all without it. Rejects with InterruptedError
 * once the caller has had enough: half of it would pass for all of it.
 */
export async function previewRollback(
  env: WorkflowEnv,
  open: OpenWorkflow,
  units?: ReadonlySet<string>,
): Promise<Compensation[]> {
  const { plan, journal, workflow } = open;
  const run = new Run(env, workflow.id, plan, open.owner.ownerRevision, { journal, policy: workflow.policy });
  const wanted = units && !run.policy.atomic ? withDependants(plan.units, units) : undefined;
  const compensations: Compensation[] = [];
  for (const unit of undoOrder(plan.units)) {
    if (isEnded(run.unitEntry(unit)) || (wanted && !wanted.has(unit.id))) continue;
    compensations.push(...(await compensationsOf(run, unit)));
  }
  return compensations;
}

async function compensationsOf(run: Run, unit: Unit): Promise<Compensation[]> {
  const all: Compensation[] = [];
  for (const step of [...unit.steps].reverse()) {
    const entry = run.journal.step(unit.id, step.id);
    const bound = bindStep(step);
    if (!entry || entry.state === 'undone' || bound.form === 'wait') continue;
    run.checkInterrupt();
    const about = { unit: unit.id, address: unit.address, step: step.id, summary: bound.summary };
    const found = await probeStep(run, step, bound);
    const { verdict } = found;
    const why = 'why' in found ? { why: found.why } : {};
    if (entry.preexisting) all.push({ ...about, verdict, action: 'nothing', why: 'it was there before' });
    else if (verdict === 'unknown') all.push({ ...about, verdict, action: 'stuck', ...why });
    else if (bound.form === 'job' && !bound.undo)
      all.push({ ...about, verdict, action: entry.handle ? 'end-job' : 'nothing' });
    else if (verdict === 'not-done') {
      all.push({ ...about, verdict, action: bound.form === 'job' && entry.handle ? 'end-job' : 'nothing' });
    } else if (verdict === 'foreign')
      all.push({ ...about, verdict, action: entry.wasDone ? 'stuck' : 'nothing', ...why });
    else if (!bound.undo) all.push({ ...about, verdict, action: 'stuck', why: 'it is not reversible' });
    else all.push({ ...about, verdict, action: 'undo' });
  }
  return all;
}
