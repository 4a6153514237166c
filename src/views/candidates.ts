/** Where volumes can be moved. Rows: `candidate address kind name current|allowed|refused why`. */
import type { MoveCandidate, VolumeCandidates } from '../engine/operations/candidate-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { paint, type Style } from './style.ts';
import { wrap } from './text.ts';
import type { Row, View } from './view.ts';

const KINDS = [
  ['virtualPool', 'virtual pools', 'virtualPools'],
  ['virtualArray', 'virtual arrays', 'virtualArrays'],
] as const;

const stateOf = ({ current, allowed }: MoveCandidate): string =>
  current ? 'current' : allowed ? 'allowed' : 'refused';

export const candidatesView: View<ResultOf<'volume.candidates'>> = {
  human: ({ volumes }, style) =>
    volumes.flatMap((volume) => [
      paint(style, 'strong', volume.address),
      ...KINDS.flatMap(([, words, field]) => ['', words, ...volume[field].flatMap((each) => lines(each, style))]),
    ]),
  plain: ({ volumes }) => volumes.flatMap(rows),
};

function lines({ name, current, allowed, why = '' }: MoveCandidate, style: Style): string[] {
  if (current) return [`  = ${name}`];
  if (allowed) return [`  ${paint(style, 'add', '+')} ${name}`];
  return [`  - ${name}`, ...wrap(why, style.width, '    ')];
}

const rows = (volume: VolumeCandidates): Row[] =>
  KINDS.flatMap(([kind, , field]) =>
    volume[field].map((each): Row => ['candidate', volume.address, kind, each.name, stateOf(each), each.why]),
  );
