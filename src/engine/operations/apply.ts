/** Brings earlier crashed workflows to their end, then runs one plan: the one given, or the one made from the text. */
import { type Diagnostic, hasErrors, OperationError, type OperationOutcome } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { Plan } from '../planner/plan.ts';
import { PLAN_FORMAT_VERSION } from '../planner/plan.ts';
import { readInstallation } from '../state/installation.ts';
import { keys } from '../state/keys.ts';
import type { StateStore } from '../state/store.ts';
import { readFreeze } from '../workflow/control.ts';
import { irreversibleSteps } from '../workflow/irreversible.ts';
import { inMaintenance } from '../workflow/maintenance.ts';
import { recoverAll } from '../workflow/recover.ts';
import { frozenDiagnostic, runPlan } from '../workflow/run-plan.ts';
import { forgetOldTasks } from '../workflow/tasks.ts';
import { sweepTombstones } from '../workflow/tombstones.ts';
import { DEFAULT_POLICY, type RunResult, type RunStatus, type WorkflowEnv } from '../workflow/types.ts';
import { decodeApplied, forgetExpiredPlans } from '../workflow/used-plans.ts';
import type { Call } from './engine.ts';
import { keepAfterApply, keepWhenQuiet } from './keeping.ts';
import type { Look } from './observing.ts';
import { outputsAfter } from './outputs.ts';
import { planSource } from './planning.ts';
import { restingDiagnostic, unreviewedDiagnostic } from './recovering.ts';
import type { ApplyInput, ApplyResult, RecoveredWorkflow, UnitState } from './types.ts';
import { withWorkflowEnv } from './workflow-env.ts';

export async function apply(call: Call, input: ApplyInput): Promise<ApplyResult> {
  if (input.onlyCheck) return check(call, input.plan);
  await refuseFrozen(call);
  const startedAtMs = call.engine.clock.nowMs();
  const pace = { unitsInFlight: input.parallel, callsPerDevice: input.deviceLimit };
  const work = async (env: WorkflowEnv) => {
    const recovered = await seeToOthers(env, input);
    const finish = async (result: Ran): Promise<ApplyResult> => ({
      ...result,
      ...(await outputsAfter(call, result.plan)),
      recovered,
      counts: countUnits(result.units),
      elapsedMs: call.engine.clock.nowMs() - startedAtMs,
    });
    const open = unfinished(recovered);
    if (input.plan) {
      checkSavedPlan(call, input.plan);
      const ran = await runOnce(env, input.plan, input, open);
      return finish(input.background ? ran : await keepSeen(call, ran, []));
    }
    let last: Ran | undefined;
    let looks: Look[] = [];
    for (let attempt = 0; attempt < LIMITS.replanAttemptsMax; attempt++) {
      // What was stale once is looked at for the next try.
      const source = attempt === 0 ? input.source! : { ...input.source!, refresh: 'full' as const };
      looks = [];
      const { plan, diagnostics } = await planSource(call, source, 'apply', looks);
      if (!plan || hasErrors(diagnostics)) return finish({ outcome: 'error', diagnostics, units: [] });
      call.ctx.emit({ type: 'plan.made', plan });
      last = await withWorkflowEnv(call, (fresh) => runFresh(fresh, plan, input, open), pace);
      if (last.outcome !== 'stale') break;
    }
    return finish(await keepSeen(call, last!, looks));
  };
  const result = await withWorkflowEnv(call, work, pace);
  if (input.background && result.plan && hasBegun(result)) await keepWhenQuiet(call, result.plan);
  return result;
}

const lastSeenTo = new WeakMap<StateStore, number>();

/** What others left open is brought to its end, and what is kept for some time only goes. */
async function seeToOthers(env: WorkflowEnv, { background }: ApplyInput): Promise<RecoveredWorkflow[]> {
  const nowMs = env.clock.nowMs();
  const ageMs = nowMs - (lastSeenTo.get(env.store) ?? Number.NEGATIVE_INFINITY);
  // A daemon recovers at this interval by itself, and who needs what a dead process holds doesn't wait for that.
  if (background && ageMs >= 0 && ageMs < LIMITS.recoverIntervalMs) return [];
  lastSeenTo.set(env.store, nowMs);
  const recovered = await recoverAll(env);
  const sweeps = [forgetExpiredPlans, sweepTombstones, forgetOldTasks];
  await Promise.all(sweeps.map((sweep) => sweep(env.store, env.clock.nowMs())));
  return recovered;
}

/** Before anybody reads a saved plan and confirms it: whether it can still be applied at all. Writes nothing. */
async function check(call: Call, plan: Plan | undefined): Promise<ApplyResult> {
  const nothing = {
    outcome: 'ok',
    diagnostics: [],
    units: [],
    recovered: [],
    counts: countUnits([]),
    elapsedMs: 0,
  } as const;
  if (!plan) return nothing;
  checkSavedPlan(call, plan);
  const item = await call.engine.store.get(keys.appliedPlan(plan.id));
  if (!item) return nothing;
  const { workflow } = decodeApplied(item);
  const isOpen = (await call.engine.store.get(keys.workflow(workflow))) !== undefined;
  // Whether it was ended or never began is found out by who takes it over: that is for the apply.
  if (isOpen) return nothing;
  const summary = 'the plan was applied already';
  const used: Diagnostic = {
    code: 'COPRHD-PLAN-002',
    severity: 'error',
    summary,
    detail: `By workflow ${workflow}.`,
    fix: 'Make a new plan.',
  };
  return { ...nothing, outcome: 'stale', diagnostics: [used] };
}

type Ran = Omit<ApplyResult, 'recovered' | 'elapsedMs' | 'counts'>;

const hasBegun = ({ units }: Pick<Ran, 'units'>): boolean => units.some(({ state }) => state !== 'not-started');

async function keepSeen(call: Call, result: Ran, looks: readonly Look[]): Promise<Ran> {
  if (!result.plan) return result;
  const problems = await keepAfterApply(call, result.plan, hasBegun(result), looks);
  return problems.length === 0 ? result : { ...result, diagnostics: [...result.diagnostics, ...problems] };
}

/**
 * Under a registration of its own: planning a large estate on a busy machine is one long turn, in which the lease of the
 * process that began may end unrenewed. Whoever imported a state in such a gap is found out here.
 */
async function runFresh(env: WorkflowEnv, plan: Plan, input: ApplyInput, open: readonly Diagnostic[]): Promise<Ran> {
  const now = await readInstallation(env.store);
  if (now?.installationId === env.installation && now.epoch === env.epoch) return runOnce(env, plan, input, open);
  const summary = 'the state was imported or restored while the plan was made';
  const diagnostics: Diagnostic[] = [{ code: 'COPRHD-PLAN-001', severity: 'error', summary, fix: 'run it again' }];
  return { outcome: 'stale', diagnostics, plan, units: [] };
}

async function runOnce(env: WorkflowEnv, plan: Plan, input: ApplyInput, open: readonly Diagnostic[]): Promise<Ran> {
  const warnings = [...plan.diagnostics, ...open];
  const refusal = whyNotStarted(plan, input);
  if (refusal) return { outcome: 'held', diagnostics: [...warnings, ...refusal], plan, units: [] };
  if (plan.units.length === 0) return { outcome: 'ok', diagnostics: warnings, plan, units: [] };
  // A saved plan is as good as before once that is over: held, not stale.
  const resting = await inMaintenance(env, plan);
  if (resting.length > 0) return { outcome: 'held', diagnostics: [...warnings, ...resting], plan, units: [] };
  const { claimWaitMs, onError = DEFAULT_POLICY.onError, atomic = plan.atomic ?? DEFAULT_POLICY.atomic } = input;
  const result = await runPlan(env, plan, { claimWaitMs, policy: { onError, atomic } });
  const said = input.skipHeld ? warnings.map(asWarning) : warnings;
  return {
    outcome: outcomeOf(result),
    diagnostics: [...said, ...result.diagnostics],
    workflow: result.workflow,
    plan,
    units: result.units,
    ...waitsFor(result),
  };
}

/** With --skip-held a held line is reported, but it isn't why the apply failed. */
const asWarning = (diagnostic: Diagnostic): Diagnostic => ({ ...diagnostic, severity: 'warning' });

const OUTCOMES: Record<RunStatus, OperationOutcome> = {
  done: 'ok',
  partial: 'partial',
  unknown: 'unknown',
  interrupted: 'interrupted',
  suspended: 'partial',
  frozen: 'partial',
  stale: 'stale',
  claimed: 'claimed',
  'already-applied': 'stale',
};

function outcomeOf({ status, workflow }: RunResult): OperationOutcome {
  // Frozen before anything had begun.
  return status === 'frozen' && workflow === '' ? 'held' : OUTCOMES[status];
}

function waitsFor({ status, workflow }: RunResult): Pick<ApplyResult, 'waitsFor'> {
  if (status === 'suspended') return { waitsFor: 'decision' };
  return status === 'frozen' && workflow !== '' ? { waitsFor: 'thaw' } : {};
}

async function refuseFrozen({ engine }: Call): Promise<void> {
  const frozen = await readFreeze(engine.store);
  if (frozen) throw new OperationError('held', [frozenDiagnostic(frozen)]);
}

/** Held lines, unconfirmed removals, and all or nothing where that can't be: then nothing is started at all. */
function whyNotStarted(plan: Plan, input: ApplyInput): Diagnostic[] | undefined {
  return heldLines(plan, input) ?? unconfirmed(plan, input) ?? notAtomic(plan, input);
}

function heldLines(plan: Plan, input: ApplyInput): Diagnostic[] | undefined {
  const held = plan.changes.filter((change) => change.action === 'held');
  if (held.length === 0 || input.skipHeld) return undefined;
  return [
    {
      code: 'COPRHD-PLAN-007',
      severity: 'error',
      summary: `${held.length} of ${plan.changes.length} changes are held: nothing was started`,
      fix: 'resolve them, or leave them out with --skip-held',
    },
  ];
}

function unconfirmed(plan: Plan, input: ApplyInput): Diagnostic[] | undefined {
  const { volumes, limitsExceeded } = plan.removals;
  if (volumes === 0 || input.confirmDestroy === volumes) return undefined;
  return [
    ...limitsExceeded,
    {
      code: 'COPRHD-PLAN-008',
      severity: 'error',
      summary: `this plan removes ${volumes} volume${volumes === 1 ? '' : 's'}: ${plan.removals.addresses.slice(0, 5).join(', ')}${volumes > 5 ? ', ...' : ''}`,
      ...(input.confirmDestroy === undefined ? {} : { detail: `confirmed were ${input.confirmDestroy}` }),
      fix: `confirm with --confirm-destroy=${volumes}`,
    },
  ];
}

const STEPS_SHOWN = 5;

function notAtomic(plan: Plan, input: ApplyInput): Diagnostic[] | undefined {
  const steps = (input.atomic ?? plan.atomic) ? irreversibleSteps(plan) : [];
  if (steps.length === 0) return undefined;
  const shown = steps.slice(0, STEPS_SHOWN).map(({ address, summary }) => `${address}: ${summary}`);
  const more = steps.length > STEPS_SHOWN ? `; and ${steps.length - STEPS_SHOWN} more` : '';
  return [
    {
      code: 'COPRHD-APPLY-008',
      severity: 'error',
      summary: `${steps.length} step${steps.length === 1 ? '' : 's'} of this plan can't be undone, so it can't be atomic: nothing was started`,
      detail: `${shown.join('; ')}${more}`,
      fix: 'leave out --atomic, or leave these out with --exclude',
    },
  ];
}

function checkSavedPlan({ engine }: Call, plan: Plan): void {
  const { installation, clock } = engine;
  const refuse = (outcome: OperationOutcome, code: Diagnostic['code'], summary: string): never => {
    throw new OperationError(outcome, [{ code, severity: 'error', summary, fix: 'make a new plan' }]);
  };
  if (plan.formatVersion !== PLAN_FORMAT_VERSION)
    refuse('error', 'COPRHD-PLAN-004', 'the plan has a format that this version does not read');
  if (plan.installation !== installation.installationId)
    refuse('error', 'COPRHD-PLAN-005', 'the plan was made against another state');
  if (plan.epoch !== installation.epoch)
    refuse('stale', 'COPRHD-PLAN-001', 'the state was imported or restored after the plan was made');
  if (clock.nowMs() > plan.expiresAtMs) refuse('stale', 'COPRHD-PLAN-003', 'the plan has expired');
}

function unfinished(recovered: readonly RecoveredWorkflow[]): Diagnostic[] {
  const waiting = recovered.filter(({ result }) => result === 'unreviewed').map(unreviewedDiagnostic);
  const open = recovered
    .filter(({ result }) => result === 'unknown' || result === 'partial')
    .map(
      ({ workflow, result, holder }): Diagnostic => ({
        code: 'COPRHD-APPLY-005',
        severity: 'warning',
        summary: `workflow ${workflow} of ${holder} ended ${result === 'partial' ? 'in part' : 'with an unknown outcome'}`,
        fix: 'coprhd recover',
      }),
    );
  const resting = recovered.filter(({ result }) => result === 'maintenance').map(restingDiagnostic);
  return [...waiting, ...resting, ...open];
}

function countUnits(units: ApplyResult['units']): Record<UnitState, number> {
  const counts: Record<UnitState, number> = {
    done: 0,
    prepared: 0,
    undone: 0,
    failed: 0,
    unknown: 0,
    'not-started': 0,
  };
  for (const { state } of units) counts[state]++;
  return counts;
}
