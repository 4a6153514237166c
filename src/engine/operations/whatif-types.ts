/** What may be supposed, and what is answered: input and result of `whatif`. */
import type { WhatIfAnswer } from '../planner/whatif/answer.ts';
import type { PlanSource, Refresh, Report } from './types.ts';

export interface WhatIfInput {
  /** Storage systems that are lost, by name. */
  readonly lose?: readonly string[] | undefined;
  readonly grow?:
    | {
        readonly percent: number;
        readonly project?: string | undefined;
        readonly virtualPool?: string | undefined;
      }
    | undefined;
  /** An empty copy of a known storage system. */
  readonly like?: { readonly system: string; readonly name?: string | undefined } | undefined;
  /** Virtual arrays that added storage systems join. */
  readonly into?: readonly string[] | undefined;
  /** Plan files: what they could then place. Storage systems in them that aren't registered are added. */
  readonly source?: PlanSource | undefined;
  /** Files of the source that are there to add storage systems: each must. */
  readonly adds?: readonly string[] | undefined;
  readonly refresh?: Refresh | undefined;
}

export interface WhatIfOperations {
  whatif: { input: WhatIfInput; result: Report & { readonly whatIf?: WhatIfAnswer } };
}
