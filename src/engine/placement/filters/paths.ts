/**
 * As many usable ports of every protocol asked for as there are to be paths, on two HA domains where there are to be two
 * or more (CoprHD: NumPaths). Of a storage system that doesn't tell its ports, or manages paths itself, nothing is asked.
 */
import type { Filter, Miss } from '../filter.ts';

export const pathsFilter: Filter = {
  name: 'paths',
  readsPromised: false,
  check: ({ role: { pathsMax, protocols }, candidate: { ports } }) => {
    if (pathsMax === undefined || ports === undefined) return undefined;
    for (const protocol of protocols) {
      const { usable, haDomains } = ports[protocol] ?? { usable: 0, haDomains: 0 };
      const miss =
        tooFew(`usable ${protocol} ports`, pathsMax, usable) ??
        tooFew(`HA domains of ${protocol} ports`, Math.min(2, pathsMax), haDomains);
      if (miss) return miss;
    }
    return undefined;
  },
};

function tooFew(fact: string, needed: number, had: number): Miss | undefined {
  if (had >= needed) return undefined;
  return { fact, needed: `${needed}`, had: had === 0 ? 'none' : `${had}`, shortfall: (needed - had) / needed };
}
