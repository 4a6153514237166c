/**
 * The commit of a workflow: what the plan relied on is looked at once more, under the claims, and then one transaction
 * turns the workflow into a promise. Before it nothing counts; after it the workflow is driven to its end by whoever lives.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { effectiveMode } from '../model/mode.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { Predicate } from '../planner/plan.ts';
import { keys } from '../state/keys.ts';
import { addressOf } from './inspect.ts';
import { inMaintenance } from './maintenance.ts';
import { readMany, readRecord } from './records-io.ts';
import { deregisteredSince } from './registration.ts';
import { checkEmpty, checkGroup, checkMember, checkSame, checkUnzoned } from './relied-on.ts';
import { checkCapacity, checkQuota } from './reservations.ts';
import type { Run } from './run.ts';
import { FenceLostError, type WorkflowRecord } from './types.ts';

/** All predicates that don't hold any more. */
export async function checkBasis(run: Run): Promise<Diagnostic[]> {
  // All at once: they read, and what is read at the same time goes together.
  const [complaints, resting, deregistered] = await Promise.all([
    readMany(run.plan.basis.predicates, (predicate) => check(run, predicate)),
    inMaintenance(run.env, run.plan),
    deregisteredSince(run.env.store, run.plan),
  ]);
  return [...[...complaints.values()].filter((complaint) => complaint !== undefined), ...resting, ...deregistered];
}

async function check(run: Run, predicate: Predicate): Promise<Diagnostic | undefined> {
  switch (predicate.type) {
    case 'capacity':
      return checkCapacity(run, predicate);
    case 'live':
      // Such records are under a shared claim, and inspect.ts has looked at them after it was taken.
      return undefined;
    case 'same':
      return checkSame(run, predicate);
    case 'member':
      return checkMember(run, predicate);
    case 'empty':
      return checkEmpty(run, predicate);
    case 'unzoned':
      return checkUnzoned(run, predicate);
    case 'group':
      return checkGroup(run, predicate);
    case 'quota':
      return checkQuota(run, predicate);
    case 'managed':
      return checkManaged(run, predicate);
  }
}

async function checkManaged(
  run: Run,
  { system, firmwareVersion }: Extract<Predicate, { type: 'managed' }>,
): Promise<Diagnostic | undefined> {
  // A system that this very plan registers or changes counts as what it will be.
  const planned = run.namers.writeOf(system)?.final;
  const record = (planned ?? (await readRecord(run.env.store, system))?.record) as
    | ResourceRecord<'storageSystem'>
    | undefined;
  if (!record || !isLive(record)) return stale('a storage system is gone since the plan was made', record);
  const mode = effectiveMode(record, run.env.epoch);
  if (mode !== 'manage') {
    return {
      code: 'COPRHD-HELD-006',
      severity: 'error',
      summary: `storage system ${record.name} is not managed any more`,
      detail: `Its effective mode is ${mode}; the plan was made when it was manage.`,
      fix: 'Review the device, then make the plan again.',
      address: addressOf(record),
    };
  }
  const now = record.status.identity?.firmwareVersion;
  if (now === firmwareVersion) return undefined;
  return stale(
    `the firmware of storage system ${record.name} has changed since the plan was made`,
    record,
    `It was ${firmwareVersion} and is ${now ?? 'unknown'}.`,
  );
}

function stale(summary: string, record?: ResourceRecord, detail?: string): Diagnostic {
  return {
    code: 'COPRHD-PLAN-001',
    severity: 'error',
    summary,
    ...(detail ? { detail } : {}),
    fix: 'Make the plan again.',
    ...(record ? { address: addressOf(record) } : {}),
  };
}

export async function commitWorkflow(run: Run): Promise<void> {
  run.point('commit:before');
  await putPhase(run, 'committed');
  run.point('commit:after');
  const steps = run.plan.units.reduce((count, unit) => count + unit.steps.length, 0);
  const { id, createdAtMs } = run;
  run.env.emit({ type: 'workflow.committed', workflow: id, createdAtMs, units: run.plan.units.length, steps });
}

/** Under the fence only its owner writes it, so its content can be read and rewritten. */
export async function putPhase(
  run: Run,
  phase: WorkflowRecord['phase'],
  waitsFor?: WorkflowRecord['waitsFor'],
): Promise<void> {
  const key = keys.workflow(run.id);
  const item = await run.env.store.get(key);
  // A process that was away for longer than its lease finds that another one has ended what it had begun.
  if (!item) throw run.stop(new FenceLostError('another process has ended this workflow'));
  const { waitsFor: _before, ...kept } = JSON.parse(item.value) as WorkflowRecord;
  const record: WorkflowRecord = { ...kept, phase, ...(waitsFor ? { waitsFor } : {}) };
  const written = await run.write(
    [{ key, modRevision: item.modRevision }],
    [{ type: 'put', key, value: JSON.stringify(record) }],
  );
  if (written === undefined) throw run.stop(new FenceLostError('another process has changed this workflow'));
}
