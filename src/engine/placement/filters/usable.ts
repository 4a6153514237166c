/** The device offers the pool for new volumes: online, mounted, reported (CoprHD: ActivePool). */
import type { Filter } from '../filter.ts';
import { mismatch } from './mismatch.ts';

export const usableFilter: Filter = {
  name: 'usable',
  readsPromised: false,
  check: ({ candidate: { attributes } }) =>
    attributes.usable ? undefined : mismatch('usable', 'a usable pool', attributes.unusableWhy ?? 'not usable'),
};
