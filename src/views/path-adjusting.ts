/** What is to become of paths, host by host: shown before the plan that does it. */
import type { Adjustment } from '../engine/planner/path-adjusting.ts';
import type { View } from './view.ts';

const SIGNS = [
  ['add', '+', ''],
  ['remove', '-', ''],
  ['later', '~', ' (goes when the host uses what replaces it)'],
] as const;

const count = ({ add, remove, later, keep }: Adjustment): string =>
  [
    ...(add.length > 0 ? [`${add.length} to add`] : []),
    ...(remove.length > 0 ? [`${remove.length} to remove`] : []),
    ...(later.length > 0 ? [`${later.length} to remove later`] : []),
    `${keep} kept`,
  ].join(', ');

export const adjustmentsView: View<readonly Adjustment[]> = {
  human: (adjustments) =>
    adjustments.flatMap((one) => [
      `paths of ${one.host} to ${one.system}: ${count(one)}`,
      ...SIGNS.flatMap(([what, sign, words]) =>
        one[what].map(({ initiator, port }) => `  ${sign} ${initiator} -> ${port}${words}`),
      ),
      ...one.improvements.map((improvement) => `  better: ${improvement}`),
    ]),
  plain: (adjustments) =>
    adjustments.flatMap(({ host, system, ...lists }) =>
      SIGNS.flatMap(([what]) =>
        lists[what].map(({ initiator, port }) => ['path', host, system, what, initiator, port]),
      ),
    ),
};

/** Something is left that a later run takes away. */
export const waits = (adjustments: readonly Adjustment[]): boolean => adjustments.some(({ later }) => later.length > 0);
