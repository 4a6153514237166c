/** The filters and scorers in use, as data. Placement itself knows none of them. */
import type { Filter, PlacementPolicy } from './filter.ts';
import { capacityFilter } from './filters/capacity.ts';
import { driveTypeFilter } from './filters/drive-type.ts';
import { managedFilter } from './filters/managed.ts';
import { protocolsFilter } from './filters/protocols.ts';
import { provisioningFilter } from './filters/provisioning.ts';
import { raidLevelFilter } from './filters/raid-level.ts';
import { systemTypeFilter } from './filters/system-type.ts';
import { usableFilter } from './filters/usable.ts';
import { virtualArrayFilter } from './filters/virtual-array.ts';
import { volumeSizeFilter } from './filters/volume-size.ts';
import { freeAfterScorer } from './scorers/free-after.ts';

/** What the pool is, whatever it holds. */
const OF_THE_POOL: readonly Filter[] = [
  usableFilter,
  provisioningFilter,
  systemTypeFilter,
  protocolsFilter,
  raidLevelFilter,
  driveTypeFilter,
];

/** Those that say which pools a virtual pool may use at all (matching.ts). */
export const MATCHERS: readonly Filter[] = [virtualArrayFilter, ...OF_THE_POOL];

export const DEFAULT_POLICY: PlacementPolicy = {
  filters: [virtualArrayFilter, managedFilter, ...OF_THE_POOL, volumeSizeFilter, capacityFilter],
  scorers: [freeAfterScorer],
};
