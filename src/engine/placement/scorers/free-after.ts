/**
 * Most free physical bytes after placement. Promises count as if they were written full, thin ones too: otherwise all
 * thin volumes of a plan would end in the same pool.
 */
import { amountsIn } from '../amounts.ts';
import type { Scorer } from '../filter.ts';

export const freeAfterScorer: Scorer = {
  name: 'free-after',
  weight: 1,
  raw: ({ role, candidate: { attributes }, promised }) =>
    attributes.freeBytes - promised.subscribedBytes - amountsIn(attributes, role).subscribedBytes,
};
