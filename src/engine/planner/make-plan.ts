/**
 * Desired × recorded × observed → plan. Pure: the same inputs make the same plan. The order of the parts is the order of
 * the model: infrastructure, volumes, exports, then what goes, from the leaves up.
 */

import { sha256Hex } from '../../lib/canonical-json.ts';
import { isoTime } from '../../lib/clock.ts';
import { type Diagnostic, hasErrors, sortDiagnostics } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { NO_STACK } from '../model/address.ts';
import { ON_ARRAY_KINDS } from '../model/on-array.ts';
import type { ResourceRecord } from '../model/record.ts';
import { formatSize } from '../model/size.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { pendingWarning } from '../zoning/checks.ts';
import { summarise } from '../zoning/summary.ts';
import { planImports } from './adopt.ts';
import { warnOfFilledPools } from './capacity.ts';
import { placeAndCopy } from './copy-waves.ts';
import { Draft, type PlannerInput } from './draft.ts';
import { addExportUnits } from './export-units.ts';
import { planDesiredExports } from './exports.ts';
import { touchedFabrics } from './fabrics.ts';
import { correctHostMasks } from './host-masks.ts';
import { planInfrastructure } from './infrastructure.ts';
import { zoningContext } from './mask-zoning.ts';
import { MaskContexts } from './masks.ts';
import { planOutputs } from './outputs.ts';
import { choosePart } from './part.ts';
import type { Change, Plan, PlanBasis, PlanCounts, Predicate, Removals } from './plan.ts';
import { PLAN_FORMAT_VERSION } from './plan.ts';
import { checkRecordSizes } from './record-sizes.ts';
import { reliedOn } from './relied-on.ts';
import { dropExports, dropInfrastructure, dropVolumes, findDropped } from './removal.ts';
import { assignTargets } from './targets.ts';
import { planExistingVolumes } from './volumes.ts';

export interface PlanResult {
  /** Absent when there are errors. */
  readonly plan?: Plan;
  readonly diagnostics: readonly Diagnostic[];
}

export function makePlan(input: PlannerInput): PlanResult {
  const draft = new Draft(input);
  const scopes = assignTargets(draft);
  const dropped = choosePart(draft, input.additive ? [] : findDropped(draft, scopes));
  const contexts = new MaskContexts(draft);
  planInfrastructure(draft);
  // What is adopted takes no room that is not taken already; growth and new volumes share what is left.
  planImports(draft);
  const fresh = planExistingVolumes(draft);
  placeAndCopy(draft, fresh);
  const desired = planDesiredExports(draft, contexts);
  const corrected = addExportUnits(draft, [...desired, ...dropExports(draft, contexts, dropped)]);
  correctHostMasks(draft, contexts, corrected);
  dropVolumes(draft, dropped);
  dropInfrastructure(draft, dropped);
  sayNotReplaced(draft);
  return finishPlan(draft, planOutputs(draft));
}

function sayNotReplaced(draft: Draft): void {
  for (const [urn, { address, used }] of draft.replaceable) {
    if (used || draft.leftOut.has(urn)) continue;
    draft.warn({ code: 'COPRHD-PLAN-009', summary: `${address} is not missing: nothing is replaced`, address });
  }
}

/** Closes a draft: counts, removals with their limits, basis, id. Also used by the one-shot verbs. */
export function finishPlan(draft: Draft, outputs: NonNullable<Plan['outputs']> = []): PlanResult {
  const { input } = draft;
  checkRecordSizes(draft);
  const basis = makeBasis(draft);
  sayNotLookedAt(draft, basis.kept);
  const observations = [...input.observed.values(), ...input.observedNetworks.values()];
  for (const { observation } of observations) draft.diagnostics.push(...(observation.warnings ?? []));
  warnOfFilledPools(draft);
  if (input.activatePending) warnOfPending(draft);
  const diagnostics = sortDiagnostics(draft.diagnostics);
  if (hasErrors(diagnostics)) return { diagnostics };
  const held = draft.changes.flatMap((change) => (change.held ? [change.held.diagnostic] : []));
  const body = {
    formatVersion: PLAN_FORMAT_VERSION,
    createdAtMs: input.nowMs,
    // Old facts don't get older in a saved plan than fresh ones may.
    expiresAtMs: Math.min(input.nowMs, basis.observedAtMs ?? input.nowMs) + LIMITS.planTtlMs,
    actor: input.actor,
    installation: input.installation,
    epoch: input.epoch,
    operation: input.operation,
    stacks: input.graph.stacks.map(({ stack }) => stack).filter((stack) => stack !== NO_STACK),
    ...(draft.part ? { partial: { ...draft.part, leftOut: draft.leftOut.size } } : {}),
    changes: draft.changes,
    counts: countChanges(draft),
    removals: findRemovals(draft),
    deviceCalls: draft.units.reduce((sum, unit) => sum + unit.steps.length, 0),
    reversible: draft.changes.every((change) => change.reversible),
    units: draft.units,
    decisions: draft.decisions,
    ...(draft.pathDecisions.length > 0 ? { pathDecisions: draft.pathDecisions } : {}),
    ...fabricsOf(draft),
    basis,
    ...(outputs.length > 0 ? { outputs } : {}),
    diagnostics: sortDiagnostics([...diagnostics, ...held]),
  };
  return { plan: { ...body, id: sha256Hex(`${input.seed}\nplan`).slice(0, 32) }, diagnostics };
}

const activations = (draft: Draft, network: Urn): number =>
  draft.units
    .flatMap((unit) => unit.steps)
    .filter((step) => step.kind === 'zones.apply' && step.args.network === network).length;

function warnOfPending(draft: Draft): void {
  for (const fabric of touchedFabrics(draft)) {
    const warning = pendingWarning(zoningContext(draft, fabric));
    if (warning && activations(draft, fabric.network.urn) > 0) draft.warn(warning);
  }
}

function fabricsOf(draft: Draft): Pick<Plan, 'fabrics'> {
  const fabrics = touchedFabrics(draft).map((fabric) =>
    summarise(zoningContext(draft, fabric), fabric.decided, activations(draft, fabric.network.urn)),
  );
  return fabrics.length > 0 ? { fabrics } : {};
}

function countChanges(draft: Draft): PlanCounts {
  const counts = { create: 0, update: 0, remove: 0, held: 0, other: 0, unchanged: draft.unchanged };
  const bucket: Partial<Record<Change['action'], keyof PlanCounts>> = {
    create: 'create',
    adopt: 'create',
    update: 'update',
    move: 'update',
    delete: 'remove',
    quarantine: 'remove',
    purge: 'remove',
    retain: 'remove',
    held: 'held',
  };
  for (const { action } of draft.changes) counts[bucket[action] ?? 'other']++;
  return counts;
}

const REMOVING: ReadonlySet<string> = new Set(['delete', 'quarantine', 'purge']);

function findRemovals(draft: Draft): Removals {
  const removed = draft.changes.filter(
    (change) => (ON_ARRAY_KINDS as readonly string[]).includes(change.kind) && REMOVING.has(change.action),
  );
  const records = removed
    .map(({ urn }) => draft.input.view.get<'volume'>(urn)?.record)
    .filter((record) => record !== undefined);
  const bytes = records.reduce((sum, record) => sum + record.spec.sizeBytes, 0);
  return {
    volumes: removed.length,
    bytes,
    addresses: removed.map(({ address }) => address),
    limitsExceeded: removed.length === 0 ? [] : exceededLimits(draft, records, bytes),
  };
}

function exceededLimits(draft: Draft, records: readonly ResourceRecord<'volume'>[], bytes: number): Diagnostic[] {
  const problems: string[] = [];
  if (records.length > LIMITS.removalVolumesMax)
    problems.push(`${records.length} volumes (limit ${LIMITS.removalVolumesMax})`);
  if (bytes > LIMITS.removalBytesMax)
    problems.push(`${formatSize(bytes)} (limit ${formatSize(LIMITS.removalBytesMax)})`);
  const byProject = new Map<Urn, number>();
  for (const { spec } of records) byProject.set(spec.project, (byProject.get(spec.project) ?? 0) + 1);
  for (const [project, removed] of byProject) {
    const size = draft.input.view
      .inScope('volume', uuidOf(project))
      .filter(({ record }) => record.status.phase !== 'deleted').length;
    const max = Math.floor(size * LIMITS.removalProjectFraction);
    if (size >= LIMITS.removalProjectFractionFrom && removed > max) {
      const name = draft.input.view.get(project)?.record.name ?? project;
      problems.push(
        `${removed} of the ${size} volumes of project ${name} (limit ${LIMITS.removalProjectFraction * 100} %)`,
      );
    }
  }
  if (problems.length === 0) return [];
  return [
    {
      code: 'COPRHD-HELD-003',
      severity: 'error',
      summary: `this plan removes ${problems.join(' and ')}`,
      detail: 'so many removals at once are held until their number is confirmed',
      fix: `check the list, then apply with --confirm-destroy=${records.length}`,
    },
  ];
}

function makeBasis(draft: Draft): PlanBasis {
  const revisions: Record<string, number> = {};
  const predicates = new Map<string, Predicate>();
  const add = (predicate: Predicate) => predicates.set(JSON.stringify(predicate), predicate);
  for (const unit of draft.units) {
    for (const write of unit.writes) revisions[write.urn] = write.base;
    for (const urn of unit.shared) add({ type: 'live', urn, what: draft.get(urn)?.name ?? urn });
    for (const { pool, amounts, limits } of unit.reservations) add({ type: 'capacity', pool, amounts, limits });
    for (const predicate of reliedOn(draft, unit)) add(predicate);
    for (const { system } of unit.steps) {
      const record = draft.get<'storageSystem' | 'networkSystem'>(system);
      const firmwareVersion = record?.status.identity?.firmwareVersion;
      if (firmwareVersion !== undefined) add({ type: 'managed', system, firmwareVersion });
    }
  }
  return {
    revision: draft.input.view.revision,
    revisions,
    predicates: [...predicates.values()],
    ...observationBasis(draft.input),
  };
}

function observationBasis({ observed, observedNetworks }: PlannerInput): Pick<PlanBasis, 'observedAtMs' | 'kept'> {
  const all = [...observed, ...observedNetworks].map(([system, { observation }]) => ({
    system,
    observedAtMs: observation.observedAtMs,
    kept: observation.kept,
  }));
  if (all.length === 0) return {};
  const kept = all.filter((observation) => observation.kept).map((seen) => [seen.system, seen.observedAtMs] as const);
  return {
    observedAtMs: all.reduce((oldest, seen) => Math.min(oldest, seen.observedAtMs), Number.POSITIVE_INFINITY),
    ...(kept.length === 0 ? {} : { kept: Object.fromEntries(kept) }),
  };
}

function sayNotLookedAt(draft: Draft, kept: PlanBasis['kept']): void {
  for (const [system, observedAtMs] of Object.entries(kept ?? {})) {
    draft.warn({
      code: 'COPRHD-DEVICE-009',
      summary: `${system} was not looked at: what was seen of it at ${isoTime(observedAtMs)} counts`,
      fix: 'to see what it holds now leave out --refresh',
    });
  }
}
