/** What is seen of the devices behind some paths: storage systems, and the network systems of their networks. Nothing is kept. */
import { type Diagnostic, OperationError } from '../../lib/diagnostic.ts';
import { foldName } from '../model/address.ts';
import { type DeviceRecord, deviceText } from '../model/device-kinds.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import type { Urn } from '../model/urn.ts';
import type { NetworkObservation } from '../observe/network-observation.ts';
import type { DriverFacts, SystemObservation, Trust } from '../observe/observation.ts';
import { type ViewLoader, withView } from '../state/view.ts';
import type { Seen } from './connectivity-types.ts';
import { deviceSpec } from './devices.ts';
import type { Call } from './engine.ts';
import { observeSystems, type SystemToObserve } from './observing.ts';
import { observeNetworks } from './observing-networks.ts';
import type { Refresh } from './types.ts';

/** By URN of the device; absent = there is nothing to go by. */
export interface SeenDevices {
  readonly systems: ReadonlyMap<Urn, { readonly observation: SystemObservation; readonly driver: DriverFacts }>;
  readonly networkSystems: ReadonlyMap<Urn, NetworkObservation>;
  /** What could not be read whole. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface WantedDevices {
  readonly systems: readonly ResourceRecord<'storageSystem'>[];
  readonly networkSystems: readonly ResourceRecord<'networkSystem'>[];
}

/** `kept`: no device is asked, and what was never looked at is absent. */
export async function lookAtDevices(
  call: Call,
  loader: ViewLoader,
  want: (view: RecordedView) => WantedDevices,
  refresh: Refresh | 'kept',
): Promise<SeenDevices> {
  const { result: wanted } = await withView(loader, want);
  const how = { refresh: refresh === 'kept' ? ('none' as const) : refresh };
  const systems = await seenOf(wanted.systems, refresh, (some) => observeSystems(call, loader, some, how));
  const networks = await seenOf(wanted.networkSystems, refresh, (some) => observeNetworks(call, loader, some, how));
  return {
    systems: new Map(systems.map(([{ urn }, seen]) => [urn, seen])),
    networkSystems: new Map(networks.map(([{ urn }, { observation }]) => [urn, observation])),
    diagnostics: [...systems, ...networks].flatMap(([device, { observation }]) => notWhole(device, observation)),
  };
}

/** Part of a result: how old what it says may be. */
export function seenAt({ systems, networkSystems }: SeenDevices): Seen {
  const times = [...systems.values()].map(({ observation }) => observation.observedAtMs);
  times.push(...[...networkSystems.values()].map(({ observedAtMs }) => observedAtMs));
  return times.length === 0 ? {} : { seenAtMs: Math.min(...times) };
}

/** All at once; one by one where each may be absent. */
async function seenOf<D extends DeviceRecord, S>(
  devices: readonly D[],
  refresh: Refresh | 'kept',
  look: (systems: readonly SystemToObserve[]) => Promise<ReadonlyMap<string, S>>,
): Promise<(readonly [D, S])[]> {
  const groups = refresh === 'kept' ? devices.map((device) => [device]) : [devices];
  const found: (readonly [D, S])[] = [];
  for (const group of groups) {
    const asked = group.map((device) => ({ spec: deviceSpec(device), urn: device.urn }));
    const seen = await look(asked).catch((error: unknown) => {
      if (refresh === 'kept' && error instanceof OperationError) return undefined;
      throw error;
    });
    for (const device of group) {
      const one = seen?.get(foldName(device.name));
      if (one) found.push([device, one]);
    }
  }
  return found;
}

function notWhole(
  device: DeviceRecord,
  { trust, warnings = [] }: { readonly trust: Trust; readonly warnings?: readonly Diagnostic[] },
): readonly Diagnostic[] {
  if (trust.level === 'whole') return warnings;
  return [
    ...warnings,
    {
      code: trust.level === 'unreachable' ? 'COPRHD-DEVICE-001' : 'COPRHD-HELD-008',
      severity: 'warning',
      summary: `${deviceText(device)} is ${trust.level}: ${trust.why}`,
      fix: 'check the device and how it is reached',
    },
  ];
}
