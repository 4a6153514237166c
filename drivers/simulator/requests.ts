/**
 * The operations of the driver contract as plain JSON requests to the simulated array. Everything else that can be asked
 * of it is in messages.ts.
 */
import type {
  ChangesAnswer,
  EnsureMaskArgs,
  EnsureSnapshotsArgs,
  EnsureVolumeArgs,
  Expectation,
  JobHandle,
  JobProgress,
  MaskObservation,
  MetricsSample,
  MirrorPair,
  Page,
  PoolObservation,
  PortObservation,
  StartCopyArgs,
  StartSnapshotsArgs,
  SystemIdentity,
  VolumeObservation,
} from 'coprhd/driver';

interface PageArgs {
  readonly page?: string;
}
interface NativeIdArgs {
  readonly nativeId: string;
}
interface NameArgs {
  readonly name: string;
}
interface ExpectArgs {
  readonly expect: Expectation;
}
interface JobArgs extends ExpectArgs {
  readonly handle: JobHandle;
}
export interface MappingArgs {
  readonly mask: Expectation;
  readonly volume: Expectation;
  readonly hlu: number;
}
export type Nothing = Readonly<Record<string, never>>;

/** All at one moment. */
export interface PauseMirrorsArgs {
  readonly pairs: readonly MirrorPair[];
}

export interface DriverOperations {
  identify: { args: Nothing; value: SystemIdentity };
  listPools: { args: PageArgs; value: Page<PoolObservation> };
  listPorts: { args: PageArgs; value: Page<PortObservation> };
  listVolumes: { args: PageArgs; value: Page<VolumeObservation> };
  listMasks: { args: PageArgs; value: Page<MaskObservation> };
  sampleMetrics: { args: Nothing; value: MetricsSample };
  changesSince: { args: { readonly token?: string }; value: ChangesAnswer };
  readVolume: { args: NativeIdArgs; value: VolumeObservation | undefined };
  findVolume: { args: NameArgs; value: VolumeObservation | undefined };
  readMask: { args: NativeIdArgs; value: MaskObservation | undefined };
  findMask: { args: NameArgs; value: MaskObservation | undefined };
  ensureVolume: { args: EnsureVolumeArgs; value: VolumeObservation };
  deleteVolume: { args: ExpectArgs; value: undefined };
  renameVolume: { args: ExpectArgs & { name: string; quarantined: boolean }; value: VolumeObservation };
  markVolume: { args: ExpectArgs; value: VolumeObservation };
  unmarkVolume: { args: ExpectArgs; value: undefined };
  markMask: { args: ExpectArgs; value: MaskObservation };
  unmarkMask: { args: ExpectArgs; value: undefined };
  expandVolume: { args: ExpectArgs & { sizeBytes: number }; value: VolumeObservation };
  startZeroing: { args: ExpectArgs; value: JobHandle };
  pollZeroing: { args: JobArgs; value: JobProgress };
  cancelZeroing: { args: JobArgs; value: undefined };
  ensureSnapshots: { args: EnsureSnapshotsArgs; value: readonly VolumeObservation[] };
  startSnapshots: { args: StartSnapshotsArgs; value: JobHandle };
  pollSnapshots: { args: { readonly args: EnsureSnapshotsArgs; readonly handle: JobHandle }; value: JobProgress };
  cancelSnapshots: { args: EnsureSnapshotsArgs; value: undefined };
  startCopy: { args: StartCopyArgs; value: JobHandle };
  pollCopy: { args: JobArgs; value: JobProgress };
  cancelCopy: { args: JobArgs; value: undefined };
  ensureMirror: { args: MirrorPair; value: JobHandle };
  pollMirror: { args: JobArgs; value: JobProgress };
  pauseMirrors: { args: PauseMirrorsArgs; value: readonly VolumeObservation[] };
  resumeMirror: { args: MirrorPair; value: JobHandle };
  splitMirror: { args: MirrorPair; value: VolumeObservation };
  ensureMask: { args: EnsureMaskArgs; value: MaskObservation };
  deleteMask: { args: ExpectArgs; value: undefined };
  ensureMapping: { args: MappingArgs; value: MaskObservation };
  removeMapping: { args: MappingArgs; value: MaskObservation };
}

export type DriverOperationName = keyof DriverOperations;

/** Operations of the contract, and whether they change the array: then a lost answer is `ambiguous`. */
export const DRIVER_OPERATIONS: Readonly<Record<DriverOperationName, { readonly changes: boolean }>> = {
  identify: { changes: false },
  listPools: { changes: false },
  listPorts: { changes: false },
  listVolumes: { changes: false },
  listMasks: { changes: false },
  sampleMetrics: { changes: false },
  changesSince: { changes: false },
  readVolume: { changes: false },
  findVolume: { changes: false },
  readMask: { changes: false },
  findMask: { changes: false },
  ensureVolume: { changes: true },
  deleteVolume: { changes: true },
  renameVolume: { changes: true },
  markVolume: { changes: true },
  unmarkVolume: { changes: true },
  markMask: { changes: true },
  unmarkMask: { changes: true },
  expandVolume: { changes: true },
  startZeroing: { changes: true },
  pollZeroing: { changes: false },
  cancelZeroing: { changes: true },
  ensureSnapshots: { changes: true },
  startSnapshots: { changes: true },
  pollSnapshots: { changes: false },
  cancelSnapshots: { changes: true },
  startCopy: { changes: true },
  pollCopy: { changes: false },
  cancelCopy: { changes: true },
  ensureMirror: { changes: true },
  pollMirror: { changes: false },
  pauseMirrors: { changes: true },
  resumeMirror: { changes: true },
  splitMirror: { changes: true },
  ensureMask: { changes: true },
  deleteMask: { changes: true },
  ensureMapping: { changes: true },
  removeMapping: { changes: true },
};

export const DRIVER_OPERATION_NAMES = Object.keys(DRIVER_OPERATIONS) as DriverOperationName[];

export function isDriverOperation(name: string): name is DriverOperationName {
  return Object.hasOwn(DRIVER_OPERATIONS, name);
}
