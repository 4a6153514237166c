/** The storage system knows consistency groups, where they are asked for (CoprHD: MultiVolumeConsistency). */
import type { Filter } from '../filter.ts';
import { mismatch } from './mismatch.ts';

export const consistencyGroupsFilter: Filter = {
  name: 'consistency-groups',
  readsPromised: false,
  check: ({ role, candidate: { consistencyGroups } }) => {
    if (!role.multiVolumeConsistency || consistencyGroups) return undefined;
    const had = consistencyGroups === undefined ? 'not reported' : 'none';
    return mismatch('consistency groups', 'a storage system that has them', had);
  },
};
