/** What is said of pools and of capacity: inputs and results of `pool list`, `pool fit`, `capacity` and `audit`. Bytes. */
import type { StorageTier } from '../../lib/pool-service.ts';
import type { AuditCheck, AuditFinding } from '../model/audit.ts';
import type { RegistrationStatus } from '../model/registration.ts';
import type { Deregistration } from '../model/specs.ts';
import type { DiscoveryStatus } from '../model/visibility.ts';
import type { Watermark } from '../planner/capacity.ts';
import type { NetworkSeen, Refresh, Report, SystemSeen } from './types.ts';

export interface PoolCapacity {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Physical, by whomever. */
  readonly usedBytes: number;
  /** Of what is used: the pools' own. Absent = not told. */
  readonly metadataBytes?: number;
  /** Logical size of all volumes in it, with what is being made now. */
  readonly subscribedBytes: number;
  readonly foreignSubscribedBytes: number;
  /** Promised to running workflows and not on the device yet: physical and logical. */
  readonly reservedBytes: number;
  readonly reservedSubscribedBytes: number;
  /** Ours, with those being made now. */
  readonly volumes: number;
  readonly watermark: Watermark;
}

export interface PoolMiss {
  readonly filter: string;
  readonly fact: string;
  readonly needed: string;
  readonly had: string;
}

/** What a virtual pool says of one pool. */
export interface PoolMatch {
  /** `array-1/fast`. */
  readonly pool: string;
  readonly virtualPool: string;
  readonly fits: boolean;
  readonly misses: readonly PoolMiss[];
}

export interface ListedPort {
  /** `array-1/SP-A:0`. */
  readonly name: string;
  readonly urn: string;
  readonly system: string;
  readonly transport: 'ip' | 'fc';
  /** `10.1.2.3:3260` or a WWPN. */
  readonly address: string;
  readonly haDomain: string;
  readonly physicalPort: string;
  /** What holds several HA domains; absent = there is no such thing. */
  readonly engine?: string;
  /** Absent: it was never looked at. */
  readonly status?: 'up' | 'down';
  readonly discoveryStatus: DiscoveryStatus;
  readonly registrationStatus: RegistrationStatus;
  readonly deregistered?: Deregistration;
  readonly networks: readonly string[];
  /** That have a network of it, and its storage system. */
  readonly virtualArrays: readonly string[];
}

export interface ListedPool {
  /** `array-1/fast`. */
  readonly name: string;
  readonly system: string;
  readonly urn: string;
  readonly nativeId: string;
  readonly usable: boolean;
  readonly unusableWhy?: string;
  readonly discoveryStatus: DiscoveryStatus;
  /** NOTVISIBLE: since when. */
  readonly notVisibleSinceMs?: number;
  readonly registrationStatus: RegistrationStatus;
  readonly deregistered?: Deregistration;
  readonly provisioning: readonly string[];
  readonly protocols: readonly string[];
  readonly driveType?: string;
  readonly tiers?: readonly StorageTier[];
  /** Names of auto-tiering policies. */
  readonly tieringPolicies?: readonly string[];
  /** Host I/O can be limited. */
  readonly ioLimits?: boolean;
  /** Absent when it was never looked at. */
  readonly capacity?: PoolCapacity;
  readonly observedAtMs?: number;
  readonly virtualArrays: readonly string[];
  readonly virtualPools: readonly string[];
}

/** `pool fit`: a pool, and what the limits of the virtual pool leave in it. */
export interface FittingPool extends PoolMatch {
  readonly roomBytes?: number;
  readonly watermark?: Watermark;
}

/** Of several pools together. A pool that several virtual pools use counts in each of them. */
export interface CapacityRow {
  readonly name: string;
  readonly pools: number;
  /** Ours in it. */
  readonly volumes: number;
  /** Logical size of ours. */
  readonly provisionedBytes: number;
  readonly totalBytes?: number;
  readonly usedBytes?: number;
  /** Of those that tell. */
  readonly metadataBytes?: number;
  readonly freeBytes?: number;
  readonly subscribedBytes?: number;
  readonly reservedBytes?: number;
  readonly limits?: { readonly allocatedBytesMax: number; readonly subscribedBytesMax: number };
  readonly watermark?: Watermark;
  /** Of what is provisioned. */
  readonly quotaBytes?: number;
  /** A tenant's row: of one virtual pool only, because it has a quota there. */
  readonly virtualPool?: string;
}

export interface PoolOperations {
  /** Without `system` of all. */
  'port.list': { input: { system?: string | undefined }; result: Report & { ports: readonly ListedPort[] } };
  'pool.list': { input: { system?: string | undefined }; result: Report & { pools: readonly ListedPool[] } };
  /** `fields`: as in a plan file, of a virtual pool of that name that need not be there. */
  'pool.fit': {
    input: { virtualPool: string; fields?: Readonly<Record<string, unknown>> | undefined };
    result: Report & { virtualPool?: string; pools: readonly FittingPool[] };
  };
  capacity: {
    input: Record<string, never>;
    result: Report & {
      pools: readonly CapacityRow[];
      virtualPools: readonly CapacityRow[];
      projects: readonly CapacityRow[];
      tenants: readonly CapacityRow[];
    };
  };
  audit: {
    input: { system?: string | undefined; refresh?: Refresh | undefined; checks?: readonly AuditCheck[] | undefined };
    result: Report & {
      systems: readonly SystemSeen[];
      networks: readonly NetworkSeen[];
      findings: readonly AuditFinding[];
    };
  };
}
