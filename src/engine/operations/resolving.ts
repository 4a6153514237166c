/**
 * `resolve`: a person says what became of a unit whose device can't be asked. The device is asked again first, and its word
 * wins. Who said what is in the audit log before anything is done, and in the history of the workflow.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { Unit } from '../planner/plan.ts';
import { keys } from '../state/keys.ts';
import { attest, goesBackWhen, whyNotAttested } from '../workflow/attest.ts';
import { noteAttestation, SAID, type SaidEntry } from '../workflow/attestations.ts';
import { readFreeze } from '../workflow/control.ts';
import { type OpenWorkflow, readOpenWorkflow } from '../workflow/open-workflows.ts';
import type { Run } from '../workflow/run.ts';
import { frozenDiagnostic } from '../workflow/run-plan.ts';
import { audit } from './auditing.ts';
import type { Call } from './engine.ts';
import { decided, notPossible, refuseBusy } from './task-deciding.ts';
import { findTask } from './task-finding.ts';
import type { InputOf, ResultOf } from './types.ts';
import { readerOf } from './workflow-env.ts';

export async function resolve(call: Call, { address, as }: InputOf<'resolve'>): Promise<ResultOf<'resolve'>> {
  const { engine, ctx } = call;
  const task = await findTask(call, address);
  const { workflow } = task;
  await refuseBusy(call, workflow);
  const open = await readOpenWorkflow(readerOf(call), workflow);
  const unit = open?.plan.units.find(({ id }) => id === task.unit);
  if (!open || !unit) return notPossible(`${task.resource.address} has ended: there is nothing to resolve`);
  refuseUnlessUnclear(open, unit);
  const why = whyNotAttested(unit, as, (step) => open.journal.step(unit.id, step.id)?.state !== 'done');
  if (why !== undefined) {
    const fix = `--as absent, or --as foreign; or wait until the device answers, then coprhd recover`;
    notPossible(`nobody can say that ${unit.address} is done`, { detail: why, fix });
  }
  const frozen = await readFreeze(engine.store);
  if (frozen) return { outcome: 'held', diagnostics: [frozenDiagnostic(frozen)], tasks: [task] };
  const said: SaidEntry = { as, by: ctx.actor, atMs: engine.clock.nowMs() };
  await audit(call, 'resolve', { address: unit.address, urn: unit.urn, workflow, unit: unit.id, as });
  await noteAttestation(engine.store, workflow, unit.id, said);
  let run: Run | undefined;
  const result = await decided(call, workflow, {
    by: ctx.actor.name,
    ...(goesBackWhen(unit, as) ? { rollback: new Set([unit.id]) } : { forward: new Set([unit.id]) }),
    attest: (taken) => {
      run = taken;
      // Steps are told apart by identity: those of the run, read again under its fence.
      const same = taken.plan.units.find(({ id }) => id === unit.id);
      if (same) attest(taken, same, as, ctx.actor.name);
    },
  });
  if (!run) return result;
  const counted = run.attestedBy.some((each) => each.unit === unit.id);
  // It ended before it was known whether the device answers: whoever goes on finds that out.
  if (!counted && (result.outcome === 'interrupted' || result.outcome === 'claimed')) return result;
  await keep(call, workflow, unit, { ...said, counted });
  const ended = result.tasks.find(({ id }) => id === task.id);
  // As absent or foreign the unit was to come to nothing: that is no failure.
  const asAsked = ended?.endedAtMs !== undefined && result.outcome === 'partial';
  const outcome = asAsked && result.tasks.every(({ endedAtMs }) => endedAtMs !== undefined) ? 'ok' : result.outcome;
  return { ...result, outcome, diagnostics: [whoseWord(unit, as, ctx.actor.name, counted), ...result.diagnostics] };
}

function refuseUnlessUnclear({ journal, workflow }: OpenWorkflow, unit: Unit): void {
  const entry = journal.unit(unit.id);
  if (entry?.state === 'unknown' || (entry?.state === 'failed' && entry.direction === 'undo')) return;
  const failed = entry?.state === 'failed';
  notPossible(`${unit.address} is not unclear: its device has answered`, {
    fix: failed
      ? `coprhd task resume ${workflow.id}, or coprhd task rollback ${workflow.id}`
      : `coprhd recover goes on with it`,
  });
}

/** In the journal while there is one, else in the log that it has gone to. */
async function keep(call: Call, workflow: string, unit: Unit, said: SaidEntry): Promise<void> {
  const { store, log } = call.engine;
  if (await noteAttestation(store, workflow, unit.id, said)) return;
  await log.append('workflows', [{ workflow, key: keys.journal(workflow, unit.id, SAID), ...said }]);
}

function whoseWord(unit: Unit, as: string, by: string, counted: boolean): Diagnostic {
  const summary = counted
    ? `${unit.address}: the device could not be asked; what ${by} said counts: ${as}`
    : `${unit.address}: the device answered, and its word counts; what ${by} said (${as}) was not needed`;
  return { code: 'COPRHD-TASK-002', severity: 'info', summary, address: unit.address };
}
