/** Operations that list: devices with what they have, and drivers. */
import { openWindow } from '../model/credential-window.ts';
import { DEVICE_KINDS, type DeviceRecord, isDevice } from '../model/device-kinds.ts';
import { maintenanceOf } from '../model/maintenance.ts';
import { effectiveMode } from '../model/mode.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { type RegisteredKind, registrationStatus } from '../model/registration.ts';
import type { PoolAttributes, PortAttributes } from '../model/specs.ts';
import { uuidOf } from '../model/urn.ts';
import { discoveryStatus } from '../model/visibility.ts';
import type { SeenFabric } from '../observe/network-observation.ts';
import { loadObservation } from '../state/observations.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import type { ListedDevice } from './device-types.ts';
import { deviceSpec } from './devices.ts';
import {
  BUILT_IN_DRIVERS,
  loadDevice,
  loadDriver,
  loadNetworkSystem,
  manifestsOf,
  networkDriverFacts,
} from './drivers.ts';
import type { Call } from './engine.ts';
import { fabricsSeen } from './fabrics-seen.ts';
import { deviceHash } from './observing.ts';
import type { ResultOf } from './types.ts';

export async function deviceList(call: Call): Promise<ResultOf<'device.list'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const { result: devices } = await withView(loader, (view) =>
      DEVICE_KINDS.flatMap((kind) => view.all(kind).map(({ record }) => record as DeviceRecord)).filter(isLive),
    );
    const listed = await Promise.all(devices.map((device) => listedDevice(call, loader, device)));
    return { outcome: 'ok', diagnostics: [], devices: listed };
  } finally {
    loader.close();
  }
}

/** With what was seen of it last, and the limits of its driver. */
export async function listedDevice(call: Call, loader: ViewLoader, record: DeviceRecord): Promise<ListedDevice> {
  const manifest = await loadDevice(record.kind, record.spec.driver);
  const limits = manifest.limits.map(({ id, text }) => `${id}: ${text}`);
  if (isDevice(record, 'storageSystem')) {
    const { result: parts } = await withView(loader, (view) => partsOf(view, record));
    return { ...inCommon(call, record), scope: record.spec.scope.pools ?? [], ...parts, limits };
  }
  const system = record as ResourceRecord<'networkSystem'>;
  const { fabrics = [], vsans = [] } = system.spec.scope;
  const scope = [...fabrics, ...vsans.map((vsan) => `VSAN ${vsan}`)];
  return {
    ...inCommon(call, system),
    scope,
    pools: [],
    ports: [],
    ...(await keptFabrics(call, loader, system)),
    limits,
  };
}

async function keptFabrics(
  call: Call,
  loader: ViewLoader,
  system: ResourceRecord<'networkSystem'>,
): Promise<Pick<ListedDevice, 'fabrics' | 'observedAtMs'>> {
  const place = { snapshot: loader.snapshot, blobs: call.engine.blobs };
  const kept = await loadObservation(place, { system: system.urn, device: deviceHash(deviceSpec(system)) });
  if ('why' in kept) return {};
  const driver = networkDriverFacts(await loadNetworkSystem(system.spec.driver));
  const fabrics = Object.values(kept.sections).flat() as SeenFabric[];
  const { result } = await withView(loader, (view) => fabricsSeen(call, view, system, { driver, fabrics }));
  return { fabrics: result, observedAtMs: kept.observedAtMs };
}

function inCommon({ engine }: Call, record: DeviceRecord) {
  const { identity } = record.status;
  const { credential } = record.spec;
  const window = openWindow(record.spec, engine.clock.nowMs());
  const maintenance = maintenanceOf(record, engine.clock.nowMs());
  return {
    kind: record.kind,
    name: record.name,
    driver: record.spec.driver,
    model: identity?.model ?? '',
    firmwareVersion: identity?.firmwareVersion ?? '',
    serialNumber: identity?.serialNumber ?? '',
    mode: record.spec.mode,
    effectiveMode: effectiveMode(record, engine.installation.epoch),
    ...registrationOf(record),
    ...(maintenance ? { maintenance } : {}),
    ...(credential === undefined ? {} : { credential }),
    ...(window ? { credentialWindow: { credential: window.credential, untilMs: window.untilMs } } : {}),
  };
}

function partsOf(view: RecordedView, { urn }: DeviceRecord): Pick<ListedDevice, 'pools' | 'ports'> {
  const scope = uuidOf(urn);
  const live = <K extends 'pool' | 'port'>(kind: K) =>
    view
      .inScope(kind, scope)
      .map(({ record: child }) => child)
      .filter(isLive);
  return {
    pools: live('pool').flatMap((pool) => {
      const found = view.pool(pool.urn);
      return found ? [{ ...found, ...partOf(pool as ResourceRecord<'pool'>, found), name: pool.name }] : [];
    }),
    ports: live('port').flatMap((port) => {
      const found = view.port(port.urn);
      const record = port as ResourceRecord<'port'>;
      const { address } = record.spec;
      return found ? [{ ...found, ...partOf(record, found), name: port.name, address }] : [];
    }),
  };
}

function registrationOf(
  record: ResourceRecord<RegisteredKind>,
): Pick<ListedDevice, 'registrationStatus' | 'deregistered'> {
  const { deregistered } = record.spec;
  return { registrationStatus: registrationStatus(record), ...(deregistered ? { deregistered } : {}) };
}

const partOf = (record: ResourceRecord<'pool' | 'port'>, seen: PoolAttributes | PortAttributes) => ({
  ...registrationOf(record),
  discoveryStatus: discoveryStatus(seen),
});

export async function driverList(): Promise<ResultOf<'driver.list'>> {
  const modules = await Promise.all(BUILT_IN_DRIVERS.map(loadDriver));
  const drivers = modules.flatMap(manifestsOf).map((manifest) => {
    const { name, kind, summary, ownershipMark, supported, limits } = manifest;
    const scan = manifest.kind === 'block-array' && manifest.scan ? ['scan'] : [];
    const capabilities = [...manifest.capabilities, ...scan];
    return { name, kind, summary, capabilities, ownershipMark, supported, limits };
  });
  return { outcome: 'ok', diagnostics: [], drivers };
}
