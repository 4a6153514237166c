/** Which initiators of a host reach a storage system through which of its ports: what is asked, and what is answered. */
import type { Urn } from '../model/urn.ts';

export interface PathInitiator {
  readonly urn: Urn;
  /** WWPN, lower case with colons. */
  readonly portName: string;
  readonly network: Urn;
  /** Native id of the switch that it is logged in to; absent = not known. Nothing is refused for want of a login. */
  readonly switch?: string;
}

/** Usable, of one storage system. */
export interface PathPort {
  readonly urn: Urn;
  readonly name: string;
  readonly address: string;
  readonly network: Urn;
  readonly haDomain: string;
  readonly physicalPort: string;
  /** What holds several HA domains (engine, enclosure); absent = not known. */
  readonly engine?: string;
  readonly switch?: string;
  readonly load: PortLoad;
}

/** What is known of how busy a port is. Percentages 0..100. */
export interface PortLoad {
  /** Averaged (model/metrics.ts); absent = not measured, which is never taken for idle. */
  readonly busyPercent?: number;
  readonly cpuBusyPercent?: number;
  readonly measuredAtMs?: number;
  /** Mapped through it, ours and foreign, what this plan adds included. */
  readonly volumes: number;
  /** Admitted through it, what this plan adds included. */
  readonly initiators: number;
}

export interface PathPair {
  readonly initiator: Urn;
  readonly port: Urn;
}

export interface PathRules {
  readonly min: number;
  readonly max: number;
  readonly perInitiator: number;
  readonly acrossHaDomains?: number;
}

/** For one host on one storage system. */
export interface PathRequest {
  /** Name of the host, for messages. */
  readonly host: string;
  readonly system: string;
  /** In networks that the system has ports in; at least one. */
  readonly initiators: readonly PathInitiator[];
  readonly ports: readonly PathPort[];
  /** Kept whatever else: nobody's path moves because something is added. Their ports may be missing in `ports` (down). */
  readonly existing: readonly PathPair[];
  readonly rules: PathRules;
  /** What a port that the host comes to has to serve: the volumes of the mask, once the plan is done. Absent = 1. */
  readonly volumes?: number;
  /** Networks that one is routed to: for messages, ports across are never taken. */
  readonly routed?: ReadonlyMap<Urn, ReadonlySet<Urn>>;
  /** For messages; absent = by URN. */
  readonly networkNames?: Readonly<Record<Urn, string>>;
  readonly nowMs: number;
}

/** A port that was not taken, and the fact that decided. `needed` is what would have let it be taken. */
export interface PortRejection {
  readonly port: Urn;
  /** Name of the filter or rule. */
  readonly rule: string;
  readonly fact: string;
  readonly needed: string | number;
  readonly had: string | number;
}

/** Why there is a path that no plan of an export made: it was better, its port was replaced, somebody named it. */
export type PathReason = 'rebalance' | 'replacement' | 'order';

export interface PathPlan {
  /** All, the existing ones included; sorted by initiator port name, then port name. */
  readonly pairs: readonly PathPair[];
  /** Of them those that are not there yet, in the same order. */
  readonly added: readonly PathPair[];
  /** Of all pairs, sorted by name. */
  readonly ports: readonly Urn[];
  /** Per chosen port: its usage when it was chosen, and what that is made of. */
  readonly chosen: readonly {
    readonly port: Urn;
    readonly usage: number;
    readonly metric: 'measured' | 'counted';
    /** Of the oldest sample that decided: of all ports of the network, since they were compared with each other. */
    readonly sampleAgeMs?: number;
    readonly busyPercent?: number;
    readonly cpuBusyPercent?: number;
    readonly volumes: number;
    readonly initiators: number;
    /** Absent: when the export was planned. */
    readonly by?: PathReason;
  }[];
  /** The nearest (LIMITS.pathRejectionsMax): of each HA domain the best port first. */
  readonly rejected: readonly PortRejection[];
  /** Not taken either, and not listed. */
  readonly moreRejected: number;
  /** What the rules want and there isn't (fewer than `max`, one switch only...); for warnings. */
  readonly shortfalls: readonly string[];
}

/** What would let a refused request pass, each with room for it: ports on physical ports (HA domains) of their own. */
export interface PathsMissing {
  readonly network: Urn;
  readonly what: 'initiator' | 'port' | 'HA domain';
  readonly count: number;
}

export interface PathRefusal {
  readonly ok: false;
  readonly why: string;
  readonly rejected: readonly PortRejection[];
  readonly moreRejected: number;
  /** Empty: nothing that could be added helps, the rules or the existing paths are in the way. */
  readonly missing: readonly PathsMissing[];
}

export type PathResult = { readonly ok: true; readonly plan: PathPlan } | PathRefusal;
