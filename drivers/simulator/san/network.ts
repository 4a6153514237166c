/** The simulated fabric as the driver contract of network systems sees it: reading, and the one change that there is. */
import {
  type AliasObservation,
  DriverError,
  type EndpointObservation,
  type FabricObservation,
  type Page,
  PENDING_ZONES_MAX,
  type PendingZone,
  ZONES_PER_READ_MAX,
  type ZoneMember,
  type ZoneObservation,
  type ZoningObservation,
} from 'coprhd/driver';
import { type Kv, pageIds, type Table } from '../kv.ts';
import { FIRMWARE, invalid, SELF, WWPN } from '../objects.ts';
import { applyDelta, type BeforeActivation } from './apply-delta.ts';
import { isLoggedIn } from './links.ts';
import {
  cables,
  DOMAIN_PORT,
  fabrics,
  fabricTables,
  type StoredAlias,
  type StoredCable,
  type StoredConfiguration,
  type StoredFabric,
  type StoredZone,
  sans,
  switches,
} from './objects.ts';
import type { FabricArgs, NetworkOperationName, NetworkOperations } from './requests.ts';
import { fingerprintOf, openZoning, pendingZones } from './zoning.ts';

export const FABRIC_MODEL = 'Simulated fabric';

function memberOf(text: string): ZoneMember {
  if (WWPN.test(text)) return { type: 'wwpn', wwpn: text };
  if (!DOMAIN_PORT.test(text)) return { type: 'alias', alias: text };
  const [domain, port] = text.split(',').map(Number) as [number, number];
  return { type: 'port', domain, port };
}

function zoneView({ name, members, configurations, effective }: StoredZone): ZoneObservation {
  return {
    name,
    kind: 'standard',
    ...(members ? { defined: members.map(memberOf) } : {}),
    configurations,
    ...(effective ? { effective: effective.map(memberOf) } : {}),
  };
}

const aliasView = ({ name, members }: StoredAlias): AliasObservation => ({ name, members: members.map(memberOf) });

function endpointView(kv: Kv, { wwpn, wwnn, to, id }: StoredCable): EndpointObservation {
  if (to.type !== 'fabric' || wwpn === undefined) throw new TypeError(`bug: ${id} is no endpoint`);
  return {
    nativeId: wwpn,
    name: id,
    ...(wwnn === undefined ? {} : { wwnn }),
    switch: switches.need(kv, to.switch).wwn,
    port: to.port,
  };
}

function fabricView(kv: Kv, { name, nativeId }: StoredFabric): FabricObservation {
  const { topology } = sans.need(kv, SELF);
  const made = topology.fabrics.find((fabric) => fabric.name === name)!;
  return {
    nativeId,
    name,
    switches: made.switches.map((one) => {
      const { wwn, domain, up } = switches.need(kv, one.name);
      return { nativeId: wwn, name: one.name, domain, status: up ? 'up' : 'down' };
    }),
  };
}

/** The fabric of a call; another one than the system's own isn't there. */
function fabricOf(kv: Kv, { system, fabric }: FabricArgs): StoredFabric {
  const stored = fabrics.need(kv, system);
  if (stored.nativeId === fabric) return stored;
  throw new DriverError({ class: 'not-found', message: `no fabric ${fabric} on ${system}` });
}

function pageOf<S, T>(kv: Kv, from: Table<S>, after: string | undefined, view: (stored: S) => T | undefined): Page<T> {
  const { ids, next } = pageIds(kv, from, after, sans.need(kv, SELF).pageItems);
  const items = ids.map((id) => view(from.listed(kv, id))).filter((item) => item !== undefined);
  return { items, ...(next === undefined ? {} : { next }), complete: true };
}

function pendingView(
  kv: Kv,
  fabric: string,
  touched: readonly string[],
): { pending: PendingZone[]; pendingCount: number } {
  const zoning = openZoning(kv, fabric, touched);
  const names = pendingZones(zoning);
  const pending = names.slice(0, PENDING_ZONES_MAX).map((name): PendingZone => {
    const { effective, members, configurations } = zoning.tables.zones.need(kv, name);
    const isIn = members !== undefined && configurations.includes(zoning.fabric.effective ?? '');
    return { name, change: effective === undefined ? 'add' : isIn ? 'change' : 'remove' };
  });
  return { pending, pendingCount: names.length };
}

function zoningView(kv: Kv, fabric: StoredFabric, touched: readonly string[] = []): ZoningObservation {
  const { effective, transaction, defaultZone, databaseBytes, databaseBytesMax } = fabric;
  return {
    fingerprint: fingerprintOf(fabric),
    defaultZone,
    ...(effective === undefined ? {} : { effectiveConfiguration: effective }),
    ...(transaction === undefined ? {} : { transaction: { owner: transaction.owner } }),
    ...pendingView(kv, fabric.name, touched),
    databaseBytes,
    databaseBytesMax,
  };
}

function readZones(kv: Kv, fabric: StoredFabric, names: readonly string[]): ZoneObservation[] {
  if (names.length > ZONES_PER_READ_MAX)
    throw invalid(`${names.length} zones in one read, at most ${ZONES_PER_READ_MAX}`);
  const { zones } = fabricTables(fabric.name);
  return names.flatMap((name) => {
    const zone = zones.get(kv, name);
    return zone ? [zoneView(zone)] : [];
  });
}

type Handlers = {
  [K in NetworkOperationName]: (
    kv: Kv,
    args: NetworkOperations[K]['args'],
    beforeActivation: BeforeActivation,
  ) => NetworkOperations[K]['value'];
};

export const NETWORK_HANDLERS: Handlers = {
  identify: (kv, { system }) => {
    const { serialNumber } = fabrics.need(kv, system);
    const nativeGuid = `SIMULATOR+${serialNumber}`;
    return { serialNumber, model: FABRIC_MODEL, firmwareVersion: FIRMWARE, nativeGuid, supported: true };
  },
  listFabrics: (kv, { system }) => ({ items: [fabricView(kv, fabrics.need(kv, system))], complete: true }),
  listEndpoints: (kv, args) =>
    pageOf(kv, fabricTables(fabricOf(kv, args).name).endpoints, args.page, (id) => {
      const cable = cables.need(kv, id);
      return isLoggedIn(kv, cable) ? endpointView(kv, cable) : undefined;
    }),
  listAliases: (kv, args) => pageOf(kv, fabricTables(fabricOf(kv, args).name).aliases, args.page, aliasView),
  listZones: (kv, args) => pageOf(kv, fabricTables(fabricOf(kv, args).name).zones, args.page, zoneView),
  listConfigurations: (kv, args) => {
    const { name: fabric, effective } = fabricOf(kv, args);
    const view = ({ name, zones }: StoredConfiguration) => ({ name, zones, effective: name === effective });
    return pageOf(kv, fabricTables(fabric).configurations, args.page, view);
  },
  readZones: (kv, args) => readZones(kv, fabricOf(kv, args), args.names),
  readZoning: (kv, args) => zoningView(kv, fabricOf(kv, args)),
  readRouting: (kv, { system }) => {
    const { nativeId, routed = [] } = fabrics.need(kv, system);
    const all = [nativeId, ...routed.map((name) => fabrics.need(kv, name).nativeId)];
    return routed.length === 0 ? [] : [all.map((wwn) => ({ switch: wwn }))];
  },
  applyZoneDelta: (kv, { system, delta }, beforeActivation) => {
    const { name } = fabricOf(kv, { system, fabric: delta.fabric });
    applyDelta(kv, name, delta, beforeActivation);
    const names = [...delta.add, ...delta.change, ...delta.remove].map((zone) => zone.name);
    const { zones } = fabricTables(name);
    const found = names.flatMap((zone) => zones.get(kv, zone) ?? []).map(zoneView);
    return { zoning: zoningView(kv, fabrics.need(kv, name), names), zones: found };
  },
};
