/**
 * Exports: which volume is mapped to which host at which HLU. Here each declared or dropped export becomes work (maps to
 * add, to repair, to remove) or is held; export-units.ts turns the work into units.
 */

import type { DesiredSpecs } from '../config/desired.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { seersAreOwn } from './access.ts';
import { buildRecord } from './base-record.ts';
import type { Draft, Target } from './draft.ts';
import { maskHold, removalEvidence } from './export-holds.ts';
import { dependencyHeld, planVolumeMaps } from './export-maps.ts';
import { planSeers } from './export-seers.ts';
import { declaredSeers, hostsOf, shownBy } from './export-targets.ts';
import { type ExportWork, emptyWork, holdWork, planError, type VolumeEntry } from './export-work.ts';
import { nameOf, notManageable, phaseHold, untrusted } from './holds.ts';
import type { MaskContexts } from './masks.ts';

export function planDesiredExports(draft: Draft, contexts: MaskContexts): ExportWork[] {
  const works: ExportWork[] = [];
  reservePins(draft, contexts);
  for (const target of draft.targets('export')) {
    if (draft.isFixed(target)) continue;
    const work = desiredExport(draft, contexts, target);
    if (work) works.push(work);
  }
  return works;
}

function desiredExport(draft: Draft, contexts: MaskContexts, target: Target): ExportWork | undefined {
  const spec = target.node.spec as DesiredSpecs['export'];
  const [seers, hosts] = [declaredSeers(draft, target, spec), hostsOf(draft, target, spec)];
  const wanted = shownBy(draft, target, spec);
  if (!seers || !hosts || !target.project || wanted.some(({ urn }) => urn === undefined)) return undefined;
  const waiting = new Map(hosts.length > 0 ? [] : wanted.map(({ urn, hlu }) => [urn as Urn, hlu] as const));
  const planned = planSeers(draft, target, seers, waiting);
  const recordedSpec: RecordedSpec<'export'> = {
    project: target.project,
    ...planned.spec,
    ...(spec.sharedAccess ? { sharedAccess: spec.sharedAccess } : {}),
    ...(spec.exclusive ? { exclusive: spec.exclusive } : {}),
    ...(spec.boot ? { boot: spec.boot } : {}),
    copies: spec.copies,
    namedBy: spec.namedBy,
    virtualArray: draft.resolve(target, ['virtualArray']),
  };
  const work = emptyWork(
    { address: target.address, urn: target.urn, node: { kind: 'export', spanOf: target.node.spanOf } },
    target.recorded,
    buildRecord<'export'>(draft, target, recordedSpec),
    { full: target, seers: { ...planned, joining: [...planned.joining, ...newArray(target, recordedSpec)] } },
  );
  const phase = target.recorded && phaseHold(target, target.recorded.record);
  if (phase) return void holdWork(draft, work, phase);
  const existing = target.recorded ? recordedMaps(draft, target.urn) : [];
  const byVolume = new Map<Urn, VersionedRecord<'lunMap'>[]>();
  for (const map of existing) {
    const same = byVolume.get(map.record.spec.volume);
    if (same) same.push(map);
    else byVolume.set(map.record.spec.volume, [map]);
  }
  // What is shown already stays shown; nothing more is, to hosts of somebody else.
  const shown = new Set(existing.map(({ record }) => `${record.spec.volume} ${hostOf(draft, record)}`));
  const seeingMore = hosts.filter((host) => wanted.some(({ urn }) => !shown.has(`${urn} ${host.urn}`)));
  if (!seersAreOwn(draft, target, seers, seeingMore)) return undefined;
  if (!mayWait(draft, work, waiting)) return undefined;
  const entries = wanted.map((entry): VolumeEntry => {
    const volume = entry.urn as Urn;
    return { ...entry, volume, hosts, mine: byVolume.get(volume) ?? [] };
  });
  if (!entries.every((entry) => isOfArray(draft, work, entry, recordedSpec.virtualArray))) return undefined;
  const kept = new Set<Urn>();
  for (const entry of hosts.length > 0 ? entries : []) {
    const stays = planVolumeMaps(draft, contexts, work, entry);
    if (!stays) return undefined;
    for (const { record } of stays) kept.add(record.urn);
  }
  const ending = existing.filter(({ record }) => !kept.has(record.urn));
  if (!ending.every((map) => addRemoval(draft, contexts, work, map))) return undefined;
  for (const [list, entries] of planned.lists) draft.setMembers(target.urn, list, [...entries.keys()]);
  return work;
}

/** Where it is another one than is recorded. */
const newArray = ({ recorded }: Target, { virtualArray }: RecordedSpec<'export'>): Urn[] =>
  virtualArray === undefined || (recorded?.record.spec as RecordedSpec<'export'>)?.virtualArray === virtualArray
    ? []
    : [virtualArray];

/** What is in it already may have moved to another one since. */
function isOfArray(draft: Draft, work: ExportWork, entry: VolumeEntry, virtualArray: Urn | undefined): boolean {
  const found = draft.get<'volume' | 'snapshot'>(entry.volume)?.spec.virtualArray;
  if (virtualArray === undefined || found === undefined || found === virtualArray || entry.mine.length > 0) return true;
  const what = `is of virtual array ${nameOf(draft, found)}, and the export of ${nameOf(draft, virtualArray)}`;
  return planError(draft, work, entry, what, 'show it by an export of its own virtual array');
}

/** What nobody sees yet must be there, or be made by this plan. */
function mayWait(draft: Draft, work: ExportWork, waiting: ReadonlyMap<Urn, unknown>): boolean {
  for (const volume of waiting.keys()) {
    const heldBy = draft.held.get(volume);
    if (heldBy && !draft.input.view.get(volume)) return dependencyHeld(draft, work, volume, heldBy);
  }
  return true;
}

/**
 * Pinned HLUs, then those of what is shown already, are known before any is chosen, so that the order of exports and volumes
 * doesn't matter: a host that joins gets what the others have.
 */
function reservePins(draft: Draft, contexts: MaskContexts): void {
  const targets = draft.targets('export').filter(({ node }) => !node.existing);
  for (const target of targets) reserve(draft, contexts, target, ({ hlu }) => hlu);
  for (const target of targets) {
    const maps = target.recorded ? recordedMaps(draft, target.urn) : [];
    const known = new Map(maps.map(({ record: { spec } }) => [spec.volume, spec.hlu]));
    if (known.size > 0) reserve(draft, contexts, target, ({ urn }) => urn && known.get(urn));
  }
}

function reserve(
  draft: Draft,
  contexts: MaskContexts,
  target: Target,
  numberOf: (entry: ReturnType<typeof shownBy>[number]) => number | undefined,
): void {
  const spec = target.node.spec as DesiredSpecs['export'];
  const hosts = hostsOf(draft, target, spec) ?? [];
  for (const entry of shownBy(draft, target, spec)) {
    const hlu = numberOf(entry);
    const location = hlu === undefined ? undefined : entry.urn && draft.locationOf(entry.urn);
    if (!location || hlu === undefined) continue;
    for (const host of hosts) {
      const pins = contexts.of(host, location.system)?.pins;
      if (pins && !pins.has(hlu)) pins.set(hlu, entry.urn as Urn);
    }
  }
}

const hostOf = (draft: Draft, map: ResourceRecord<'lunMap'>): Urn | undefined =>
  draft.input.view.get<'exportMask'>(map.spec.mask)?.record.spec.host;

export function recordedMaps(draft: Draft, exportUrn: Urn): VersionedRecord<'lunMap'>[] {
  return draft.input.view
    .inScope('lunMap', uuidOf(exportUrn))
    .filter(({ record }) => record.status.phase !== 'deleted');
}

/** Plans the end of a recorded map. False when it is held. */
export function addRemoval(
  draft: Draft,
  contexts: MaskContexts,
  work: ExportWork,
  map: VersionedRecord<'lunMap'>,
): boolean {
  const mask =
    draft.get<'exportMask'>(map.record.spec.mask) ?? draft.input.view.get<'exportMask'>(map.record.spec.mask)?.record;
  const host = mask && (draft.get<'host'>(mask.spec.host) ?? draft.input.view.get<'host'>(mask.spec.host)?.record);
  const context = host && contexts.of(host, mask.spec.system);
  if (!context) {
    const system = mask ? nameOf(draft, mask.spec.system) : 'its storage system';
    return holdWork(draft, work, untrusted(work.target, system));
  }
  const evidence = removalEvidence(draft, context);
  const pool = draft.input.view.get(map.record.spec.volume)?.record.status.device?.pool;
  const outside = notManageable(draft, context.system, pool && draft.get<'pool'>(pool)?.spec.nativeId);
  const why = maskHold(draft, context) ?? outside ?? (typeof evidence === 'object' ? evidence : undefined);
  if (why) return holdWork(draft, work, why);
  work.removes.push({
    context,
    volume: map.record.spec.volume,
    hlu: map.record.spec.hlu,
    record: map.record,
    recorded: map,
    evidence: evidence as 'idle' | 'attested',
  });
  return true;
}
