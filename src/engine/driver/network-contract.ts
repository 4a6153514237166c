/**
 * The driver contract for network systems: switches of FC fabrics, and their zoning. The doctrine is contract.ts's. It is
 * shaped so that Brocade Fabric OS and Cisco MDS both fit: a fabric is a fabric, a virtual fabric or a VSAN; a zone
 * configuration is a `cfg` or a zoneset; *defined* is what is saved (defined configuration, full zone set), *effective* what
 * the fabric enforces. Zoning is changed in one way only, by a delta of our own zones.
 */
import type { z } from 'zod';
import type { CallContext, ConnectOptions, Evidence, Page, SystemIdentity } from './contract.ts';
import type { SessionTypes } from './session.ts';

export interface SwitchObservation {
  /** WWN of the switch, lower case with colons. */
  readonly nativeId: string;
  readonly name: string;
  readonly domain: number;
  readonly status: 'up' | 'down';
}

export interface FabricObservation {
  /** WWN of the principal switch, with `/<number>` where the switch has virtual fabrics or VSANs. */
  readonly nativeId: string;
  readonly name: string;
  /** FID or VSAN number. */
  readonly virtualFabric?: number;
  readonly switches: readonly SwitchObservation[];
}

/** A fabric, by a switch of it: what others know of it that only route to it. */
export interface RoutedFabric {
  /** WWN of the chassis; those of its fabrics have the same last six bytes. */
  readonly switch: string;
  /** FID or VSAN number. */
  readonly virtualFabric?: number;
}

/** A port that is logged in to the fabric's name server right now. One that isn't may be off, pulled out or busy, not gone. */
export interface EndpointObservation {
  /** WWPN, lower case with colons. */
  readonly nativeId: string;
  /** Symbolic name, or the WWPN. */
  readonly name: string;
  readonly wwnn?: string;
  /** Native id of its switch, and the number of the port there. */
  readonly switch: string;
  readonly port: number;
}

/**
 * What a member is in its zone. Of a peer zone the principals have one: every other member reaches them only, and they reach
 * all others. Of a smart zone all have: initiators reach targets only. Absent = everybody reaches everybody.
 */
export type ZoneRole = 'principal' | 'initiator' | 'target';

export type ZoneMember =
  | { readonly type: 'wwpn'; readonly wwpn: string; readonly role?: ZoneRole }
  | { readonly type: 'alias'; readonly alias: string; readonly role?: ZoneRole }
  /** Everything behind a port of the switch with this domain id. */
  | { readonly type: 'port'; readonly domain: number; readonly port: number }
  /** Of a kind that coprhd never writes (FCID, interface, principal of a peer zone...), as the device prints it. */
  | { readonly type: 'other'; readonly text: string };

/** `smart`: a zone of a fabric with smart zoning whose members have roles. */
export type ZoneKind = 'standard' | 'peer' | 'smart';

export interface ZoneObservation {
  readonly name: string;
  /** `other`: traffic isolation, routed by others, made by a target...: shown, never changed. */
  readonly kind: ZoneKind | 'other';
  /** As saved. Undefined = only in effect any more. */
  readonly defined?: readonly ZoneMember[];
  /** Saved configurations that it is in, sorted. */
  readonly configurations: readonly string[];
  /** As enforced, aliases resolved. Undefined = not in effect. */
  readonly effective?: readonly ZoneMember[];
}

export interface AliasObservation {
  readonly name: string;
  readonly members: readonly ZoneMember[];
}

export interface ConfigurationObservation {
  readonly name: string;
  /** Zones saved in it. */
  readonly zones: number;
  readonly effective: boolean;
}

/** A zone whose saved form isn't in effect: an activation, anybody's, puts it into effect as saved. */
export interface PendingZone {
  readonly name: string;
  readonly change: 'add' | 'change' | 'remove';
}

export interface ZoningObservation {
  /** Of everything saved and in effect; equal fingerprints mean equal zoning. Opaque. */
  readonly fingerprint: string;
  /** What ports in no zone may do. `permit`: zoning is refused on this fabric. */
  readonly defaultZone: 'deny' | 'permit';
  /** Undefined = no configuration is in effect. */
  readonly effectiveConfiguration?: string;
  /** Somebody holds the zoning open; nobody else can change it. */
  readonly transaction?: { readonly owner: string };
  /** In order of name; the first PENDING_ZONES_MAX. */
  readonly pending: readonly PendingZone[];
  readonly pendingCount: number;
  readonly databaseBytes: number;
  readonly databaseBytesMax: number;
  /** Smart zoning is enabled here; only then zones may be smart. */
  readonly smartZoning?: boolean;
}

export const PENDING_ZONES_MAX = 1_000;
/** Names in one `readZones`. */
export const ZONES_PER_READ_MAX = 1_000;

export interface ZoneSpec {
  readonly name: string;
  /** Absent = standard. Aliases have none. */
  readonly kind?: ZoneKind;
  readonly members: readonly ZoneMember[];
}

/** Our own zones only: what isn't named here stays identical to the byte. */
export interface ZoneDelta {
  /** Native id. */
  readonly fabric: string;
  /** Fingerprint that the plan was made on. */
  readonly base: string;
  /** Who we are to others: the name of our transaction. One that is open under it is ours from a crash and is dropped. */
  readonly owner: string;
  /** The configuration that our zones are in, and that is activated. Made when nothing is in effect yet. */
  readonly configuration: string;
  readonly addAliases: readonly ZoneSpec[];
  /** With the members that they must have; refused while a zone names them. */
  readonly removeAliases: readonly ZoneSpec[];
  readonly add: readonly ZoneSpec[];
  /** `from`: what it must be now. */
  readonly change: readonly {
    readonly name: string;
    /** Of both: a zone keeps its kind. Absent = standard. */
    readonly kind?: ZoneKind;
    readonly from: readonly ZoneMember[];
    readonly to: readonly ZoneMember[];
  }[];
  /** With the members that they must have. The missing is fine. */
  readonly remove: readonly ZoneSpec[];
  /** False: saved only. */
  readonly activate: boolean;
  /** Reviewed: what others saved and didn't enable may go into effect with it. */
  readonly activatePending: boolean;
}

export interface ZoneDeltaResult {
  /** As read again afterwards. */
  readonly zoning: ZoningObservation;
  /** The zones of the delta as read again afterwards; removed ones are left out. */
  readonly zones: readonly ZoneObservation[];
}

/** Required of every network system. Everything is idempotent. `fabric` is a native id. */
export interface NetworkSystem {
  identify(ctx: CallContext): Promise<SystemIdentity>;
  listFabrics(ctx: CallContext, page?: string): Promise<Page<FabricObservation>>;
  listEndpoints(ctx: CallContext, fabric: string, page?: string): Promise<Page<EndpointObservation>>;
  listAliases(ctx: CallContext, fabric: string, page?: string): Promise<Page<AliasObservation>>;
  listZones(ctx: CallContext, fabric: string, page?: string): Promise<Page<ZoneObservation>>;
  listConfigurations(ctx: CallContext, fabric: string, page?: string): Promise<Page<ConfigurationObservation>>;
  /** Those that are there, in the order asked. */
  readZones(ctx: CallContext, fabric: string, names: readonly string[]): Promise<readonly ZoneObservation[]>;
  readZoning(ctx: CallContext, fabric: string): Promise<ZoningObservation>;
  /**
   * Groups of fabrics between which the device routes (FC-FC routing, IVR), its own included; none where it doesn't. Which of their
   * ports reach one another, zones of routed fabrics say, which are not read. Absent: it can't tell.
   */
  readRouting?(ctx: CallContext): Promise<readonly (readonly RoutedFabric[])[]>;

  /**
   * All of the delta or nothing, under the fabric's lock, read again after. What is so already is no change: the same delta
   * twice is one write and one activation, also when the first answer was lost.
   *
   * `busy` with the owner as holder: somebody's transaction is open. `conflict`: the fingerprint isn't `base`; a zone isn't
   * what the delta says; another configuration is in effect (named as holder); others' pending zones would go into effect
   * (named) without `activatePending`; the default zone permits; it would take the last zone out of what is in effect; an
   * alias is in use. `invalid`: names and members that the device can't have. `capacity`: the database would be too large.
   * When the activation fails, the fabric is as it was, and the error is of the class that the device gave.
   */
  applyZoneDelta(ctx: CallContext, delta: ZoneDelta): Promise<ZoneDeltaResult>;
  close(): Promise<void>;
}

export interface NetworkSystemManifest<C = unknown> {
  readonly name: string;
  readonly kind: 'network-system';
  readonly apiVersion: 1;
  /** One line for `driver list`. */
  readonly summary: string;
  /** The device's `configuration` in plan files. Paths in it were made absolute by the caller. */
  readonly configuration: z.ZodType<C>;
  /** Keys of the configuration whose values are paths, relative to the plan file. Dotted; `*` = any key. */
  readonly configurationPaths: readonly string[];
  readonly session: SessionTypes;
  /** Zones carry no tags: only those are ours that this installation is recorded to have made, and that are as it made them. */
  readonly ownershipMark: 'name';
  /** For zones, aliases and configurations. */
  readonly naming: { readonly alphabet: RegExp; readonly lengthMax: number };
  /** Members of one zone. */
  readonly membersMax: number;
  /** That it can make. */
  readonly zoneKinds: readonly ZoneKind[];
  readonly capabilities: readonly 'aliases'[];
  /** What the device can't do that users would expect; shown in `driver list`, plans and the README. */
  readonly limits: readonly { readonly id: string; readonly text: string }[];
  readonly supported: readonly { readonly model: string; readonly versions: string; readonly evidence: Evidence }[];
  /** Calls in flight at once on one device. */
  readonly concurrencyMax: number;
  connect(options: ConnectOptions<C>): Promise<NetworkSystem>;
}
