/** The storage systems that serve the volume's host or cluster already, where the virtual pool asks for that. */
import { formatPercent } from '../../model/size.ts';
import type { Scorer } from '../filter.ts';

export const arrayAffinityScorer: Scorer = {
  name: 'array-affinity',
  /** A hundredth of the hosts counts for more than all other scores together. */
  weight: 2_000,
  ofSystem: true,
  leads: true,
  raw: ({ role: { affinity }, candidate: { system } }) =>
    affinity === undefined ? undefined : (affinity[system] ?? 0),
  tell: ({ role: { affinity }, candidate: { system } }) =>
    `serves ${formatPercent(affinity?.[system] ?? 0)} of the hosts already`,
};
