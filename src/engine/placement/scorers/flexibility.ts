/**
 * The pool that is needed least by virtual pools: those who have a choice leave the others to those who have none. Each
 * virtual pool that can use a pool counts as often as what it can use goes into what the one with most can use: one that
 * finds room in a third of these bytes counts three times. Where bytes aren't known each counts once; a pool of which nothing is known
 * counts as one that everybody needs: nothing is added for it.
 */
import type { FilterInput, Scorer } from '../filter.ts';

export const flexibilityScorer: Scorer = {
  name: 'flexibility',
  weight: 32,
  raw: ({ candidate }) => {
    const need = needOf(candidate);
    return need === undefined ? undefined : 1 / Math.max(1, need);
  },
  tell: ({ candidate }) => {
    const { virtualPools, virtualPoolNeed = virtualPools } = candidate;
    const usable = `usable for ${virtualPools} virtual pool${virtualPools === 1 ? '' : 's'}`;
    return virtualPoolNeed === virtualPools
      ? usable
      : `${usable}, counted as ${virtualPoolNeed!.toFixed(1)} for what else they have`;
  },
};

const needOf = ({ virtualPools, virtualPoolNeed }: FilterInput['candidate']) => virtualPoolNeed ?? virtualPools;
