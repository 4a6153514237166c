/** The pool's storage system must belong to the virtual array that was asked for. */
import type { Filter } from '../filter.ts';

export const virtualArrayFilter: Filter = {
  name: 'virtual-array',
  readsPromised: false,
  check: ({ role, candidate }) => {
    if (candidate.virtualArrays.includes(role.virtualArray)) return undefined;
    return {
      fact: 'virtual array',
      needed: 'a storage system of the virtual array',
      had: `${candidate.systemName}, which is not`,
      shortfall: 1,
    };
  },
};
