/** What is asked and answered about paths. */
import type { Adjustment } from '../planner/path-adjusting.ts';
import type { Plan } from '../planner/plan.ts';
import type { Report } from './types.ts';

export interface Exchange {
  /** Hosts use the new paths, what they replace may go. */
  readonly remove?: boolean;
  /** What others saved on fabrics and did not enable was reviewed. */
  readonly activatePending?: boolean;
}

export interface PathOperations {
  'path.rebalance': {
    /** Of an export. */
    input: { address: string } & Exchange;
    result: Report & { plan?: Plan; adjustments: readonly Adjustment[] };
  };
  'port.replace': {
    /** SYSTEM/PORT, both of one storage system. */
    input: { from: string; to: string } & Exchange;
    result: Report & { plan?: Plan; adjustments: readonly Adjustment[] };
  };
}
