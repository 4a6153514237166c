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
  readonly nowMs: number;
}

/** A port that was not taken, and the fact that decided. */
export interface PortRejection {
  readonly port: Urn;
  /** Name of the filter or rule. */
  readonly rule: string;
  readonly fact: string;
  readonly needed: string | number;
  readonly had: string | number;
}

export interface PathPlan {
  /** All, the existing ones included; sorted by initiator port name, then port name. */
  readonly pairs: readonly PathPair[];
  /** Of all pairs, sorted by name. */
  readonly ports: readonly Urn[];
  /** Per chosen port: its usage when it was chosen, and what that is made of. */
  readonly chosen: readonly {
    readonly port: Urn;
    readonly usage: number;
    readonly metric: 'measured' | 'counted';
    /** Of the oldest sample that decided. */
    readonly sampleAgeMs?: number;
  }[];
  readonly rejected: readonly PortRejection[];
  /** What the rules want and there isn't (fewer than `max`, one switch only...); for warnings. */
  readonly shortfalls: readonly string[];
}

export type PathResult =
  | { readonly ok: true; readonly plan: PathPlan }
  | { readonly ok: false; readonly why: string; readonly rejected: readonly PortRejection[] };
