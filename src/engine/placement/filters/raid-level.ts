/** The pool has one of these RAID levels, where some are asked for. A pool that doesn't say has none. */
import type { Filter } from '../filter.ts';
import { listed, mismatch } from './mismatch.ts';

export const raidLevelFilter: Filter = {
  name: 'raid-level',
  readsPromised: false,
  check: ({ role, candidate: { attributes } }) => {
    const wanted = role.raidLevels;
    if (wanted === undefined || attributes.raidLevels?.some((level) => wanted.includes(level))) return undefined;
    return mismatch('RAID level', wanted.join(' or '), listed(attributes.raidLevels));
  },
};
