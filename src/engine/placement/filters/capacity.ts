/**
 * Space. A pool that is filled beyond the watermark gets no new volumes; beyond that, physical bytes in use plus all
 * promises must stay within the utilisation limit, and logical bytes of all volumes plus all promises within the
 * subscription limit. Of the virtual pool's limits and the pool's own the tighter one holds. A thin volume promises the
 * physical bytes that the pool sets aside for it at once, if it is to.
 */
import { formatPercent, formatSize } from '../../model/size.ts';
import { amountsIn, NO_NEW_VOLUMES_FROM_FRACTION, roomIn, usedBytes } from '../amounts.ts';
import type { Filter, Miss } from '../filter.ts';

export { NO_NEW_VOLUMES_FROM_FRACTION };

export const capacityFilter: Filter = {
  name: 'capacity',
  readsPromised: true,
  check: ({ role, candidate, promised }) => {
    const { attributes, limits: own } = candidate;
    const amounts = amountsIn(attributes, role);
    const room = roomIn(candidate, role, promised);
    if (room.filled) {
      const allocated = usedBytes(attributes) + promised.allocatedBytes;
      const filled = allocated - attributes.totalBytes * NO_NEW_VOLUMES_FROM_FRACTION;
      return {
        fact: `filled to ${formatPercent(NO_NEW_VOLUMES_FROM_FRACTION)} or more, no new volumes`,
        needed: `less than ${formatPercent(NO_NEW_VOLUMES_FROM_FRACTION)} in use`,
        had: attributes.totalBytes > 0 ? formatPercent(allocated / attributes.totalBytes) : 'no space at all',
        ...lack(filled + 1, amounts.subscribedBytes),
      };
    }
    return (
      over(
        () => limitName('utilisation limit', role.limits.utilisation, own?.utilisation),
        amounts.allocatedBytes,
        room.allocatedBytes,
        amounts.subscribedBytes,
      ) ??
      over(
        () => limitName('subscription limit', role.limits.subscription, own?.subscription),
        amounts.subscribedBytes,
        room.subscribedBytes,
        amounts.subscribedBytes,
      )
    );
  },
};

function limitName(name: string, asked: number, own: number | undefined): string {
  if (own === undefined || own >= asked) return `${name} ${formatPercent(asked)}`;
  return `${name} ${formatPercent(own)} of the pool itself`;
}

/** The limit gets its name only where it refuses: this is asked of every pool, over and over. */
function over(fact: () => string, neededBytes: number, roomBytes: number, sizeBytes: number): Miss | undefined {
  if (neededBytes <= roomBytes) return undefined;
  const had = roomBytes < 0 ? `${formatSize(-roomBytes)} over the limit` : `${formatSize(roomBytes)} left`;
  return { fact: fact(), needed: formatSize(neededBytes), had, ...lack(neededBytes - roomBytes, sizeBytes) };
}

/** Lacking as much as the volume's size, or more, is as far away as can be. */
function lack(lackBytes: number, sizeBytes: number): Pick<Miss, 'lackBytes' | 'shortfall'> {
  const whole = Math.ceil(lackBytes);
  return { lackBytes: whole, shortfall: Math.min(1, whole / Math.max(1, sizeBytes)) };
}
