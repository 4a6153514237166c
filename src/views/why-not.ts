/**
 * Why a volume is not in a pool: the answer, every filter's verdict, the nearest miss. Rows: `why-not address pool answer
 * nearest-miss` · `verdict filter passes` or `verdict filter refuses fact needed had`.
 */
import type { WhyNot } from '../engine/operations/explain-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { paint, type Style } from './style.ts';
import { table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

const TITLES: Record<WhyNot['answer'], (whyNot: WhyNot) => string> = {
  there: ({ address, pool }) => `${address} is in ${pool}`,
  chosen: ({ address, pool }) => `${address}: nothing speaks against ${pool}`,
  outscored: ({ address, pool }) => `${address} is not in ${pool}: another pool is better`,
  refused: ({ address, pool }) => `${address} can't be in ${pool}`,
};

const cells = (verdict: WhyNot['verdicts'][number]): string[][] =>
  verdict.misses.length === 0
    ? [[verdict.filter, 'passes']]
    : verdict.misses.map(({ fact, needed, had }) => [
        verdict.filter,
        'refuses',
        fact,
        `needed ${needed}`,
        `had ${had}`,
      ]);

function whyNotLines(whyNot: WhyNot, style: Style): string[] {
  return [
    paint(style, 'strong', TITLES[whyNot.answer](whyNot)),
    ...whyNot.lines.flatMap((line) => wrap(line, style.width, '  ')),
    '',
    ...table(whyNot.verdicts.flatMap(cells), { width: style.width, indent: '  ' }),
    ...(whyNot.nearestMiss === undefined
      ? []
      : ['', ...wrap(`nearest miss: ${whyNot.nearestMiss}`, style.width, '  ')]),
  ];
}

export const whyNotView: View<ResultOf<'why-not'>> = {
  human: ({ whyNot }, style) => (whyNot ? whyNotLines(whyNot, style) : []),
  plain: ({ whyNot }): Row[] =>
    whyNot
      ? [
          ['why-not', whyNot.address, whyNot.pool, whyNot.answer, whyNot.nearestMiss],
          ...whyNot.verdicts.flatMap(({ filter, misses }): Row[] =>
            misses.length === 0
              ? [['verdict', filter, 'passes']]
              : misses.map(({ fact, needed, had }): Row => ['verdict', filter, 'refuses', fact, needed, had]),
          ),
        ]
      : [],
};
