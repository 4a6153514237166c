/**
 * What a step type states: how it is performed, how its effect is recognised, how it is undone. Handlers are functions of
 * a StepIo; they decide nothing about retries, journal or recovery (step-runner.ts, undo.ts), they only tell the truth
 * about one device.
 *
 * `perform` looks again before it destroys, throws RefusedError when a safety rule or the answer forbids to go on, and
 * DriverError otherwise. `probe` changes nothing. `undo` is called only when the probe says that the effect is there.
 */
import type {
  BlockArray,
  CallContext,
  Expectation,
  JobHandle,
  JobProgress,
  MarkRequest,
  VolumeObservation,
} from '../../driver/contract.ts';
import type { NetworkSystem } from '../../driver/network-contract.ts';
import type { QuiescingHost } from '../../driver/quiesce.ts';
import type { DeviceObject, ResourceRecord } from '../../model/record.ts';
import type { Urn } from '../../model/urn.ts';
import type { PlannedWrite, Step } from '../../planner/plan.ts';
import type { DeltaOfZones } from '../../zoning/types.ts';
import { RefusedError } from '../types.ts';

export type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>;

/** What steps on fabrics have. */
export interface FabricIo {
  readonly network: NetworkSystem;
  readonly system: ResourceRecord<'networkSystem'>;
  /** Who we are to others on the fabric. */
  readonly owner: string;
  /** Throws RefusedError when the network is outside the scope of its network system. */
  requireInScope(): Promise<void>;
  /** A delta, together with those that others of this process want on the fabric now. One after the other in all processes. */
  together(delta: DeltaOfZones, alike: string, apply: (delta: DeltaOfZones) => Promise<void>): Promise<void>;
}

export interface StepIo {
  readonly array: BlockArray;
  /** Of a step on a network system; others have none. */
  fabric(network: Urn): FabricIo;
  readonly system: ResourceRecord<'storageSystem'>;
  readonly ownershipMark: 'tag' | 'comment' | 'name' | 'none';
  readonly installation: string;
  readonly epoch: number;
  /** Its plan is of an older state that was put back: what was done after that state was kept is not known to it. */
  readonly isRestored: boolean;
  /** With the commands of its record as that is now. Throws RefusedError where it has none, DriverError where it can't be reached. */
  openHost(host: Urn): Promise<OpenedHost>;
  /** Only one of this process at a time brings one of these hosts to rest. */
  inTurnOf<T>(hosts: readonly Urn[], work: () => Promise<T>): Promise<T>;
  /** Hosts that see the volume now, without those to whom this plan shows it. */
  seersOf(volume: Urn): Promise<readonly ResourceRecord<'host'>[]>;
  nowMs(): number;
  /** Letters and digits: tells what this attempt asks of others from what another one did. */
  nonce(): string;
  /** The record as it is now. Throws RefusedError when there is none. */
  record(urn: Urn): Promise<ResourceRecord>;
  writeOf(urn: Urn): PlannedWrite | undefined;
  /** For reading calls. Throws when no time is left before the deadline. */
  context(): CallContext;
  /** Every changing call goes through here, right after the last look. */
  mutate<T>(call: (ctx: CallContext) => Promise<T>): Promise<T>;
  /** Throws RefusedError when the pool (native id) is outside the scope of the device. */
  requireInScope(pool: string): void;
}

/** What a step has learnt about the object that a record stands for; written into the record with the outcome. */
export interface Learnt {
  readonly urn: Urn;
  readonly device: DeviceObject;
}

/** What stood still while a step was done. */
export interface Pause {
  /** io: no I/O of its volumes ended on that storage system; host: its applications were at rest. */
  readonly what: 'io' | 'host';
  /** Of the storage system or the host. */
  readonly name: string;
  readonly durationMs: number;
}

/** With the name by which people know it. */
export interface OpenedHost extends QuiescingHost {
  readonly name: string;
}

export interface Outcome {
  /** Only told. */
  readonly pauses?: readonly Pause[];
  readonly learnt?: Learnt;
  /** Of a step that makes several objects at once. */
  readonly alsoLearnt?: readonly Learnt[];
}

export type Verdict =
  | ({ readonly verdict: 'done' } & Outcome)
  /** With what is learnt of what is there in its place: an undo whose answer got lost has made that anew. */
  | ({ readonly verdict: 'not-done' } & Outcome)
  /** Begun and not finished: to go forward it is done again, to go back it is undone. */
  | { readonly verdict: 'partial' }
  /** Something else is there, not ours to touch. */
  | { readonly verdict: 'foreign'; readonly why: string }
  | { readonly verdict: 'unknown'; readonly why: string };

export interface CallStep {
  readonly form: 'call';
  /** For people. */
  readonly summary: string;
  perform(io: StepIo): Promise<Outcome>;
  probe(io: StepIo): Promise<Verdict>;
  /** Absent: not reversible. `learnt`: the undo made the object anew. */
  readonly undo?: (io: StepIo) => Promise<Outcome>;
  /** Its effect may have been there before us; then it isn't ours to undo. Asked before the first intent. */
  readonly mayPreexist: boolean;
}

/**
 * Work that goes on on the device by itself. What it did needs no undo, it only must not run any more; unless it has overwritten what
 * somebody had: then that is put back, by a job again.
 */
export interface JobStep {
  readonly form: 'job';
  readonly summary: string;
  probe(io: StepIo): Promise<Verdict>;
  start(io: StepIo): Promise<JobHandle>;
  poll(io: StepIo, handle: JobHandle): Promise<JobProgress>;
  cancel(io: StepIo, handle: JobHandle): Promise<void>;
  /** It makes objects, or changes what is recorded of one: the probe tells of them once it is through. */
  readonly makes?: true;
  /** Instead of `cancel`, where what it did has an undo after all: however far it came, and whatever call began it. Twice is once. */
  readonly undo?: CallStep['undo'];
  readonly putBack?: {
    /** not-done: there is nothing to put back (any more). */
    probe(io: StepIo): Promise<Verdict>;
    /** The same again goes on with it. */
    start(io: StepIo): Promise<JobHandle>;
    poll(io: StepIo, handle: JobHandle): Promise<JobProgress>;
  };
}

/** How far what is waited for is from being so: 0 = it is. */
export interface Condition {
  readonly left: number;
  readonly why: string;
}

/** Waits until something is so on the device; changes nothing, and needs no undo. */
export interface WaitStep {
  readonly form: 'wait';
  readonly summary: string;
  /** So long without progress fails it. */
  readonly patienceMs: number;
  look(io: StepIo): Promise<Condition>;
}

export type BoundStep = CallStep | JobStep | WaitStep;
/** What may leave something on a device of which the outcome is not known. */
export type ActingStep = CallStep | JobStep;

export function markOf(io: StepIo, urn: Urn): MarkRequest {
  return { installation: io.installation, urn, epoch: io.epoch };
}

/** The object of a record, with what must still be true of it. Throws RefusedError when it has none yet. */
export async function deviceOf(io: StepIo, urn: Urn): Promise<{ device: DeviceObject; expect: Expectation }> {
  const { device } = (await io.record(urn)).status;
  if (!device) throw new RefusedError('COPRHD-HELD-011', `${urn} has no object on a device`);
  if (device.system !== io.system.urn) {
    throw new RefusedError('COPRHD-HELD-011', `${urn} is on another storage system than the step`);
  }
  const wwn = device.wwn === undefined ? {} : { wwn: device.wwn };
  return { device, expect: { nativeId: device.nativeId, ...wwn, mark: markOf(io, urn) } };
}

interface Marked {
  readonly mark?: { readonly installation: string; readonly urn: string; readonly epoch: number };
}

/** Why the mark on it isn't ours; undefined when it is. A device without marks can't say: identity decides there. */
export function markMismatch(io: StepIo, urn: Urn, object: Marked): string | undefined {
  const { mark } = object;
  if (!mark) return io.ownershipMark === 'none' || io.ownershipMark === 'name' ? undefined : 'it carries no mark';
  if (mark.installation !== io.installation) return `it carries the mark of installation ${mark.installation}`;
  if (mark.urn !== urn) return `it carries the mark of ${mark.urn}`;
  if (mark.epoch > io.epoch) return `its mark is of epoch ${mark.epoch}, newer than this state (${io.epoch})`;
  return undefined;
}

/** Why the volume isn't the recorded one; undefined when it is. */
export function volumeMismatch(
  io: StepIo,
  urn: Urn,
  device: Pick<DeviceObject, 'wwn'>,
  volume: VolumeObservation,
): string | undefined {
  if (device.wwn !== volume.wwn) return `its WWN is ${volume.wwn ?? 'unknown'}, recorded is ${device.wwn ?? 'none'}`;
  return markMismatch(io, urn, volume);
}

export function requireOurVolume(io: StepIo, urn: Urn, device: DeviceObject, volume: VolumeObservation): void {
  const mismatch = volumeMismatch(io, urn, device, volume);
  if (mismatch !== undefined) {
    throw new RefusedError('COPRHD-HELD-011', `volume ${device.nativeId} is not the recorded one: ${mismatch}`);
  }
  io.requireInScope(volume.pool);
}

/** Reads the volume again and refuses unless it is there and ours. */
export async function readOurVolume(
  io: StepIo,
  urn: Urn,
): Promise<{ device: DeviceObject; expect: Expectation; volume: VolumeObservation }> {
  const { device, expect } = await deviceOf(io, urn);
  const volume = await io.array.readVolume(io.context(), device.nativeId);
  if (!volume) {
    throw new RefusedError('COPRHD-HELD-001', `volume ${device.nativeId} is missing on ${io.system.name}`);
  }
  requireOurVolume(io, urn, device, volume);
  return { device, expect, volume };
}

export function requireUnmapped(volume: VolumeObservation): void {
  if (volume.mappedBy.length === 0) return;
  throw new RefusedError(
    'COPRHD-HELD-004',
    `volume ${volume.name} is still mapped by ${volume.mappedBy.join(', ')}`,
    'unexport it first',
  );
}

/** What an older state, that was put back, would undo may have been finished and used since: that is for people to decide. */
export function requireKnownSince({ isRestored }: StepIo, what: string): void {
  if (!isRestored) return;
  throw new RefusedError(
    'COPRHD-HELD-011',
    `${what} stays: the state was put back since it was begun, and whether somebody uses it is not known`,
    'find out; coprhd orphans and coprhd resolve go on from there',
  );
}

/** May hosts see it? A new thick volume only once it holds zeros and nothing of those who had its blocks before. */
export function requireUsable(device: DeviceObject, volume: VolumeObservation): void {
  if (volume.quarantined) throw new RefusedError('COPRHD-HELD-010', `volume ${volume.name} is quarantined`);
  if (device.origin === 'created' && volume.provisioning === 'thick' && !volume.zeroed) {
    throw new RefusedError('COPRHD-HELD-004', `volume ${volume.name} is not zeroed yet`);
  }
}
