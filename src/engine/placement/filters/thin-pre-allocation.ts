/** The pool sets aside a part of a thin volume at once, where one is asked for (CoprHD: ThinVolumePreAllocation). */
import { formatPercent } from '../../model/size.ts';
import type { Filter } from '../filter.ts';
import { mismatch } from './mismatch.ts';

export const thinPreAllocationFilter: Filter = {
  name: 'thin-pre-allocation',
  readsPromised: false,
  check: ({ role, candidate: { thinPreAllocation: able } }) => {
    const fraction = role.provisioning === 'thin' ? (role.thinPreAllocation ?? 0) : 0;
    if (fraction === 0 || able) return undefined;
    const had = able === undefined ? 'not reported' : 'none';
    return mismatch('thin pre-allocation', `${formatPercent(fraction)} set aside at once`, had);
  },
};
