/** What is asked and answered about paths. */
import type { Adjustment } from '../planner/path-adjusting.ts';
import type { Plan } from '../planner/plan.ts';
import type { Report } from './types.ts';

export interface PathOperations {
  'path.rebalance': {
    /** Of an export. `remove`: hosts use the new paths, what they replace may go. */
    input: { address: string; remove?: boolean };
    result: Report & { plan?: Plan; adjustments: readonly Adjustment[] };
  };
  'port.replace': {
    /** SYSTEM/PORT, both of one storage system. */
    input: { from: string; to: string; remove?: boolean };
    result: Report & { plan?: Plan; adjustments: readonly Adjustment[] };
  };
}
