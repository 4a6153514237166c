/** The fabrics of network systems in short: as they were seen, beside what is recorded of their networks. */
import { compareText } from '../../lib/compare-text.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { ZoningObservation } from '../driver/network-contract.ts';
import { foldName } from '../model/address.ts';
import { maintenanceOf } from '../model/maintenance.ts';
import { findFabric } from '../model/network-fabric.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { uuidOf } from '../model/urn.ts';
import type { NetworkDriverFacts, ObservedNetworks, SeenFabric } from '../observe/network-observation.ts';
import { routedFabrics } from '../observe/routing.ts';
import { zoneDrift } from '../zoning/drift.ts';
import type { OurZone } from '../zoning/types.ts';
import type { Call } from './engine.ts';
import type { FabricSeen, FabricZoning, NetworkSystemSeen } from './network-types.ts';

export type System = ResourceRecord<'networkSystem'>;
type Network = ResourceRecord<'network'>;

/** What was seen of it, and by which driver. */
export interface SeenThrough {
  readonly driver: NetworkDriverFacts;
  readonly fabrics: readonly SeenFabric[];
}

export function fabricsSeen({ engine }: Call, view: RecordedView, system: System, seen: SeenThrough): FabricSeen[] {
  const networks = networksOn(view, system, seen.fabrics);
  const { installationId } = engine.installation;
  return seen.fabrics.map((fabric) => {
    const network = networks.get(fabric);
    return {
      ...inShort(fabric),
      ...(network ? { network: network.name } : {}),
      ...logins(view, fabric, network),
      ...ownZones(view, fabric, network, { driver: seen.driver, installation: installationId }),
    };
  });
}

/** Which network each is declared as. */
export function networksOn(
  view: RecordedView,
  system: System,
  fabrics: readonly SeenFabric[],
): ReadonlyMap<SeenFabric, Network> {
  const there = fabrics.map((each) => ({ ...each.fabric, each }));
  return new Map(
    view
      .all('network')
      .filter(({ record }) => isLive(record) && record.spec.networkSystem === system.urn)
      .flatMap(({ record }) => {
        const found = findFabric(record.spec, there);
        return 'found' in found ? [[found.found.each, record] as const] : [];
      }),
  );
}

type Short = Omit<FabricSeen, 'newEndpoints' | 'goneEndpoints' | 'ownZones' | 'missingZones' | 'changedZones'>;

function inShort({ fabric, endpoints, aliases, zones, configurations, zoning, why }: SeenFabric): Short {
  const { nativeId, name, virtualFabric, switches } = fabric;
  return {
    nativeId,
    name,
    ...(virtualFabric === undefined ? {} : { virtualFabric }),
    ...(why === undefined ? {} : { why }),
    switches,
    endpoints: endpoints.length,
    zones: zones.length,
    zonesInEffect: zones.filter(({ effective }) => effective !== undefined).length,
    aliases: aliases.length,
    configurations: configurations.map((each) => each.name),
    ...(zoning ? { zoning: zoningInShort(zoning) } : {}),
  };
}

function zoningInShort({ fingerprint: _opaque, pending, ...zoning }: ZoningObservation): FabricZoning {
  return { ...zoning, pending: pending.slice(0, LIMITS.pendingZonesShownMax) };
}

function logins(view: RecordedView, { endpoints, why }: SeenFabric, network: Network | undefined) {
  if (!network) return { newEndpoints: [], goneEndpoints: [] };
  const known = view
    .inScope('endpoint', uuidOf(network.urn))
    .flatMap(({ record }) => (isLive(record) && record.spec.discovered ? [record.spec.portName] : []));
  const [before, now] = [new Set(known), new Set(endpoints.map(({ nativeId }) => nativeId))];
  return {
    newEndpoints: [...now].filter((port) => !before.has(port)).sort(compareText),
    // Of what was not read to its end nothing is gone.
    goneEndpoints: why === undefined ? known.filter((port) => !now.has(port)).sort(compareText) : [],
  };
}

function ownZones(
  view: RecordedView,
  seen: SeenFabric,
  network: Network | undefined,
  { driver, installation }: { readonly driver: NetworkDriverFacts; readonly installation: string },
) {
  const recorded = network ? zonesOf(view, network) : [];
  const own = recorded.filter(({ existing }) => !existing);
  if (!network || seen.why !== undefined) return { ownZones: own.length, missingZones: [], changedZones: [] };
  const { configuration, zoning: policy = {} } = network.spec;
  const context = { installation, network: network.name, policy, driver, seen, recorded };
  const drift = [...zoneDrift(configuration === undefined ? context : { ...context, configuration })];
  const named = (how: 'missing' | 'changed') =>
    drift.flatMap(([name, found]) => (found === how ? [name] : [])).sort(compareText);
  return { ownZones: own.length, missingZones: named('missing'), changedZones: named('changed') };
}

export function zonesOf(view: RecordedView, network: Network): OurZone[] {
  return view.inScope('zone', uuidOf(network.urn)).flatMap(({ record }) => {
    if (!isLive(record)) return [];
    const { mask, zoneName, kind, members, existing } = record.spec;
    return [{ mask, zoneName, kind, members, ...(existing ? { existing } : {}) }];
  });
}

/** By native id of a fabric. */
function routedNames(
  view: RecordedView,
  systems: readonly System[],
  observed: ObservedNetworks,
): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string>();
  const all: SeenFabric[] = [];
  for (const system of systems) {
    const { fabrics } = observed.get(foldName(system.name))!.observation;
    const networks = networksOn(view, system, fabrics);
    all.push(...fabrics);
    for (const seen of fabrics) {
      const { nativeId, name } = seen.fabric;
      const network = networks.get(seen)?.name;
      if (network !== undefined || !names.has(nativeId)) names.set(nativeId, network ?? name);
    }
  }
  return new Map(
    [...routedFabrics(all)].map(([id, others]) => [
      id,
      [...others].map((other) => names.get(other)!).sort(compareText),
    ]),
  );
}

/** Each as it was observed. */
export function systemsSeen(
  call: Call,
  view: RecordedView,
  systems: readonly System[],
  observed: ObservedNetworks,
): NetworkSystemSeen[] {
  const nowMs = call.engine.clock.nowMs();
  const routed = routedNames(view, systems, observed);
  return systems.map((system) => {
    const { observation, driver } = observed.get(foldName(system.name))!;
    const { trust, observedAtMs, fabrics } = observation;
    const maintenance = maintenanceOf(system, nowMs);
    return {
      system: system.name,
      trust: trust.level,
      why: trust.why,
      observedAtMs,
      fabrics: fabricsSeen(call, view, system, { driver, fabrics }).map((fabric) => {
        const routedTo = routed.get(fabric.nativeId);
        return routedTo ? { ...fabric, routedTo } : fabric;
      }),
      ...(maintenance ? { maintenance } : {}),
    };
  });
}
