/**
 * The plan: closed. It holds the changes for people, and for the executor the units with every id, pool, HLU and amount
 * already decided, and the basis on which all that is true. Apply runs exactly this, once, before it expires.
 */
import type { Diagnostic, SourceSpan } from '../../lib/diagnostic.ts';
import type { IoLimits } from '../../lib/pool-service.ts';
import type { FollowingPair } from '../model/following.ts';
import type { KindName } from '../model/kinds.ts';
import type { Actor, ResourceRecord } from '../model/record.ts';
import type { Amounts, CapacityLimits } from '../model/recorded-view.ts';
import type { PoolAttributes, PortAttributes } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import type { PlacementDecision } from '../placement/request.ts';
import type { Quota, QuotaPlace } from '../tenancy/quotas.ts';
import type { PendingEdit } from '../zoning/pending.ts';
import type { DeltaOfZones, FabricDelta } from '../zoning/types.ts';
import type { PathDecision } from './path-decisions.ts';
import type { Quiescing, SnapshotSet } from './snapshot-set.ts';

export const PLAN_FORMAT_VERSION = 7;

export type Action =
  | 'noop'
  | 'create'
  | 'update'
  | 'replace-create-first'
  | 'replace-delete-first'
  | 'delete'
  | 'quarantine'
  | 'retain'
  | 'purge'
  | 'undelete'
  | 'adopt'
  | 'forget'
  | 'move'
  | 'invoke'
  | 'held';

export interface FieldChange {
  /** Words of the plan language: `size`, `protect`, `initiators`. */
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** One line of a plan. */
export interface Change {
  /** `stack/kind.name`. */
  readonly address: string;
  readonly kind: KindName;
  readonly urn: Urn;
  readonly action: Action;
  /** Why, in a few words: `new in plans/a.yaml`, `not in the files any more`, `repairs drift`. */
  readonly reason: string;
  readonly fields: readonly FieldChange[];
  /** Known only after apply. */
  readonly unknown: readonly string[];
  /** Facts for people: system, pool, size, WWN, provisioning. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  /** Engine-owned children, as sub-lines. */
  readonly children: readonly ChildChange[];
  readonly forcedBy?: string;
  /** Present when action is `held`: what was wanted and why it isn't done. */
  readonly held?: { readonly wanted: Action; readonly diagnostic: Diagnostic };
  readonly reversible: boolean;
  readonly movedFrom?: string;
  readonly span?: SourceSpan;
}

export interface ChildChange {
  readonly kind: KindName;
  readonly urn: Urn;
  readonly action: 'create' | 'update' | 'delete' | 'adopt';
  readonly summary: string;
}

export type StepKind =
  | 'volume.create'
  | 'volume.zero'
  | 'volume.expand'
  | 'volume.rename'
  | 'volume.delete'
  | 'volume.mark'
  | 'volume.unmark'
  | 'volume.copy'
  | 'snapshot.create'
  | 'snapshot.copy'
  | 'mirror.begin'
  | 'mirror.pause'
  | 'mirror.resume'
  | 'mirror.split'
  | 'mask.ensure'
  | 'mask.mark'
  | 'mask.await-idle'
  | 'mask.delete'
  | 'mapping.ensure'
  | 'mapping.remove'
  | 'zones.apply';

/**
 * One thing to do on one device. Arguments name records by URN; native ids are read from the records at run time,
 * because an earlier step of the same plan may only then have made the object.
 */
export type Step = { readonly id: string; readonly system: Urn; readonly form: 'call' | 'job' | 'wait' } & (
  | {
      readonly kind: 'volume.create';
      readonly args: {
        readonly volume: Urn;
        readonly name: string;
        readonly pool: Urn;
        readonly poolNativeId: string;
        readonly sizeBytes: number;
        readonly provisioning: 'thin' | 'thick';
        /** Of a thin one; absent = nothing. */
        readonly setAsideBytes?: number;
        readonly tieringPolicy?: string;
        readonly ioLimits?: IoLimits;
        readonly wwn: string;
        readonly serial: string;
      };
    }
  | { readonly kind: 'volume.zero'; readonly args: { readonly volume: Urn } }
  | { readonly kind: 'volume.expand'; readonly args: { readonly volume: Urn; readonly sizeBytes: number } }
  | {
      readonly kind: 'volume.rename';
      readonly args: {
        readonly volume: Urn;
        readonly from: string;
        readonly to: string;
        readonly quarantined: boolean;
      };
    }
  | { readonly kind: 'volume.delete'; readonly args: { readonly volume: Urn } }
  | {
      readonly kind: 'volume.mark';
      readonly args: {
        readonly volume: Urn;
        readonly nativeId: string;
        /** What it must show; absent when it has none: then the driver gives it one, which is learnt. */
        readonly wwn?: string;
        readonly unmarked: boolean;
      };
    }
  | { readonly kind: 'volume.unmark'; readonly args: { readonly volume: Urn } }
  | {
      readonly kind: 'volume.copy';
      readonly args: {
        /** For people. */
        readonly summary: string;
        /** Unique for each copy; the device remembers it. */
        readonly copy: string;
        /** Volumes or snapshots, on the same storage system. */
        readonly from: Urn;
        readonly to: Urn;
        /** A snapshot of what was in `to` before: the undo. Absent = there was nothing in it. */
        readonly putBack?: Urn;
        /** Somebody has said that no host uses it. */
        readonly attested?: boolean;
      };
    }
  | {
      readonly kind: 'mirror.begin' | 'mirror.resume' | 'mirror.split';
      readonly args: FollowingPair;
    }
  | {
      /** All at one moment. */
      readonly kind: 'mirror.pause';
      readonly args: { readonly pairs: readonly FollowingPair[] };
    }
  | {
      /** All of one moment. */
      readonly kind: 'snapshot.create';
      readonly args: SnapshotSet & { readonly quiesce?: Quiescing };
    }
  | {
      /** The same by copying all that the volumes hold. */
      readonly kind: 'snapshot.copy';
      readonly args: SnapshotSet & {
        /** Somebody has said that no host uses the volumes. */
        readonly attested?: boolean;
      };
    }
  | {
      /** Taken over: it must still be what was planned on. */
      readonly kind: 'mask.mark';
      readonly args: {
        readonly mask: Urn;
        readonly name: string;
        readonly nativeId: string;
        readonly initiators: readonly string[];
        /** Volumes by native id. */
        readonly luns: readonly { readonly hlu: number; readonly volume: string }[];
      };
    }
  | {
      readonly kind: 'mask.ensure';
      readonly args: {
        readonly mask: Urn;
        readonly name: string;
        readonly initiators: readonly string[];
        readonly ports: readonly string[];
        /** What it admitted before; absent when the mask is new. The undo. */
        readonly before?: { readonly initiators: readonly string[]; readonly ports: readonly string[] };
        /** Initiators are taken out: what makes it safe. Re-checked right before the call unless attested. */
        readonly evidence?: 'idle' | 'attested';
      };
    }
  | {
      readonly kind: 'mask.await-idle';
      readonly args: {
        readonly mask: Urn;
        readonly name: string;
        /** None of them may be logged in. */
        readonly initiators: readonly string[];
        /** So long without a logout fails it. */
        readonly patienceMs: number;
      };
    }
  | {
      readonly kind: 'mask.delete';
      readonly args: {
        readonly mask: Urn;
        readonly name: string;
        readonly initiators: readonly string[];
        readonly ports: readonly string[];
      };
    }
  | {
      readonly kind: 'mapping.ensure' | 'mapping.remove';
      readonly args: {
        readonly mask: Urn;
        readonly volume: Urn;
        readonly hlu: number;
        /** remove: what makes it safe; re-checked right before the call when `idle`. */
        readonly evidence?: 'verified' | 'idle' | 'attested';
        /** Initiators that must not be logged in when evidence is `idle`. */
        readonly initiators?: readonly string[];
      };
    }
  | {
      /** `system` is the network system. One activation; with those that other units want at that moment where they can go together. */
      readonly kind: 'zones.apply';
      readonly args: {
        readonly network: Urn;
        /** Native id. */
        readonly fabric: string;
        readonly configuration: string;
        readonly delta: DeltaOfZones;
        /** What was saved and not enabled, and may go into effect with it as it was seen: reviewed, or ours as recorded. */
        readonly reviewed: readonly PendingEdit[];
      };
    }
);

/** How one record changes. `base` is the revision it had (0 = new); the intent is written only on exactly that. */
export interface PlannedWrite {
  readonly urn: Urn;
  readonly base: number;
  readonly before?: ResourceRecord;
  /** Phase creating, updating or deleting; written with the claim. Absent when nothing on a device depends on it: then only the final is written. */
  readonly intent: ResourceRecord;
  /** Phase ready, quarantined or deleted; `status.device` is filled in from the steps' outcomes. */
  readonly final: ResourceRecord;
  /** Observed attributes to store with the final (pools, ports). */
  readonly attributes?: PoolAttributes | PortAttributes;
}

/** Unit of atomicity: one resource with its engine-owned children. */
export interface Unit {
  readonly id: string;
  readonly address: string;
  readonly urn: Urn;
  readonly action: Action;
  /** Unit ids that must be done first. */
  readonly dependsOn: readonly string[];
  readonly writes: readonly PlannedWrite[];
  /** In order. */
  readonly steps: readonly Step[];
  /** Records that must stay as they are in kind and life (not in revision) while this runs. */
  readonly shared: readonly Urn[];
  /**
   * Ledger: what to promise at commit, and what the committed amounts change by when the unit is done. `pool`: whose ledger,
   * a pool's or the account of a quota.
   */
  readonly reservations: readonly { readonly pool: Urn; readonly amounts: Amounts; readonly limits: CapacityLimits }[];
  readonly releases: readonly { readonly pool: Urn; readonly amounts: Amounts }[];
  /** Accounts of quotas that begin with it; absent = none. */
  readonly opens?: readonly QuotaPlace[];
}

/** Re-evaluated under the claims, right before commit. */
export type Predicate =
  | { readonly type: 'live'; readonly urn: Urn; readonly what: string }
  | { readonly type: 'capacity'; readonly pool: Urn; readonly amounts: Amounts; readonly limits: CapacityLimits }
  /** The quota there is still this one; `{}` = still none. */
  | ({ readonly type: 'quota'; readonly quota: Quota } & QuotaPlace)
  /** It says what it said: a hash of its spec. */
  | { readonly type: 'same'; readonly urn: Urn; readonly hash: string }
  /** It is still in that list, whose entry has this name. */
  | { readonly type: 'member'; readonly of: Urn; readonly name: string; readonly member: Urn }
  /** Nothing is in the project. */
  | { readonly type: 'empty'; readonly project: Urn }
  /** No zones of ours are in the network. */
  | { readonly type: 'unzoned'; readonly network: Urn }
  /** Whatever is in the consistency group is on that storage system. */
  | { readonly type: 'group'; readonly group: Urn; readonly system: Urn }
  | { readonly type: 'managed'; readonly system: Urn; readonly firmwareVersion: string };

export interface PlanBasis {
  /** Revision of the state that was read. */
  readonly revision: number;
  /** URN → revision, for the records that this plan changes; 0 = it must not exist. */
  readonly revisions: Readonly<Record<string, number>>;
  readonly predicates: readonly Predicate[];
  /** Oldest observation used. */
  readonly observedAtMs?: number;
  /** Names of the storage systems that were not looked at for it, with when they were seen last. */
  readonly kept?: Readonly<Record<string, number>>;
}

export interface PlanCounts {
  readonly create: number;
  readonly update: number;
  readonly remove: number;
  readonly held: number;
  readonly other: number;
  readonly unchanged: number;
}

/** What `--confirm-destroy=<n>` must say: volumes deleted, quarantined or purged. */
export interface Removals {
  readonly volumes: number;
  readonly bytes: number;
  readonly addresses: readonly string[];
  /** Non-empty: limits per plan that are exceeded; lifted by --confirm-destroy. */
  readonly limitsExceeded: readonly Diagnostic[];
}

/** The plan of a part: what was asked for, and what that meant. Everything else stays as it is. */
export interface PartialPlan {
  /** Patterns as given. */
  readonly targets: readonly string[];
  readonly excludes: readonly string[];
  /** Come along because a target needs them. */
  readonly included: readonly string[];
  /** Stay out because they need something excluded, or are needed by it. */
  readonly dependants: readonly string[];
  /** How many resources are left out in all. */
  readonly leftOut: number;
}

/** An output of a plan file. `value` is absent while something in it is known only once applied; `unknown` says what. */
export interface PlannedOutput {
  readonly stack: string;
  readonly name: string;
  readonly description?: string;
  readonly template: unknown;
  readonly references: Readonly<Record<string, { readonly urn?: Urn; readonly attribute: string }>>;
  readonly value?: unknown;
  readonly unknown?: readonly string[];
}

/** What people and scripts see of it. */
export type OutputValue = Pick<PlannedOutput, 'stack' | 'name' | 'description' | 'value' | 'unknown'>;

export interface Plan {
  readonly formatVersion: number;
  readonly id: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly actor: Actor;
  readonly installation: string;
  readonly epoch: number;
  /** What made it: `plan`, `destroy`, `undelete`... */
  readonly operation: string;
  readonly stacks: readonly string[];
  /** Present when only a part was planned. */
  readonly partial?: PartialPlan;
  /** Without the unchanged ones. */
  readonly changes: readonly Change[];
  readonly counts: PlanCounts;
  readonly removals: Removals;
  readonly deviceCalls: number;
  readonly reversible: boolean;
  /** It is one thing to who asked for it: all of it, or nothing; as `--atomic`. */
  readonly atomic?: true;
  readonly units: readonly Unit[];
  readonly decisions: readonly PlacementDecision[];
  /** Of masks over Fibre Channel whose paths or zones it changes; absent = of none. */
  readonly pathDecisions?: readonly PathDecision[];
  /** What becomes of the zoning of each fabric that it touches; absent = of none. */
  readonly fabrics?: readonly FabricDelta[];
  readonly basis: PlanBasis;
  /** Absent when the files have none. */
  readonly outputs?: readonly PlannedOutput[];
  /** Warnings and held reasons; a plan with errors is never made. */
  readonly diagnostics: readonly Diagnostic[];
}
