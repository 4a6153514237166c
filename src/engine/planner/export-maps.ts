/**
 * One volume of an export to all its hosts: which maps stay, which are added with which HLU and ports, which are put back
 * on the device. Whatever can't be relied on holds the whole export.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { isFollowing } from '../model/following.ts';
import { RECORD_SCHEMA_VERSION, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { mayStandBeside } from './copy-identity.ts';
import type { Draft } from './draft.ts';
import { initiatorHold, loginHold, mapHold, maskHold, strangerHold } from './export-holds.ts';
import { sharingAllowed } from './export-sharing.ts';
import { type ExportWork, holdWork, planError, type VolumeEntry } from './export-work.ts';
import { adoptFabricMask, planFabricMask, transportFor } from './fabric-masks.ts';
import { chooseHlu } from './hlus.ts';
import { nameOf, phaseHold, untrusted } from './holds.ts';
import { mappingOf } from './known-masks.ts';
import { choosePorts } from './mask-ports.ts';
import type { MaskContext, MaskContexts } from './masks.ts';
import { notePathDecision } from './path-decisions.ts';
import { vouchesFor } from './vouching.ts';

const DAY_MS = 24 * 3_600_000;

/** The maps that stay; undefined when the export can't be planned at all. */
export function planVolumeMaps(
  draft: Draft,
  contexts: MaskContexts,
  work: ExportWork,
  entry: VolumeEntry,
): readonly VersionedRecord<'lunMap'>[] | undefined {
  const { volume, hosts, mine } = entry;
  const location = draft.locationOf(volume);
  const record = draft.get<'volume'>(volume);
  // Held (missing, suspect) or not placed: that is said at the volume; its maps stay as they are.
  if (draft.held.has(volume) || !location || !record) {
    const heldBy = draft.held.get(volume);
    if (!heldBy || mine.length >= hosts.length) return mine;
    dependencyHeld(draft, work, volume, heldBy);
    return undefined;
  }
  if (!sharingAllowed(draft, work, entry, record)) return undefined;
  const perHost = hosts.map((host) => contexts.of(host, location.system));
  const doubtful = perHost.find((context) => context?.observation.trust.level !== 'whole');
  if (perHost.some((context) => context?.observation.trust.level !== 'whole')) {
    if (mine.length >= hosts.length && work.recorded !== undefined) return mine;
    const system = nameOf(draft, location.system);
    holdWork(draft, work, untrusted(work.target, system, doubtful?.observation.trust.why));
    return undefined;
  }
  const all = perHost as MaskContext[];
  const kept = mine.filter((map) => all.some(({ urn }) => urn === map.record.spec.mask));
  const planned =
    kept.every((map) => repairMap(draft, work, entry, all.find(({ urn }) => urn === map.record.spec.mask)!, map)) &&
    addMissing(draft, work, entry, all, kept, record);
  return planned ? kept : undefined;
}

function addMissing(
  draft: Draft,
  work: ExportWork,
  entry: VolumeEntry,
  all: readonly MaskContext[],
  kept: readonly VersionedRecord<'lunMap'>[],
  volume: ResourceRecord<'volume'>,
): boolean {
  const known = (kept[0] ?? entry.mine[0])?.record.spec.hlu;
  if (kept.length > 0 && known !== undefined && entry.hlu !== undefined && known !== entry.hlu) {
    const what = `is mapped at HLU ${known}; it can't be moved to ${entry.hlu} while it is exported`;
    return planError(draft, work, entry, what, `write \`hlu: ${known}\``);
  }
  const lacking = all.filter((context) => !kept.some((map) => map.record.spec.mask === context.urn));
  const adopted = adoptMaps(draft, work, entry, lacking, known, volume);
  if (!adopted) return false;
  const missing = lacking.filter((context) => !adopted.includes(context));
  if (missing.length === 0) return true;
  const alien = missing.find(({ isAdopted }) => isAdopted);
  if (alien) {
    const what = `is not mapped by ${alien.label}, which is imported as it is`;
    return planError(draft, work, entry, what, 'leave it out, and add it once the mask is ours');
  }
  if (isFollowing(volume)) {
    const what = `follows ${nameOf(draft, volume.spec.copyOf!)}: nobody else may write to it`;
    return planError(draft, work, entry, what, `split it first: coprhd copy split ${addressOf(volume)}`);
  }
  const masks = missing.map((context) => maskHold(draft, context)).find((hold) => hold !== undefined);
  const held = phaseHold({ address: addressOf(volume) }, volume) ?? masks ?? strangerHold(draft, all, volume);
  if (held) return holdWork(draft, work, held);
  if (shownTwice(draft, work, entry, missing)) return false;
  if (!mayStandBeside(draft, work, entry, missing, volume)) return false;
  const chosen = chooseHlu(missing, entry.volume, volume.name, {
    pinned: entry.hlu ?? (kept.length > 0 ? known : undefined),
    // None that has it stays: it may as well get another one.
    rather: known,
    from: entry.hluFrom,
  });
  if ('why' in chosen) {
    const early = chosen.isFreed ? '; or, when the host has no device left for it, --attest-offline WHO' : '';
    const fix =
      entry.hlu === undefined && kept.length > 0
        ? `other hosts have it at HLU ${known}, and it is the same on all: first apply without what has ${known} on this host${early}`
        : `choose another \`hlu\`, or leave it out${early}`;
    return planError(draft, work, entry, `can't be exported: ${chosen.why}`, fix, 'COPRHD-PATH-003');
  }
  draft.mappedBy.set(entry.volume, [...(draft.mappedBy.get(entry.volume) ?? []), work.final!]);
  return missing.every((context) => addMap(draft, work, entry, context, volume, chosen.hlu));
}

/** By another export of this plan: that is complained about. */
function shownTwice(draft: Draft, work: ExportWork, entry: VolumeEntry, contexts: readonly MaskContext[]): boolean {
  for (const { adds, host } of contexts) {
    const other = adds.get(entry.volume);
    if (other === undefined) continue;
    const what = `would be exported to ${host.name} by ${other} too`;
    return !planError(draft, work, entry, what, 'remove it from one of the two exports');
  }
  return false;
}

/** What the device maps already, in masks that are imported: recorded as it is. Gives those; undefined: it can't be. */
function adoptMaps(
  draft: Draft,
  work: ExportWork,
  entry: VolumeEntry,
  lacking: readonly MaskContext[],
  known: number | undefined,
  volume: ResourceRecord<'volume'>,
): readonly MaskContext[] | undefined {
  const nativeId = volume.status.device?.nativeId;
  const adopted = lacking.flatMap((context) => {
    const { observed } = context;
    const mapping = context.isAdopted && observed && nativeId !== undefined && mappingOf(observed, nativeId);
    return mapping ? [{ context, hlu: mapping.hlu }] : [];
  });
  if (adopted.length === 0) return [];
  const held = phaseHold({ address: addressOf(volume) }, volume) ?? maskHold(draft, adopted[0]!.context);
  if (held) return void holdWork(draft, work, held);
  if (
    shownTwice(
      draft,
      work,
      entry,
      adopted.map(({ context }) => context),
    )
  )
    return undefined;
  const wanted = entry.hlu ?? known ?? adopted[0]!.hlu;
  const other = adopted.find(({ hlu }) => hlu !== wanted);
  if (other) {
    const what = `is at LUN ${other.hlu} on host ${other.context.host.name}, not ${wanted}`;
    const fix =
      entry.hlu === undefined
        ? 'a cluster has it at one LUN: correct it on the device first'
        : `write \`hlu: ${other.hlu}\``;
    return void planError(draft, work, entry, what, fix, 'COPRHD-PATH-003');
  }
  for (const { context, hlu } of adopted) {
    if (!pathsAdopted(draft, work, entry, context, volume)) return undefined;
    const ended = context.endedMaps.get(hlu);
    const record = mapRecord(draft, work, context, volume, hlu, ended);
    context.adds.set(volume.urn, work.target.address);
    work.adopts.push({ context, volume: volume.urn, hlu, record, ...(ended ? { recorded: ended } : {}) });
  }
  return adopted.map(({ context }) => context);
}

/** Over IP it is served by all ports that it is served by; over Fibre Channel by the paths that are zoned. */
function pathsAdopted(
  draft: Draft,
  work: ExportWork,
  entry: VolumeEntry,
  context: MaskContext,
  volume: ResourceRecord<'volume'>,
): boolean {
  if (context.transport === 'ip' || context.fabric) return true;
  const why = adoptFabricMask(draft, context, volume);
  if (why !== undefined) {
    const fix = 'correct the mask or the zones on the device first, or take the export out';
    return planError(draft, work, entry, `can't be taken over: ${why}`, fix, 'COPRHD-PATH-001');
  }
  work.zonings.add(context);
  return true;
}

export function dependencyHeld(draft: Draft, work: ExportWork, volume: Urn, heldBy: Diagnostic): false {
  return holdWork(draft, work, {
    code: 'COPRHD-HELD-014',
    severity: 'error',
    summary: `${work.target.address} waits for ${nameOf(draft, volume)}, which is held`,
    detail: heldBy.summary,
    ...(heldBy.fix ? { fix: heldBy.fix } : {}),
  });
}

/** Adds one map, choosing ports when the mask is new. */
function addMap(
  draft: Draft,
  work: ExportWork,
  entry: VolumeEntry,
  context: MaskContext,
  volume: ResourceRecord<'volume'>,
  hlu: number,
): boolean {
  if (
    !(context.recorded
      ? stillReached(draft, work, entry, context, volume)
      : portsOf(draft, work, entry, context, volume))
  )
    return false;
  const ended = context.endedMaps.get(hlu);
  const record = mapRecord(draft, work, context, volume, hlu, ended);
  sayIfReleased(draft, work, context, volume, hlu);
  context.adds.set(volume.urn, work.target.address);
  work.adds.push({ context, volume: volume.urn, hlu, record, ...(ended ? { recorded: ended } : {}) });
  return correctInitiators(draft, work, context);
}

function mapRecord(
  draft: Draft,
  work: ExportWork,
  context: MaskContext,
  volume: ResourceRecord<'volume'>,
  hlu: number,
  ended: VersionedRecord<'lunMap'> | undefined,
): ResourceRecord<'lunMap'> {
  return {
    urn: ended?.record.urn ?? draft.newUrn('lunMap', `${work.target.address} ${volume.urn} ${context.urn}`),
    kind: 'lunMap',
    name: `${volume.name}@${context.host.name}`,
    scope: work.final!.scope,
    owner: { type: 'engine', parent: work.target.urn },
    parent: work.target.urn,
    spec: { export: work.target.urn, volume: volume.urn, mask: context.urn, hlu },
    status: { phase: 'ready', sinceMs: draft.input.nowMs },
    policy: { protect: false, onRemove: 'delete' },
    createdBy: draft.input.actor,
    createdAtMs: draft.input.nowMs,
    incarnation: 1,
    schemaVersion: RECORD_SCHEMA_VERSION,
  };
}

/** A host that still has a device for the number would take the new volume for the old one: who says that it hasn't? */
function sayIfReleased(
  draft: Draft,
  { target }: ExportWork,
  { releasedHlus, host, system }: MaskContext,
  volume: ResourceRecord<'volume'>,
  hlu: number,
): void {
  const former = releasedHlus.get(hlu);
  if (!former || former.spec.volume === volume.urn) return;
  const { freedBy } = former.status;
  const vouched = freedBy === undefined ? `${draft.input.attestOffline} attests` : `${freedBy} attested then`;
  const days = Math.floor((draft.input.nowMs - (former.status.freedAtMs ?? 0)) / DAY_MS);
  draft.warn({
    code: 'COPRHD-PATH-004',
    summary: `${target.address} gives ${volume.name} LUN ${hlu} of host ${host.name} on ${system.name}, freed ${days === 0 ? 'today' : `${days} d ago`} by ${nameOf(draft, former.spec.volume)}`,
    detail: `${vouched} that the host has no device left for it; else it would stay taken for 7 days`,
    address: target.address,
  });
}

function portsOf(
  draft: Draft,
  work: ExportWork,
  entry: VolumeEntry,
  context: MaskContext,
  volume: ResourceRecord<'volume'>,
): boolean {
  if (context.fabric) return fabricPathsOf(draft, work, entry, context, volume);
  if (context.ports.length > 0) return true;
  const virtualArray = draft.get<'virtualArray'>(volume.spec.virtualArray);
  const virtualPool = draft.get<'virtualPool'>(volume.spec.virtualPool);
  if (!virtualArray || !virtualPool) return false;
  const { paths, protocols } = virtualPool.spec;
  const way = transportFor(draft, context.host.urn, virtualArray.urn, protocols);
  if ('why' in way) return noPaths(draft, work, entry, way.why);
  if (way.transport === 'fc') return fabricPathsOf(draft, work, entry, context, volume);
  const choice = choosePorts(draft, context, virtualArray, paths);
  if (!choice.ok) return noPaths(draft, work, entry, choice.why);
  if (choice.ports.length < choice.wanted) {
    draft.warn({
      code: 'COPRHD-PATH-002',
      summary: `${work.target.address} gets ${choice.ports.length} of ${choice.wanted} paths on ${context.system.name}`,
      address: work.target.address,
    });
  }
  context.ports = choice.ports;
  return true;
}

function noPaths(draft: Draft, work: ExportWork, entry: VolumeEntry, why: string): false {
  const fix = 'check the host, its initiators and networks, and the ports of the system';
  return planError(draft, work, entry, `can't be exported: ${why}`, fix, 'COPRHD-PATH-001');
}

/** Paths and zones of the mask, once; what is to be done about them is done with the first export that isn't held. */
function fabricPathsOf(
  draft: Draft,
  work: ExportWork,
  entry: VolumeEntry,
  context: MaskContext,
  volume: ResourceRecord<'volume'>,
): boolean {
  const isFirst = context.fabric === undefined;
  const why = planFabricMask(draft, context, volume);
  if (why !== undefined) return noPaths(draft, work, entry, why);
  const { paths, zoning } = context.fabric!;
  if (zoning.hold) return holdWork(draft, work, zoning.hold);
  const changes = paths!.ending.length > 0 || paths!.paths.some(({ recorded }) => !recorded);
  if (changes || zoning.isNeeded) work.zonings.add(context);
  if (!isFirst) return true;
  notePathDecision(draft, context, work.target.address, volume.spec.virtualPool);
  for (const network of zoning.unzoned) {
    draft.warn({
      code: 'COPRHD-PATH-006',
      summary: `${work.target.address}: nobody zones network ${network}, in which ${context.host.name} gets paths to ${context.system.name}`,
      fix: 'name its networkSystem; or say autoSanZoning: false on the virtual array where others make the zones',
      address: work.target.address,
    });
  }
  // What is there already was said when it was made.
  for (const shortfall of paths!.plan.added.length > 0 ? paths!.plan.shortfalls : []) {
    draft.warn({
      code: 'COPRHD-PATH-002',
      summary: `${work.target.address}: ${context.host.name} on ${context.system.name}: ${shortfall}`,
      address: work.target.address,
    });
  }
  return true;
}

/** Puts back what the device lost: a mask, an initiator. A single LUN that somebody took out is held. */
function repairMap(
  draft: Draft,
  work: ExportWork,
  entry: VolumeEntry,
  context: MaskContext,
  map: VersionedRecord<'lunMap'>,
): boolean {
  const held = mapHold(draft, work.target, context, map);
  // Only what is missing may be put back when told to; an identity that doesn't agree is never overruled.
  if (held && !(held.code === 'COPRHD-HELD-001' && draft.mayReplace(work.target))) return holdWork(draft, work, held);
  const { volume, hlu } = map.record.spec;
  if (!context.mappings.has(hlu) || draft.placedOn.has(volume)) {
    if (!manageable(draft, work, context)) return false;
    work.repairs.push({ context, volume, hlu, record: map.record });
  }
  const record = draft.get<'volume'>(volume);
  if (record && !stillReached(draft, work, entry, context, record)) return false;
  return correctInitiators(draft, work, context);
}

/** Over Fibre Channel the paths of a recorded mask are looked at again: an initiator may have come or gone, a zone be missing. */
function stillReached(
  draft: Draft,
  work: ExportWork,
  entry: VolumeEntry,
  context: MaskContext,
  volume: ResourceRecord<'volume'>,
): boolean {
  return context.transport === 'ip' || fabricPathsOf(draft, work, entry, context, volume);
}

/** The mask must admit exactly the host's initiators. Taking one out that is logged in needs evidence. */
function correctInitiators(draft: Draft, work: ExportWork, context: MaskContext): boolean {
  if (work.ensures.has(context)) return true;
  const admitted = context.observed?.initiators ?? [];
  const extra = admitted.filter((name) => !context.initiators.includes(name));
  const lacking = context.initiators.filter((name) => !admitted.includes(name));
  if (context.observed && extra.length === 0 && lacking.length === 0 && servesAll(context)) return true;
  const intruder = initiatorHold(context, lacking);
  if (intruder) return holdWork(draft, work, intruder);
  if (!manageable(draft, work, context)) return false;
  const busy = extra.filter((name) => context.observed?.loggedIn.includes(name));
  if (busy.length > 0 && vouchesFor(draft) === undefined) {
    return holdWork(draft, work, loginHold(context, busy));
  }
  work.ensures.add(context);
  return true;
}

/** Over IP the ports of a mask are what they were made with. */
function servesAll({ transport, observed, ports }: MaskContext): boolean {
  if (transport === 'ip') return true;
  const serving = new Set(observed?.ports ?? []);
  return ports.every(({ spec }) => serving.has(spec.nativeId));
}

function manageable(draft: Draft, work: ExportWork, context: MaskContext): boolean {
  const why = maskHold(draft, context);
  return why === undefined || holdWork(draft, work, why);
}
