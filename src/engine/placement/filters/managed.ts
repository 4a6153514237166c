/** Nothing is placed where the mode or the scope of the storage system doesn't let us create. */
import type { Filter } from '../filter.ts';

export const managedFilter: Filter = {
  name: 'managed',
  readsPromised: false,
  check: ({ candidate }) => {
    if (candidate.manageable) return undefined;
    return {
      fact: 'managed',
      needed: 'a pool where creating is allowed',
      had: candidate.notManageableWhy ?? 'not managed',
      shortfall: 1,
    };
  },
};
