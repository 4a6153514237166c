/** The filters and scorers in use, as data. Placement itself knows none of them. */
import type { Filter, PlacementPolicy } from './filter.ts';
import { assignedPoolsFilter } from './filters/assigned-pools.ts';
import { capacityFilter } from './filters/capacity.ts';
import { chosenPoolsFilter } from './filters/chosen-pools.ts';
import { consistencyGroupsFilter } from './filters/consistency-groups.ts';
import { driveTypeFilter } from './filters/drive-type.ts';
import { compressionFilter, deduplicationFilter, longTermRetentionFilter } from './filters/features.ts';
import { ioLimitsFilter } from './filters/io-limits.ts';
import { managedFilter } from './filters/managed.ts';
import { pathsFilter } from './filters/paths.ts';
import { protocolsFilter } from './filters/protocols.ts';
import { provisioningFilter } from './filters/provisioning.ts';
import { raidLevelFilter } from './filters/raid-level.ts';
import { systemTypeFilter } from './filters/system-type.ts';
import { systemVolumeCountFilter } from './filters/system-volume-count.ts';
import { thinPreAllocationFilter } from './filters/thin-pre-allocation.ts';
import { tieringPolicyFilter } from './filters/tiering-policy.ts';
import { usableFilter } from './filters/usable.ts';
import { virtualArrayFilter } from './filters/virtual-array.ts';
import { volumeCountFilter } from './filters/volume-count.ts';
import { volumeSizeFilter } from './filters/volume-size.ts';
import { arrayAffinityScorer } from './scorers/array-affinity.ts';
import { blastRadiusScorer } from './scorers/blast-radius.ts';
import { flexibilityScorer } from './scorers/flexibility.ts';
import { portLoadScorer } from './scorers/port-load.ts';
import { roomScorer } from './scorers/room.ts';

/** What the pool and its storage system are, whatever they hold. */
const OF_THE_POOL: readonly Filter[] = [
  usableFilter,
  provisioningFilter,
  thinPreAllocationFilter,
  systemTypeFilter,
  protocolsFilter,
  raidLevelFilter,
  driveTypeFilter,
  tieringPolicyFilter,
  ioLimitsFilter,
  compressionFilter,
  deduplicationFilter,
  longTermRetentionFilter,
  consistencyGroupsFilter,
  pathsFilter,
  assignedPoolsFilter,
];

/** Those that say which pools a virtual pool may use at all (matching.ts). */
export const MATCHERS: readonly Filter[] = [virtualArrayFilter, ...OF_THE_POOL];

export const DEFAULT_POLICY: PlacementPolicy = {
  filters: [
    virtualArrayFilter,
    managedFilter,
    ...OF_THE_POOL,
    chosenPoolsFilter,
    volumeSizeFilter,
    volumeCountFilter,
    capacityFilter,
    systemVolumeCountFilter,
  ],
  scorers: [arrayAffinityScorer, roomScorer, flexibilityScorer, blastRadiusScorer, portLoadScorer],
};
