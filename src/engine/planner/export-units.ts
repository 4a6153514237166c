/**
 * Turns export work into units. A mask is shared by all exports of its host on that system, so its record is written
 * (and by that claimed) once a plan: by the first unit that touches it, or by the last when nothing stays mapped and it
 * is deleted. Units that touch one mask run one after another.
 */

import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { MappingObservation } from '../driver/contract.ts';
import { seersOf } from '../model/export-seers.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { fieldChanges, makeChange } from './base-record.ts';
import { type Draft, endingWrite, liveWrite } from './draft.ts';
import { isSeerField } from './export-seers.ts';
import { type ExportWork, holdWork, type MapWork, repairReason, zoneOnce } from './export-work.ts';
import { endFabricMask, pathWrites } from './fabric-masks.ts';
import { droppedReason, nameOf } from './holds.ts';
import { ensureStep, markStep, portIds, servedBy } from './mask-steps.ts';
import { type MaskZoning, zonedBy, zoneSteps, zoneWrites } from './mask-zoning.ts';
import type { MaskContext } from './masks.ts';
import { newMaskRecord } from './masks.ts';
import { byName, endedMembers } from './members.ts';
import type { ChildChange, PlannedWrite, Step } from './plan.ts';
import { namedFields } from './record-only.ts';
import { attestedBy, freedNow, vouchesFor } from './vouching.ts';

interface MaskUse {
  readonly first: ExportWork;
  readonly last: ExportWork;
  /** Corrects who is admitted: once a plan is enough. */
  readonly ensurer: ExportWork | undefined;
  /** Corrects its paths and zones: once, too, with who is admitted where that is corrected. */
  readonly zoner: ExportWork | undefined;
  /** Nothing is mapped any more once the plan is done. */
  readonly ends: boolean;
}

/** Masks that the units make, correct or delete, by urn. */
export function addExportUnits(draft: Draft, planned: readonly ExportWork[]): ReadonlySet<Urn> {
  const works = withoutStuckZones(draft, withoutUsedMasks(draft, planned));
  zoneOnce(works);
  const active = works.filter((work) => !isIdle(work));
  draft.unchanged += works.length - active.length;
  const uses = maskUses(active);
  const previous = new Map<Urn, string>();
  /** By network: who takes zones off it. An alias goes with the last zone that names it. */
  const takers = new Map<Urn, string[]>();
  for (const work of active) {
    const id = draft.nextUnitId();
    const contexts = touched(work);
    const waits = contexts.map(({ urn }) => previous.get(urn)).filter((unit) => unit !== undefined);
    for (const { urn } of contexts) previous.set(urn, id);
    const steps = addUnit(draft, work, uses, id, [...waits, ...aliasWaits(work, uses, takers)]);
    for (const { args } of steps) takers.set(args.network, [...(takers.get(args.network) ?? []), id]);
  }
  return new Set([...uses].filter(([, { ends, ensurer, zoner }]) => ends || ensurer || zoner).map(([urn]) => urn));
}

const zoningsOf = (work: ExportWork, uses: ReadonlyMap<Urn, MaskUse>): MaskZoning[] =>
  touched(work).flatMap((context) => {
    const { zoner, ends, last } = uses.get(context.urn)!;
    const isHere = ends ? last === work : zoner === work;
    return isHere && context.fabric ? [context.fabric.zoning] : [];
  });

function aliasWaits(
  work: ExportWork,
  uses: ReadonlyMap<Urn, MaskUse>,
  takers: ReadonlyMap<Urn, readonly string[]>,
): string[] {
  return zoningsOf(work, uses)
    .flatMap(({ fabrics }) => fabrics)
    .flatMap(({ fabric, after }) =>
      after && after.removeAliases.length > 0 ? (takers.get(fabric.network.urn) ?? []) : [],
    );
}

/** A mask that ends takes its zones along: what can't be taken off a fabric holds what empties the mask. */
function withoutStuckZones(draft: Draft, works: readonly ExportWork[]): readonly ExportWork[] {
  const uses = maskUses(works.filter((work) => !isIdle(work)));
  const stuck = new Map<Urn, Diagnostic>();
  for (const context of new Set(works.flatMap(touched))) {
    if (context.transport !== 'fc' || !uses.get(context.urn)?.ends) continue;
    const { hold } = endFabricMask(draft, context).zoning;
    if (hold) stuck.set(context.urn, hold);
  }
  if (stuck.size === 0) return works;
  return works.filter((work) => {
    const context = work.removes.find((remove) => stuck.has(remove.context.urn))?.context;
    return !context || holdWork(draft, work, stuck.get(context.urn)!);
  });
}

/** A mask can't be deleted while somebody else's mapping is in it: then what empties it is held. */
function withoutUsedMasks(draft: Draft, works: readonly ExportWork[]): readonly ExportWork[] {
  for (let left = works; ; ) {
    const uses = maskUses(left.filter((work) => !isIdle(work)));
    const used = new Map<Urn, MappingObservation>();
    for (const context of new Set(left.flatMap(touched))) {
      const stranger = uses.get(context.urn)?.ends ? foreignMapping(context) : undefined;
      if (stranger) used.set(context.urn, stranger);
    }
    if (used.size === 0) return left;
    left = left.filter((work) => {
      const context = work.removes.find((remove) => used.has(remove.context.urn))?.context;
      if (!context) return true;
      const { hlu, volume } = used.get(context.urn)!;
      return holdWork(draft, work, {
        code: 'COPRHD-HELD-004',
        severity: 'error',
        summary: `${context.label} on ${context.system.name} maps ${volume} at LUN ${hlu}, which is not ours`,
        detail: 'the mask would go with the last of our mappings',
        fix: 'remove that mapping on the device',
      });
    });
  }
}

function foreignMapping({ maps, mappings }: MaskContext): MappingObservation | undefined {
  const ours = new Set(maps.map(({ record }) => record.spec.hlu));
  return [...mappings.values()].find(({ hlu }) => !ours.has(hlu));
}

function isIdle(work: ExportWork): boolean {
  const { adds, adopts, repairs, removes, ensures, zonings } = work;
  const nothing = adds.length + adopts.length + repairs.length + removes.length + ensures.size + zonings.size === 0;
  return (
    nothing &&
    work.recorded !== undefined &&
    work.final !== undefined &&
    (work.seers?.writes ?? []).length === 0 &&
    fieldChanges(work.recorded.record, work.final).length === 0
  );
}

function touched(work: ExportWork): MaskContext[] {
  return [
    ...new Set([
      ...work.ensures,
      ...work.zonings,
      ...[...work.adds, ...work.adopts, ...work.repairs, ...work.removes].map(({ context }) => context),
    ]),
  ];
}

function maskUses(works: readonly ExportWork[]): Map<Urn, MaskUse> {
  const live = new Map<Urn, number>();
  const emptied = new Set<Urn>();
  const uses = new Map<Urn, Omit<MaskUse, 'ends'>>();
  for (const work of works) {
    for (const context of touched(work)) {
      const use = uses.get(context.urn);
      const ensurer = use?.ensurer ?? (work.ensures.has(context) ? work : undefined);
      const zoner = use?.zoner ?? (work.zonings.has(context) ? work : undefined);
      uses.set(context.urn, { first: use?.first ?? work, last: work, ensurer, zoner });
      if (!live.has(context.urn)) live.set(context.urn, context.maps.length);
    }
    for (const { context } of [...work.adds, ...work.adopts]) live.set(context.urn, live.get(context.urn)! + 1);
    for (const { context } of work.removes) {
      live.set(context.urn, live.get(context.urn)! - 1);
      emptied.add(context.urn);
    }
  }
  // Only a removal ends a mask: while a view is still being loaded, a mask may seem to map nothing.
  return new Map([...uses].map(([urn, use]) => [urn, { ...use, ends: emptied.has(urn) && live.get(urn) === 0 }]));
}

function addUnit(
  draft: Draft,
  work: ExportWork,
  uses: ReadonlyMap<Urn, MaskUse>,
  id: string,
  waits: readonly string[],
): readonly Extract<Step, { kind: 'zones.apply' }>[] {
  const { target, recorded, final } = work;
  const writes: PlannedWrite[] = [];
  if (final) writes.push(liveWrite(draft, recorded, final), ...(work.seers?.writes ?? []));
  else if (recorded) writes.push(endingWrite(draft, recorded), ...endedMembers(draft, recorded.record));
  const children: ChildChange[] = [];
  const steps = buildSteps(draft, work, uses, writes, children);
  const volumes = [...new Set([...work.adds, ...work.adopts, ...work.repairs].map(({ volume }) => volume))];
  const hosts = touched(work).map(({ host }) => host.urn);
  const systems = touched(work).map(({ system }) => system.urn);
  const zoned = zoningsOf(work, uses).flatMap(zonedBy);
  const joining = work.seers?.joining ?? [];
  const needs = [...volumes, ...hosts, ...systems, ...zoned, ...joining, final?.scope.project];
  draft.addUnit({
    id,
    address: target.address,
    urn: target.urn,
    action: final ? (recorded ? 'update' : isAdoption(work) ? 'adopt' : 'create') : 'delete',
    dependsOn: [...new Set([...draft.dependencies(needs), ...waits])].filter((unit) => unit !== id),
    writes,
    steps,
    shared: [...new Set([...volumes, ...hosts, ...systems, ...zoned, ...joining])].filter(
      (urn) => draft.unitOf(urn) === undefined,
    ),
    reservations: [],
    releases: [],
  });
  draft.changes.push(exportChange(draft, work, children));
  return steps.filter((step) => step.kind === 'zones.apply');
}

/** One for each mask that loses something while hosts are logged in, where these are to be waited for. */
function idleWaits(draft: Draft, work: ExportWork): Omit<Extract<Step, { kind: 'mask.await-idle' }>, 'id'>[] {
  const { waitIdleMs } = draft.input;
  if (waitIdleMs === undefined || vouchesFor(draft) !== undefined) return [];
  const contexts = new Set(work.removes.map(({ context }) => context));
  return [...contexts].flatMap((context) => {
    const initiators = context.observed?.initiators ?? context.initiators;
    const busy = (context.observed?.loggedIn ?? []).some((name) => initiators.includes(name));
    const args = { mask: context.urn, name: context.label, initiators, patienceMs: waitIdleMs };
    return busy ? [{ system: context.system.urn, form: 'wait', kind: 'mask.await-idle', args } as const] : [];
  });
}

function buildSteps(
  draft: Draft,
  work: ExportWork,
  uses: ReadonlyMap<Urn, MaskUse>,
  writes: PlannedWrite[],
  children: ChildChange[],
): Step[] {
  const steps: Step[] = [];
  const next = () => `s${steps.length + 1}`;
  const zone = (contexts: readonly MaskContext[], when: 'before' | 'after') => {
    const zonings = contexts.flatMap(({ fabric }) => fabric?.zoning ?? []);
    for (const step of zoneSteps(draft, zonings, when)) steps.push({ ...step, id: next() });
  };
  const record = (context: MaskContext) => {
    const [paths, zones] = [
      pathWrites(draft, context, context.fabric!),
      zoneWrites(draft, context, context.fabric!.zoning),
    ];
    writes.push(...paths.writes, ...zones.writes);
    children.push(...paths.changes, ...zones.changes);
  };
  const useOf = ({ urn }: MaskContext) => uses.get(urn)!;
  const zoned = touched(work).filter((context) => useOf(context).zoner === work && !useOf(context).ends);
  // Who gains access is zoned before the masks admit him, who loses it after.
  zone(zoned, 'before');
  for (const context of touched(work)) {
    const use = useOf(context);
    writeMask(draft, work, context, use, writes);
    if (use.ensurer === work && !(use.ends && use.last === work))
      steps.push(ensureStep(draft, context, next(), children));
    if (context.isAdopted && use.first === work) steps.push(markStep(context, next(), children));
  }
  zone(zoned, 'after');
  for (const context of zoned) record(context);
  for (const step of idleWaits(draft, work)) steps.push({ ...step, id: next() });
  for (const { context, volume, hlu, record, recorded, evidence } of work.removes) {
    steps.push({
      id: next(),
      system: context.system.urn,
      form: 'call',
      kind: 'mapping.remove',
      args: {
        mask: context.urn,
        volume,
        hlu,
        evidence,
        initiators: context.observed?.initiators ?? context.initiators,
      },
    });
    writes.push(endingWrite(draft, recorded, freedNow(draft)));
    children.push({
      kind: 'lunMap',
      urn: record.urn,
      action: 'delete',
      summary: mapSummary(draft, context, volume, hlu),
    });
  }
  const map = ({ context, volume, hlu, record }: MapWork, action: 'create' | 'update') => {
    const args = { mask: context.urn, volume, hlu };
    steps.push({ id: next(), system: context.system.urn, form: 'call', kind: 'mapping.ensure', args });
    children.push({ kind: 'lunMap', urn: record.urn, action, summary: mapSummary(draft, context, volume, hlu) });
  };
  for (const add of work.adds) {
    map(add, 'create');
    writes.push(liveWrite(draft, add.recorded, add.record));
  }
  for (const repair of work.repairs) map(repair, 'update');
  for (const { context, volume, hlu, record, recorded } of work.adopts) {
    writes.push(liveWrite(draft, recorded, record));
    children.push({
      kind: 'lunMap',
      urn: record.urn,
      action: 'adopt',
      summary: mapSummary(draft, context, volume, hlu),
    });
  }
  const ended = touched(work).filter((context) => useOf(context).ends && useOf(context).last === work);
  for (const context of ended) {
    steps.push({
      id: next(),
      system: context.system.urn,
      form: 'call',
      kind: 'mask.delete',
      args: {
        mask: context.urn,
        name: context.label,
        initiators: context.observed?.initiators ?? context.initiators,
        ports: portIds(context),
      },
    });
    children.push({
      kind: 'exportMask',
      urn: context.urn,
      action: 'delete',
      summary: `${context.label} on ${context.system.name}`,
    });
  }
  zone(ended, 'after');
  for (const context of ended) if (context.fabric) record(context);
  return steps;
}

function writeMask(draft: Draft, work: ExportWork, context: MaskContext, use: MaskUse, writes: PlannedWrite[]): void {
  const { recorded } = context;
  if (use.ends) {
    if (use.last === work && recorded) writes.push(endingWrite(draft, recorded));
    return;
  }
  if (use.first !== work) return;
  writes.push(
    recorded
      ? liveWrite(draft, recorded, {
          ...recorded.record,
          spec: servedBy(context, recorded.record.spec),
          status: { ...recorded.record.status, phase: 'ready', sinceMs: draft.input.nowMs },
        })
      : liveWrite(draft, context.ended, newMaskRecord(draft, context, context.ports)),
  );
}

/** A new export of what the device shows already. */
const isAdoption = ({ recorded, adds, adopts, ensures }: ExportWork): boolean =>
  recorded === undefined && adopts.length > 0 && adds.length + ensures.size === 0;

function mapSummary(draft: Draft, context: MaskContext, volume: Urn, hlu: number): string {
  const name = draft.get(volume)?.name ?? draft.input.view.get(volume)?.record.name ?? volume;
  return `${name} -> ${context.host.name} LUN ${hlu} via ${context.ports.map((port) => port.spec.address).join(', ') || context.system.name}`;
}

function exportChange(draft: Draft, work: ExportWork, children: readonly ChildChange[]) {
  const { target, recorded, final, full } = work;
  const repaired =
    work.repairs.length > 0 ||
    (work.ensures.size + work.zonings.size > 0 && work.adds.length === 0 && recorded !== undefined);
  const moved = recorded && final && addressOf(recorded.record) !== addressOf(final as ResourceRecord);
  const adopted = isAdoption(work);
  const reason = !final
    ? droppedReason(draft)
    : adopted
      ? `imported from ${[...new Set(work.adopts.map(({ context }) => context.system.name))].join(', ')}; nothing but the mark of its mask is written`
      : !recorded
        ? `new in ${full?.node.file ?? 'the plan'}`
        : repaired
          ? repairReason(draft, work)
          : `differs in ${full?.node.file ?? 'the plan'}`;
  return makeChange(target, {
    action: !final ? 'delete' : adopted ? 'adopt' : !recorded ? 'create' : moved ? 'move' : 'update',
    reason,
    fields: recorded && final ? exportFields(draft, work, recorded, final) : [],
    children: [...children],
    facts: { ...reachedBy(draft, (final ?? recorded!.record) as ResourceRecord<'export'>), ...attestedBy(draft, work) },
    unknown: [...work.ensures].some(({ recorded, transport }) => !recorded && transport === 'ip') ? ['targetName'] : [],
    ...(moved && recorded ? { movedFrom: addressOf(recorded.record) } : {}),
  });
}

function exportFields(draft: Draft, { seers }: ExportWork, { record }: VersionedRecord, final: ResourceRecord) {
  const fields = fieldChanges(record, final);
  if (!seers) return namedFields(draft, fields);
  const own = fields.filter(({ field }) => !isSeerField(field, seers));
  return namedFields(draft, [...seers.fields, ...own]);
}

/** Whom the export is for: plans are grouped by it. */
function reachedBy(draft: Draft, record: ResourceRecord<'export'>): Record<string, string> {
  const { list, urns } = seersOf(record, (of, name) => draft.membersOf(of, name));
  if (urns.length === 0) return {};
  const names = byName(draft, urns).map((urn) => nameOf(draft, urn));
  const one = list === 'hosts' ? 'host' : 'cluster';
  return { [names.length === 1 ? one : list]: names.join(', ') };
}
