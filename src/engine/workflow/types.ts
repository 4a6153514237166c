/**
 * Shapes of the executor: what it is given (WorkflowEnv), what it answers (RunResult), and what it stores under `w/`,
 * `wo/` and `wj/`. Stored shapes are hard to change later: fields are added, never re-used.
 */
import type { Clock } from '../../lib/clock.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { DiagnosticCode } from '../../lib/diagnostic-codes.ts';
import type { Random } from '../../lib/random.ts';
import type { BlockArray, BlockArrayManifest, JobHandle } from '../driver/contract.ts';
import type { NetworkSystem, NetworkSystemManifest } from '../driver/network-contract.ts';
import type { QuiescingHost } from '../driver/quiesce.ts';
import type { Actor, DeviceObject, ResourceRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import type { EventBody, UnitState } from '../operations/types.ts';
import type { BlobStore } from '../state/blobs.ts';
import type { Holder, ProcessHost } from '../state/leases.ts';
import type { LogStore } from '../state/log.ts';
import type { StateStore } from '../state/store.ts';
import type { DeviceSlots } from './device-slots.ts';
import type { FabricLanes } from './fabric-lanes.ts';
import type { GroupCommit } from './group-commit.ts';

export interface OpenDevice {
  readonly array: BlockArray;
  readonly manifest: BlockArrayManifest;
}

export interface OpenNetwork {
  readonly network: NetworkSystem;
  readonly manifest: NetworkSystemManifest;
}

/** Connections to devices; the caller caches them and closes them. All throw DriverError. */
export interface Devices {
  open(system: ResourceRecord<'storageSystem'>): Promise<OpenDevice>;
  /** After `auth`: drops the cached session and logs in again. */
  reopen(system: ResourceRecord<'storageSystem'>): Promise<OpenDevice>;
  openNetwork(system: ResourceRecord<'networkSystem'>): Promise<OpenNetwork>;
  reopenNetwork(system: ResourceRecord<'networkSystem'>): Promise<OpenNetwork>;
}

/** Reaches hosts whose applications are brought to rest. Throws DriverError. Whoever opens one closes it. */
export type OpenHost = (host: ResourceRecord<'host'>) => Promise<QuiescingHost>;

/** The registration of the running process (state/leases.ts). */
export interface WorkflowProcess {
  readonly id: string;
  readonly holder: Holder;
  /** What a key vanishes with when the process dies; absent = it only looks. */
  readonly leaseId?: string;
  /** Absolute; moves with each renewal. */
  leaseDeadlineMs(): number;
  /** Aborted when the lease is lost. */
  readonly signal: AbortSignal;
}

export interface WorkflowEnv {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: StateStore;
  readonly blobs: BlobStore;
  readonly log: LogStore;
  readonly devices: Devices;
  /** Absent = this process reaches no hosts. */
  readonly openHost?: OpenHost | undefined;
  readonly process: WorkflowProcess;
  /** How this process sees others on its machine: a dead holder here is taken over before its lease ends. */
  readonly host: ProcessHost;
  /** Installation id and epoch of the state: they go into ownership marks. */
  readonly installation: string;
  readonly epoch: number;
  emit(event: EventBody): void;
  /** How much at once; the limits of the product and of the drivers where it says nothing. */
  readonly pace?: {
    readonly unitsInFlight?: number | undefined;
    readonly callsPerDevice?: number | undefined;
  };
  /** Shared by all workflows of this process, so that its calls on a device are limited together; else each has its own. */
  readonly slots?: DeviceSlots;
  /** The same for zones: those that are wanted on a fabric at the same time go into effect together. */
  readonly fabrics?: FabricLanes;
  /** The same for writes to the store: those that come together go together. */
  readonly commits?: GroupCommit;
  /** The user's interrupt: no new step is started after it. */
  readonly signal: AbortSignal;
  /**
   * Crash seam for tests, called at every journal and driver boundary. What it throws is taken as a kill: nothing is
   * written, called or cleaned up after it by this run, and the run rejects with it.
   */
  crashPoint?(name: string): void;
}

/**
 * What becomes of a unit of which a step has failed for good. rollback: it is undone, its dependants never start, others
 * finish. suspend: nothing more begins, and everything stays as it is until a person resumes or rolls back. continue: it
 * stays as it is, what doesn't depend on it finishes, and a person decides about it then.
 */
export type OnError = 'rollback' | 'suspend' | 'continue';

export interface RunPolicy {
  readonly onError: OnError;
  /** All units are one: all done, or all undone. */
  readonly atomic: boolean;
}

export const DEFAULT_POLICY: RunPolicy = { onError: 'rollback', atomic: false };

/** `w/{id}`. Undone when found `claiming`; driven to its end when found `committed` or `suspended`. */
export interface WorkflowRecord {
  readonly id: string;
  readonly planId: string;
  /** Hash of the blob that holds the plan. */
  readonly planBlob: string;
  readonly operation: string;
  readonly phase: 'claiming' | 'committed' | 'suspended';
  readonly createdAtMs: number;
  readonly actor: Actor;
  /** DEFAULT_POLICY without it. */
  readonly policy?: RunPolicy;
  /** suspended: nobody goes on with it before a person has said how. */
  readonly waitsFor?: 'decision';
}

/** `wo/{id}`. A take-over rewrites it with fence + 1; every write of a runner compares the revision that it wrote. */
export interface OwnerRecord {
  readonly process: string;
  readonly holder: Holder;
  readonly fence: number;
  readonly sinceMs: number;
  /** Nobody runs it: interrupted or suspended. Anybody may take it over at once. */
  readonly released?: boolean;
}

export interface Failure {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string;
}

/**
 * `wj/{workflow}/{unit}/~state`. `skipped`: never started because something that it depends on came to nothing, or
 * somebody cancelled it. `prepared`: of an atomic workflow, all its steps are done; it ends together with all others.
 */
export interface UnitEntry {
  readonly state: 'running' | 'prepared' | 'undoing' | 'done' | 'undone' | 'skipped' | 'unknown' | 'failed';
  readonly atMs: number;
  /** unknown and failed: which way it goes on when it is tried again. */
  readonly direction?: 'forward' | 'undo';
  readonly error?: Failure;
}

/** `wj/{workflow}/{unit}/{step}`. */
export interface StepEntry {
  /** waiting: since `atMs`, for something to be so on the device. */
  readonly state: 'intent' | 'job' | 'waiting' | 'done' | 'undo-intent' | 'undone';
  readonly attempt: number;
  readonly atMs: number;
  /** job: how any process re-attaches. */
  readonly handle?: JobHandle;
  /** The wanted effect was there before the first intent: not ours to undo. */
  readonly preexisting?: boolean;
  /** Was done once; its effect being replaced by something else is then no harmless "not there". */
  readonly wasDone?: boolean;
  /** A call of a process that died may take effect until then. */
  readonly quietAtMs?: number;
  /** undone: the undo made a new native object for this record. */
  readonly restored?: { readonly urn: Urn; readonly device: DeviceObject };
}

export interface UnitResult {
  readonly id: string;
  readonly address: string;
  readonly action: string;
  readonly state: UnitState;
  readonly error?: string;
}

/** suspended: as asked, by --on-error, by a person or by a freeze; everything is kept for who goes on. */
export type RunStatus =
  | 'done'
  | 'partial'
  | 'unknown'
  | 'interrupted'
  | 'suspended'
  | 'frozen'
  | 'stale'
  | 'claimed'
  | 'already-applied';

export interface RunResult {
  /** Empty when no workflow came to be. */
  readonly workflow: string;
  readonly status: RunStatus;
  readonly units: readonly UnitResult[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface RunOptions {
  /** How long to wait for resources that another workflow has claimed. */
  readonly claimWaitMs: number;
  /** DEFAULT_POLICY without it. */
  readonly policy?: RunPolicy;
}

/** Somebody else runs the workflow now, or our lease is gone: nothing may be written or called any more. */
export class FenceLostError extends Error {
  override name = 'FenceLostError';
}

/** The user asked to stop; what is open stays in the journal for whoever goes on. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
}

/** Somebody cancelled the unit. Its steps are undone. */
export class CancelledError extends Error {
  override name = 'CancelledError';
}

/** A step is refused by a safety rule, or what came back isn't what was asked. Certain, never retried. */
export class RefusedError extends Error {
  override name = 'RefusedError';
  readonly code: DiagnosticCode;
  readonly hint: string | undefined;
  constructor(code: DiagnosticCode, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
