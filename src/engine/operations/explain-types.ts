/** What `explain` and `why-not` are asked and answer (types.ts has all operations). */
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
  /** Lines for people, in order. */
  readonly lines: readonly string[];
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
