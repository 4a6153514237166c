/** The storage system is of one of these types, where some are asked for: the driver by which it is managed. */
import type { Filter } from '../filter.ts';
import { mismatch } from './mismatch.ts';

export const systemTypeFilter: Filter = {
  name: 'system-type',
  readsPromised: false,
  check: ({ role, candidate }) => {
    if (role.systemTypes === undefined || role.systemTypes.includes(candidate.systemType)) return undefined;
    return mismatch('type of storage system', role.systemTypes.join(' or '), candidate.systemType);
  },
};
