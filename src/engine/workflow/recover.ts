/**
 * Recovery: workflows whose holder is dead are taken over and brought to their end. What was never committed is undone;
 * what was is driven forward from its journal, each open step being looked at before anything is done about it.
 */
import type { RecoveredWorkflow } from '../operations/types.ts';
import type { Plan } from '../planner/plan.ts';
import { keys } from '../state/keys.ts';
import { rangeAll } from '../state/store.ts';
import { releaseWorkflow } from './claims.ts';
import { drive } from './finish.ts';
import { Journal } from './journal.ts';
import { holderText, readOwner, takeOver, type WorkflowOwner } from './owners.ts';
import { Run } from './run.ts';
import { FenceLostError, InterruptedError, type RunStatus, type WorkflowEnv, type WorkflowRecord } from './types.ts';

/** Every workflow there is, in order of their ids; those whose holder may live are `left` alone. */
export async function recoverAll(env: WorkflowEnv): Promise<RecoveredWorkflow[]> {
  const ids: string[] = [];
  for await (const { key } of rangeAll(env.store, keys.workflows, { keysOnly: true })) {
    ids.push(key.slice(keys.workflows.length));
  }
  const recovered: RecoveredWorkflow[] = [];
  for (const id of ids) {
    if (env.signal.aborted) break;
    const result = await recoverWorkflow(env, id);
    if (result) recovered.push(result);
  }
  return recovered;
}

/** Undefined when there is no such workflow any more. */
export async function recoverWorkflow(env: WorkflowEnv, id: string): Promise<RecoveredWorkflow | undefined> {
  const seen = await readOwner(env, id);
  const { workflow } = seen;
  if (!workflow) return undefined;
  const holder = holderText(seen.owner);
  const about = { workflow: id, operation: workflow.operation, holder };
  const left: RecoveredWorkflow = { ...about, result: 'left', steps: [] };
  if (seen.state === 'alive') return left;
  const run = await openRun(env, workflow, seen);
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
    const { status } = await drive(run);
    return { ...about, result: resultOf(status), steps: run.verdicts };
  } catch (error) {
    // Ours no more, or the user has had enough: somebody else goes on.
    if (error instanceof FenceLostError || error instanceof InterruptedError) return { ...left, steps: run.verdicts };
    throw error;
  }
}

async function openRun(env: WorkflowEnv, workflow: WorkflowRecord, seen: WorkflowOwner): Promise<Run | undefined> {
  const text = await env.blobs.get(workflow.planBlob);
  if (text === undefined) {
    // It ended since it was looked at: its plan went with it.
    if (!(await env.store.get(keys.workflow(workflow.id)))) return undefined;
    throw new Error(`the plan of workflow ${workflow.id} is gone from the state`);
  }
  const fence = await takeOver(env, workflow.id, seen);
  if (fence === undefined) return undefined;
  const journal = await Journal.load(workflow.id, env.store);
  return new Run(env, workflow.id, JSON.parse(text) as Plan, fence, journal);
}

function resultOf(status: RunStatus): RecoveredWorkflow['result'] {
  if (status === 'done') return 'finished';
  if (status === 'partial') return 'partial';
  return status === 'interrupted' ? 'left' : 'unknown';
}
