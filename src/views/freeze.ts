/** Frozen and thawed. Rows: `frozen by atMs why already` · `running workflow` · `thawed by atMs why` · `waiting workflow`. */
import type { ResultOf } from '../engine/operations/types.ts';
import { formatAgo, plural } from './format.ts';
import type { Style } from './style.ts';
import { wrap } from './text.ts';
import type { Row, View } from './view.ts';

type Frozen = ResultOf<'freeze'>['freeze'];

const about = ({ by, atMs, why }: Frozen, style: Style): string =>
  `by ${by.name}, ${formatAgo(atMs, style.nowMs)}${why === '' ? '' : `: ${why}`}`;

export const freezeView: View<ResultOf<'freeze'>> = {
  human: ({ freeze, already, running }, style) => [
    ...wrap(
      already
        ? `Everything was frozen already, ${about(freeze, style)}.`
        : 'Everything is frozen: no step begins on any device until coprhd thaw.',
      style.width,
    ),
    ...(running.length === 0
      ? ['No workflow was running.']
      : [
          `${plural(running.length, 'workflow')} running; the calls under way end, and then it stops:`,
          ...running.map((id) => `  ${id}`),
        ]),
    'next: coprhd thaw',
  ],
  plain: ({ freeze, already, running }) => [
    ['frozen', freeze.by.name, freeze.atMs, freeze.why, already],
    ...running.map((id): Row => ['running', id]),
  ],
};

export const thawView: View<ResultOf<'thaw'>> = {
  human: ({ freeze, waiting }, style) => [
    ...wrap(freeze ? `Lifted: frozen ${about(freeze, style)}.` : 'Nothing was frozen.', style.width),
    ...(waiting.length === 0
      ? []
      : [
          `${plural(waiting.length, 'workflow')} to go on with:`,
          ...waiting.map((id) => `  ${id}`),
          'next: coprhd recover',
        ]),
  ],
  plain: ({ freeze, waiting }) => [
    ...(freeze ? [['thawed', freeze.by.name, freeze.atMs, freeze.why] satisfies Row] : []),
    ...waiting.map((id): Row => ['waiting', id]),
  ],
};
