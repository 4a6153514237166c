/**
 * Recorded specs: what the user (or discovery) decided about a resource, references as URNs. Zod schemas check every
 * record that is read from a store, so that a damaged one is found at the door. Lists of references are not in here: each
 * entry is a record of its own (members.ts).
 */
import { z } from 'zod';
import { LIMITS } from '../../lib/limits.ts';
import type { SnapshotMethod, StorageTier, TieringPolicy } from '../../lib/pool-service.ts';
import { KIND_NAMES, type KindName } from './kinds.ts';
import { hostQuiesce, quiesceWish } from './quiesce.ts';
import { projectAcl, userMappings } from './tenancy-specs.ts';
import type { Urn } from './urn.ts';

const urn = z.string().startsWith('urn:storageos:') as unknown as z.ZodType<Urn>;
const bytes = z.int().nonnegative();

export const deviceMode = z.enum(['observe', 'propose', 'manage']);
export type DeviceMode = z.infer<typeof deviceMode>;

export const protocol = z.enum(['iscsi', 'fc']);
export type Protocol = z.infer<typeof protocol>;

export const provisioning = z.enum(['thin', 'thick']);
export type Provisioning = z.infer<typeof provisioning>;

export const pathPolicy = z.object({
  min: z.int().min(1),
  max: z.int().min(1),
  perInitiator: z.int().min(1),
  /** So many HA domains at least; absent = 2 where `max` is 2 or more and the system has them. */
  acrossHaDomains: z.int().min(1).optional(),
});
export type PathPolicy = z.infer<typeof pathPolicy>;

/** How a device behind an ssh:// endpoint is reached. */
export const sshSettings = z.object({
  jump: z.string().optional(),
  /** Default: the device's own. */
  jumpCredential: z.string().optional(),
  sessionsMax: z.int().min(1).optional(),
});
export type SshSettings = z.infer<typeof sshSettings>;

/** A rotation's window: what the device was logged in to with before, and still is where it refuses the new one. */
export const previousCredential = z.looseObject({
  /** A reference, as `credential` is. */
  credential: z.string(),
  untilMs: z.number(),
  /** Name of the actor; the audit log has the rest. */
  by: z.string(),
  atMs: z.number(),
});
export type PreviousCredential = z.infer<typeof previousCredential>;

/** CoprHD's UNREGISTERED; absent = REGISTERED (registration.ts). */
export const deregistration = z.looseObject({
  by: z.string(),
  atMs: z.number(),
  why: z.string().max(LIMITS.reasonLengthMax).optional(),
});

export const maintenance = z.looseObject({
  by: z.string(),
  sinceMs: z.number(),
  /** Over by itself then; absent = when somebody ends it. */
  untilMs: z.number().optional(),
  why: z.string().max(LIMITS.reasonLengthMax).optional(),
});
export type Maintenance = z.infer<typeof maintenance>;

export type Deregistration = z.infer<typeof deregistration>;
export const ZONE_STYLES = ['pair', 'single-initiator', 'peer', 'smart'] as const;
export type ZoneStyle = (typeof ZONE_STYLES)[number];

/** How zones are made in a network. Absent fields: pair, pwwn, the default template. */
export const zoningPolicy = z.object({
  style: z.enum(ZONE_STYLES).optional(),
  members: z.enum(['pwwn', 'alias']).optional(),
  /** Of the names of zones (zoning/names.ts). */
  nameTemplate: z.string().optional(),
});
export type ZoningPolicy = z.infer<typeof zoningPolicy>;

const zoneMember = z.object({
  portName: z.string(),
  role: z.enum(['principal', 'initiator', 'target']).optional(),
  /** The name that stands for it in the zone; absent = the WWPN itself. */
  alias: z.string().optional(),
});
export type RecordedZoneMember = z.infer<typeof zoneMember>;

/** What the port of a path was chosen by, when it was (paths/types.ts). */
const chosenPort = z.looseObject({
  atMs: z.number(),
  usage: z.number(),
  metric: z.enum(['measured', 'counted']),
  sampleAgeMs: z.number().optional(),
  busyPercent: z.number().optional(),
  cpuBusyPercent: z.number().optional(),
  volumes: z.int(),
  initiators: z.int(),
  /** Absent: by a plan of the export. */
  by: z.enum(['rebalance', 'replacement', 'order']).optional(),
});
export type ChosenPort = z.infer<typeof chosenPort>;

/** Of one pool, beside those of the virtual pools; the tighter one holds. */
const poolLimits = z.object({
  volumes: z.int().min(0).optional(),
  /** Fractions. */
  utilisation: z.number().positive().optional(),
  subscription: z.number().positive().optional(),
});
export type PoolLimits = z.infer<typeof poolLimits>;

export const SPEC_SCHEMAS = {
  tenant: z.looseObject({
    parent: urn.optional(),
    userMappings: userMappings.optional(),
    quota: z.object({ capacityBytes: bytes.optional() }).optional(),
  }),
  project: z.looseObject({
    tenant: urn,
    quotaBytes: bytes.optional(),
    /** So many of its volumes at most on one storage system. */
    volumesPerSystem: z.int().min(1).optional(),
    /** A user's name; absent = who made it. */
    owner: z.string().optional(),
    acl: projectAcl.optional(),
  }),
  networkSystem: z.looseObject({
    driver: z.string(),
    endpoint: z.string(),
    ssh: sshSettings.optional(),
    configuration: z.record(z.string(), z.unknown()),
    credential: z.string().optional(),
    previousCredential: previousCredential.optional(),
    mode: deviceMode,
    /** Names of networks, and numbers of VSANs; both absent = nothing may be changed. */
    scope: z.object({ fabrics: z.array(z.string()).optional(), vsans: z.array(z.int()).optional() }),
    deregistered: deregistration.optional(),
    maintenance: maintenance.optional(),
  }),
  /** Who is in a Fibre Channel network are endpoints, records of their own. */
  network: z.looseObject({
    transport: z.enum(['ip', 'fc']),
    subnets: z.array(z.string()).default([]),
    /** Who zones it; absent = coprhd doesn't. */
    networkSystem: urn.optional(),
    /** Which of its fabrics: `FID128`, a name, or a WWN. With `vsan` not needed. */
    fabric: z.string().optional(),
    vsan: z.int().optional(),
    /** The zone configuration (Brocade) or zone set (MDS) that our zones are in. */
    configuration: z.string().optional(),
    zoning: zoningPolicy.optional(),
  }),
  /** `declared`: by the network's file. `discovered`: a switch has shown it. It is there while it is either. */
  endpoint: z.looseObject({
    network: urn,
    portName: z.string(),
    declared: z.boolean(),
    discovered: z.boolean().optional(),
  }),
  storageSystem: z.looseObject({
    driver: z.string(),
    endpoint: z.string(),
    ssh: sshSettings.optional(),
    configuration: z.record(z.string(), z.unknown()),
    /** A reference such as `env:NAME`; never the secret. */
    credential: z.string().optional(),
    /** What the last `device rotate` moved away from; stays after its window, so that no file brings it back unnoticed. */
    previousCredential: previousCredential.optional(),
    mode: deviceMode,
    /** Native pool names; absent = nothing may be changed. */
    scope: z.object({ pools: z.array(z.string()).optional() }),
    deregistered: deregistration.optional(),
    maintenance: maintenance.optional(),
    limits: z
      .object({ volumes: z.int().min(0).optional(), pools: z.record(z.string(), poolLimits).optional() })
      .optional(),
  }),
  pool: z.looseObject({ system: urn, nativeId: z.string(), deregistered: deregistration.optional() }),
  port: z.looseObject({
    system: urn,
    nativeId: z.string(),
    transport: z.enum(['ip', 'fc']),
    /** `10.1.2.3:3260` or a WWPN with colons. */
    address: z.string(),
    haDomain: z.string(),
    physicalPort: z.string(),
    engine: z.string().optional(),
    deregistered: deregistration.optional(),
  }),
  /** `autoSanZoning` false: zones are somebody else's. */
  virtualArray: z.looseObject({ autoSanZoning: z.boolean().optional() }),
  virtualPool: z.looseObject({
    type: z.literal('block'),
    protocols: z.array(protocol).min(1),
    provisioning,
    driveType: z.string().optional(),
    /** One of these. */
    raidLevels: z.array(z.string()).optional(),
    /** Names of drivers, one of these. */
    systemTypes: z.array(z.string()).optional(),
    paths: pathPolicy,
    /** Fractions: 0.8 = 80 %. */
    limits: z.object({ utilisation: z.number().positive(), subscription: z.number().positive() }),
    quotaBytes: bytes.optional(),
    /** Fraction of a thin volume that its pool sets aside at once. */
    thinPreAllocation: z.number().min(0).max(1).optional(),
    /** Only on storage systems that know consistency groups. */
    multiVolumeConsistency: z.boolean().optional(),
    /** Absent = evenly while all are roomy, then one after the other (placement/scorers/room.ts). */
    allocation: z.enum(['spread', 'pack']).optional(),
    /** Rather on a storage system that serves the volume's host or cluster already. */
    arrayAffinity: z.boolean().optional(),
    compression: z.boolean().optional(),
    deduplication: z.boolean().optional(),
    longTermRetention: z.boolean().optional(),
    /** Name of a policy of the storage system, which every volume is given. */
    autoTieringPolicy: z.string().optional(),
    /** Of each volume, all its hosts together. */
    hostIoLimits: z.object({ iops: z.int().positive().optional(), bytesPerSecond: bytes.optional() }).optional(),
    /** So many may follow a volume of it. Absent = no limit of ours. `virtualPool`: of which they are where nobody names one. */
    continuousCopies: z.looseObject({ max: z.int().min(0), virtualPool: urn.optional() }).optional(),
    /** So many snapshots a volume of it may have. Absent = no limit of ours. */
    snapshots: z.object({ max: z.int().min(0) }).optional(),
    /** False: its volumes keep the size they were made with. */
    expandable: z.boolean().optional(),
    /** Patterns of `system/pool`: only these, of those that match. */
    pools: z.array(z.string()).optional(),
  }),
  host: z.looseObject({ type: z.string(), tenant: urn, quiesce: hostQuiesce.optional() }),
  initiator: z.looseObject({ host: urn, protocol, portName: z.string(), network: urn }),
  ipInterface: z.looseObject({ host: urn, address: z.string(), prefixLength: z.int().min(0).max(128).optional() }),
  cluster: z.looseObject({ tenant: urn }),
  /** `bytes`: of a share of a virtual pool. `hlu`: that a volume shall get of an export that nobody sees yet. */
  member: z.looseObject({
    of: urn,
    list: z.string(),
    member: urn,
    bytes: bytes.optional(),
    hlu: z.int().min(0).optional(),
  }),
  /** `system`: where its volumes are; set when the first comes, and by whoever brings one when none is in it. */
  consistencyGroup: z.looseObject({ project: urn, system: urn.optional(), snapshotPolicy: urn.optional() }),
  /** Moments are `atMs` after midnight UTC of 1970 and every `everyMs` from there. */
  snapshotPolicy: z.looseObject({
    everyMs: z.int().min(60_000),
    atMs: z.int().min(0),
    /** The newest of them stay. */
    keep: z.int().min(1),
    quiesce: quiesceWish.optional(),
  }),
  volume: z.looseObject({
    project: urn,
    sizeBytes: bytes,
    virtualPool: urn,
    virtualArray: urn,
    consistencyGroup: urn.optional(),
    /** Of a volume in a group that has one, the group's counts. */
    snapshotPolicy: urn.optional(),
    /** A full copy: what was copied, a volume or a snapshot. Stays when it is detached, for people. */
    copyOf: urn.optional(),
    /** Of full copies of a consistency group: those that were made together have the same. */
    copySet: z.string().optional(),
    /** A copy that has nothing to do with its source any more. */
    detached: z.boolean().optional(),
    /** Until it is detached it is no full copy, but follows the volume `copyOf`. */
    continuous: z.literal(true).optional(),
    /** It follows, but stays as it was at the pause. */
    paused: z.literal(true).optional(),
    /** Patterns of `system/pool`, where an administrator has named them. */
    placement: z.object({ require: z.array(z.string()).optional(), avoid: z.array(z.string()).optional() }).optional(),
  }),
  snapshot: z.looseObject({
    project: urn,
    volume: urn,
    /** Of the source at that moment, as are those below. */
    sizeBytes: bytes,
    virtualPool: urn,
    virtualArray: urn,
    consistencyGroup: urn.optional(),
    /** Those of one name and one group are of one moment. */
    set: z.string(),
    /** By which it was taken, and for which of its moments. Absent = by somebody. */
    policy: z.object({ urn, momentMs: z.number() }).optional(),
    /** It has room of its own for all that it holds; absent = it shares what isn't overwritten with its volume. */
    fullCopy: z.literal(true).optional(),
    /** What was asked for. What came of it is with the device's facts: `consistency`. */
    quiesce: quiesceWish.optional(),
    /** Whose applications its plan was to bring to rest: the first of them, and how many more. Whether they were is said by the device's facts. */
    quiesceHosts: z.array(urn).optional(),
    quiesceHostsMore: z.number().optional(),
  }),
  export: z.looseObject({
    project: urn,
    /** One of these three; who is in a list is recorded entry by entry, and may be nobody (export-seers.ts). */
    host: urn.optional(),
    cluster: urn.optional(),
    seers: z.enum(['hosts', 'clusters']).optional(),
    /** No host sees by it: its volumes are in the list `waiting`. */
    waiting: z.literal(true).optional(),
    /** Of what is added to it. */
    virtualArray: urn.optional(),
    /** CoprHD's type Initiator: who sees is named by initiators. */
    namedBy: z.literal('initiators').optional(),
    sharedAccess: z.literal('cluster-aware').optional(),
    /** One host's alone. */
    exclusive: z.literal(true).optional(),
    /** The host boots from its one volume. Exclusive, too. */
    boot: z.literal(true).optional(),
    copies: z.literal('identity-regenerated').optional(),
  }),
  exportMask: z.looseObject({
    host: urn,
    system: urn,
    /** Ports chosen when the mask was made, as port URNs. */
    ports: z.array(urn),
    /** Absent = ip. */
    transport: z.enum(['ip', 'fc']).optional(),
  }),
  lunMap: z.looseObject({ export: urn, volume: urn, mask: urn, hlu: z.int().min(0) }),
  path: z.looseObject({ mask: urn, initiator: urn, port: urn, network: urn, chosen: chosenPort.optional() }),
  zone: z.looseObject({
    mask: urn,
    network: urn,
    /** On the fabric. */
    zoneName: z.string(),
    kind: z.enum(['standard', 'peer', 'smart', 'other']),
    members: z.array(zoneMember),
    /** Was on the fabric before us: used, never changed, never removed. */
    existing: z.boolean().optional(),
  }),
} as const satisfies Record<KindName, z.ZodType>;

export type RecordedSpec<K extends KindName> = z.infer<(typeof SPEC_SCHEMAS)[K]>;

/** Fails at start when a kind has no schema; the type above says the same at compile time. */
export const SPEC_KINDS: readonly KindName[] = KIND_NAMES;

/** What discovery knows about a pool now; stored under `o/pool/{uuid}`, never in the record. Bytes. */
export interface PoolAttributes {
  readonly name: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Sum of the sizes of all volumes in the pool, ours and foreign. */
  readonly subscribedBytes: number;
  /** Subscribed by volumes without our mark. */
  readonly foreignSubscribedBytes: number;
  readonly provisioning: readonly Provisioning[];
  readonly protocols: readonly Protocol[];
  readonly driveType?: string;
  readonly raidLevels?: readonly string[];
  readonly volumeBytesMin: number;
  readonly volumeBytesMax: number;
  readonly granularityBytes: number;
  readonly compression?: boolean;
  readonly deduplication?: boolean;
  readonly longTermRetention?: boolean;
  /** It can set a part of a thin volume aside. */
  readonly thinPreAllocation?: boolean;
  readonly tiers?: readonly StorageTier[];
  readonly tieringPolicies?: readonly TieringPolicy[];
  readonly ioLimits?: boolean;
  /** How snapshots in it are made; absent = as the device does. */
  readonly snapshots?: SnapshotMethod;
  /** Part of what isn't free. */
  readonly metadataBytes?: number;
  /** Its storage system knows groups of volumes that are copied at one moment. */
  readonly consistencyGroups?: boolean;
  readonly usable: boolean;
  readonly unusableWhy?: string;
  /** NOTVISIBLE since then (visibility.ts); absent = VISIBLE. */
  readonly notVisibleSinceMs?: number;
  readonly observedAtMs: number;
}

export interface PortAttributes {
  readonly name: string;
  /** iSCSI targets are reached at this portal; for fc the WWPN is the address in the spec. */
  readonly status: 'up' | 'down';
  /** NOTVISIBLE since then (visibility.ts); absent = VISIBLE. */
  readonly notVisibleSinceMs?: number;
  readonly observedAtMs: number;
}
