/**
 * As many usable ports of every protocol asked for, in networks of the virtual array, as there are to be paths at least, on
 * two HA domains where that is two or more (CoprHD: NumPaths, which asks for the most paths; they are taken where there are so many). Of a storage system
 * that doesn't tell its ports nothing is asked, and no HA domains of one that has a single one for all its ports.
 */
import type { Filter, Miss } from '../filter.ts';

export const pathsFilter: Filter = {
  name: 'paths',
  readsPromised: false,
  check: ({ role: { pathsMin, protocols, virtualArray }, candidate: { ports: all, portsWithin } }) => {
    const ports = portsWithin?.[virtualArray] ?? all;
    if (pathsMin === undefined || ports === undefined) return undefined;
    for (const protocol of protocols) {
      const { usable, haDomains = Number.POSITIVE_INFINITY } = ports[protocol] ?? { usable: 0 };
      const miss =
        tooFew(`usable ${protocol} ports`, pathsMin, usable) ??
        tooFew(`HA domains of ${protocol} ports`, Math.min(2, pathsMin), haDomains);
      if (miss) return miss;
    }
    return undefined;
  },
};

function tooFew(fact: string, needed: number, had: number): Miss | undefined {
  if (had >= needed) return undefined;
  return { fact, needed: `${needed}`, had: had === 0 ? 'none' : `${had}`, shortfall: (needed - had) / needed };
}
