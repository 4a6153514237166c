/** What the operations on devices take and give, as far as it is more than a line (types.ts has all operations). */
import type { HostKey } from '../../lib/host-key.ts';
import type { DeviceKind } from '../model/device-kinds.ts';
import type { RegisteredKind, RegistrationStatus } from '../model/registration.ts';
import type { Deregistration, Maintenance, PoolAttributes, PortAttributes, SshSettings } from '../model/specs.ts';
import type { DiscoveryStatus } from '../model/visibility.ts';
import type { Plan } from '../planner/plan.ts';
import type { FabricSeen } from './network-types.ts';
import type { Report } from './types.ts';

export interface DeviceAddInput {
  name: string;
  driver: string;
  configuration: Record<string, unknown>;
  /** Absolute: where relative paths of the configuration start. Local callers only. */
  directory?: string;
  mode: 'observe' | 'propose' | 'manage';
  /** What its driver is for without it; of one for both, a storage system unless fabrics are named. */
  kind?: DeviceKind;
  /** In scope, of a storage system. */
  pools: readonly string[];
  /** All pools that it has now are in scope; not with `pools`. */
  allPools?: boolean;
  /** In scope, of a network system: fabrics or networks, VSANs; or all that it has now. */
  fabrics?: readonly string[];
  vsans?: readonly number[];
  allFabrics?: boolean;
  /** Default `local`. */
  endpoint?: string;
  ssh?: SshSettings;
  credential?: string;
}

export interface DeviceScanInput {
  driver: string;
  /** What reaches the provider: without what names one system. */
  configuration: Record<string, unknown>;
  /** Absolute: where relative paths of the configuration start. Local callers only. */
  directory?: string;
  /** Default `local`. */
  endpoint?: string;
  ssh?: SshSettings;
  credential?: string;
  /** Gives plan text for what is not registered, in a stack of this name (made a legal one). */
  stack?: string;
}

/** A storage system behind a provider. */
export interface ScannedSystem {
  /** What the provider calls it. */
  readonly name: string;
  readonly serialNumber: string;
  readonly model: string;
  readonly firmwareVersion: string;
  readonly nativeGuid: string;
  /** The driver lists this model and version. */
  readonly supported: boolean;
  /** Of the storage system: the provider's with what names this one. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** What it is registered as. */
  readonly registered?: { readonly name: string; readonly registrationStatus: RegistrationStatus };
  /** Where it isn't: the name that it would get, and what registers it. */
  readonly register?: { readonly name: string; readonly command: string };
}

export interface DeviceScanResult {
  driver: string;
  endpoint: string;
  systems: readonly ScannedSystem[];
  /** False: there may be more. */
  complete: boolean;
  /** Of the machines on the way to the provider; where nothing was pinned, as they were seen. */
  hostKeys: readonly HostKey[];
  /** Where plan text was asked for, and something is not registered. */
  yaml?: string;
}

export interface DeviceTrustInput {
  name: string;
  /** Fingerprints that somebody compared; without them nothing is changed. */
  accept?: readonly string[];
}

export interface DeviceTrustResult {
  name: string;
  /** `shown` is absent where an unknown key stands before it on the way. */
  keys: readonly { at: string; pinned: HostKey | undefined; shown: HostKey | undefined }[];
  /** A changed key was pinned now. */
  trusted: boolean;
}

export interface DeviceRotateInput {
  name: string;
  /** Exactly one of these two: a new reference, or the end of the window that is open. */
  credential?: string | undefined;
  end?: 'finish' | 'back' | undefined;
  /** With `credential`: how long the one before stays a fallback. LIMITS.credentialWindowDefaultMs without it. */
  keepOldForMs?: number | undefined;
}

/** References, never secrets. */
export interface DeviceRotateResult {
  name: string;
  /** False: it was so already. */
  changed: boolean;
  /** In use now. */
  credential: string;
  /** What it was before; a fallback while the window is open. */
  previous?: CredentialWindow & { readonly open: boolean };
  /** The plan file that declares the device, and the reference that should stand there. */
  declaredIn?: string;
}

export interface DeregisterInput {
  /** `array-1`, `array-1/fast`. */
  name: string;
  why?: string | undefined;
}

export interface RegistrationResult {
  kind: RegisteredKind;
  name: string;
  registrationStatus: RegistrationStatus;
  /** False: it was so already. */
  changed: boolean;
  /** Volumes (of a port: masks) of ours that are there, and stay. */
  keeps: number;
  deregistered?: Deregistration;
}

export interface DeviceMaintenanceInput {
  name: string;
  /** False ends it. */
  on: boolean;
  /** With `on`: over by itself after so long; and why. */
  forMs?: number | undefined;
  why?: string | undefined;
}

export interface DeviceMaintenanceResult {
  name: string;
  changed: boolean;
  /** Absent: it is in none. */
  maintenance?: Maintenance;
  /** Workflows with steps on it: those under way finish; those that nobody runs wait for the end. */
  running: readonly string[];
  waiting: readonly string[];
}

export interface CredentialWindow {
  readonly credential: string;
  readonly untilMs: number;
}

export interface ListedDevice {
  readonly kind: DeviceKind;
  readonly name: string;
  readonly driver: string;
  readonly model: string;
  readonly firmwareVersion: string;
  readonly serialNumber: string;
  readonly mode: string;
  /** Lower of the declared mode and the reviewed one. */
  readonly effectiveMode: string;
  readonly scope: readonly string[];
  readonly registrationStatus: RegistrationStatus;
  readonly deregistered?: Deregistration;
  readonly maintenance?: Maintenance;
  readonly pools: readonly (ListedPart & PoolAttributes)[];
  readonly ports: readonly (ListedPart & { readonly address: string } & PortAttributes)[];
  /** Of a network system, as it was seen last; absent: nothing that was seen is kept. */
  readonly fabrics?: readonly FabricSeen[];
  readonly observedAtMs?: number;
  readonly limits: readonly string[];
  readonly credential?: string;
  /** A rotation is open: what the device was logged in to with before is tried, too, until then. */
  readonly credentialWindow?: CredentialWindow;
}

/** A pool or a port. */
export interface ListedPart {
  readonly name: string;
  readonly discoveryStatus: DiscoveryStatus;
  readonly registrationStatus: RegistrationStatus;
  readonly deregistered?: Deregistration;
}

export interface ListedDriver {
  readonly name: string;
  readonly kind: string;
  readonly summary: string;
  readonly capabilities: readonly string[];
  readonly ownershipMark: string;
  readonly supported: readonly { readonly model: string; readonly versions: string; readonly evidence: string }[];
  readonly limits: readonly { readonly id: string; readonly text: string }[];
}

export interface DeviceOperations {
  'device.add': { input: DeviceAddInput; result: Report & { plan?: Plan } };
  'device.scan': { input: DeviceScanInput; result: Report & DeviceScanResult };
  'device.list': { input: Record<string, never>; result: Report & { devices: readonly ListedDevice[] } };
  'device.trust': { input: DeviceTrustInput; result: Report & DeviceTrustResult };
  'device.review': {
    input: { name: string; accept?: 'observe' | 'propose' | 'manage' };
    result: Report & { device?: ListedDevice; ours: number; foreign: number; missing: readonly string[] };
  };
  'device.register': { input: { name: string }; result: Report & RegistrationResult };
  'device.deregister': { input: DeregisterInput; result: Report & RegistrationResult };
  'pool.register': { input: { name: string }; result: Report & RegistrationResult };
  'pool.deregister': { input: DeregisterInput; result: Report & RegistrationResult };
  'port.register': { input: { name: string }; result: Report & RegistrationResult };
  'port.deregister': { input: DeregisterInput; result: Report & RegistrationResult };
  'device.maintenance': { input: DeviceMaintenanceInput; result: Report & DeviceMaintenanceResult };
  'device.rotate': { input: DeviceRotateInput; result: Report & DeviceRotateResult };
  'driver.list': { input: Record<string, never>; result: Report & { drivers: readonly ListedDriver[] } };
}
