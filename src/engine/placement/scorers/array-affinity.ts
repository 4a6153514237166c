/** The storage systems that serve the volume's host or cluster already or after this plan, where the virtual pool asks for that. */
import { formatPercent } from '../../model/size.ts';
import type { FilterInput, Scorer } from '../filter.ts';

export const arrayAffinityScorer: Scorer = {
  name: 'array-affinity',
  /** A hundredth of the hosts counts for more than all other scores together. */
  weight: 7_000,
  ofSystem: true,
  leads: true,
  raw: shareOf,
  tell: (input) => `serves ${formatPercent(shareOf(input) ?? 0)} of the hosts already`,
};

function shareOf({ role: { hosts = [], affinity }, candidate: { system }, placed }: FilterInput): number | undefined {
  if (affinity === undefined || hosts.length === 0) return undefined;
  return ((affinity[system]?.length ?? 0) + placed.hosts) / hosts.length;
}
