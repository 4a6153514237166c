/** The storage system with fewest volumes of the same project: so its end takes less of the project with it. */
import type { FilterInput, Scorer } from '../filter.ts';

export const blastRadiusScorer: Scorer = {
  name: 'blast-radius',
  weight: 2,
  ofSystem: true,
  raw: (input) => {
    const there = volumesThere(input);
    return there === undefined ? undefined : 1 / (1 + there);
  },
  tell: (input) => `${volumesThere(input)} of the project there`,
};

function volumesThere({ role: { project }, candidate, placed }: FilterInput): number | undefined {
  return project === undefined ? undefined : (candidate.projectVolumes?.[project] ?? 0) + placed.ofProject;
}
