/**
 * Fabrics as they are now beside what is recorded of them: zones and paths of ours by network. Shared by the operations that
 * compare the two. Reads only.
 */

import type { Diagnostic } from '../../lib/diagnostic.ts';
import { groupBy } from '../../lib/group-by.ts';
import { foldName } from '../model/address.ts';
import { findFabric } from '../model/network-fabric.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import type { ObservedNetworks, SeenFabric } from '../observe/network-observation.ts';
import { type ViewLoader, withView } from '../state/view.ts';
import type { PathEnds } from '../zoning/compare-fabric.ts';
import type { OurZone, ZoningContext } from '../zoning/types.ts';
import { deviceSpec } from './devices.ts';
import type { Call } from './engine.ts';
import { observeNetworks } from './observing-networks.ts';
import { liveOf } from './pool-facts.ts';
import type { NetworkSeen, Refresh } from './types.ts';

export interface RecordedZone extends OurZone {
  readonly record: ResourceRecord<'zone'>;
}

export interface RecordedPath extends PathEnds {
  readonly network: Urn;
  readonly record: ResourceRecord<'path'>;
}

/** A Fibre Channel network, and what there is of its fabric. */
export interface LookedAt {
  readonly network: ResourceRecord<'network'>;
  readonly system?: ResourceRecord<'networkSystem'>;
  readonly summary: NetworkSeen;
  readonly zones: readonly RecordedZone[];
  readonly paths: readonly RecordedPath[];
  pathsOf(mask: Urn): readonly RecordedPath[];
  /** Only where the fabric was read whole: of anything less nothing is concluded. */
  readonly context?: ZoningContext;
}

/** Those that somebody zones are looked at; the others, and those that can't be, are said to be unknown. */
export async function lookAtNetworks(
  call: Call,
  loader: ViewLoader,
  wanted: (view: RecordedView) => readonly ResourceRecord<'network'>[],
  refresh: Refresh = 'full',
): Promise<{ readonly networks: readonly LookedAt[]; readonly diagnostics: readonly Diagnostic[] }> {
  const { result: systems } = await withView(loader, (view) => systemsOf(view, wanted(view)));
  const specs = systems.map((record) => ({ spec: deviceSpec(record), urn: record.urn }));
  const observed = await observeNetworks(call, loader, specs, { refresh });
  const { installationId } = call.engine.installation;
  const { result: networks } = await withView(loader, (view) => {
    const asked = wanted(view);
    const paths = asked.length === 0 ? NO_PATHS : pathsByNetwork(view);
    return asked.map((network) => lookedAt(view, network, { observed, paths, installation: installationId }));
  });
  const warnings = [...observed.values()].flatMap(({ observation }) => observation.warnings ?? []);
  return { networks, diagnostics: [...warnings, ...networks.flatMap(unreadNetwork)] };
}

function systemsOf(view: RecordedView, networks: readonly ResourceRecord<'network'>[]) {
  const urns = new Set(networks.flatMap(({ spec }) => spec.networkSystem ?? []));
  return [...urns].flatMap((urn) => {
    const record = view.get<'networkSystem'>(urn)?.record;
    return record && isLive(record) ? [record] : [];
  });
}

/** Somebody works on it right now. */
export const isChanging = ({ record: { status } }: { readonly record: ResourceRecord }): boolean =>
  status.phase !== 'ready' && status.phase !== 'suspect';

/** All that are fabrics, in order of name. */
export const fabricNetworks = (view: RecordedView): ResourceRecord<'network'>[] =>
  liveOf(view, 'network')
    .filter(({ spec }) => spec.transport === 'fc')
    .sort((a, b) => (foldName(a.name) < foldName(b.name) ? -1 : 1));

/** Those that somebody zones. */
export const zonedNetworks = (view: RecordedView): ResourceRecord<'network'>[] =>
  fabricNetworks(view).filter(({ spec }) => spec.networkSystem !== undefined);

/** Those through which masks go, by their paths and zones. `of`: of which. */
export function networksOfMasks(
  view: RecordedView,
  masks: ReadonlySet<Urn>,
  of: (view: RecordedView) => ResourceRecord<'network'>[] = zonedNetworks,
): ResourceRecord<'network'>[] {
  const used = new Set(
    [...masks].flatMap((mask) => [
      ...view.inScope('path', uuidOf(mask)).map(({ record }) => record.spec.network),
      ...view.inScope('zone', uuidOf(mask)).map(({ record }) => record.spec.network),
    ]),
  );
  return used.size === 0 ? [] : of(view).filter(({ urn }) => used.has(urn));
}

interface Known {
  readonly observed: ObservedNetworks;
  readonly paths: ReadonlyMap<Urn, readonly RecordedPath[]>;
  readonly installation: string;
}

function lookedAt(
  view: RecordedView,
  network: ResourceRecord<'network'>,
  { observed, installation, paths: all }: Known,
): LookedAt {
  const { networkSystem, zoning: policy = {}, configuration } = network.spec;
  const system = networkSystem === undefined ? undefined : view.get<'networkSystem'>(networkSystem)?.record;
  const zones = view
    .inScope('zone', uuidOf(network.urn))
    .filter(({ record }) => isLive(record))
    .map(({ record }): RecordedZone => ({ ...ourZone(record), record }));
  const paths = all.get(network.urn) ?? [];
  const byMask = groupBy(paths, ({ mask }) => mask);
  const known = {
    network,
    ...(system ? { system } : {}),
    zones,
    paths,
    pathsOf: (mask: Urn) => byMask.get(mask) ?? [],
  };
  const looked = system && observed.get(foldName(system.name));
  if (!system || !looked)
    return { ...known, summary: unseen(network, system, 'nobody zones it: no network system reads it') };
  const { observation, driver } = looked;
  const where = findFabric(
    network.spec,
    observation.fabrics.map(({ fabric }) => fabric),
  );
  if (!('found' in where)) {
    const { level, why } = observation.trust;
    const because = level === 'whole' ? `it is no fabric of ${system.name}: ${where.why}` : why;
    const trust = level === 'whole' ? 'unreachable' : level;
    return {
      ...known,
      summary: { ...unseen(network, system, because), trust, observedAtMs: observation.observedAtMs },
    };
  }
  const seen = observation.fabrics.find(({ fabric }) => fabric.nativeId === where.found.nativeId)!;
  const summary = seenSummary(network, system, seen, zones, observation.observedAtMs);
  if (summary.trust !== 'whole') return { ...known, summary };
  const context: ZoningContext = {
    ...{ installation, network: network.name, policy, driver, seen, recorded: zones },
    ...(configuration === undefined ? {} : { configuration }),
  };
  return { ...known, summary, context };
}

function ourZone({ spec }: ResourceRecord<'zone'>): OurZone {
  const { mask, zoneName, kind, members, existing } = spec;
  return { mask, zoneName, kind, members, ...(existing ? { existing } : {}) };
}

const NO_PATHS: ReadonlyMap<Urn, readonly RecordedPath[]> = new Map();

function pathsByNetwork(view: RecordedView): Map<Urn, RecordedPath[]> {
  const all = view.all('path').flatMap(({ record }): RecordedPath[] => {
    if (!isLive(record)) return [];
    const { mask, network, initiator, port } = record.spec;
    const from = view.get<'initiator'>(initiator)?.record.spec.portName;
    const to = view.get<'port'>(port)?.record.spec.address;
    return from === undefined || to === undefined
      ? []
      : [{ mask, network, initiator: from.toLowerCase(), port: to.toLowerCase(), record }];
  });
  return groupBy(all, ({ network }) => network);
}

function unseen(
  { name }: ResourceRecord<'network'>,
  system: ResourceRecord<'networkSystem'> | undefined,
  why: string,
): NetworkSeen {
  return {
    network: name,
    ...(system ? { networkSystem: system.name } : {}),
    ...{ trust: 'unknown', why, observedAtMs: 0, endpoints: 0, zones: 0, ours: 0, used: 0 },
  };
}

function seenSummary(
  network: ResourceRecord<'network'>,
  system: ResourceRecord<'networkSystem'>,
  seen: SeenFabric,
  recorded: readonly RecordedZone[],
  observedAtMs: number,
): NetworkSeen {
  const there = new Set(seen.zones.map(({ name }) => name));
  const names = (existing: boolean) =>
    new Set(
      recorded
        .filter((zone) => (zone.existing ?? false) === existing && there.has(zone.zoneName))
        .map((z) => z.zoneName),
    ).size;
  const isWhole = seen.why === undefined && seen.zoning !== undefined;
  return {
    network: network.name,
    networkSystem: system.name,
    fabric: seen.fabric.name,
    trust: isWhole ? 'whole' : 'partial',
    why: seen.why ?? '',
    observedAtMs,
    endpoints: seen.endpoints.length,
    zones: seen.zones.length,
    ours: names(false),
    used: names(true),
  };
}

/** Nothing where nobody was to read it. */
function unreadNetwork({ summary, system }: LookedAt): Diagnostic[] {
  const { network, trust, why } = summary;
  if (trust === 'whole' || !system) return [];
  const isUnreachable = trust !== 'partial';
  return [
    {
      code: isUnreachable ? 'COPRHD-DEVICE-001' : 'COPRHD-HELD-008',
      severity: isUnreachable ? 'error' : 'warning',
      summary: `network ${network} can't be read from network system ${system.name}: ${why}`,
      fix: 'check the switch, its credential, and fabric or vsan of the network',
    },
  ];
}
