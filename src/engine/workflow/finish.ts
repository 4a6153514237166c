/**
 * Drives a committed workflow to its end, or to where it can't go on: the same for the process that committed it and for
 * whoever recovers it. A finished journal moves to the log; an open one stays, owned by nobody.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { DiagnosticCode } from '../../lib/diagnostic-codes.ts';
import type { UnitState } from '../operations/types.ts';
import type { Unit } from '../planner/plan.ts';
import { keys } from '../state/keys.ts';
import type { Operation } from '../state/store.ts';
import { planBlobOf, releaseShared } from './claims.ts';
import { putPhase } from './commit.ts';
import { dropStopRequest } from './control.ts';
import { isEnded, UNIT_STATE } from './journal.ts';
import { allWrites } from './namers.ts';
import { sayObservationsChanged } from './observed-change.ts';
import { newOwner } from './owners.ts';
import type { Run } from './run.ts';
import { runUnits } from './scheduler.ts';
import { endedWorkflowOp } from './tasks.ts';
import type { RunResult, RunStatus, UnitResult } from './types.ts';
import { dropClaims } from './unit-end.ts';
import { publicState } from './unit-runner.ts';

const LOG_STREAM = 'workflows';
/** Entries an append; far below what the log takes at once. */
const LOG_BATCH = 250;

export async function drive(run: Run): Promise<RunResult> {
  const ended = new AbortController();
  void run.hear(ended.signal);
  try {
    return await driveToEnd(run);
  } finally {
    ended.abort();
  }
}

async function driveToEnd(run: Run): Promise<RunResult> {
  const interrupted = await runUnits(run);
  const units = run.plan.units.map((unit) => resultOf(run, unit, interrupted));
  const diagnostics = run.plan.units.flatMap((unit) => diagnosticOf(run, unit));
  if (run.plan.units.every((unit) => isEnded(run.unitEntry(unit)))) {
    await end(run, units);
    const status = units.every((unit) => unit.state === 'done') ? 'done' : 'partial';
    return { workflow: run.id, status, units, diagnostics };
  }
  const status = statusOf(run, interrupted);
  const decision = status === 'suspended' || waitsForPerson(run);
  if (!interrupted || decision) await putPhase(run, 'suspended', decision ? 'decision' : undefined);
  run.point('end:before-let-go');
  await letGo(run);
  return { workflow: run.id, status, units, diagnostics };
}

/** With --on-error suspend and continue: what failed stays as it is until somebody says what becomes of it. */
function waitsForPerson(run: Run): boolean {
  return run.plan.units.some((unit) => {
    const entry = run.unitEntry(unit);
    return entry?.state === 'failed' && entry.direction === 'forward';
  });
}

function statusOf(run: Run, interrupted: boolean): RunStatus {
  // Who asked first counts, also where an outcome is unknown: what somebody suspended goes on when somebody says so.
  if (interrupted && run.halted && run.halted !== 'on-error') return run.halted;
  if (run.plan.units.some((unit) => run.unitEntry(unit)?.state === 'unknown')) return 'unknown';
  return interrupted || waitsForPerson(run) ? 'suspended' : 'partial';
}

function resultOf(run: Run, unit: Unit, interrupted: boolean): UnitResult {
  const entry = run.unitEntry(unit);
  const left = interrupted && (entry?.state === 'running' || entry?.state === 'undoing');
  const error = entry?.error?.message ?? (left ? 'interrupted; coprhd recover goes on with it' : undefined);
  return {
    id: unit.id,
    address: unit.address,
    action: unit.action,
    state: publicState(entry),
    ...(error === undefined ? {} : { error }),
  };
}

const FIXES: Partial<Record<DiagnosticCode, string>> = {
  'COPRHD-APPLY-002': 'Once the device answers again run coprhd recover.',
  'COPRHD-APPLY-006': 'See to the cause, then run coprhd recover.',
};
const DECIDE = 'See to the cause, then coprhd task resume, or coprhd task rollback.';

function diagnosticOf(run: Run, unit: Unit): Diagnostic[] {
  const entry = run.unitEntry(unit);
  if (!entry?.error || (entry.state !== 'undone' && entry.state !== 'failed' && entry.state !== 'unknown')) return [];
  const { code, message, hint } = entry.error;
  const kept = entry.state === 'failed' && entry.direction === 'forward';
  const what = {
    undone: code === 'COPRHD-APPLY-007' ? 'was cancelled and undone' : 'failed and was undone',
    failed: kept ? 'failed and stays as it is' : 'failed and could not be undone',
    unknown: 'has an unknown outcome',
  }[entry.state];
  const fix = hint ?? (kept ? DECIDE : FIXES[code]);
  const shown = { undone: code, failed: kept ? code : 'COPRHD-APPLY-006', unknown: 'COPRHD-APPLY-002' }[entry.state];
  return [
    {
      code: shown as DiagnosticCode,
      severity: 'error',
      summary: `${unit.address} ${what}`,
      detail: message,
      ...(fix === undefined ? {} : { fix }),
      address: unit.address,
    },
  ];
}

/** Everything has ended: no claim is left, the journal goes to the log, and the workflow's keys vanish at once. */
async function end(run: Run, units: readonly UnitResult[]): Promise<void> {
  await dropClaims(
    run,
    allWrites(run.plan).map((write) => write.urn),
  );
  await sayObservationsChanged(run);
  await releaseShared(run);
  run.point('end:before-log');
  const { id, plan, env } = run;
  // At least once: a crash between here and the deletion logs it again.
  await env.log.append(LOG_STREAM, [
    {
      atMs: run.nowMs,
      workflow: id,
      plan: plan.id,
      operation: plan.operation,
      actor: plan.actor,
      counts: count(units),
    },
  ]);
  const attested = new Map(plan.changes.map(({ urn, facts }) => [urn, facts.attestedBy]));
  const known = new Map(
    plan.units.map((unit) => {
      const attestedBy = attested.get(unit.urn);
      const who = attestedBy === undefined ? {} : { attestedBy };
      return [keys.journal(id, unit.id, UNIT_STATE), { address: unit.address, ...who }];
    }),
  );
  const entries = run.journal.entries().map(({ key, entry }) => ({ workflow: id, key, ...known.get(key), ...entry }));
  for (let at = 0; at < entries.length; at += LOG_BATCH) {
    await env.log.append(LOG_STREAM, entries.slice(at, at + LOG_BATCH));
  }
  run.point('end:before-delete');
  const planBlob = await planBlobOf(run);
  const gone: Operation[] = [
    // Goes with the workflow: nobody else refers to a plan that was used, and it can't be used again.
    ...(planBlob === undefined ? [] : [{ type: 'delete-prefix' as const, prefix: keys.blob(planBlob) }]),
    { type: 'delete-prefix', prefix: keys.journalOf(id) },
    { type: 'delete', key: keys.workflow(id) },
    { type: 'delete', key: keys.workflowOwner(id) },
    dropStopRequest(id),
    endedWorkflowOp(run),
  ];
  await run.write([], gone);
}

/** Nobody runs it from here on; anybody may take it over at once. */
async function letGo(run: Run): Promise<void> {
  const key = keys.workflowOwner(run.id);
  const item = await run.env.store.get(key);
  const fence = item ? (JSON.parse(item.value) as { fence: number }).fence : 1;
  const owner = { ...newOwner(run.env, fence), released: true };
  await run.write([], [{ type: 'put', key, value: JSON.stringify(owner) }]);
}

function count(units: readonly UnitResult[]): Partial<Record<UnitState, number>> {
  const counts: Partial<Record<UnitState, number>> = {};
  for (const { state } of units) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
