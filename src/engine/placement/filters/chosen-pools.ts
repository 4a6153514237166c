/** Pools that an administrator wants for this volume, or doesn't want: patterns of `system/pool`. */
import { globMatcher } from '../../../lib/glob.ts';
import type { Filter } from '../filter.ts';
import { mismatch } from './mismatch.ts';

export const chosenPoolsFilter: Filter = {
  name: 'chosen-pools',
  readsPromised: false,
  check: ({ role: { require, avoid }, candidate: { systemName, attributes } }) => {
    const name = `${systemName}/${attributes.name}`;
    if (require !== undefined && !require.some((pattern) => globMatcher(pattern)(name))) {
      return mismatch('required pools', require.join(' or '), name);
    }
    const avoided = avoid?.find((pattern) => globMatcher(pattern)(name));
    return avoided === undefined ? undefined : mismatch('avoided pools', `none of ${avoided}`, name);
  },
};
