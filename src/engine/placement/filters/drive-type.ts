/** The pool is on this type of drive, where one is asked for. A pool that doesn't say is none. */
import type { Filter } from '../filter.ts';
import { mismatch } from './mismatch.ts';

export const driveTypeFilter: Filter = {
  name: 'drive-type',
  readsPromised: false,
  check: ({ role, candidate: { attributes } }) => {
    if (role.driveType === undefined || role.driveType === attributes.driveType) return undefined;
    return mismatch('drive type', role.driveType, attributes.driveType ?? 'not reported');
  },
};
