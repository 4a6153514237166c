/**
 * What every operation works with: the open state, the clock, the devices. One Engine a process and state; commands get
 * it through an EngineClient, never directly.
 */
import type { Clock } from '../../lib/clock.ts';
import type { Random } from '../../lib/random.ts';
import type { BlobStore } from '../state/blobs.ts';
import type { Installation } from '../state/installation.ts';
import type { ProcessHost } from '../state/leases.ts';
import type { LogStore } from '../state/log.ts';
import type { StateStore } from '../state/store.ts';
import type { DeviceSlots } from '../workflow/device-slots.ts';
import type { FabricLanes } from '../workflow/fabric-lanes.ts';
import type { GroupCommit } from '../workflow/group-commit.ts';
import type { OpenHost } from '../workflow/types.ts';
import type { KeySource } from './credentials.ts';
import type { DeviceRegistry } from './devices.ts';
import type { OperationContext } from './types.ts';

export interface Engine {
  readonly store: StateStore;
  readonly blobs: BlobStore;
  readonly log: LogStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly host: ProcessHost;
  readonly devices: DeviceRegistry;
  /** Absent = this process reaches no hosts. */
  readonly openHost?: OpenHost;
  /** Calls at once on each device, over everything that this process does. */
  readonly slots: DeviceSlots;
  readonly fabrics: FabricLanes;
  /** Writes of all workflows of this process to its store. */
  readonly commits: GroupCommit;
  readonly keySource: KeySource;
  readonly installation: Installation;
  /** Crash seam of the executor, for tests. */
  readonly crashPoint?: (name: string) => void;
}

/** One call of one operation. */
export interface Call {
  readonly engine: Engine;
  readonly ctx: OperationContext;
}

export function randomHex(random: Random, bytes: number): string {
  return Buffer.from(random.bytes(bytes)).toString('hex');
}
