/** What was seen on a device, and how far it may be trusted. Pure data; made by observe/, read by the planner. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { HostKey } from '../../lib/host-key.ts';
import type {
  Capability,
  MaskObservation,
  PoolObservation,
  PortObservation,
  SystemIdentity,
  VolumeObservation,
} from '../driver/contract.ts';

/**
 * whole: every collection was read to its end. partial: something could not be read. untrusted: read, but so much
 * vanished at once that nothing is created, re-created or removed on its strength. unreachable: nothing was read.
 */
export type TrustLevel = 'whole' | 'partial' | 'untrusted' | 'unreachable';

export interface Trust {
  readonly level: TrustLevel;
  /** For people; empty when whole. */
  readonly why: string;
}

/** From the device's own lists, or what changed since an earlier look put on what was kept of that. */
export type ReadHow =
  /** `why`: changes were asked for, and it was read whole nevertheless. */
  | { readonly how: 'whole'; readonly why?: string }
  /** `wholeAtMs`: when its lists were read last. */
  | { readonly how: 'changes'; readonly changed: number; readonly removed: number; readonly wholeAtMs: number };

export interface SystemObservation {
  readonly observedAtMs: number;
  readonly trust: Trust;
  readonly identity?: SystemIdentity;
  /** What the machines on the way to it proved to be; undefined = it was not reached, empty = it is here. */
  readonly hostKeys?: readonly HostKey[];
  readonly pools: readonly PoolObservation[];
  readonly ports: readonly PortObservation[];
  readonly volumes: readonly VolumeObservation[];
  readonly masks: readonly MaskObservation[];
  /** What somebody must know of how it was reached. */
  readonly warnings?: readonly Diagnostic[];
  readonly read?: ReadHow;
  /** Where the next look can go on from; only where the device can tell changes and all of it was read. */
  readonly current?: { readonly token: string; readonly version: number; readonly wholeAtMs: number };
  /** Not seen now but taken from what was kept. */
  readonly kept?: true;
}

/** Driver facts that the planner needs; plain data so that planning stays pure. */
export interface DriverFacts {
  readonly name: string;
  readonly ownershipMark: 'tag' | 'comment' | 'name' | 'none';
  readonly capabilities: readonly Capability[];
  readonly volumeNameLengthMax: number;
  readonly maskNameLengthMax: number;
  /** Source of a regular expression that admits one allowed character. */
  readonly nameAlphabet: string;
  readonly hluMin: number;
  readonly hluMax: number;
  readonly concurrencyMax: number;
  readonly limits: readonly { readonly id: string; readonly text: string }[];
}

/** Keyed by the system's name, folded: declared-only systems have no record yet. */
export type ObservedEstate = ReadonlyMap<
  string,
  { readonly observation: SystemObservation; readonly driver: DriverFacts }
>;

export type DriftClass = 'managed' | 'foreign' | 'cosmetic' | 'missing' | 'duplicate';

export interface DriftItem {
  readonly class: DriftClass;
  readonly address: string;
  readonly urn?: string;
  readonly system: string;
  /** One sentence with the object's native id. */
  readonly summary: string;
  readonly recorded?: unknown;
  readonly observed?: unknown;
}
