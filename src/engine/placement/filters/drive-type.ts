/** The pool, or one of its tiers, is on this type of drive, where one is asked for. A pool that doesn't say is none. */
import type { Filter } from '../filter.ts';
import { mismatch } from './mismatch.ts';

export const driveTypeFilter: Filter = {
  name: 'drive-type',
  readsPromised: false,
  check: ({ role, candidate: { attributes } }) => {
    if (role.driveType === undefined || role.driveType === attributes.driveType) return undefined;
    const tiers = attributes.tiers ?? [];
    if (tiers.some(({ driveType }) => driveType === role.driveType)) return undefined;
    const had = [attributes.driveType ?? [], ...tiers.map(({ driveType }) => driveType)].flat();
    return mismatch('drive type', role.driveType, [...new Set(had)].join(', ') || 'not reported');
  },
};
