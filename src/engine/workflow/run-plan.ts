/**
 * Runs one plan, once: claims everything it touches, looks again at what it relied on, commits, and drives it to its end.
 * The operations call this and `recoverAll`; nothing else of this folder is for them.
 */
import { isoTime } from '../../lib/clock.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { Urn } from '../model/urn.ts';
import type { Plan } from '../planner/plan.ts';
import { keys } from '../state/keys.ts';
import { claimAll, createWorkflow, forgetPlanBlob, releaseWorkflow } from './claims.ts';
import { checkBasis, commitWorkflow } from './commit.ts';
import { type Freeze, readFreeze } from './control.ts';
import { drive } from './finish.ts';
import { addressOf, type Conflict, inspect } from './inspect.ts';
import { allWrites, assertRunnable } from './namers.ts';
import { holderText, readOwner } from './owners.ts';
import { readRecord } from './records-io.ts';
import { recoverWorkflow } from './recover.ts';
import { otherReservers, releaseAll, releaseFor, reserveAll } from './reservations.ts';
import type { Run } from './run.ts';
import {
  FenceLostError,
  InterruptedError,
  type RunOptions,
  type RunResult,
  type RunStatus,
  type WorkflowEnv,
} from './types.ts';
import { decodeApplied } from './used-plans.ts';

/** Attempts at claiming when nobody is to blame: each was lost to somebody who then let go. */
const CLAIM_ROUNDS_MAX = 20;

/**
 * Never rejects for what devices, users or other processes do: that is in the result. Rejects with StoreError when the
 * store fails (what was committed is recovered later), and for bugs.
 */
export async function runPlan(env: WorkflowEnv, plan: Plan, options: RunOptions): Promise<RunResult> {
  assertRunnable(plan);
  const refused = refusePlan(env, plan);
  if (refused) return nothing(plan, 'stale', [refused]);
  if (plan.units.length === 0) return nothing(plan, 'done', []);
  const frozen = await readFreeze(env.store);
  if (frozen) return nothing(plan, 'frozen', [frozenDiagnostic(frozen)]);
  let run: Run | undefined;
  try {
    const prepared = await prepare(env, plan, options);
    if ('status' in prepared) return prepared;
    run = prepared;
    await commitWorkflow(run);
    return await drive(run);
  } catch (error) {
    if (error instanceof InterruptedError) return nothing(plan, 'interrupted', []);
    if (error instanceof FenceLostError) return fenceLost(plan, run?.id ?? '', error);
    throw error;
  }
}

export function frozenDiagnostic({ by, atMs, why }: Freeze): Diagnostic {
  return {
    code: 'COPRHD-APPLY-009',
    severity: 'error',
    summary: 'everything is frozen: nothing is changed on any device',
    detail: `By ${by.name} at ${isoTime(atMs)}${why === '' ? '' : `: ${why}`}.`,
    fix: 'coprhd thaw, once that is over',
  };
}

function refusePlan(env: WorkflowEnv, plan: Plan): Diagnostic | undefined {
  if (plan.installation !== env.installation || plan.epoch !== env.epoch) {
    const summary = 'the plan belongs to another state';
    return { code: 'COPRHD-PLAN-005', severity: 'error', summary, fix: 'Make the plan again.' };
  }
  if (env.clock.nowMs() < plan.expiresAtMs) return undefined;
  const summary = 'the plan has expired';
  return { code: 'COPRHD-PLAN-003', severity: 'error', summary, fix: 'Make the plan again.' };
}

/** Claims until all is ours and holds, or says why it can't be. Between attempts nothing is held. */
async function prepare(env: WorkflowEnv, plan: Plan, options: RunOptions): Promise<Run | RunResult> {
  const text = JSON.stringify(plan);
  const planBlob = await env.blobs.put(text);
  try {
    const prepared = await claimAndCheck(env, plan, options, { text, planBlob });
    if ('status' in prepared) await forgetPlanBlob(env, plan, planBlob);
    return prepared;
  } catch (error) {
    if (error instanceof InterruptedError) await forgetPlanBlob(env, plan, planBlob);
    throw error;
  }
}

async function claimAndCheck(
  env: WorkflowEnv,
  plan: Plan,
  { claimWaitMs, policy }: RunOptions,
  { text, planBlob }: { readonly text: string; readonly planBlob: string },
): Promise<Run | RunResult> {
  const waiting = createWaiting(env, env.clock.nowMs() + claimWaitMs);
  const byContent = new Set<Urn>();
  for (;;) {
    if (env.signal.aborted) return nothing(plan, 'interrupted', []);
    const used = await alreadyApplied(env, plan, waiting);
    if (used) return used;
    const inspection = await inspect(env.store, plan, { byContent });
    let conflict = inspection.conflict;
    if (!conflict) {
      const run = await createWorkflow(env, plan, planBlob, policy);
      if (!run) {
        await env.blobs.put(text);
        continue;
      }
      conflict = await claimAll(run, inspection, byContent);
      const complaints = conflict ? [] : await complaintsOf(run);
      if (!conflict && complaints.length === 0) {
        if (!env.signal.aborted) return run;
        await releaseWorkflow(run);
        continue;
      }
      await releaseWorkflow(run);
      if (!conflict) return nothing(plan, 'stale', complaints);
      // Our own claims and their release have changed revisions, not contents.
      for (const write of allWrites(plan)) byContent.add(write.urn);
    }
    if (conflict.type === 'stale') return nothing(plan, 'stale', [conflict.diagnostic]);
    byContent.add(conflict.urn);
    const gaveUp = await waiting.wait(conflict);
    if (gaveUp) return nothing(plan, 'claimed', [gaveUp]);
  }
}

async function complaintsOf(run: Run): Promise<Diagnostic[]> {
  const short = await reserveAll(run);
  if (!short) return checkBasis(run);
  // What a dead process had reserved has ended with its lease: it is given back, and asked for once more.
  if (!(await giveBackOfTheDead(run))) return [short];
  await releaseAll(run);
  const still = await reserveAll(run);
  return still ? [still] : checkBasis(run);
}

async function giveBackOfTheDead(run: Run): Promise<boolean> {
  let given = false;
  for (const workflow of await otherReservers(run)) {
    const seen = await readOwner(run.env, workflow);
    if (seen.state === 'gone') {
      await releaseFor(run, workflow);
      given = true;
    } else if (seen.state === 'dead' && seen.workflow?.phase === 'claiming') {
      await recoverWorkflow(run.env, workflow);
      given = true;
    }
  }
  return given;
}

/** A plan is used once. Used by a workflow that died before its commit doesn't count: that one is undone first. */
async function alreadyApplied(env: WorkflowEnv, plan: Plan, waiting: Waiting): Promise<RunResult | undefined> {
  const item = await env.store.get(keys.appliedPlan(plan.id));
  if (!item) return undefined;
  const used = decodeApplied(item).workflow;
  const seen = await readOwner(env, used);
  if (seen.workflow?.phase === 'claiming' && seen.state === 'dead' && waiting.firstLook(used)) {
    await recoverWorkflow(env, used);
    if (!(await env.store.get(keys.appliedPlan(plan.id)))) return undefined;
  }
  const open = seen.state === 'gone' ? '' : ` It is still open (workflow ${used}).`;
  return nothing(plan, 'already-applied', [
    {
      code: 'COPRHD-PLAN-002',
      severity: 'error',
      summary: 'the plan was applied already',
      detail: `By workflow ${used}.${open}`,
      fix: seen.state === 'gone' ? 'Make a new plan.' : 'Run coprhd recover, or make a new plan.',
    },
  ]);
}

interface Waiting {
  /** True the first time that it is asked about this workflow. */
  firstLook(workflow: string): boolean;
  /** Waits a little, or recovers the dead; a diagnostic when there is nothing more to wait for. */
  wait(conflict: Conflict & { type: 'claimed' }): Promise<Diagnostic | undefined>;
}

function createWaiting(env: WorkflowEnv, deadlineMs: number): Waiting {
  const recovered = new Set<string>();
  const announced = new Set<string>();
  let lost = 0;
  const wake = AbortSignal.any([env.signal, env.process.signal]);
  const firstLook = (workflow: string) => !recovered.has(workflow) && !!recovered.add(workflow);
  return {
    firstLook,
    wait: async ({ urn, workflow }) => {
      const seen = await readOwner(env, workflow);
      if (seen.state === 'gone' && ++lost < CLAIM_ROUNDS_MAX) return undefined;
      const record = (await readRecord(env.store, urn))?.record;
      const address = record ? addressOf(record) : urn;
      const holder = holderText(seen.owner);
      if (seen.state === 'dead') {
        if (firstLook(workflow)) {
          await recoverWorkflow(env, workflow);
          return undefined;
        }
        return needsAttention(address, workflow, holder);
      }
      if (seen.state === 'gone' || env.clock.nowMs() >= deadlineMs) return claimedBy(address, holder);
      if (!announced.has(address)) {
        announced.add(address);
        env.emit({ type: 'claim.waiting', address, holder });
      }
      await sleep(env, wake);
      return undefined;
    },
  };
}

async function sleep(env: WorkflowEnv, wake: AbortSignal): Promise<void> {
  try {
    await env.clock.sleep(LIMITS.claimPollMs, wake);
  } catch (error) {
    if (env.process.signal.aborted) throw new FenceLostError('the lease of this process is lost');
    if (env.signal.aborted) throw new InterruptedError('interrupted');
    throw error;
  }
}

function claimedBy(address: string, holder: string): Diagnostic {
  return {
    code: 'COPRHD-APPLY-003',
    severity: 'error',
    summary: `${address} is claimed by another`,
    detail: `Held by ${holder}.`,
    fix: 'Try again when that one is done.',
    address,
  };
}

function needsAttention(address: string, workflow: string, holder: string): Diagnostic {
  return {
    code: 'COPRHD-APPLY-005',
    severity: 'error',
    summary: `${address} is held by an earlier workflow that could not be brought to its end`,
    detail: `Workflow ${workflow}, last run by ${holder}.`,
    fix: 'See to the cause with coprhd recover, then try again.',
    address,
  };
}

function nothing(plan: Plan, status: RunStatus, diagnostics: readonly Diagnostic[]): RunResult {
  const units = plan.units.map(({ id, address, action }) => ({ id, address, action, state: 'not-started' as const }));
  return { workflow: '', status, units, diagnostics };
}

/** What has become of it is known only to whoever runs it now. */
function fenceLost(plan: Plan, workflow: string, error: FenceLostError): RunResult {
  return {
    workflow,
    status: 'unknown',
    units: plan.units.map(({ id, address, action }) => ({ id, address, action, state: 'unknown' as const })),
    diagnostics: [
      {
        code: 'COPRHD-APPLY-004',
        severity: 'error',
        summary: 'this process has lost its lease and stopped',
        detail: error.message,
        fix: 'Run coprhd recover: another process goes on, or has done so.',
      },
    ],
  };
}
