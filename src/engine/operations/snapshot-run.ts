/** `snapshot run`: takes what snapshot policies say is due, and removes what is more than they keep. By hand, and by daemons. */
import { fail } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { isLive } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import type { Change } from '../planner/plan.ts';
import { drawRetention, isAnythingDue, subjectsOf } from '../planner/retention.ts';
import { openViewLoader, withView } from '../state/view.ts';
import { recoverAll } from '../workflow/recover.ts';
import { findResource } from './addresses.ts';
import { apply } from './apply.ts';
import { systemsUnder } from './by-name-plans.ts';
import type { Call } from './engine.ts';
import { type PlanReport, planReport } from './one-shot.ts';
import { planOrder } from './planning.ts';
import { keptIndex } from './record-finding.ts';
import type { InputOf, ResultOf } from './types.ts';
import { withWorkflowEnv } from './workflow-env.ts';

type Result = ResultOf<'snapshot.run'>;

/** A plan that turned out stale is made again. */
export async function snapshotRun(call: Call, input: InputOf<'snapshot.run'>): Promise<Result> {
  if (!(await isDue(call, input))) {
    return { outcome: 'ok', diagnostics: [], units: [], taken: 0, expired: 0, held: 0 };
  }
  // What a run that died was doing is finished, or undone, before it is looked at.
  if (!input.dryRun) await withWorkflowEnv(call, recoverAll);
  for (let attempt = 1; ; attempt++) {
    const result = await once(call, input);
    if (result.outcome !== 'stale' || attempt >= LIMITS.replanAttemptsMax) return result;
  }
}

/** Reads the state only, and in a process that keeps an index not even that: most runs have nothing to do. */
async function isDue(call: Call, { policies }: InputOf<'snapshot.run'>): Promise<boolean> {
  const nowMs = call.engine.clock.nowMs();
  const only = await namedPolicies(call, policies);
  const index = await keptIndex(call.engine, call.ctx);
  if (index) return isAnythingDue({ get: index.get, inScope: index.inScope, all: index.ofKind }, nowMs, only);
  return (await withView(call.engine.store, (view) => isAnythingDue(view, nowMs, only))).result;
}

/** Undefined = all. */
async function namedPolicies(call: Call, names: readonly string[] | undefined): Promise<ReadonlySet<Urn> | undefined> {
  if (!names) return undefined;
  const { result } = await withView(call.engine.store, (view) =>
    names.map((name) => findResource(view, name, 'snapshotPolicy')),
  );
  return new Set(result.map((each) => ('recorded' in each ? each.recorded.record.urn : fail('error', each.problem))));
}

async function once(call: Call, input: InputOf<'snapshot.run'>): Promise<Result> {
  const report = await planRun(call, input);
  const { plan } = report;
  const held = plan?.counts.held ?? 0;
  const planned = (action: Change['action']) => plan?.changes.filter((change) => change.action === action).length ?? 0;
  if (!plan || plan.units.length === 0 || input.dryRun) {
    return { ...report, units: [], taken: planned('create'), expired: planned('delete'), held };
  }
  call.ctx.emit({ type: 'plan.made', plan });
  // What a policy no longer keeps was agreed to when it was declared.
  const applied = await apply(call, {
    plan,
    skipHeld: true,
    claimWaitMs: input.claimWaitMs ?? 0,
    confirmDestroy: plan.removals.volumes,
  });
  const done = new Set(applied.units.filter(({ state }) => state === 'done').map(({ id }) => id));
  const written = (action: Change['action']) =>
    plan.units
      .filter((unit) => unit.action === action && done.has(unit.id))
      .reduce((sum, { writes }) => sum + writes.length, 0);
  const holds = plan.changes.flatMap(({ held: why }) => (why ? [why.diagnostic] : []));
  return {
    outcome: applied.outcome === 'ok' && held > 0 ? 'held' : applied.outcome,
    diagnostics: [...new Set([...applied.diagnostics, ...holds])],
    plan,
    units: applied.units,
    taken: written('create'),
    expired: written('delete'),
    held,
  };
}

async function planRun(call: Call, { policies }: InputOf<'snapshot.run'>): Promise<PlanReport> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const only = await namedPolicies(call, policies);
    const result = await planOrder(call, loader, {
      operation: 'snapshot run',
      graph: { stacks: [] },
      texts: [],
      options: {},
      apiOwned: true,
      alsoObserve: (view) =>
        view
          .all('snapshotPolicy')
          .filter(({ record }) => isLive(record) && (only?.has(record.urn) ?? true))
          .flatMap(({ record }) => subjectsOf(view, record.urn).flat())
          .flatMap((volume) => systemsUnder(view, volume)),
      draw: (draft) => drawRetention(draft, only),
    });
    return planReport(result);
  } finally {
    loader.close();
  }
}
