/**
 * What is recorded about a resource: one JSON value a key, at most 4 KiB. Stored forms are hard to change later: fields
 * are added, never re-used; unknown fields are kept when a record is rewritten (two versions may run side by side).
 */
import type { HostKey } from '../../lib/host-key.ts';
import type { IoLimits } from '../../lib/pool-service.ts';
import type { KindName } from './kinds.ts';
import type { RecordedSpec } from './specs.ts';
import type { Urn } from './urn.ts';

export const RECORD_SCHEMA_VERSION = 1;

/** Who asked: the local OS user now; a REST user later. */
export interface Actor {
  readonly type: 'local' | 'user' | 'system';
  readonly name: string;
  readonly uid?: number;
}

export type Owner =
  | { readonly type: 'stack'; readonly tenant: Urn; readonly name: string }
  | { readonly type: 'api'; readonly user: string }
  | { readonly type: 'engine'; readonly parent: Urn };

/** Closed set. `previous` holds the spec and phase to go back to. */
export type Phase =
  | 'creating'
  | 'ready'
  | 'updating'
  | 'replacing'
  | 'deleting'
  | 'suspect'
  | 'quarantined'
  | 'deleted';

export interface Status {
  readonly phase: Phase;
  readonly sinceMs: number;
  /** updating, replacing, deleting: what it was. Without a spec when that stays as it is. */
  readonly previous?: { readonly spec?: unknown; readonly phase: Phase };
  /** suspect: what is not known. */
  readonly why?: string;
  /** quarantined: purged after this. */
  readonly untilMs?: number;
  /** ready again by `undelete`, and held until declared or forgotten. */
  readonly undeleted?: boolean;
  /** A call of a process that died while it made this may take effect until then: nothing about it is removed before. */
  readonly quietAtMs?: number;
  /** What the resource is on its device, as the driver reported it. Absent for resources that live in state only. */
  readonly device?: DeviceObject;
  /** storageSystem: what was identified at registration. */
  readonly identity?: SystemIdentityStatus;
  /** lunMap tombstones: when the HLU was freed. */
  readonly freedAtMs?: number;
  /** lunMap tombstones: who has said that no host has a device for it any more. */
  readonly freedBy?: string;
}

/** A native object and its identity. Both the id and the WWN must agree with the device before anything is removed. */
export interface DeviceObject {
  readonly system: Urn;
  readonly nativeId: string;
  /** Name on the device. */
  readonly label: string;
  /** 32 hex digits (NAA-6) for volumes. */
  readonly wwn?: string;
  readonly pool?: Urn;
  readonly provisionedBytes?: number;
  /** Of a thin volume: what its pool has set aside for it. */
  readonly setAsideBytes?: number;
  /** What the volume was made with. */
  readonly tieringPolicy?: string;
  readonly ioLimits?: IoLimits;
  /** snapshot, and full copy of one: its moment, by the clock of the device. */
  readonly takenAtMs?: number;
  /** snapshot, and full copy of one: applications of all its hosts were at rest, until it was there. Absent = crash-consistent, as after a power failure. */
  readonly consistency?: 'application';
  /** snapshot: they should have been, and why they were not. */
  readonly notQuiescedWhy?: string;
  /** snapshot: so long no I/O of the volumes of its set ended while it was taken, as its array measured it. */
  readonly ioPausedMs?: number;
  /** snapshot: no host was asked to be at rest for longer than this, from the request to freeze to the answer to the one to thaw. */
  readonly atRestMs?: number;
  /** exportMask over iSCSI: the target name that initiators log in to. */
  readonly targetName?: string;
  /** How it came to be ours; decides whether it may be deleted where the device has no mark. */
  readonly origin: 'created' | 'imported';
}

export interface SystemIdentityStatus {
  readonly serialNumber: string;
  readonly model: string;
  readonly firmwareVersion: string;
  readonly nativeGuid: string;
  /** Lowest mode that was reviewed since the last import or restore; the effective mode is the lower of file and this. */
  readonly reviewedMode: 'observe' | 'propose' | 'manage';
  /** State epoch in which the device was last reviewed. */
  readonly reviewedEpoch: number;
  /** Pinned at registration, jump host first. Only by these is the device known to be the one that was registered. */
  readonly hostKeys?: readonly HostKey[];
}

export interface Claim {
  readonly workflow: string;
  readonly fence: number;
}

export type OnRemove = 'quarantine' | 'retain' | 'delete';

export interface Policy {
  readonly protect: boolean;
  readonly onRemove: OnRemove;
}

/** Fields of a volume that may be changed although a file declares them. */
export interface Overridable {
  readonly sizeBytes: number;
  readonly protect: boolean;
  readonly onRemove: OnRemove;
  readonly tags: readonly string[];
}

/** Who changed them last, and what they were by the file. */
export interface Override {
  readonly user: string;
  readonly atMs: number;
  readonly previous: Partial<Overridable>;
}

export interface ResourceRecord<K extends KindName = KindName> {
  readonly urn: Urn;
  readonly kind: K;
  readonly name: string;
  readonly scope: { readonly tenant?: Urn; readonly project?: Urn };
  readonly owner: Owner;
  readonly parent?: Urn;
  readonly spec: RecordedSpec<K>;
  readonly status: Status;
  readonly policy: Policy;
  readonly tags?: readonly string[];
  /** Plan file that declared it, as the user named it. */
  readonly sourceFile?: string;
  /** Somebody changed it otherwise than in the file that declares it. Ends with the next change by a file. */
  readonly overriddenBy?: Override;
  readonly claim?: Claim;
  readonly createdBy: Actor;
  readonly createdAtMs: number;
  /** +1 for each new native object made for the same URN. */
  readonly incarnation: number;
  readonly schemaVersion: number;
}

/** A record with the revision at which it was last written; plans are based on these revisions. */
export interface VersionedRecord<K extends KindName = KindName> {
  readonly record: ResourceRecord<K>;
  readonly revision: number;
}

/** Live = counts as existing. Tombstones don't; quarantined ones do (they hold capacity and their name). */
export function isLive(record: ResourceRecord): boolean {
  return record.status.phase !== 'deleted';
}
