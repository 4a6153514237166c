/** The pool takes one volume more, where it has a limit on their number (CoprHD: MaxResources). */
import type { Filter } from '../filter.ts';
import { mismatch } from './mismatch.ts';

export const volumeCountFilter: Filter = {
  name: 'volume-count',
  readsPromised: true,
  check: ({ candidate: { volumesLeft }, placed }) => {
    if (volumesLeft === undefined || volumesLeft - placed.inPool >= 1) return undefined;
    return mismatch('volumes in the pool', '1 more', '0 more allowed');
  },
};
