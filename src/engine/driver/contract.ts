/**
 * The driver contract for block arrays. A driver is data plus functions; arguments and results are plain JSON.
 *
 * Doctrine (docs/writing-a-driver.md): *ensure, don't create*: look first, do the least, return what was observed; the
 * same call twice is one object. Never touch an object that doesn't carry the mark given. Never sleep: wait by
 * returning a job handle. Throw DriverError only, with the class that is true: `ambiguous` when the effect is not
 * known. Each call ends before `ctx.deadlineMs`.
 */
import type { z } from 'zod';
import type { IoLimits, SnapshotMethod, StorageTier, TieringPolicy } from '../../lib/pool-service.ts';
import type { Redacted } from '../../lib/redacted.ts';
import type { ChangesCapability } from './changes-contract.ts';
import type { CopiesCapability, CopyFacts } from './copies-contract.ts';
import type { MirrorsCapability } from './mirrors-contract.ts';
import type { NetworkSystemManifest } from './network-contract.ts';
import type { Session, SessionTypes } from './session.ts';

export type { IoLimits, SnapshotMethod, StorageTier, TieringPolicy };

/** Says on the device whose an object is. Goes into a tag, comment or attribute as JSON text. */
export interface OwnershipMark {
  /** Random id of the installation (state) that owns it. */
  readonly installation: string;
  readonly urn: string;
  /** Native identity of the object the mark was put on; a copy that has it copied too is foreign. Set by the driver. */
  readonly nativeIdentity: string;
  /** State epoch at the time of writing. */
  readonly epoch: number;
}

/** What the engine gives; the driver adds nativeIdentity. */
export type MarkRequest = Omit<OwnershipMark, 'nativeIdentity'>;

export interface DriverLog {
  debug(message: string, fields?: Record<string, unknown>): void;
}

export interface CallContext {
  readonly nowMs: () => number;
  /**
   * Absolute: nothing is sent after it. Read it before each command: of a call that takes many it may move on while the call runs,
   * as long as the process has its lease.
   */
  readonly deadlineMs: number;
  /** Absolute: so far `deadlineMs` may move; absent = it doesn't. */
  readonly endsMs?: number;
  readonly signal: AbortSignal;
  readonly log: DriverLog;
}

/** What a driver may be able to do beyond the basic things; each is an optional interface of BlockArray. */
export type Capability = 'expand' | 'zeroing' | 'metrics' | 'changes' | 'copies' | 'mirrors';

export interface DeviceLimits {
  readonly hluMax?: number;
  readonly volumeNameLengthMax?: number;
  readonly maskNameLengthMax?: number;
}

export interface SystemIdentity {
  readonly serialNumber: string;
  readonly model: string;
  readonly firmwareVersion: string;
  /** `<TYPE>+<serial>`; recognises the device again. */
  readonly nativeGuid: string;
  /** True when model and version are listed in the manifest's `supported`. */
  readonly supported: boolean;
  /** It knows groups of volumes that are copied at one moment. */
  readonly consistencyGroups?: boolean;
  /** Where this model's limits aren't those of the manifest. */
  readonly limits?: DeviceLimits;
  /** Capabilities of the driver that this model or version doesn't have. */
  readonly lacks?: readonly Capability[];
}

/** One page of a collection. `complete` is false when the device could not show all of it (then nothing is "gone"). */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
  readonly complete: boolean;
}

export interface PoolObservation {
  /** Stable name of the pool on the device. */
  readonly nativeId: string;
  readonly name: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly provisioning: readonly ('thin' | 'thick')[];
  readonly protocols: readonly ('iscsi' | 'fc')[];
  readonly driveType?: string;
  /** `raid1`, `raid5`, `raid6`... */
  readonly raidLevels?: readonly string[];
  readonly volumeBytesMin: number;
  readonly volumeBytesMax: number;
  /** Sizes are rounded up to this. */
  readonly granularityBytes: number;
  /** It compresses what is written, stores equal blocks once, is for long-term retention. Absent = no, or not known. */
  readonly compression?: boolean;
  readonly deduplication?: boolean;
  readonly longTermRetention?: boolean;
  /** It can set a part of a thin volume aside at once. */
  readonly thinPreAllocation?: boolean;
  /** What it is made of, where it is more than one. */
  readonly tiers?: readonly StorageTier[];
  /** Enabled, and for volumes of this pool. */
  readonly tieringPolicies?: readonly TieringPolicy[];
  /** Its volumes can be held to limits of I/O. */
  readonly ioLimits?: boolean;
  /** Absent = copy-on-write, where the device makes snapshots at all. */
  readonly snapshots?: SnapshotMethod;
  /** Of what isn't free: taken by the pool itself, for maps and journals. Absent = the device doesn't tell. */
  readonly metadataBytes?: number;
  /** False with a reason: not mounted, no attributes... Never used for placement then. */
  readonly usable: boolean;
  readonly unusableWhy?: string;
  /** Free facts for people (`reflink: yes`). */
  readonly notes?: Readonly<Record<string, string>>;
}

export interface PortObservation {
  readonly nativeId: string;
  readonly name: string;
  readonly transport: 'ip' | 'fc';
  /** `ip:port` or WWPN in lower case with colons. */
  readonly address: string;
  readonly haDomain: string;
  readonly physicalPort: string;
  /** What holds several HA domains and can fail as one (engine, enclosure, cabinet); absent = there is no such thing. */
  readonly engine?: string;
  readonly status: 'up' | 'down';
}

export interface VolumeObservation extends CopyFacts {
  readonly nativeId: string;
  readonly name: string;
  readonly pool: string;
  readonly sizeBytes: number;
  readonly allocatedBytes: number;
  readonly provisioning: 'thin' | 'thick';
  /** 32 lower-case hex digits (NAA-6), or undefined for foreign volumes without one. */
  readonly wwn?: string;
  /** Undefined = no mark, or one that can't be read: foreign. */
  readonly mark?: OwnershipMark;
  /** Thick volumes: all blocks are written or proven zero. */
  readonly zeroed: boolean;
  readonly quarantined: boolean;
  readonly tieringPolicy?: string;
  readonly ioLimits?: IoLimits;
  /** Native ids of the masks that map it. */
  readonly mappedBy: readonly string[];
}

export interface MappingObservation {
  readonly hlu: number;
  readonly volume: string;
  /** The identity that initiators see on this LUN; must equal the volume's. */
  readonly wwn?: string;
}

export interface MaskObservation {
  readonly nativeId: string;
  readonly name: string;
  /** iSCSI: the target name to log in to. */
  readonly targetName?: string;
  readonly mark?: OwnershipMark;
  /** Sorted, lower case. */
  readonly initiators: readonly string[];
  /** Port native ids through which it is reachable, sorted. */
  readonly ports: readonly string[];
  readonly mappings: readonly MappingObservation[];
  /** Initiator port names logged in right now. */
  readonly loggedIn: readonly string[];
}

/** What must still be true of an object right before it is changed or removed; else `conflict`. */
export interface Expectation {
  readonly nativeId: string;
  readonly wwn?: string;
  readonly mark: MarkRequest;
  /** Import only: the object carries no mark yet. */
  readonly unmarked?: boolean;
}

export interface EnsureVolumeArgs {
  /** Name on the device; unique there, made by the engine within manifest.naming. */
  readonly name: string;
  readonly pool: string;
  readonly sizeBytes: number;
  readonly provisioning: 'thin' | 'thick';
  /** Thin, and only where the pool says thinPreAllocation: so much of it is set aside at once. */
  readonly setAsideBytes?: number;
  /** Only one of the pool's; only where the pool says ioLimits. Another than it has: `conflict`. */
  readonly tieringPolicy?: string;
  readonly ioLimits?: IoLimits;
  readonly wwn: string;
  readonly serial: string;
  readonly mark: MarkRequest;
}

export interface EnsureMaskArgs {
  readonly name: string;
  readonly mark: MarkRequest;
  /** All initiators it shall admit, and no other. */
  readonly initiators: readonly string[];
  /** Port native ids; arrays that can't mask by port serve all and say so in their limits. */
  readonly ports: readonly string[];
}

export interface JobHandle {
  readonly [key: string]: string | number | boolean;
}

export interface JobProgress {
  readonly state: 'running' | 'done' | 'lost';
  /** `lost`: the job isn't there any more and didn't finish; start it again. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** Required of every block array. Everything is idempotent. */
export interface BlockArray {
  identify(ctx: CallContext): Promise<SystemIdentity>;
  listPools(ctx: CallContext, page?: string): Promise<Page<PoolObservation>>;
  listPorts(ctx: CallContext, page?: string): Promise<Page<PortObservation>>;
  listVolumes(ctx: CallContext, page?: string): Promise<Page<VolumeObservation>>;
  listMasks(ctx: CallContext, page?: string): Promise<Page<MaskObservation>>;
  /** By native id; undefined = certainly not there. */
  readVolume(ctx: CallContext, nativeId: string): Promise<VolumeObservation | undefined>;
  /** By its name on the device: how the open intent of a crashed create finds what it made. */
  findVolume(ctx: CallContext, name: string): Promise<VolumeObservation | undefined>;
  readMask(ctx: CallContext, nativeId: string): Promise<MaskObservation | undefined>;
  findMask(ctx: CallContext, name: string): Promise<MaskObservation | undefined>;

  /**
   * Creates, or finds by name, a volume with this size (rounded up), identity and mark. Same name with another mark,
   * identity, size, pool, tiering policy or I/O limits: `conflict`. Thick volumes come back with `zeroed: false` until the zeroing job is done.
   */
  ensureVolume(ctx: CallContext, args: EnsureVolumeArgs): Promise<VolumeObservation>;
  /** The mapped is refused (`busy` never; `conflict` with holders), and what has snapshots that need it; the missing succeeds. */
  deleteVolume(ctx: CallContext, expect: Expectation): Promise<void>;
  /** Renames; `quarantined` says whether it is put into or taken out of quarantine. The native id stays. */
  renameVolume(
    ctx: CallContext,
    expect: Expectation,
    args: { readonly name: string; readonly quarantined: boolean },
  ): Promise<VolumeObservation>;
  /** Puts the mark on an object that has none (import), or renews its epoch. Refuses another installation's. */
  markVolume(ctx: CallContext, expect: Expectation): Promise<VolumeObservation>;
  /** Takes our mark off (forget). */
  unmarkVolume(ctx: CallContext, expect: Expectation): Promise<void>;

  /** Creates or corrects: afterwards it admits exactly these initiators. Another's mark: `conflict`. */
  ensureMask(ctx: CallContext, args: EnsureMaskArgs): Promise<MaskObservation>;
  /** Puts the mark on a mask that has none (import); all else stays, sessions too. Can't it be kept as it is: `conflict`. */
  markMask(ctx: CallContext, expect: Expectation): Promise<MaskObservation>;
  unmarkMask(ctx: CallContext, expect: Expectation): Promise<void>;
  /** Refused with `conflict` while it maps anything; the missing succeeds. */
  deleteMask(ctx: CallContext, expect: Expectation): Promise<void>;
  /** Maps the volume at the HLU with its identity set before anybody can see it. HLU in use by another: `conflict`. */
  ensureMapping(
    ctx: CallContext,
    mask: Expectation,
    args: { readonly volume: Expectation; readonly hlu: number },
  ): Promise<MaskObservation>;
  /** The missing succeeds; another volume at that HLU is `conflict`. */
  removeMapping(
    ctx: CallContext,
    mask: Expectation,
    args: { readonly volume: Expectation; readonly hlu: number },
  ): Promise<MaskObservation>;

  /** Optional capabilities, found by presence and declared in the manifest. */
  readonly expand?: ExpandCapability;
  readonly zeroing?: ZeroingCapability;
  readonly metrics?: MetricsCapability;
  readonly changes?: ChangesCapability;
  readonly copies?: CopiesCapability;
  readonly mirrors?: MirrorsCapability;
  close(): Promise<void>;
}

export interface ExpandCapability {
  /** Grows to at least sizeBytes, online, identity kept on every mapping. Already as large: no write. Never shrinks. */
  expandVolume(ctx: CallContext, expect: Expectation, args: { readonly sizeBytes: number }): Promise<VolumeObservation>;
}

/** Writing zeros to a thick volume: a job, because it takes long. */
export interface ZeroingCapability {
  startZeroing(ctx: CallContext, expect: Expectation): Promise<JobHandle>;
  pollZeroing(ctx: CallContext, expect: Expectation, handle: JobHandle): Promise<JobProgress>;
  cancelZeroing(ctx: CallContext, expect: Expectation, handle: JobHandle): Promise<void>;
}

/** What the ports and directors of the device have done so far. The engine samples it and makes averages of the differences. */
export interface MetricsCapability {
  sampleMetrics(ctx: CallContext): Promise<MetricsSample>;
}

/**
 * Counters, whole numbers that only grow, until they wrap or the device starts them anew; nobody has to notice that here.
 * What the device doesn't count is left out, never 0.
 */
export interface MetricsSample {
  /** When the device read its counters, by its own clock: differences are taken of it, and its clock may be wrong. */
  readonly sampledAtMs: number;
  readonly ports: readonly PortCounters[];
  readonly haDomains: readonly HaDomainCounters[];
}

export interface PortCounters {
  /** As `listPorts` names it. */
  readonly nativeId: string;
  /** Both directions. 1 kilobyte = 1,024 bytes. */
  readonly kilobytesTransferred: number;
  /** What it runs at now. Left out: not known, then 8 for FC and 1 for IP is taken. */
  readonly speedGbit?: number;
}

/** The processor of a director, controller or node, in ticks of any length. */
export interface HaDomainCounters {
  /** The `haDomain` of its ports. */
  readonly name: string;
  readonly totalTicks: number;
  readonly idleTicks: number;
}

/**
 * A storage provider: something behind which several storage systems are reached with one login. Declared by presence; a
 * driver whose devices are reached one by one has none.
 */
export interface ProviderScan<P = unknown> {
  /** What reaches the provider: the configuration of a storage system without `systemKeys`. */
  readonly configuration: z.ZodType<P>;
  /** The keys of a storage system's configuration that say which one behind the provider it is. */
  readonly systemKeys: readonly string[];
  /** Lists the systems behind it, page by page. Changes nothing, and ends before the deadline. */
  listSystems(ctx: CallContext, options: ConnectOptions<P>, page?: string): Promise<ScanPage>;
}

export interface ScanPage {
  readonly systems: readonly FoundSystem[];
  readonly next?: string;
  /** False when there may be systems that could not be listed; `why` names them, as far as it is known. */
  readonly complete: boolean;
  readonly why?: string;
}

/** One storage system behind a provider. */
export interface FoundSystem {
  /** What the provider calls it. */
  readonly name: string;
  readonly identity: Pick<SystemIdentity, 'serialNumber' | 'model' | 'firmwareVersion' | 'nativeGuid' | 'supported'>;
  /** Values of `systemKeys`: with the provider's configuration they make that of the storage system. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

export type Evidence = 'real' | 'vendor-simulator' | 'recorded' | 'own-simulator';

export interface BlockArrayManifest<C = unknown> {
  readonly name: string;
  readonly kind: 'block-array';
  readonly apiVersion: 1;
  /** One line for `driver list`. */
  readonly summary: string;
  /** The device's `configuration` in plan files. Paths in it were made absolute by the caller. */
  readonly configuration: z.ZodType<C>;
  /** Keys of the configuration whose values are paths, relative to the plan file. Dotted; `*` = any key. */
  readonly configurationPaths: readonly string[];
  readonly session: SessionTypes;
  /** Where ownership marks live. `name` and `none` limit what may be deleted (design: safety). */
  readonly ownershipMark: 'tag' | 'comment' | 'name' | 'none';
  readonly naming: { readonly alphabet: RegExp; readonly volumeLengthMax: number; readonly maskLengthMax: number };
  readonly hlu: { readonly min: number; readonly max: number };
  readonly capabilities: readonly Capability[];
  /** What the device can't do that users would expect; shown in `driver list`, plans and the README. */
  readonly limits: readonly { readonly id: string; readonly text: string }[];
  readonly supported: readonly { readonly model: string; readonly versions: string; readonly evidence: Evidence }[];
  /** Calls in flight at once on one device. */
  readonly concurrencyMax: number;
  /** Only where several storage systems are reached with one login. */
  readonly scan?: ProviderScan;
  connect(options: ConnectOptions<C>): Promise<BlockArray>;
}

export interface ConnectOptions<C> {
  readonly configuration: C;
  readonly session: Session;
  readonly credential?: Redacted;
}

/** What a driver declares, by the kind of device that it drives. */
export type DriverManifest<C = unknown> = BlockArrayManifest<C> | NetworkSystemManifest<C>;

/** Identity function that infers the configuration type. */
export function defineDriver<C>(manifest: BlockArrayManifest<C>): BlockArrayManifest<C>;
export function defineDriver<C>(manifest: NetworkSystemManifest<C>): NetworkSystemManifest<C>;
export function defineDriver<C>(manifest: DriverManifest<C>): DriverManifest<C> {
  return manifest;
}
