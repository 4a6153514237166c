/**
 * Room under the limits once the volume is there, by what the virtual pool wants: `spread` the emptiest pool, `pack` the
 * fullest that will do. Where it wants neither, pools are filled evenly while all are roomy, and then one after the
 * other: even to the end, they would all be left with a rest too small for a large volume, and half of the bytes that
 * are free would be of no use (docs/placement.md).
 */
import { addAmounts } from '../../model/recorded-view.ts';
import { formatSize } from '../../model/size.ts';
import { amountsIn, roomIn, volumeBytesLeft } from '../amounts.ts';
import type { FilterInput, Scorer } from '../filter.ts';

const TIB = 1024 ** 4;

/** What is left in a tight pool is told apart most around this many bytes: half a large volume. */
const FINE_BYTES = 0.5 * TIB;

/** Of the scale: how full roomy pools are. The rest is for how tight the others are, where a little more counts. */
const ROOMY_SHARE = 1 / 8;

/** A pool is roomy while it has room for two volumes as large as they usually get... */
export const ROOMY_FROM_BYTES = 8 * TIB;
/** ...or, where pools are small, while so much of its limits is left, and so many volumes more of this size. */
export const ROOMY_FROM_FRACTION = 0.6;
export const ROOMY_FROM_VOLUMES = 32;

export const roomScorer: Scorer = {
  name: 'room',
  weight: 32,
  raw: (input) => {
    const { allocation } = input.role;
    const free = freeFraction(input);
    if (allocation === 'spread') return free;
    const left = bytesLeft(input);
    // In bytes mostly: the tighter fit leaves the larger holes whole. And as a share of the pool.
    const tight = (3 * FINE_BYTES) / (FINE_BYTES + left) / 4 + (1 - free) / 4;
    if (allocation === 'pack') return tight;
    const many = left / Math.max(1, input.role.sizeBytes) >= ROOMY_FROM_VOLUMES;
    const roomy = left >= ROOMY_FROM_BYTES || (free >= ROOMY_FROM_FRACTION && many);
    // Every roomy pool before every other.
    return roomy ? 1 - (1 - free) * ROOMY_SHARE : tight * (1 - ROOMY_SHARE);
  },
  tell: (input) => `${formatSize(bytesLeft(input))} left for more like it`,
};

const after = ({ role, candidate: { attributes }, promised }: FilterInput) =>
  addAmounts(promised, amountsIn(attributes, role));

const bytesLeft = (input: FilterInput) => volumeBytesLeft(input.candidate, input.role, after(input));

/** Of physical and of logical space, so that both count and none makes up for the other's end. */
function freeFraction(input: FilterInput): number {
  const { limits, allocatedBytes, subscribedBytes } = roomIn(input.candidate, input.role, after(input));
  const physical = share(allocatedBytes, limits.allocatedBytesMax);
  const logical = share(subscribedBytes, limits.subscribedBytesMax);
  return Math.sqrt(physical * logical);
}

function share(roomBytes: number, maxBytes: number): number {
  return maxBytes > 0 ? Math.min(1, Math.max(0, roomBytes / maxBytes)) : 0;
}
