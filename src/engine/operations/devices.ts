/** Connections to devices: driver, session, secret and configuration put together; one connection a device, kept. */
import type { Clock } from '../../lib/clock.ts';
import { OperationError } from '../../lib/diagnostic.ts';
import { parseEndpoint } from '../../lib/endpoint.ts';
import type { HostKey } from '../../lib/host-key.ts';
import type { BlockArray, BlockArrayManifest, ConnectOptions } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';
import type { NetworkSystem, NetworkSystemManifest } from '../driver/network-contract.ts';
import { parseCredential } from '../model/credential.ts';
import { credentialToUse } from '../model/credential-window.ts';
import { DEVICE_WORDS, type DeviceKind, type DeviceRecord, isDevice } from '../model/device-kinds.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { CredentialResolver } from './credentials.ts';
import { configurationProblems } from './device-configuration.ts';
import { type Connected, createConnections, type Device } from './device-connections.ts';
import { type DeviceSpec, openSession, readHostKeysOf } from './device-session.ts';
import { loadBlockArray, loadNetworkSystem } from './drivers.ts';

interface Reached extends Connected {
  /** Of the machines on the way, as pinned or as seen; empty until something was sent. */
  hostKeys(): readonly HostKey[];
}

export interface OpenDevice extends Reached {
  readonly array: BlockArray;
  readonly manifest: BlockArrayManifest;
}

export interface OpenNetwork extends Reached {
  readonly network: NetworkSystem;
  readonly manifest: NetworkSystemManifest;
}

/** Each throws DriverError when the device can't be reached, OperationError when what is declared is wrong. */
export interface DeviceRegistry {
  connect(spec: DeviceSpec): Promise<OpenDevice>;
  open(system: ResourceRecord<'storageSystem'>): Promise<OpenDevice>;
  reopen(system: ResourceRecord<'storageSystem'>): Promise<OpenDevice>;
  connectNetwork(spec: DeviceSpec): Promise<OpenNetwork>;
  openNetwork(system: ResourceRecord<'networkSystem'>): Promise<OpenNetwork>;
  reopenNetwork(system: ResourceRecord<'networkSystem'>): Promise<OpenNetwork>;
  /** What the machines on the way to it show now; ends at the first whose key isn't the pinned one. */
  readHostKeys(spec: DeviceSpec): Promise<readonly HostKey[]>;
  /** A connection of its own to a storage provider; whoever opens it closes it. `spec.configuration` was checked. */
  openProvider(spec: DeviceSpec, manifest: BlockArrayManifest): Promise<OpenProvider>;
  close(): Promise<void>;
}

export interface OpenProvider {
  readonly options: ConnectOptions<unknown>;
  /** Of the machines on the way, as pinned or as seen; empty until something was sent. */
  hostKeys(): readonly HostKey[];
  close(): Promise<void>;
}

export function deviceSpec(system: DeviceRecord): DeviceSpec {
  const { driver, endpoint, ssh, configuration, credential, previousCredential: fallback } = system.spec;
  const hostKeys = system.status.identity?.hostKeys;
  return { name: system.name, driver, endpoint, ssh, configuration, credential, fallback, hostKeys };
}

/** A declared device's; `recorded` is what is known of it already. */
export function declaredSpec(
  declared: Omit<DeviceSpec, 'hostKeys' | 'fallback'>,
  recorded: DeviceRecord | undefined,
): DeviceSpec {
  const credential = credentialToUse(declared.credential, recorded?.spec);
  const fallback = credential === recorded?.spec.credential ? recorded?.spec.previousCredential : undefined;
  return { ...declared, credential, fallback, hostKeys: recorded?.status.identity?.hostKeys };
}

/** One that is recorded, of whichever kind. */
export async function openDevice(
  devices: DeviceRegistry,
  record: DeviceRecord,
): Promise<Connected & { readonly device: Device }> {
  const open = isDevice(record, 'storageSystem')
    ? await devices.open(record)
    : await devices.openNetwork(record as ResourceRecord<'networkSystem'>);
  const device = 'array' in open ? open.array : open.network;
  return open.fellBack ? { device, fellBack: open.fellBack } : { device };
}

/** Of whichever kind: to ask who it is. */
export async function connectDevice(devices: DeviceRegistry, kind: DeviceKind, spec: DeviceSpec): Promise<Device> {
  return kind === 'storageSystem' ? (await devices.connect(spec)).array : (await devices.connectNetwork(spec)).network;
}

/** `local`: devices on this machine, and secrets of this process, may be used; else only what the state holds. */
export function createDeviceRegistry(
  clock: Clock,
  resolve: CredentialResolver,
  { local }: { readonly local: boolean } = { local: true },
): DeviceRegistry {
  const refuseLocal = (spec: DeviceSpec): void => {
    const what = local ? undefined : usesThisMachine(spec);
    if (what === undefined) return;
    throw new DriverError({
      class: 'invalid',
      message: `${what}: a daemon uses nothing of its own machine for others`,
      hint: 'reach the device over ssh:// or https://, with a secret of the vault (vault:NAME); or coprhd daemon start --allow-local',
    });
  };
  const arrays = createConnections<OpenDevice>(clock, {
    open: (spec) => openArray(spec, clock, resolve),
    deviceOf: ({ array }) => array,
  });
  const networks = createConnections<OpenNetwork>(clock, {
    open: (spec) => openNetworkSystem(spec, clock, resolve),
    deviceOf: ({ network }) => network,
  });
  const allowed = (spec: DeviceSpec): DeviceSpec => {
    refuseLocal(spec);
    return spec;
  };
  return {
    connect: async (spec) => arrays.connect(allowed(spec)),
    open: async (system) => arrays.connect(allowed(deviceSpec(system))),
    reopen: async (system) => arrays.reconnect(allowed(deviceSpec(system))),
    connectNetwork: async (spec) => networks.connect(allowed(spec)),
    openNetwork: async (system) => networks.connect(allowed(deviceSpec(system))),
    reopenNetwork: async (system) => networks.reconnect(allowed(deviceSpec(system))),
    readHostKeys: async (spec) => readHostKeysOf(allowed(spec), clock, resolve),
    openProvider: async (spec, manifest) => {
      const { session, credential, hostKeys } = await openSession(allowed(spec), manifest, clock, resolve);
      const { configuration } = spec;
      return {
        options: { configuration, session, ...(credential ? { credential } : {}) },
        hostKeys,
        close: () => session.close(),
      };
    },
    close: async () => {
      await Promise.all([arrays.close(), networks.close()]);
    },
  };
}

/** What of the machine or the process that runs the engine the device would need. */
function usesThisMachine({ endpoint, credential, fallback, ssh }: DeviceSpec): string | undefined {
  if (parseEndpoint(endpoint)?.type === 'local') return `endpoint ${endpoint}`;
  const credentials = [credential, fallback?.credential, ssh?.jumpCredential].filter((text) => text !== undefined);
  const own = credentials.find((text) => parseCredential(text)?.scheme !== 'vault');
  return own === undefined ? undefined : `credential ${own.split(':', 1)[0]}`;
}

async function openArray(spec: DeviceSpec, clock: Clock, resolve: CredentialResolver): Promise<OpenDevice> {
  const manifest = await loadBlockArray(spec.driver);
  const { options, hostKeys } = await connectOptions(spec, 'storageSystem', manifest, clock, resolve);
  return { array: await manifest.connect(options), manifest, hostKeys };
}

async function openNetworkSystem(spec: DeviceSpec, clock: Clock, resolve: CredentialResolver): Promise<OpenNetwork> {
  const manifest = await loadNetworkSystem(spec.driver);
  const { options, hostKeys } = await connectOptions(spec, 'networkSystem', manifest, clock, resolve);
  return { network: await manifest.connect(options), manifest, hostKeys };
}

async function connectOptions(
  spec: DeviceSpec,
  kind: DeviceKind,
  manifest: Pick<BlockArrayManifest | NetworkSystemManifest, 'configuration' | 'session' | 'name'>,
  clock: Clock,
  resolve: CredentialResolver,
): Promise<{ readonly options: ConnectOptions<unknown>; hostKeys(): readonly HostKey[] }> {
  const parsed = manifest.configuration.safeParse(spec.configuration);
  if (!parsed.success) {
    throw new OperationError('error', configurationProblems(spec.name, parsed.error.issues, DEVICE_WORDS[kind]));
  }
  const { session, credential, hostKeys } = await openSession(spec, manifest, clock, resolve);
  return { options: { configuration: parsed.data, session, ...(credential ? { credential } : {}) }, hostKeys };
}
