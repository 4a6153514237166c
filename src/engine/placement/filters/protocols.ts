/** The pool's volumes can be reached over every protocol asked for. */
import type { Filter } from '../filter.ts';
import { listed, mismatch } from './mismatch.ts';

export const protocolsFilter: Filter = {
  name: 'protocols',
  readsPromised: false,
  check: ({ role, candidate: { attributes } }) => {
    const offered: readonly string[] = attributes.protocols;
    if (role.protocols.every((wanted) => offered.includes(wanted))) return undefined;
    return mismatch('protocols', listed(role.protocols), listed(offered));
  },
};
