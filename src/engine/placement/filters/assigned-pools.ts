/** Only pools that the virtual pool names, where it names any (CoprHD: assigned instead of matched pools). */
import { globMatcher } from '../../../lib/glob.ts';
import type { Filter } from '../filter.ts';
import { mismatch } from './mismatch.ts';

export const assignedPoolsFilter: Filter = {
  name: 'assigned-pools',
  readsPromised: false,
  check: ({ role: { assignedPools }, candidate: { systemName, attributes } }) => {
    const name = `${systemName}/${attributes.name}`;
    if (assignedPools === undefined || assignedPools.some((pattern) => globMatcher(pattern)(name))) return undefined;
    return mismatch(
      'assigned pools',
      assignedPools.length === 0 ? 'none is assigned yet' : assignedPools.join(', '),
      name,
    );
  },
};
