/**
 * `topo`: hosts, their initiators, networks, zones, storage ports and LUNs as one picture. Of a plan it is what the plan touches, as it
 * is before and after, put on each other: what is only in one of them is marked.
 */
import { compareText } from '../../lib/compare-text.ts';
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import { groupBy } from '../../lib/group-by.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import type { Urn } from '../model/urn.ts';
import type { Plan } from '../planner/plan.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import { lookAtDevices, type SeenDevices, seenAt } from './connectivity-look.ts';
import type {
  ListedPath,
  Mark,
  PathZone,
  TopologyHost,
  TopologyInitiator,
  TopologyInput,
  TopologyMask,
} from './connectivity-types.ts';
import type { Call } from './engine.ts';
import { devicesOf, liveIn, lunsOfMask, masksOfHost, type PathScope, pathsOfMask } from './path-facts.ts';
import { masksOfExport } from './path-listing.ts';
import { withRecords } from './planned-view.ts';
import type { ResultOf } from './types.ts';
import { fabricFacts } from './zone-facts.ts';

type Mask = ResourceRecord<'exportMask'>;

interface Asked {
  readonly about: string;
  readonly masks: readonly Mask[];
  readonly scope: PathScope;
  /** Its initiators without a path are drawn, too. */
  readonly host?: ResourceRecord<'host'>;
  readonly network?: Urn;
}

type Problem = { readonly problem: Omit<Diagnostic, 'severity'> };

export async function topo(call: Call, input: TopologyInput): Promise<ResultOf<'topo'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    if (input.plan) return { outcome: 'ok', ...(await ofPlan(call, loader, input.plan)) };
    const { result: asked } = await withView(loader, (view) => whatIsAsked(view, input));
    if ('problem' in asked) return fail('error', asked.problem);
    const devices = (view: RecordedView) => devicesOf(view, asked.masks, asked.host ? [asked.host.urn] : []);
    const seen = await lookAtDevices(call, loader, devices, input.refresh ?? 'auto');
    const { result: hosts } = await withView(loader, (view) => hostsOf(view, seen, asked));
    const what = input.host !== undefined ? 'host' : input.export !== undefined ? 'export' : 'network';
    return {
      outcome: 'ok',
      diagnostics: seen.diagnostics,
      ...seenAt(seen),
      topology: { what, about: asked.about, hosts },
    };
  } finally {
    loader.close();
  }
}

function whatIsAsked(view: RecordedView, { host, export: exported, network }: TopologyInput): Asked | Problem {
  const kind = host !== undefined ? 'host' : exported !== undefined ? 'export' : 'network';
  const found = findResource(view, (host ?? exported ?? network)!, [kind]);
  if ('problem' in found) return found;
  const { record } = found.recorded;
  const base = { about: found.address, scope: {} };
  if (kind === 'host') return { ...base, masks: masksOfHost(view, record.urn), host: record as ResourceRecord<'host'> };
  if (kind === 'export') return { ...base, masks: masksOfExport(view, record.urn), scope: { export: record.urn } };
  return { ...base, masks: masksInNetwork(view, record.urn), network: record.urn };
}

/** Over IP whose hosts have an initiator in it. */
function masksInNetwork(view: RecordedView, network: Urn): Mask[] {
  return view
    .all('exportMask')
    .map(({ record }) => record)
    .filter(isLive)
    .filter((mask) =>
      mask.spec.transport === 'fc'
        ? liveIn(view, 'path', mask.urn).some(({ spec }) => spec.network === network)
        : liveIn(view, 'initiator', mask.spec.host).some(({ spec }) => spec.network === network),
    );
}

function hostsOf(view: RecordedView, seen: SeenDevices, { masks, scope, host, network }: Asked): TopologyHost[] {
  const networkName = network && view.get<'network'>(network)?.record.name;
  const paths = masks
    .flatMap((mask) => pathsOfMask({ view, seen }, mask, scope))
    .filter((path) => networkName === undefined || path.network === networkName);
  const drawn = masks.map((mask) => maskOf(view, mask, scope)).filter((each) => each !== undefined);
  const hosts = hostsWith(paths, drawn);
  return host ? [withAllInitiators(view, seen, host, hosts[0])] : hosts;
}

interface DrawnMask extends TopologyMask {
  readonly host: string;
}

function maskOf(view: RecordedView, mask: Mask, scope: PathScope): DrawnMask | undefined {
  const host = view.get<'host'>(mask.spec.host)?.record;
  const system = view.get<'storageSystem'>(mask.spec.system)?.record;
  if (!host || !system) return undefined;
  const luns = lunsOfMask(view, mask.urn, scope).map(({ urn: _urn, ...lun }) => lun);
  return { host: host.name, system: system.name, mask: mask.status.device?.label ?? mask.name, luns };
}

/** Only hosts that have something to draw. */
function hostsWith(paths: readonly ListedPath[], masks: readonly DrawnMask[]): TopologyHost[] {
  const byHost = groupBy(paths, ({ host }) => host);
  const names = [...new Set([...byHost.keys(), ...masks.map(({ host }) => host)])].sort(compareText);
  return names.map((name): TopologyHost => {
    const own = byHost.get(name) ?? [];
    const initiators = [...groupBy(own, ({ initiator }) => initiator.portName).values()].map(
      (some): TopologyInitiator => ({ ...some[0]!.initiator, network: some[0]!.network, paths: some }),
    );
    return {
      name,
      initiators: initiators.sort((a, b) => compareText(a.portName, b.portName)),
      masks: masks
        .filter(({ host }) => host === name)
        .map(({ host: _host, ...mask }) => mask)
        .sort((a, b) => compareText(a.system, b.system)),
    };
  });
}

function withAllInitiators(
  view: RecordedView,
  seen: SeenDevices,
  { urn, name }: ResourceRecord<'host'>,
  host: TopologyHost = { name, initiators: [], masks: [] },
): TopologyHost {
  const drawn = new Set(host.initiators.map(({ portName }) => portName));
  const others = liveIn(view, 'initiator', urn)
    .filter(({ spec }) => !drawn.has(spec.portName))
    .map(({ name: own, spec }): TopologyInitiator => {
      const network = view.get<'network'>(spec.network)?.record;
      const at = fabricFacts({ seen }, network).placeOf(spec.portName);
      return { name: own, portName: spec.portName, network: network?.name ?? '', ...(at ? { at } : {}), paths: [] };
    });
  const initiators = [...host.initiators, ...others].sort((a, b) => compareText(a.portName, b.portName));
  return { ...host, initiators };
}

const OF_MASKS: ReadonlySet<string> = new Set(['exportMask', 'lunMap', 'path', 'zone']);

async function ofPlan(
  call: Call,
  loader: ViewLoader,
  plan: Plan,
): Promise<Required<Pick<ResultOf<'topo'>, 'diagnostics' | 'topology'>>> {
  const finals = plan.units.flatMap(({ writes }) => writes.map(({ final }) => final));
  const urns = masksTouched(finals);
  const live = (view: RecordedView) => urns.flatMap((urn) => view.get<'exportMask'>(urn)?.record ?? []).filter(isLive);
  const after = (view: RecordedView) => withRecords(view, finals);
  const both = (view: RecordedView) => [...live(view), ...live(after(view))];
  const seen = await lookAtDevices(call, loader, (view) => devicesOf(after(view), both(view)), 'kept');
  const { result: hosts } = await withView(loader, (view) => {
    const drawnIn = (one: RecordedView) => hostsOf(one, seen, { about: '', masks: live(one), scope: {} });
    return putTogether(drawnIn(view), drawnIn(after(view)));
  });
  return { diagnostics: [], topology: { what: 'plan', about: plan.id, hosts } };
}

function masksTouched(finals: readonly ResourceRecord[]): Urn[] {
  const masks = finals
    .filter(({ kind }) => OF_MASKS.has(kind))
    .map((record) => (record.kind === 'exportMask' ? record.urn : (record as ResourceRecord<'path'>).spec.mask));
  return [...new Set(masks)].sort();
}

/** Each once, in the order of `after`, what is gone after what is there; marked where it is in one of them only. */
function merged<T, R = T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (item: T) => string,
  merge: (item: T, mark: Mark | undefined, former: T | undefined) => R,
): R[] {
  const [old, now] = [new Map(before.map((item) => [keyOf(item), item])), new Set(after.map(keyOf))];
  return [
    ...after.map((item) => merge(item, old.has(keyOf(item)) ? undefined : '+', old.get(keyOf(item)))),
    ...before.filter((item) => !now.has(keyOf(item))).map((item) => merge(item, '-', undefined)),
  ];
}

const marked = <T extends object>(item: T, change: Mark | undefined): T => (change ? { ...item, change } : item);

type ZoneMark = (path: ListedPath, zone: PathZone) => Mark | undefined;

/** A zone that only gains or loses members stays. What others made is there whatever the plan does. */
function zoneMarks(before: readonly TopologyHost[], after: readonly TopologyHost[]): ZoneMark {
  const keyOf = ({ network }: ListedPath, { name }: PathZone) => `${network} ${name}`;
  const keysOf = (hosts: readonly TopologyHost[]) => {
    const paths = hosts.flatMap(({ initiators }) => initiators.flatMap((initiator) => initiator.paths));
    return new Set(paths.flatMap((path) => path.zones.map((zone) => keyOf(path, zone))));
  };
  const [was, is] = [keysOf(before), keysOf(after)];
  return (path, zone) => {
    const key = keyOf(path, zone);
    if (zone.by !== 'ours' || (was.has(key) && is.has(key))) return undefined;
    return is.has(key) ? '+' : '-';
  };
}

function putTogether(before: readonly TopologyHost[], after: readonly TopologyHost[]): TopologyHost[] {
  const zoneMark = zoneMarks(before, after);
  const initiatorOf = (initiator: TopologyInitiator, mark: Mark | undefined, former?: TopologyInitiator) =>
    mergedInitiator(initiator, mark, former, zoneMark);
  const byName = ({ name }: TopologyHost) => name;
  return merged(before, after, byName, (host, mark, former) => {
    const [was, is] = mark === '-' ? [host, undefined] : [former, host];
    return {
      name: host.name,
      initiators: merged(was?.initiators ?? [], is?.initiators ?? [], ({ portName }) => portName, initiatorOf),
      masks: merged(was?.masks ?? [], is?.masks ?? [], ({ system }) => system, mergedMask),
    };
  }).sort((a, b) => compareText(a.name, b.name));
}

function mergedInitiator(
  initiator: TopologyInitiator,
  mark: Mark | undefined,
  former: TopologyInitiator | undefined,
  zoneMark: ZoneMark,
): TopologyInitiator {
  const [was, is] = mark === '-' ? [initiator.paths, []] : [former?.paths ?? [], initiator.paths];
  const paths = merged(
    was,
    is,
    ({ id }) => id,
    (path, change) => {
      const zones = path.zones.map((zone) => marked(zone, zoneMark(path, zone)));
      return marked({ ...path, zones }, change);
    },
  );
  return { ...initiator, paths: paths.sort((a, b) => compareText(a.port.name, b.port.name)) };
}

function mergedMask(mask: TopologyMask, mark: Mark | undefined, former: TopologyMask | undefined): TopologyMask {
  const [was, is] = mark === '-' ? [mask.luns, []] : [former?.luns ?? [], mask.luns];
  const luns = merged(was, is, ({ hlu, volume }) => `${hlu} ${volume}`, marked);
  return marked({ ...mask, luns: luns.sort((a, b) => a.hlu - b.hlu) }, mark);
}
