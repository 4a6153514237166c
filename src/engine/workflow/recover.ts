/**
 * Recovery: workflows whose holder is dead are taken over and brought to their end. What was never committed is undone;
 * what was is driven forward from its journal, each open step being looked at before anything is done about it.
 */
import type { ResourceRecord } from '../model/record.ts';
import type { RecoveredWorkflow } from '../operations/types.ts';
import type { Plan } from '../planner/plan.ts';
import { keys } from '../state/keys.ts';
import { releaseWorkflow } from './claims.ts';
import { putPhase } from './commit.ts';
import { dropStopRequest, readFreeze } from './control.ts';
import { drive } from './finish.ts';
import { isEnded, Journal } from './journal.ts';
import { inMaintenance } from './maintenance.ts';
import { readPlan } from './open-workflows.ts';
import { writeJournal } from './outcome.ts';
import { holderText, readOwner, readOwners, takeOver, type WorkflowOwner } from './owners.ts';
import { readMany, readRecord } from './records-io.ts';
import { Run } from './run.ts';
import { FenceLostError, type RunStatus, type WorkflowEnv, type WorkflowRecord } from './types.ts';
import { withDependants } from './unit-order.ts';

/**
 * Every workflow there is, in order of their ids; those whose holder may live are `left` alone. Once the caller has had
 * enough the others are `interrupted`, begun or not.
 */
export async function recoverAll(env: WorkflowEnv): Promise<RecoveredWorkflow[]> {
  const recovered: RecoveredWorkflow[] = [];
  for (const seen of await readOwners(env)) {
    const { id, operation } = seen.workflow;
    // Seen to live: nothing else needs to be read of it. Many may be at work.
    const passed = seen.state === 'alive' ? 'left' : env.signal.aborted ? 'interrupted' : undefined;
    const result: RecoveredWorkflow | undefined = passed
      ? { workflow: id, operation, holder: holderText(seen.owner), result: passed, steps: [] }
      : await recoverWorkflow(env, id);
    if (result) recovered.push(result);
  }
  return recovered;
}

/** What a person has decided about a workflow that waits for that, or that nobody runs. */
export interface Decision {
  /** Ids of units to be undone together with what depends on them; `all` = whatever has not ended. Without it: forward. */
  readonly rollback?: ReadonlySet<string> | 'all';
  /** Ids of units that go forward although they were going back: what they were to bring about is said to be so. */
  readonly forward?: ReadonlySet<string>;
  readonly by: string;
  /** Before anything is done: what is known otherwise about open steps (resolve.ts). */
  readonly attest?: (run: Run) => void;
}

/** Undefined when there is no such workflow any more. Without a decision, what waits for one is left alone. */
export async function recoverWorkflow(
  env: WorkflowEnv,
  id: string,
  decision?: Decision,
): Promise<RecoveredWorkflow | undefined> {
  const seen = await readOwner(env, id);
  const { workflow } = seen;
  if (!workflow) return undefined;
  const holder = holderText(seen.owner);
  const about = { workflow: id, operation: workflow.operation, holder };
  const left: RecoveredWorkflow = { ...about, result: 'left', steps: [] };
  if (seen.state === 'alive') return left;
  if (workflow.waitsFor === 'decision' && !decision) return { ...left, result: 'suspended' };
  if (await readFreeze(env.store)) return { ...left, result: 'frozen' };
  const plan = await planOf(env, workflow);
  const unreviewed = plan && (await unreviewedSystem(env, workflow, plan));
  if (unreviewed !== undefined) return { ...left, result: 'unreviewed', unreviewed };
  const [resting] = plan && workflow.phase !== 'claiming' ? await inMaintenance(env, plan) : [];
  if (resting) return { ...left, result: 'maintenance', maintenance: resting };
  const run = plan && (await openRun(env, workflow, plan, seen, decision));
  // Somebody else was faster, and may be through with it by now.
  if (!run) return (await env.store.get(keys.workflow(id))) ? left : undefined;
  env.emit({ type: 'recovery.started', workflow: id, holder });
  try {
    run.point('recover:taken-over');
    // Read again under our fence: its former holder may have committed it in its last moment.
    const phase = (await readOwner(env, id)).workflow?.phase;
    if (phase === 'claiming') {
      await releaseWorkflow(run);
      return { ...about, result: 'released', steps: [] };
    }
    if (decision) await carryOut(run, decision);
    const { status } = await drive(run);
    return { ...about, result: resultOf(status), steps: [...run.verdicts, ...run.attestedBy] };
  } catch (error) {
    // Ours no more: somebody else goes on.
    if (error instanceof FenceLostError) return { ...left, steps: run.verdicts };
    throw error;
  }
}

/**
 * After a restore of the state its journal may be older than what was done on the device, and the device is only observed
 * until somebody has reviewed it: then it can neither go on nor be undone by what is known here. Name of the first such one.
 */
async function unreviewedSystem(env: WorkflowEnv, { phase }: WorkflowRecord, plan: Plan): Promise<string | undefined> {
  if (phase === 'claiming' || plan.epoch >= env.epoch) return undefined;
  const systems = new Set(plan.units.flatMap(({ steps }) => steps.map(({ system }) => system)));
  const records = await readMany([...systems], (urn) => readRecord(env.store, urn));
  for (const read of records.values()) {
    const system = read?.record as ResourceRecord<'storageSystem'> | undefined;
    const { identity } = system?.status ?? {};
    if (system && identity && identity.reviewedEpoch !== env.epoch) return system.name;
  }
  return undefined;
}

/** In the journal first: whoever goes on after a crash does the same. */
async function carryOut(run: Run, decision: Decision): Promise<void> {
  decision.attest?.(run);
  if (decision.rollback) {
    const open = run.plan.units.filter((unit) => !isEnded(run.unitEntry(unit)));
    const wanted = run.policy.atomic || decision.rollback === 'all' ? undefined : decision.rollback;
    const units = wanted ? withDependants(run.plan.units, wanted) : undefined;
    const error = { code: 'COPRHD-APPLY-007', message: `rolled back by ${decision.by}` } as const;
    for (const unit of open) {
      if (units && !units.has(unit.id)) continue;
      const cause = run.unitEntry(unit)?.error;
      const why = cause ? { ...error, message: `${error.message}, after: ${cause.message}` } : error;
      await writeJournal(run, run.journal.setUnit(unit.id, { state: 'undoing', atMs: run.nowMs, error: why }));
    }
    run.point('recover:rollback-journalled');
  }
  for (const unit of run.plan.units) {
    if (!decision.forward?.has(unit.id) || run.unitEntry(unit)?.direction !== 'undo') continue;
    await writeJournal(run, run.journal.setUnit(unit.id, { state: 'running', atMs: run.nowMs }));
  }
  await putPhase(run, 'committed');
}

/** Undefined: it ended since it was looked at, and its plan went with it. */
async function planOf(env: WorkflowEnv, workflow: WorkflowRecord): Promise<Plan | undefined> {
  return readPlan(env.blobs, workflow).catch(async (error: unknown) => {
    if (!(await env.store.get(keys.workflow(workflow.id)))) return undefined;
    throw error;
  });
}

async function openRun(
  env: WorkflowEnv,
  workflow: WorkflowRecord,
  plan: Plan,
  seen: WorkflowOwner,
  decision: Decision | undefined,
): Promise<Run | undefined> {
  const fence = await takeOver(env, workflow.id, seen, decision ? [dropStopRequest(workflow.id)] : []);
  if (fence === undefined) return undefined;
  const journal = await Journal.load(workflow.id, env.store, env.clock.nowMs());
  return new Run(env, workflow.id, plan, fence, {
    journal,
    policy: workflow.policy,
    createdAtMs: workflow.createdAtMs,
  });
}

function resultOf(status: RunStatus): RecoveredWorkflow['result'] {
  switch (status) {
    case 'done':
      return 'finished';
    case 'partial':
    case 'suspended':
    case 'frozen':
    case 'interrupted':
      return status;
    default:
      return 'unknown';
  }
}
