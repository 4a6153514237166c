/** The filters and scorers in use, as data. Placement itself knows none of them. */
import type { Filter, PlacementPolicy } from './filter.ts';
import { attributesFilter } from './filters/attributes.ts';
import { capacityFilter } from './filters/capacity.ts';
import { managedFilter } from './filters/managed.ts';
import { virtualArrayFilter } from './filters/virtual-array.ts';
import { freeAfterScorer } from './scorers/free-after.ts';

/** Those that say which pools a virtual pool may use at all (matching.ts). */
export const MATCHERS: readonly Filter[] = [virtualArrayFilter, attributesFilter];

export const DEFAULT_POLICY: PlacementPolicy = {
  filters: [virtualArrayFilter, managedFilter, attributesFilter, capacityFilter],
  scorers: [freeAfterScorer],
};
