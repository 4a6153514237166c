/**
 * `reclaim report`: what could be given back, by whose it is. By the records and by what was seen of storage systems last: looks
 * at no device, and writes nothing.
 */
import { atMost } from '../../lib/at-most.ts';
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import { groupBy } from '../../lib/group-by.ts';
import { LIMITS } from '../../lib/limits.ts';
import { foldName } from '../model/address.ts';
import { allOnArray, type OnArrayRecord } from '../model/on-array.ts';
import { RECLAIM_REASON_NAMES } from '../model/reclaim.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { snapshotRoomBytes } from '../model/snapshot-room.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import type { ObservedEstate } from '../observe/observation.ts';
import { findOrphans, type Orphan } from '../observe/orphans.ts';
import { loadObservation } from '../state/observations.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import { deviceSpec } from './devices.ts';
import { driverFacts, loadBlockArray } from './drivers.ts';
import type { Call, Engine } from './engine.ts';
import { deviceHash, fromKept } from './observing.ts';
import { liveOf } from './pool-facts.ts';
import { observedOf, type ReclaimContext, reasonsOf, seenLast } from './reclaim-reasons.ts';
import { neededBy, removing } from './reclaim-removing.ts';
import { bySize, ownersOf, sumOf } from './reclaim-sums.ts';
import type { ReclaimItem, ReclaimReason } from './reclaim-types.ts';
import type { InputOf, ResultOf } from './types.ts';

type Input = InputOf<'reclaim.report'>;
type System = ResourceRecord<'storageSystem'>;

export async function reclaimReport({ engine }: Call, input: Input): Promise<ResultOf<'reclaim.report'>> {
  const loader = await openViewLoader(engine.store);
  try {
    const { result: asked } = await withView(loader, (view) => whatIsAsked(view, input));
    if ('problem' in asked) return fail('error', asked.problem);
    const { estate, systems, diagnostics } = await lookedAtLast(engine, loader, asked.systems);
    const { result: all } = await withView(loader, (view) => {
      const context = contextOf(view, engine, estate, input);
      const recorded = recordedItems(context, asked);
      return asked.project ? recorded : [...recorded, ...orphanItems(view, engine, estate, asked.systems)];
    });
    const items = all.flatMap((item) => filtered(item, input, engine.clock.nowMs())).sort(bySize);
    return { outcome: 'ok', diagnostics, items, owners: ownersOf(items), total: sumOf(items), systems };
  } finally {
    loader.close();
  }
}

interface Asked {
  readonly systems: readonly System[];
  readonly project?: Urn;
  /** Only of one system. */
  readonly isPart: boolean;
}

function whatIsAsked(
  view: RecordedView,
  { system, project }: Input,
): Asked | { problem: Omit<Diagnostic, 'severity'> } {
  const on = system === undefined ? undefined : findResource(view, system, 'storageSystem');
  if (on && 'problem' in on) return on;
  const of = project === undefined ? undefined : findResource(view, project, 'project');
  if (of && 'problem' in of) return of;
  const systems = liveOf(view, 'storageSystem').sort((a, b) => (foldName(a.name) < foldName(b.name) ? -1 : 1));
  return {
    systems: on ? systems.filter(({ urn }) => urn === on.recorded.record.urn) : systems,
    ...(of ? { project: of.recorded.record.urn } : {}),
    isPart: on !== undefined,
  };
}

interface LastLooks {
  readonly estate: ObservedEstate;
  readonly systems: ResultOf<'reclaim.report'>['systems'];
  readonly diagnostics: readonly Diagnostic[];
}

/** However long ago. What is not known is said, and concluded from nothing. */
async function lookedAtLast(engine: Engine, loader: ViewLoader, asked: readonly System[]): Promise<LastLooks> {
  const looks = await atMost(LIMITS.readsMax, asked, async (system) => {
    const spec = deviceSpec(system);
    const wanted = { system: system.urn, device: deviceHash(spec) };
    const kept = await loadObservation({ snapshot: loader.snapshot, blobs: engine.blobs }, wanted);
    if ('why' in kept) return { name: system.name, diagnostic: unseen(system.name, kept.why) };
    const observation = fromKept(kept);
    const driver = driverFacts(await loadBlockArray(spec.driver), observation.identity);
    return { name: system.name, seen: { observation, driver } };
  });
  return {
    estate: new Map(looks.flatMap(({ name, seen }) => (seen ? [[foldName(name), seen] as const] : []))),
    systems: looks.map(({ name, seen }) => ({
      system: name,
      ...(seen ? { observedAtMs: seen.observation.observedAtMs } : {}),
    })),
    diagnostics: looks.flatMap(({ diagnostic }) => diagnostic ?? []),
  };
}

const unseen = (system: string, why: string): Diagnostic => ({
  code: 'COPRHD-DEVICE-009',
  severity: 'warning',
  summary: `of storage system ${system} it is not known who is logged in and how much is used: ${why}`,
  fix: `coprhd discover ${system}`,
});

function contextOf(view: RecordedView, { clock }: Engine, estate: ObservedEstate, input: Input): ReclaimContext {
  const seen = new Map(
    liveOf(view, 'storageSystem').flatMap(({ urn, name }) => {
      const found = estate.get(foldName(name));
      return found ? [[urn, seenLast(found.observation)] as const] : [];
    }),
  );
  const maps = groupBy(
    view.all('lunMap').map(({ record }) => record),
    ({ spec }) => spec.volume,
  );
  const snapshots = groupBy(liveOf(view, 'snapshot'), ({ spec }) => spec.volume);
  return {
    view,
    nowMs: clock.nowMs(),
    ageMs: input.olderThanMs ?? LIMITS.reclaimAgeMs,
    seen: (system) => seen.get(system),
    lunMapsOf: (volume) => maps.get(volume) ?? [],
    snapshotsOf: (volume) => snapshots.get(volume) ?? [],
  };
}

function recordedItems(context: ReclaimContext, { systems, project, isPart }: Asked): ReclaimItem[] {
  const { view } = context;
  const all = allOnArray(view).map(({ record }) => record);
  const live = all.filter(isLive);
  const copies = groupBy(
    live.filter(({ spec }) => spec.copyOf !== undefined && !spec.detached),
    ({ spec }) => spec.copyOf,
  );
  const addresses = groupBy(live, addressOf);
  const taken = new Set(live.map(placeOf));
  const on = new Set<Urn | undefined>(systems.map(({ urn }) => urn));
  return all.flatMap((record): ReclaimItem[] => {
    if ((isPart && !on.has(record.status.device?.system)) || (project && record.spec.project !== project)) return [];
    // Given up, and somebody else's record by now.
    if (!isLive(record) && taken.has(placeOf(record))) return [];
    const reasons = reasonsOf(context, record);
    if (reasons.length === 0) return [];
    const address = addressOf(record);
    const name = (addresses.get(address)?.length ?? 0) > 1 ? record.urn : address;
    const needs = isLive(record) ? neededBy(context, record, copies.get(record.urn) ?? []) : NEEDED_BY_NONE;
    return [
      { ...facts(context, record, address), reasons, ...needs, remove: removing(context, record, reasons, name) },
    ];
  });
}

const NEEDED_BY_NONE = { neededBy: [], neededByCount: 0 } as const;

const placeOf = ({ status: { device } }: OnArrayRecord): string | undefined =>
  device && `${device.system} ${device.nativeId}`;

function facts(
  context: ReclaimContext,
  record: OnArrayRecord,
  address: string,
): Omit<ReclaimItem, 'reasons' | 'neededBy' | 'neededByCount' | 'remove'> {
  const { urn, spec, scope, status, createdBy, createdAtMs } = record;
  const nameOf = (of: Urn | undefined) => of && context.view.get(of)?.record.name;
  const kind = (record as ResourceRecord).kind as ReclaimItem['kind'];
  const named = {
    tenant: nameOf(scope.tenant),
    project: nameOf(spec.project),
    system: nameOf(status.device?.system),
    pool: nameOf(status.device?.pool),
  };
  const sizeBytes = status.device?.provisionedBytes ?? spec.sizeBytes;
  const observed = observedOf(context, record);
  return {
    ...{ address, kind, urn, by: createdBy.name, createdAtMs, sizeBytes },
    ...Object.fromEntries(Object.entries(named).filter(([, name]) => name !== undefined)),
    subscribedBytes: kind === 'snapshot' ? snapshotRoomBytes(spec as { fullCopy?: true }, sizeBytes) : sizeBytes,
    ...(observed ? { allocatedBytes: observed.allocatedBytes } : {}),
  };
}

function orphanItems(
  view: RecordedView,
  engine: Engine,
  estate: ObservedEstate,
  systems: readonly System[],
): ReclaimItem[] {
  const { installationId: installation, epoch } = engine.installation;
  const found = findOrphans({ view, observed: estate, systems, installation, epoch });
  return found.flatMap((orphan) => (orphan.kind === 'volume' ? [orphanItem(view, estate, orphan)] : []));
}

function orphanItem(view: RecordedView, estate: ObservedEstate, orphan: Orphan): ReclaimItem {
  const { system, nativeId, pool, sizeBytes = 0, allocatedBytes, recorded, why, urn } = orphan;
  const known = view.get(urn as Urn)?.record;
  const nameOf = (of: Urn | undefined) => of && view.get(of)?.record.name;
  const [tenant, project] = [nameOf(known?.scope.tenant), nameOf(known?.scope.project)];
  return {
    address: `${system}:${nativeId}`,
    ...{ kind: 'volume', urn, system, sizeBytes, subscribedBytes: sizeBytes },
    ...(tenant === undefined ? {} : { tenant }),
    ...(project === undefined ? {} : { project }),
    ...(recorded ? { by: recorded.createdBy.name, createdAtMs: recorded.createdAtMs } : {}),
    ...(pool === undefined ? {} : { pool }),
    ...(allocatedBytes === undefined ? {} : { allocatedBytes }),
    reasons: [{ reason: 'orphan', detail: why, observedAtMs: estate.get(foldName(system))!.observation.observedAtMs }],
    ...NEEDED_BY_NONE,
    remove: [`coprhd orphans --system ${system}`],
  };
}

/** Of the reasons that were asked for. By an age that somebody names also what can't be so for so long goes. */
function filtered(
  item: ReclaimItem,
  { reasons: wanted = RECLAIM_REASON_NAMES, olderThanMs }: Input,
  nowMs: number,
): ReclaimItem[] {
  const isOldEnough = ({ sinceMs, orBefore }: ReclaimReason): boolean =>
    olderThanMs === undefined || orBefore === true || nowMs - (sinceMs ?? item.createdAtMs ?? 0) >= olderThanMs;
  const reasons = item.reasons.filter(isOldEnough);
  return reasons.some(({ reason }) => wanted.includes(reason)) ? [{ ...item, reasons }] : [];
}
