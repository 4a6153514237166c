/** What is asked and answered about paths. */
import type { Adjustment } from '../planner/path-adjusting.ts';
import type { Plan } from '../planner/plan.ts';
import type { Report } from './types.ts';

export interface Exchange {
  /** Hosts use the new paths, what they replace may go. */
  readonly remove?: boolean;
  /** Nothing goes yet, not even paths that carry nothing. */
  readonly onlyAdd?: boolean;
  /** What others saved on fabrics and did not enable was reviewed. */
  readonly activatePending?: boolean;
}

/** URNs, or as people write them: WWPN, SYSTEM/PORT. */
export interface NamedPath {
  readonly initiator: string;
  readonly port: string;
}

/** What is chosen among; narrower than the virtual pool has it. */
export interface Among {
  /** Storage system: name or URN. */
  readonly system?: string;
  /** URNs; absent = all of the export. */
  readonly hosts?: readonly string[];
  /** Paths at least. */
  readonly min?: number;
  /** URNs; paths to other ports go. */
  readonly ports?: readonly string[];
  /** Paths that are there stay. */
  readonly keep?: boolean;
}

export interface PathOperations {
  'path.rebalance': {
    /** Of an export. `exactly`: these are added, these go, and nothing is chosen. */
    input: {
      address: string;
      exactly?: { readonly add: readonly NamedPath[]; readonly remove: readonly NamedPath[] };
      among?: Among;
    } & Exchange;
    result: Report & { plan?: Plan; adjustments: readonly Adjustment[] };
  };
  'port.replace': {
    /** SYSTEM/PORT, both of one storage system. */
    input: { from: string; to: string } & Exchange;
    result: Report & { plan?: Plan; adjustments: readonly Adjustment[] };
  };
}
