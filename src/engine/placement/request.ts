/**
 * Placement in data: what is asked (units × roles), what could be had (candidates), why not (rejections), what was
 * chosen. Final form from the first day; filters and scorers are added beside it, never inside it.
 */
import type { IoLimits } from '../../lib/pool-service.ts';
import type { Amounts } from '../model/recorded-view.ts';
import type { PoolAttributes, Provisioning } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';

export type Role = 'source' | 'mirror' | 'target' | 'journal' | 'file-system';

export interface PlacementRequest {
  readonly units: readonly PlacementUnit[];
}

/** Placed all or nothing. */
export interface PlacementUnit {
  readonly id: string;
  readonly roles: readonly RoleRequest[];
  readonly constraints: readonly RoleConstraint[];
  /** All roles on one storage system, the one with most room to grow first: a consistency group. */
  readonly oneSystem?: {
    /** Where the group is already; absent = to be chosen. */
    readonly system?: Urn;
  };
}

export interface RoleRequest {
  readonly role: Role;
  readonly sizeBytes: number;
  readonly provisioning: Provisioning;
  readonly virtualPool: Urn;
  readonly virtualArray: Urn;
  readonly protocols: readonly string[];
  readonly driveType?: string;
  /** One of these; absent = any. */
  readonly raidLevels?: readonly string[];
  /** Names of drivers, one of these; absent = any. */
  readonly systemTypes?: readonly string[];
  readonly limits: { readonly utilisation: number; readonly subscription: number };
  /** Fraction of a thin volume that the pool sets aside at once; absent = none. */
  readonly thinPreAllocation?: number;
  /** The pool must do so. */
  readonly compression?: boolean;
  readonly deduplication?: boolean;
  /** The pool must be for that, or, where it isn't asked for, not. */
  readonly longTermRetention?: boolean;
  /** The pool must have it for such volumes. */
  readonly tieringPolicy?: string;
  /** The pool must be able to hold its volumes to limits of I/O. */
  readonly ioLimits?: IoLimits;
  /** The storage system must know consistency groups. */
  readonly multiVolumeConsistency?: boolean;
  /** So many usable ports of the protocols, on two HA domains where there are to be two paths or more. */
  readonly pathsMin?: number;
  /** Where room is as good: `spread` takes the emptiest pool, `pack` the fullest that will do. Absent = as the policy does. */
  readonly allocation?: 'spread' | 'pack';
  /** Volumes of one project are kept apart, so that no storage system's end takes all of it. */
  readonly project?: Urn;
  /** That will see the volume, in their order. Absent = none, or nobody asks for affinity. */
  readonly hosts?: readonly Urn[];
  /** By storage system: those of the hosts that have volumes on it already. Absent = it makes no difference. */
  readonly affinity?: Readonly<Record<Urn, readonly Urn[]>>;
  /** Patterns of `system/pool`, of the virtual pool: one of these. Absent = any. */
  readonly assignedPools?: readonly string[];
  /** Patterns of `system/pool`, of administrators: one of `require`, none of `avoid`. */
  readonly require?: readonly string[];
  readonly avoid?: readonly string[];
}

export interface RoleConstraint {
  /** `rather-other`: kept only where the unit has a place with it. */
  readonly type: 'same' | 'other' | 'rather-other';
  readonly what: 'system' | 'pool' | 'virtual-array' | 'group';
  readonly between: readonly [Role, Role];
}

/** By protocol. */
export type UsablePorts = Readonly<Record<string, { readonly usable: number; readonly haDomains?: number }>>;

export interface Candidate {
  readonly pool: Urn;
  readonly poolNativeId: string;
  readonly system: Urn;
  readonly systemName: string;
  /** Name of its driver. */
  readonly systemType: string;
  /** Mode and scope let us create here. */
  readonly manageable: boolean;
  readonly notManageableWhy?: string;
  readonly virtualArrays: readonly Urn[];
  readonly attributes: PoolAttributes;
  /** Promised already: ledger plus what this plan has placed before. */
  readonly promised: Amounts;
  /** Of the pool itself, beside those of the virtual pool; the tighter one holds. Fractions. */
  readonly limits?: { readonly utilisation?: number; readonly subscription?: number };
  /** So many volumes more may be made in the pool, on the system, and on it for a project. Absent = no limit. */
  readonly volumesLeft?: number;
  readonly systemVolumesLeft?: number;
  readonly projectVolumesLeft?: Readonly<Record<Urn, number>>;
  /** Volumes that a project has on the system already. Absent = not known, only those of this run count. */
  readonly projectVolumes?: Readonly<Record<Urn, number>>;
  /** Average of the busy figures of the system's usable ports, 0..100. Absent = nothing is measured. */
  readonly portBusyPercent?: number;
  /** The storage system knows consistency groups. */
  readonly consistencyGroups?: boolean;
  readonly thinPreAllocation?: boolean;
  /** Usable ports by protocol, and on how many HA domains they are. Absent = not known, nothing is refused for it. */
  readonly ports?: UsablePorts;
  /** The same of those that hosts of a virtual array reach, by virtual array; absent = all of them. */
  readonly portsWithin?: Readonly<Record<Urn, UsablePorts>>;
  /** How many virtual pools may use this pool: pools that few can use are taken first by those few. Absent = not known. */
  readonly virtualPools?: number;
  /** The same, a virtual pool counting the more, the fewer bytes it may use (need.ts). Absent = each once. */
  readonly virtualPoolNeed?: number;
}

export interface Rejection {
  readonly pool: Urn;
  /** `array-1/fast`. */
  readonly poolName: string;
  readonly filter: string;
  readonly fact: string;
  readonly needed: string;
  readonly had: string;
  /** How far from passing, 0..1 of what was needed; orders the nearest misses. */
  readonly shortfall: number;
  /** Space only: so many bytes more in this pool, or under this limit, and it would have passed. */
  readonly lackBytes?: number;
}

export interface Score {
  readonly pool: Urn;
  readonly scorer: string;
  /** 0..1, more is better; what counts is raw × weight. */
  readonly raw: number;
  readonly weight: number;
  /** What the figure is made of: `not measured, counts as 50 % busy`. */
  readonly fact?: string;
}

export interface RolePlacement {
  readonly role: Role;
  readonly virtualArray: Urn;
  readonly system: Urn;
  readonly pool: Urn;
  readonly poolNativeId: string;
  /** What to reserve in the ledger. */
  readonly amounts: Amounts;
}

/** Equal requests share one decision by content hash. */
export interface PlacementDecision {
  readonly unit: string;
  readonly placed: readonly RolePlacement[];
  /** Counts by filter, nearest misses kept; the full list is recomputed by `explain`. */
  readonly rejections: readonly { readonly filter: string; readonly count: number }[];
  readonly nearestMisses: readonly Rejection[];
  readonly scores: readonly Score[];
  readonly candidates: number;
}

/** A unit that has no place; nothing of it is promised. */
export interface PlacementFailure {
  readonly unit: string;
  /** The role for which nothing was left. */
  readonly role: Role;
  readonly rejections: readonly { readonly filter: string; readonly count: number }[];
  readonly nearestMisses: readonly Rejection[];
  readonly candidates: number;
  /** What is lacking in the nearest miss: `needs 40 GiB more on array-1/fast (subscription limit 100 %)`. */
  readonly sentence: string;
}

/** Every unit is in exactly one of the two, in the order of the request. */
export interface PlacementResult {
  readonly decisions: readonly PlacementDecision[];
  readonly failures: readonly PlacementFailure[];
}

/** What one filter says of one pool. */
export interface Verdict {
  readonly filter: string;
  /** Empty = it passes. All of them, where a filter looks at several facts. */
  readonly misses: readonly Pick<Rejection, 'fact' | 'needed' | 'had' | 'shortfall' | 'lackBytes'>[];
}

/** Everything about one role of one unit, as it was when its turn came. */
export interface RoleExplanation {
  readonly unit: string;
  readonly role: Role;
  readonly chosen?: Urn;
  /** All pools that were refused, nearest miss first. */
  readonly rejections: readonly Rejection[];
  /** All pools that would do, best first; one entry a scorer. */
  readonly scores: readonly Score[];
  /** Every filter's verdict on the pool that was asked about; absent when none was, or it is no candidate. */
  readonly verdicts?: readonly Verdict[];
}
