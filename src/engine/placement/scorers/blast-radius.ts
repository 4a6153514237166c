/**
 * The storage system with fewest volumes of the same project: so its end takes less of the project with it. Whoever asks
 * to pack wants the opposite.
 */
import type { FilterInput, Scorer } from '../filter.ts';

export const blastRadiusScorer: Scorer = {
  name: 'blast-radius',
  weight: 1,
  ofSystem: true,
  raw: (input) => {
    const there = volumesThere(input);
    return there === undefined ? undefined : 1 / (1 + there);
  },
  tell: (input) => `${volumesThere(input)} of the project there`,
};

function volumesThere({ role: { project, allocation }, candidate, placed }: FilterInput): number | undefined {
  if (project === undefined || allocation === 'pack') return undefined;
  return (candidate.projectVolumes?.[project] ?? 0) + placed.ofProject;
}
