/**
 * The pool which fewest virtual pools can use: those who have a choice leave the others to those who have none. A pool
 * of which that isn't known counts as one that everybody needs: nothing is added for it.
 */
import type { Scorer } from '../filter.ts';

export const flexibilityScorer: Scorer = {
  name: 'flexibility',
  weight: 8,
  raw: ({ candidate: { virtualPools } }) => (virtualPools === undefined ? undefined : 1 / Math.max(1, virtualPools)),
  tell: ({ candidate: { virtualPools } }) => `usable for ${virtualPools} virtual pool${virtualPools === 1 ? '' : 's'}`,
};
