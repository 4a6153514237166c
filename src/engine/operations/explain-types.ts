/** What `explain` and `why-not` are asked and answer (types.ts has all operations). */
import type { SnapshotMethod } from '../../lib/pool-service.ts';
import type { PlacementDecision, Rejection, Verdict } from '../placement/request.ts';
import type { PathDecision, PortMiss } from '../planner/path-decisions.ts';
import type { PlanSource, Report } from './types.ts';

export interface ExplainOperations {
  explain: { input: { address: string; source?: PlanSource }; result: Report & { explanation?: Explanation } };
  'why-not': {
    /** `pool`: `array-1/fast`, `pool.array-1/fast`, or a name that only one pool has. */
    input: { address: string; pool: string; source?: PlanSource };
    result: Report & { whyNot?: WhyNot };
  };
}

export interface Explanation {
  readonly address: string;
  readonly decision?: PlacementDecision;
  readonly rejections: readonly Rejection[];
  /** Of an export: what was decided of each mask, and ports that were not taken, the nearest first. */
  readonly paths?: readonly PathDecision[];
  readonly ports?: readonly MissedPort[];
  /** Of a snapshot, and of a volume that is a copy. */
  readonly copy?: CopyExplanation;
  /** Addresses of what needs it: its snapshots, copies that are attached to it or follow it, and of a snapshot the exports that show it. It is not removed before them. */
  readonly neededBy?: readonly string[];
  /** Lines for people, in order. */
  readonly lines: readonly string[];
}

export interface CopyExplanation {
  readonly form: 'snapshot' | 'full-copy' | 'continuous-copy';
  /** Address of what it is a copy of; its URN where nothing is recorded under that any more. */
  readonly of: string;
  /**
   * Of a snapshot `planned`, or the phase of its record; of a full copy `attached`, `detached`, or another phase than `ready`; of a continuous copy `split`, or
   * what its storage system says: `synchronizing`, `synchronized`, `paused`, `missing`, `unknown` where that does not answer.
   */
  readonly state: string;
  /** Of a continuous copy: how far it is in sync. */
  readonly percent?: number;
  /** Of a snapshot, where its pool says so or it has room of its own; `pool` is `array-1/fast`, and `poolSays` what that says now. */
  readonly method?: SnapshotMethod;
  readonly pool?: string;
  readonly poolSays?: SnapshotMethod;
  /** By the clock of the storage system. */
  readonly takenAtMs?: number;
  readonly consistency?: 'application' | 'crash';
  /** Whose applications were at rest; `moreHosts` others were, too. */
  readonly hosts?: readonly string[];
  readonly moreHosts?: number;
  /** They should have been at rest, and why they were not. */
  readonly notQuiescedWhy?: string;
  /** How long I/O waited while it was taken, and how long at most a host was at rest for it. */
  readonly ioPausedMs?: number;
  readonly atRestMs?: number;
  readonly set?: string;
  readonly consistencyGroup?: string;
  /** Addresses of the snapshots that were taken with it, at the same moment. */
  readonly together?: readonly string[];
  /** Absent = somebody took it. `place` 1 is the newest of `keep`; without them nothing of the policy removes it. */
  readonly policy?: {
    readonly name: string;
    readonly momentMs: number;
    readonly place?: number;
    readonly keep?: number;
    /** At the earliest; in the past where the next run removes it. */
    readonly goesAtMs?: number;
  };
  /** Quarantined: it is purged after this. */
  readonly untilMs?: number;
  /** What may be done to it now: `why` = it may not, and for what reason. */
  readonly verbs: readonly CopyVerbAnswer[];
}

export interface CopyVerbAnswer {
  readonly verb: string;
  readonly command: string;
  readonly why?: string;
  /** What to do about that. */
  readonly fix?: string;
}

/** A port that was not taken for a host, and the fact that decided. */
export interface MissedPort extends PortMiss {
  readonly host: string;
  readonly system: string;
}

/** Why a volume is not in this pool. */
export interface WhyNot {
  readonly address: string;
  /** `array-1/fast`. */
  readonly pool: string;
  /**
   * `there` = it is in this pool; `chosen` = a new one would go there; `outscored` = all filters pass, another pool is
   * better; `refused` = a filter refuses it.
   */
  readonly answer: 'there' | 'chosen' | 'outscored' | 'refused';
  /** The whole answer in a few sentences, for people. */
  readonly lines: readonly string[];
  /** Every filter, in order, as things are now. */
  readonly verdicts: readonly Verdict[];
  /** What is nearest to passing: `needs 40 GiB more on array-1/fast (subscription limit 100 %)`. */
  readonly nearestMiss?: string;
}
