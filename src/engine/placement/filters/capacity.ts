/**
 * Space. A pool that is filled beyond the watermark gets no new volumes; beyond that, physical bytes in use plus all
 * promises must stay within the utilisation limit, and logical bytes of all volumes plus all promises within the
 * subscription limit. A thin volume promises no physical bytes.
 */
import { formatPercent, formatSize } from '../../model/size.ts';
import { amountsIn, capacityLimits, usedBytes } from '../amounts.ts';
import type { Filter, Miss } from '../filter.ts';

/** No new volumes in a pool that is filled to this fraction (safety, "Capacity"). */
export const NO_NEW_VOLUMES_FROM_FRACTION = 0.85;

export const capacityFilter: Filter = {
  name: 'capacity',
  readsPromised: true,
  check: ({ role, candidate: { attributes }, promised }) => {
    const amounts = amountsIn(attributes, role);
    const limits = capacityLimits(attributes.totalBytes, role.limits);
    const allocated = usedBytes(attributes) + promised.allocatedBytes;
    const filled = allocated - attributes.totalBytes * NO_NEW_VOLUMES_FROM_FRACTION;
    if (filled >= 0) {
      return {
        fact: `filled to ${formatPercent(NO_NEW_VOLUMES_FROM_FRACTION)} or more, no new volumes`,
        needed: `less than ${formatPercent(NO_NEW_VOLUMES_FROM_FRACTION)} in use`,
        had: attributes.totalBytes > 0 ? formatPercent(allocated / attributes.totalBytes) : 'no space at all',
        ...lack(filled + 1, amounts.subscribedBytes),
      };
    }
    return (
      over(
        `utilisation limit ${formatPercent(role.limits.utilisation)}`,
        amounts.allocatedBytes,
        limits.allocatedBytesMax - allocated,
        amounts.subscribedBytes,
      ) ??
      over(
        `subscription limit ${formatPercent(role.limits.subscription)}`,
        amounts.subscribedBytes,
        limits.subscribedBytesMax - attributes.subscribedBytes - promised.subscribedBytes,
        amounts.subscribedBytes,
      )
    );
  },
};

function over(fact: string, neededBytes: number, roomBytes: number, sizeBytes: number): Miss | undefined {
  if (neededBytes <= roomBytes) return undefined;
  const had = roomBytes < 0 ? `${formatSize(-roomBytes)} over the limit` : `${formatSize(roomBytes)} left`;
  return { fact, needed: formatSize(neededBytes), had, ...lack(neededBytes - roomBytes, sizeBytes) };
}

/** Lacking as much as the volume's size, or more, is as far away as can be. */
function lack(lackBytes: number, sizeBytes: number): Pick<Miss, 'lackBytes' | 'shortfall'> {
  const whole = Math.ceil(lackBytes);
  return { lackBytes: whole, shortfall: Math.min(1, whole / Math.max(1, sizeBytes)) };
}
