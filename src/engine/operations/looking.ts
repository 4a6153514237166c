/** Operations that look at devices: drift (writes nothing) and discover (keeps what it saw). */
import { type Diagnostic, fail, OperationError } from '../../lib/diagnostic.ts';
import { foldName } from '../model/address.ts';
import { addressMatcher } from '../model/address-pattern.ts';
import { DEVICE_KINDS, isDevice } from '../model/device-kinds.ts';
import { KIND_NAMES } from '../model/kinds.ts';
import { maintenanceOf } from '../model/maintenance.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { addressOf } from '../observe/addresses.ts';
import { type DiscoveredWrite, discoveredWrites } from '../observe/attributes.ts';
import { countVolumes, findDrift } from '../observe/drift.ts';
import type { DriftRequest } from '../observe/drift-context.ts';
import type { DriftItem, ObservedEstate } from '../observe/observation.ts';
import { makeChange } from '../planner/base-record.ts';
import { type Draft, liveWrite } from '../planner/draft.ts';
import { matchesNothing } from '../planner/part.ts';
import { keys } from '../state/keys.ts';
import { encodeObserved } from '../state/records.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { runPlan } from '../workflow/run-plan.ts';
import { findDevice, findResource } from './addresses.ts';
import { accountsWithQuota, sampleAccounts } from './capacity-sampling.ts';
import { deviceSpec } from './devices.ts';
import { discoverNetworks } from './discovering-networks.ts';
import type { Call } from './engine.ts';
import { keepLook } from './keeping.ts';
import { lookAtNetworks, networksOfMasks } from './looking-networks.ts';
import { type Look, type ObserveOptions, observeSystems } from './observing.ts';
import { planOrder } from './planning.ts';
import { liveOf } from './pool-facts.ts';
import type { InputOf, PartOptions, Report, ResultOf, SystemSeen } from './types.ts';
import { withWorkflowEnv } from './workflow-env.ts';
import { zoneItems } from './zone-drift.ts';

type System = ResourceRecord<'storageSystem'>;

/** Of both kinds, by their names; all that are recorded where none is named. */
export async function devicesAsked(
  loader: ViewLoader,
  names: readonly string[],
): Promise<{ readonly storageSystems: System[]; readonly networkSystems: ResourceRecord<'networkSystem'>[] }> {
  const { result } = await withView(loader, (view) => {
    const found = names.map((name) => findDevice(view, name));
    const problem = found.find((each) => 'problem' in each);
    if (problem) return problem;
    if (names.length > 0) return found.flatMap((each) => ('recorded' in each ? [each.recorded.record] : []));
    return DEVICE_KINDS.flatMap((kind) => view.all(kind).map(({ record }) => record as ResourceRecord));
  });
  if (!Array.isArray(result)) return fail('error', result.problem);
  const once = [...new Map(result.filter(isLive).map((record) => [record.urn, record])).values()].sort((a, b) =>
    foldName(a.name) < foldName(b.name) ? -1 : 1,
  );
  return {
    storageSystems: once.filter((record) => isDevice(record, 'storageSystem')),
    networkSystems: once.filter((record) => isDevice(record, 'networkSystem')),
  };
}

/** By their names, each once; all that are recorded where none is named. */
export async function systemsAsked(loader: ViewLoader, names: readonly string[]): Promise<System[]> {
  const { result } = await withView(loader, (view) => {
    const found = names.map((name) => findResource(view, name, 'storageSystem'));
    const problem = found.find((each) => 'problem' in each);
    if (problem) return problem;
    const named = found.flatMap((each) => ('recorded' in each ? [each.recorded.record as System] : []));
    const all = () => view.all('storageSystem').map(({ record }) => record);
    const wanted = names.length === 0 ? all().filter(({ status }) => status.phase !== 'deleted') : named;
    return [...new Map(wanted.map((system) => [system.urn, system])).values()].sort((a, b) =>
      foldName(a.name) < foldName(b.name) ? -1 : 1,
    );
  });
  return Array.isArray(result) ? result : fail('error', result.problem);
}

interface Seen {
  /** What the observation is compared by. */
  readonly ask: (view: RecordedView) => DriftRequest;
  readonly systems: readonly System[];
  readonly observed: ObservedEstate;
  readonly items: readonly DriftItem[];
  readonly summaries: readonly SystemSeen[];
  readonly warnings: readonly Diagnostic[];
}

export interface LookOptions extends ObserveOptions {
  /** Only this storage system; or these. */
  readonly system?: string | undefined;
  readonly systems?: readonly string[] | undefined;
  /** These, whoever is named. */
  readonly records?: readonly System[];
}

export async function look(call: Call, loader: ViewLoader, asked: LookOptions): Promise<Seen> {
  const { system, systems: names = system === undefined ? [] : [system], records, ...options } = asked;
  const systems = records ?? (await systemsAsked(loader, names));
  const devices = systems.map((each) => ({ spec: deviceSpec(each), urn: each.urn }));
  const observed = await observeSystems(call, loader, devices, options);
  const { installationId, epoch } = call.engine.installation;
  const ask = (view: RecordedView): DriftRequest => ({
    view,
    observed,
    installation: installationId,
    epoch,
    systems: systems.map(({ name: of, urn }) => ({ name: of, urn })),
  });
  const { result } = await withView(loader, (view) => ({
    items: findDrift(ask(view)),
    counts: countVolumes(ask(view)),
  }));
  const nowMs = call.engine.clock.nowMs();
  const summaries = systems.map((system) => summary(system, observed, result.counts.get(system.name), nowMs));
  const warnings = [...observed.values()].flatMap(({ observation }) => observation.warnings ?? []);
  return { ask, systems, observed, items: result.items, summaries, warnings };
}

function summary(
  system: System,
  observed: ObservedEstate,
  counts: { ours: number; foreign: number } | undefined,
  nowMs: number,
): SystemSeen {
  const maintenance = maintenanceOf(system, nowMs);
  const { observation } = observed.get(foldName(system.name))!;
  const { trust, observedAtMs, pools, ports, volumes } = observation;
  return {
    system: system.name,
    trust: trust.level,
    why: trust.why,
    observedAtMs,
    pools: pools.length,
    ports: ports.length,
    volumes: volumes.length,
    ours: counts?.ours ?? 0,
    foreign: counts?.foreign ?? 0,
    ...(observation.read ? { read: observation.read } : {}),
    ...(maintenance ? { maintenance } : {}),
  };
}

/** Things that are ours and differ. Foreign objects are listed, but are no drift. */
const IS_DRIFT: ReadonlySet<string> = new Set(['managed', 'missing', 'duplicate', 'cosmetic']);

export async function drift(call: Call, input: InputOf<'drift'>): Promise<ResultOf<'drift'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const { items: onSystems, systems, summaries, warnings } = await look(call, loader, { system: input.system });
    const fabrics = await zonesOnFabrics(call, loader, systems);
    const items = await partOf(loader, [...onSystems, ...fabrics.items], input);
    const unread = [...summaries, ...fabrics.networks].filter(({ trust }) => trust !== 'whole');
    const outcome = items.some((item) => IS_DRIFT.has(item.class)) ? 'changes' : unread.length > 0 ? 'error' : 'ok';
    const said = summaries.filter(({ trust }) => trust !== 'whole').map(unreadDiagnostic);
    const diagnostics = [...warnings, ...said, ...fabrics.diagnostics];
    return { outcome, diagnostics, items, systems: summaries, networks: fabrics.networks };
  } finally {
    loader.close();
  }
}

/** Of the fabrics through which exports on these storage systems go. */
async function zonesOnFabrics(call: Call, loader: ViewLoader, systems: readonly System[]) {
  const own = new Set(systems.map(({ urn }) => urn));
  const masksOn = (view: RecordedView) =>
    liveOf(view, 'exportMask').flatMap(({ urn, spec }) => (own.has(spec.system) ? [urn] : []));
  const wanted = (view: RecordedView) => networksOfMasks(view, new Set(masksOn(view)));
  const { networks, diagnostics } = await lookAtNetworks(call, loader, wanted);
  const { result: items } = await withView(loader, (view) => {
    const masks = new Set(masksOn(view));
    return networks.flatMap((network) => zoneItems(view, network, masks));
  });
  return { items, diagnostics, networks: networks.map(({ summary }) => summary) };
}

/** Items under the patterns. A pattern must name something: recorded, or seen. */
async function partOf(
  loader: ViewLoader,
  items: readonly DriftItem[],
  { targets = [], excludes = [] }: PartOptions,
): Promise<readonly DriftItem[]> {
  if (targets.length === 0 && excludes.length === 0) return items;
  const { result: recorded } = await withView(loader, (view) =>
    KIND_NAMES.flatMap((kind) => view.all(kind)).filter(({ record }) => isLive(record)),
  );
  const known = [...recorded.map(({ record }) => ({ address: addressOf(record) })), ...items];
  const wrong = (flag: '--target' | '--exclude', patterns: readonly string[]) =>
    patterns
      .filter((pattern) => !known.some(({ address }) => addressMatcher(pattern)(address)))
      .map((pattern): Diagnostic => ({ severity: 'error', ...matchesNothing(flag, pattern, known) }));
  const complaints = [...wrong('--target', targets), ...wrong('--exclude', excludes)];
  if (complaints.length > 0) throw new OperationError('error', complaints);
  const [wanted, unwanted] = [targets.map(addressMatcher), excludes.map(addressMatcher)];
  return items.filter(
    ({ address }) =>
      (wanted.length === 0 || wanted.some((matches) => matches(address))) &&
      !unwanted.some((matches) => matches(address)),
  );
}

export function unreadDiagnostic({ system, trust, why }: SystemSeen): Report['diagnostics'][number] {
  return {
    code: trust === 'unreachable' ? 'COPRHD-DEVICE-001' : 'COPRHD-HELD-008',
    severity: trust === 'unreachable' ? 'error' : 'warning',
    summary: `storage system ${system} is ${trust}: ${why}`,
    fix: 'check the device and the configuration of its storage system',
  };
}

/** Observes, records new pools, ports and logins, keeps attributes and observations. Never removes anything. */
export async function discover(
  call: Call,
  { systems: names = [], whole }: InputOf<'discover'>,
): Promise<ResultOf<'discover'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const looks: Look[] = [];
    const asked = await devicesAsked(loader, names);
    const seen = await look(call, loader, { records: asked.storageSystems, looks, changes: whole !== true });
    const fabrics = await discoverNetworks(call, loader, asked.networkSystems);
    const { systems, observed, items, summaries, warnings } = seen;
    const unread = summaries.filter(({ trust }) => trust !== 'whole').map(unreadDiagnostic);
    const diagnostics = [...unread, ...fabrics.diagnostics];
    for (const system of systems) {
      const { observation } = observed.get(foldName(system.name))!;
      if (observation.trust.level !== 'whole') continue;
      diagnostics.push(...(await recordDiscovered(call, loader, system, observation)));
    }
    for (const each of [...looks, ...fabrics.looks]) await keepLook(call, each);
    await sampleAccounts(call.engine, accountsWithQuota);
    const foreign = items.filter((item) => item.class === 'foreign');
    const outcome = diagnostics.length > 0 ? 'error' : 'ok';
    const { networkSystems } = fabrics;
    const said = [...warnings, ...fabrics.warnings, ...diagnostics];
    return { outcome, diagnostics: said, systems: summaries, networkSystems, foreign };
  } finally {
    loader.close();
  }
}

type Observation = Parameters<typeof discoveredWrites>[0]['observation'];

/** New and changed records go the way of a plan; attributes of those that stay are simply the latest. */
async function recordDiscovered(
  call: Call,
  loader: ViewLoader,
  system: System,
  observation: Observation,
): Promise<readonly Diagnostic[]> {
  const { store } = call.engine;
  let seen: readonly DiscoveredWrite[] = [];
  const order = {
    operation: 'discover',
    graph: { stacks: [] },
    texts: [],
    options: {},
    draw: (draft: Draft) => {
      seen = drawDiscovered(draft, system, observation);
    },
  };
  const { plan } = await planOrder(call, loader, order);
  for (const { record, attributes, recordChanged } of seen) {
    if (recordChanged) continue;
    const value = encodeObserved(record.kind, attributes as never);
    await store.txn({ success: [{ type: 'put', key: keys.observed(record.urn), value }] });
  }
  if (!plan || plan.units.length === 0) return [];
  const result = await withWorkflowEnv(call, (env) => runPlan(env, plan, { claimWaitMs: 0 }));
  if (result.status === 'interrupted') call.ctx.signal.throwIfAborted();
  return result.status === 'done' ? [] : result.diagnostics;
}

/** New and changed pools and ports of one system as one unit. */
function drawDiscovered(draft: Draft, system: System, observation: Observation): readonly DiscoveredWrite[] {
  const { view, nowMs, actor, installation } = draft.input;
  const found = discoveredWrites({
    system: system.urn,
    observation,
    view,
    newUrn: draft.newUrn,
    nowMs,
    actor,
    installation,
  });
  const changed = found.filter(({ recordChanged }) => recordChanged);
  if (changed.length === 0) return found;
  const target = { address: `storageSystem.${system.name}`, urn: system.urn, node: { kind: 'storageSystem' as const } };
  draft.addUnit({
    id: draft.nextUnitId(),
    address: target.address,
    urn: system.urn,
    action: 'update',
    dependsOn: [],
    writes: changed.map(({ record, attributes, previous }) => liveWrite(draft, previous, record, attributes)),
    steps: [],
    shared: [system.urn],
    reservations: [],
    releases: [],
  });
  draft.changes.push(makeChange(target, { action: 'update', reason: 'discovered' }));
  return found;
}
