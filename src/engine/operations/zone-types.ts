/** Operations about zones: what is recorded of them, what fabrics have, and whether paths are open. */
import type { ZoneKind, ZoneRole } from '../driver/network-contract.ts';
import type { ComparedState, UnsavedZone } from '../zoning/compare-fabric.ts';
import type { PathProblem } from '../zoning/in-effect.ts';
import type { NetworkSeen } from './looking-types.ts';
import type { Refresh, Report } from './types.ts';

export interface ZoneOperations {
  'zone.list': {
    /** Without `network` of all. */
    input: { network?: string | undefined; refresh?: Refresh | undefined };
    result: Report & { networks: readonly NetworkSeen[]; zones: readonly ListedZone[] };
  };
  'zone.show': {
    /** One name may be a zone of several networks. Zones of others are shown too. */
    input: { name: string; network?: string | undefined; refresh?: Refresh | undefined };
    result: Report & { networks: readonly NetworkSeen[]; zones: readonly ShownZone[] };
  };
  'zone.diff': {
    input: { network?: string | undefined };
    /** `changes`: a zone is not as it is recorded, or what is saved is not what is in effect. */
    result: Report & { networks: readonly NetworkSeen[]; fabrics: readonly ZoneDifference[] };
  };
  'zone.verify': {
    /** `target`: a network, or an export by its address; without it all paths. */
    input: { target?: string | undefined };
    /** `changes`: a path is not open. */
    result: Report & { networks: readonly NetworkSeen[]; paths: readonly VerifiedPath[] };
  };
}

export interface NamedMember {
  /** As it stands in the zone: a WWPN, an alias, `domain,port`, or whatever the switch prints. */
  readonly member: string;
  readonly role?: ZoneRole;
  /** WWPN that it stands for, where it is one. */
  readonly portName?: string;
  /** Whose it is, as recorded: a host's initiator, or a port of a storage system. */
  readonly host?: string;
  readonly system?: string;
  readonly port?: string;
  /** Absent: the fabric was not seen, or it is no WWPN. */
  readonly loggedIn?: boolean;
}

export interface ListedZone {
  readonly network: string;
  readonly zone: string;
  readonly kind: ZoneKind | 'other';
  /** made: by us. existing: another's, and paths of ours go through it. foreign: of no concern to us. */
  readonly origin: 'made' | 'existing' | 'foreign';
  /** Against the fabric. changing: somebody works on it. unknown: the fabric could not be read whole. */
  readonly state: ComparedState | 'changing' | 'unknown';
  /** As recorded; of an existing zone only those that paths of ours need. Of a foreign one as saved. */
  readonly members: readonly NamedMember[];
  /** `host@system`. */
  readonly masks: readonly string[];
  /** Addresses. */
  readonly exports: readonly string[];
  readonly urns: readonly string[];
}

export interface ShownZone extends ListedZone {
  /** Absent: the fabric was not seen, or doesn't have it. */
  readonly onFabric?: {
    readonly fabric: string;
    /** Saved ones that it is in. */
    readonly configurations: readonly string[];
    readonly effectiveConfiguration?: string;
    /** Absent: not saved any more, or not in effect. */
    readonly defined?: readonly NamedMember[];
    readonly effective?: readonly NamedMember[];
  };
}

/** Of one fabric that was read whole. */
export interface ZoneDifference {
  readonly network: string;
  readonly fabric: string;
  readonly effectiveConfiguration?: string;
  readonly defaultZone: 'deny' | 'permit';
  readonly zones: readonly DifferentZone[];
  /** What is saved and not in effect; `unsavedCount` counts also those that the switch left out. */
  readonly unsaved: readonly UnsavedZone[];
  readonly unsavedCount: number;
  /** Who holds the zoning open. */
  readonly transactionOwner?: string;
}

export interface DifferentZone {
  readonly zone: string;
  /** foreign: neither made nor used by us, and joins ends of paths of ours. */
  readonly state: ComparedState;
  readonly origin: ListedZone['origin'];
  /** Where they differ from each other. */
  readonly recorded?: readonly NamedMember[];
  readonly defined?: readonly NamedMember[];
  readonly effective?: readonly NamedMember[];
  /** Of a foreign zone: `initiator - port`. */
  readonly joins?: readonly string[];
  readonly exports: readonly string[];
}

export interface VerifiedPath {
  readonly network: string;
  readonly host: string;
  readonly initiator: string;
  readonly system: string;
  readonly port: string;
  readonly portAddress: string;
  readonly exports: readonly string[];
  readonly state: 'open' | 'closed' | 'unknown';
  readonly problems: readonly PathProblem[];
  /** In words; empty when it is open. */
  readonly why: string;
  /** In effect, and joining both ends. */
  readonly zones: readonly string[];
}
