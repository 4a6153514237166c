/** What connects hosts with their LUNs: inputs and results of `path list`, `topo` and `access report`. */
import type { Plan } from '../planner/plan.ts';
import type { Refresh, Report } from './types.ts';

/** In a plan: it adds it, or removes it. */
export type Mark = '+' | '-';

/** Where a port is logged in to a fabric. */
export interface SwitchPlace {
  /** Name of the switch. */
  readonly switch: string;
  readonly port: number;
}

/**
 * Of an initiator. `array`: logged in to the storage system; `fabric`: to the fabric only, or it isn't known which of the ports it
 * is logged in to; `none`: to neither. `unknown`: neither was seen.
 */
export type LoginState = 'array' | 'fabric' | 'none' | 'unknown';

/**
 * Whether zones let the initiator reach the port now. `saved`: a zone would, and is not in effect. `open`: no zoning is in effect, and
 * the default zone permits. `not-needed`: over IP. `unknown`: the fabric was not seen.
 */
export type ZonedState = 'in-effect' | 'saved' | 'none' | 'open' | 'not-needed' | 'unknown';

export interface PathZone {
  readonly name: string;
  /** `ours`: coprhd made it. `existing`: of others, recorded because our path goes through it. `foreign`: joins them, too. */
  readonly by: 'ours' | 'existing' | 'foreign';
  /** `changed`: in effect, but it does not join them any more. */
  readonly state: 'in-effect' | 'saved' | 'changed' | 'missing' | 'unknown';
  readonly change?: Mark;
}

export interface PathPortLoad {
  /** Averaged, 0..100; absent: it has no metrics. */
  readonly busyPercent?: number;
  readonly measuredAtMs?: number;
  /** Mapped and admitted through it, ours and foreign; absent: the storage system was not seen. */
  readonly volumes?: number;
  readonly initiators?: number;
}

export interface ListedPath {
  /** Of the record; over IP of the pair. */
  readonly id: string;
  readonly host: string;
  readonly system: string;
  /** Name of the mask on the storage system. */
  readonly mask: string;
  readonly transport: 'ip' | 'fc';
  readonly initiator: {
    readonly name: string;
    readonly portName: string;
    readonly at?: SwitchPlace;
  };
  readonly network: string;
  /** Name of the fabric that the network is, where it was seen. */
  readonly fabric?: string;
  readonly zones: readonly PathZone[];
  readonly port: {
    /** `array-1/FA-1:4`. */
    readonly name: string;
    readonly address: string;
    readonly haDomain: string;
    readonly physicalPort: string;
    /** Absent: it was never looked at. */
    readonly status?: 'up' | 'down';
    readonly at?: SwitchPlace;
  };
  readonly login: LoginState;
  readonly zoned: ZonedState;
  /** Of what is asked: `1-3,7`; empty = no LUN is mapped. */
  readonly hlus: string;
  readonly exports: readonly string[];
  readonly load: PathPortLoad;
  readonly change?: Mark;
}

export interface MappedLun {
  readonly hlu: number;
  /** Address. */
  readonly volume: string;
  readonly export: string;
  readonly change?: Mark;
}

/** What a host reaches on one storage system. */
export interface TopologyMask {
  readonly system: string;
  readonly mask: string;
  readonly luns: readonly MappedLun[];
  readonly change?: Mark;
}

export interface TopologyInitiator {
  readonly name: string;
  readonly portName: string;
  readonly network: string;
  readonly at?: SwitchPlace;
  readonly paths: readonly ListedPath[];
}

export interface TopologyHost {
  readonly name: string;
  readonly initiators: readonly TopologyInitiator[];
  readonly masks: readonly TopologyMask[];
}

/** Sorted by names: equal estates are equal pictures. */
export interface Topology {
  readonly what: 'host' | 'export' | 'network' | 'plan';
  /** Its address; of a plan its id. */
  readonly about: string;
  readonly hosts: readonly TopologyHost[];
}

/** One initiator and one LUN that a mask shows it. */
export interface AccessRow {
  readonly initiator: string;
  /** Where it is recorded. */
  readonly host?: string;
  readonly system: string;
  readonly mask: string;
  readonly by: 'ours' | 'foreign';
  readonly hlu: number;
  /** Address of ours; else its native id. */
  readonly volume: string;
  readonly volumeBy: 'ours' | 'foreign';
  readonly loggedIn: boolean;
  /** Through which ports of the mask it may be reached. */
  readonly via: readonly AccessVia[];
  /** By all ports together: the best of them. */
  readonly zoned: ZonedState;
}

export interface AccessVia {
  readonly port: string;
  readonly network?: string;
  readonly zoned: ZonedState;
  readonly zones: readonly AccessZone[];
}

export interface AccessZone {
  readonly name: string;
  readonly by: 'ours' | 'existing' | 'foreign';
}

/** A zone of others that is in effect, and joins somebody with a port of a storage system. */
export interface ForeignZoneRow {
  readonly network: string;
  readonly zone: string;
  readonly initiator: string;
  readonly host?: string;
  readonly port: string;
  /** A mask admits the initiator through the port. */
  readonly masked: boolean;
}

export interface AccessInput {
  readonly host?: string;
  readonly system?: string;
  /** A WWPN or an iSCSI name. */
  readonly initiator?: string;
  readonly volume?: string;
  readonly refresh?: Refresh;
}

export interface TopologyInput {
  /** Exactly one of these. */
  readonly host?: string;
  readonly export?: string;
  readonly network?: string;
  readonly plan?: Plan;
  readonly refresh?: Refresh;
}

/** When the device that was looked at longest ago was; absent where none was. */
export interface Seen {
  readonly seenAtMs?: number;
}

export interface ConnectivityOperations {
  'path.list': {
    /** `of`: a host or an export; all without it. */
    input: { readonly of?: string; readonly system?: string; readonly refresh?: Refresh };
    result: Report & Seen & { readonly paths: readonly ListedPath[] };
  };
  /** What a plan does to connections is read from the plan, and no device is asked; else devices are looked at. */
  topo: { input: TopologyInput; result: Report & Seen & { readonly topology?: Topology } };
  'access.report': {
    input: AccessInput;
    result: Report & Seen & { readonly rows: readonly AccessRow[]; readonly foreignZones: readonly ForeignZoneRow[] };
  };
}
