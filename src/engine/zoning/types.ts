/** Zones: what paths need, what the fabric has, and the difference. Pure data. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { ZoneDelta, ZoneKind } from '../driver/network-contract.ts';
import type { RecordedZoneMember, ZoningPolicy } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import type { NetworkDriverFacts, SeenFabric } from '../observe/network-observation.ts';

/** One initiator through one port, both in the network. */
export interface ZonedPath {
  /** WWPNs, lower case with colons. */
  readonly initiator: string;
  readonly port: string;
  /** Name of the port at its storage system. */
  readonly portName: string;
}

/** All paths of one mask (host, storage system) in one network. */
export interface MaskPaths {
  readonly mask: Urn;
  readonly host: string;
  readonly system: string;
  readonly serialNumber: string;
  readonly paths: readonly ZonedPath[];
}

/** As it is recorded, or will be (model/specs.ts `zone`). */
export interface OurZone {
  readonly mask: Urn;
  readonly zoneName: string;
  readonly kind: ZoneKind | 'other';
  readonly members: readonly RecordedZoneMember[];
  readonly existing?: boolean;
}

export interface ZoningContext {
  readonly installation: string;
  /** Of the network, for messages. */
  readonly network: string;
  /** That our zones are to be in, as declared; absent = the one in effect. */
  readonly configuration?: string;
  readonly policy: ZoningPolicy;
  readonly driver: NetworkDriverFacts;
  /** Never changed once it is given: what is worked out of it is kept as long as it is (fabric-index.ts). */
  readonly seen: SeenFabric;
  /** All live zones recorded in the network, of all masks; never changed either. */
  readonly recorded: readonly OurZone[];
  /** Aliases that zones of other masks name which the same plan adds: they stay. */
  readonly plannedAliases?: Pick<ReadonlySet<string>, 'has'>;
  /** By how many zones fewer may be in effect meanwhile, by what other masks of the same plan do (checks.ts `fewerBy`). */
  readonly fewerZones?: number;
  /** Names of zones that other masks take away in the same plan: what only they name goes with them. */
  readonly ending?: ReadonlySet<string>;
}

/**
 * The zones of one mask as they shall be, each in one list, in order of name. What is `existing` is recorded, or forgotten,
 * and nothing of it goes to the device.
 */
export interface MaskZones {
  /** Recorded already and as they are to be. */
  readonly keep: readonly OurZone[];
  /** Recorded already; gone from the fabric or out of effect, and made again as they are recorded. */
  readonly repair: readonly OurZone[];
  readonly add: readonly OurZone[];
  readonly change: readonly { readonly from: OurZone; readonly to: OurZone }[];
  readonly remove: readonly OurZone[];
}

export type MaskZonesResult = ({ readonly ok: true } & MaskZones) | { readonly ok: false; readonly hold: Diagnostic };

/** What is sent to the device, without what only the moment knows (fingerprint, owner). */
export type DeltaOfZones = Pick<ZoneDelta, 'addAliases' | 'removeAliases' | 'add' | 'change' | 'remove'>;

/** For people: a fabric's part of the plan. */
export interface FabricDelta {
  readonly network: string;
  readonly configuration: string;
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  /** Ours that stay. */
  readonly keep: number;
  /** Not ours, untouched. */
  readonly foreign: number;
  /** Afterwards, at most (database.ts). */
  readonly databaseBytes: number;
  readonly databaseBytesMax: number;
  /** Activations that it takes: steps of the plan; what they ask for at about the same time goes together. */
  readonly activationsMax: number;
}
