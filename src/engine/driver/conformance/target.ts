/**
 * What a driver's author gives so that the conformance cases can run: a device per case, and hooks for what can't be
 * done through the contract (people's edits, faults, restarts). A case whose hook is missing is skipped with the reason,
 * never passed. Nothing here knows a test runner.
 */
import type { Clock } from '../../../lib/clock.ts';
import type { BlockArray, BlockArrayManifest, CallContext, Capability, ProviderScan, ScanPage } from '../contract.ts';
import type { DriverErrorClass } from '../errors.ts';

/** The part of a manifest that cases look at; a manifest of any configuration fits. */
export type ManifestFacts = Pick<
  BlockArrayManifest,
  'name' | 'naming' | 'hlu' | 'capabilities' | 'limits' | 'ownershipMark' | 'supported' | 'concurrencyMax'
> & { readonly scan?: Pick<ProviderScan, 'systemKeys'> };

export type ChangingOperation =
  | 'ensureVolume'
  | 'deleteVolume'
  | 'renameVolume'
  | 'markVolume'
  | 'unmarkVolume'
  | 'expandVolume'
  | 'ensureMask'
  | 'markMask'
  | 'unmarkMask'
  | 'deleteMask'
  | 'ensureMapping'
  | 'removeMapping'
  | 'ensureSnapshots'
  | 'startSnapshots'
  | 'startCopy'
  | 'ensureMirror'
  | 'pauseMirrors'
  | 'resumeMirror'
  | 'splitMirror';

/** What can be slow and busy. */
export type FaultedOperation = ChangingOperation | 'sampleMetrics' | 'changesSince';

/** Each acts on later calls through any session of the device. */
export interface FaultHooks {
  /** The next call of it takes effect and its answer is lost. */
  loseReply?(operation: ChangingOperation): Promise<void>;
  /** The next call of it fails on the way to the device. */
  loseRequest?(operation: ChangingOperation): Promise<void>;
  /** The device says that it is busy, until `clear`. */
  busy?(operation: FaultedOperation): Promise<void>;
  /** Answers take this long, until `clear`. */
  slow?(operation: FaultedOperation, latencyMs: number): Promise<void>;
  /** Lists of volumes leave some out and the device lets on, until `clear`. */
  partialVolumes?(): Promise<void>;
  clear?(): Promise<void>;
  /** How often the device was asked to do it since it was opened. */
  asked?(operation: ChangingOperation): number;
}

/** What a person does behind the driver's back, by native id. */
export interface HandHooks {
  /** A volume without a mark; its native id. */
  addForeignVolume?(args: { name: string; pool: string; sizeBytes: number }): Promise<string>;
  /** The device's own clone of a volume, which has the source's mark too; its native id. */
  copyVolume?(nativeId: string, name: string): Promise<string>;
  deleteVolume?(nativeId: string): Promise<void>;
  renameVolume?(nativeId: string, name: string): Promise<void>;
  growVolume?(nativeId: string, sizeBytes: number): Promise<void>;
  /** A mask without a mark; its native id. */
  addForeignMask?(args: { name: string; initiators: readonly string[] }): Promise<string>;
  deleteMapping?(mask: string, hlu: number): Promise<void>;
  addInitiator?(mask: string, initiator: string): Promise<void>;
  removeInitiator?(mask: string, initiator: string): Promise<void>;
  /** What a host writes over the volume, told apart by a word of at most 16 letters; without it nothing is known of what volumes hold. */
  writeContent?(nativeId: string, word: string): Promise<void>;
  /** The word that it holds; undefined = none was ever written to it. */
  readContent?(nativeId: string): Promise<string | undefined>;
  /** Zeroing and copying jobs end where they are, as when the device's machine restarts. */
  loseJobs?(): Promise<void>;
  /** The initiator logs in to the mask's target. */
  login?(initiator: string): Promise<void>;
}

export interface ErrorSample {
  readonly title: string;
  readonly class: DriverErrorClass;
  /** Makes the driver fail. */
  run(): Promise<unknown>;
}

/** A storage provider with several systems behind it, of which the opened device is one. */
export interface ProviderHooks {
  listSystems(ctx: CallContext, page?: string): Promise<ScanPage>;
  /** A session to a system that was found, by its part of the configuration. */
  connect(configuration: Readonly<Record<string, unknown>>): Promise<BlockArray>;
  /** Puts more systems behind it than one page lists. */
  crowd?(): Promise<void>;
  /** One of the systems answers nobody, until `clear` of the faults. */
  silenceOne?(): Promise<void>;
}

/** A device that holds nothing of ours. Closed after the case. */
export interface OpenDevice {
  readonly array: BlockArray;
  /** The time that the device and the driver see. */
  readonly clock: Clock;
  close(): Promise<void>;
  readonly hand?: HandHooks;
  readonly faults?: FaultHooks;
  /** Changes made on the device since it was opened; only grows. */
  writes?(): number;
  /** Another session to the same device, as from another process. */
  secondSession?(): Promise<BlockArray>;
  /** A session to another device of the same kind. */
  otherDevice?(): Promise<BlockArray>;
  restart?(): Promise<void>;
  /** More volumes than the device shows in a page. Default 12. */
  readonly crowd?: number;
  /** Free and allocated capacity are exactly what they were when everything is as it was. */
  readonly capacityExact?: boolean;
  /** Must appear nowhere in what the driver says. */
  readonly secrets?: readonly string[];
  errorSamples?(): readonly ErrorSample[];
  /** The provider that the device is behind. */
  readonly provider?: ProviderHooks;
  /** Ends the device's session behind the driver's back. */
  expireSession?(): Promise<void>;
  logins?(): number;
}

export interface ConformanceTarget {
  readonly manifest: ManifestFacts;
  open(): Promise<OpenDevice>;
}

export interface ConformanceCase {
  /** Stable; targets list the ones that they expect to skip. */
  readonly id: string;
  readonly title: string;
  /** Only for drivers that declare it. */
  readonly needs?: Capability | 'scan';
  /** Rejects with AssertionError, or with SkippedCase when the target can't run it. */
  run(): Promise<void>;
}

/** This target can't run this case, and why. */
export class SkippedCase extends Error {
  override name = 'SkippedCase';
}

/** The hook, or the case is skipped. */
export function hook<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new SkippedCase(`the target has no hook for: ${what}`);
  return value;
}
