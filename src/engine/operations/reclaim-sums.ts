/** What a reclaim report adds up to. Each object is counted once, whatever reasons it has. Pure. */
import { compareText } from '../../lib/compare-text.ts';
import { groupBy } from '../../lib/group-by.ts';
import type { ReclaimItem, ReclaimOwner, ReclaimSum } from './reclaim-types.ts';

/** What it would give back: what its pool holds for it, where that is known. */
const givenBack = ({ allocatedBytes, subscribedBytes }: ReclaimItem): number => allocatedBytes ?? subscribedBytes;

/** The largest first. */
export const bySize = (a: ReclaimItem, b: ReclaimItem): number =>
  givenBack(b) - givenBack(a) ||
  b.subscribedBytes - a.subscribedBytes ||
  compareText(a.address, b.address) ||
  compareText(a.urn, b.urn);

export function sumOf(items: readonly ReclaimItem[]): ReclaimSum {
  const known = items.flatMap(({ allocatedBytes }) => allocatedBytes ?? []);
  return {
    objects: items.length,
    subscribedBytes: items.reduce((sum, { subscribedBytes }) => sum + subscribedBytes, 0),
    allocatedBytes: known.reduce((sum, bytes) => sum + bytes, 0),
    allocatedUnknown: items.length - known.length,
  };
}

type Whose = Pick<ReclaimItem, 'tenant' | 'project' | 'by'>;

export const ownerKey = ({ tenant, project, by }: Whose): string => JSON.stringify([tenant, project, by]);

export function ownersOf(items: readonly ReclaimItem[]): ReclaimOwner[] {
  const owners = [...groupBy(items, ownerKey)].map(([key, own]) => {
    const { tenant, project, by } = own[0]!;
    const whose = {
      ...(tenant === undefined ? {} : { tenant }),
      ...(project === undefined ? {} : { project }),
      ...(by === undefined ? {} : { by }),
    };
    const size = own.reduce((sum, item) => sum + givenBack(item), 0);
    return { key, size, owner: { ...whose, ...sumOf(own) } };
  });
  return owners.sort((a, b) => b.size - a.size || compareText(a.key, b.key)).map(({ owner }) => owner);
}
