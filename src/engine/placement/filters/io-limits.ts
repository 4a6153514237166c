/** Volumes of the pool can be held to limits of I/O, where there are some (CoprHD: host I/O limits). */
import type { Filter } from '../filter.ts';
import { mismatch } from './mismatch.ts';

export const ioLimitsFilter: Filter = {
  name: 'io-limits',
  readsPromised: false,
  check: ({ role, candidate: { attributes } }) => {
    if (role.ioLimits === undefined || attributes.ioLimits) return undefined;
    return mismatch(
      'host I/O limits',
      'a pool that keeps them',
      attributes.ioLimits === undefined ? 'not reported' : 'none',
    );
  },
};
