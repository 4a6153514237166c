/**
 * Why something is where it is, or why not: the engine's own lines, then what was refused and what it lacked. Rows:
 * `explain address line` · `rejection pool filter fact needed had` · `score pool scorer raw weight` · `port host system port rule fact
 * needed had`.
 */
import type { Explanation } from '../engine/operations/explain-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

/** People look at the nearest misses; scripts get all. */
const REJECTIONS_SHOWN_MAX = 20;

function explanationLines(explanation: Explanation, style: Style): string[] {
  const { address, lines, rejections } = explanation;
  const refused = rejections
    .slice(0, REJECTIONS_SHOWN_MAX)
    .map((r) => [r.poolName, r.filter, r.fact, `needed ${r.needed}`, `had ${r.had}`]);
  return [
    paint(style, 'strong', address),
    ...lines.flatMap((line) => wrap(line.trimStart(), style.width, `  ${/^ */.exec(line)![0]}`)),
    ...(refused.length === 0
      ? []
      : [
          '',
          `${plural(rejections.length, 'pool')} refused, the nearest first`,
          ...table(refused, { width: style.width, indent: '  ' }),
          ...(rejections.length > refused.length
            ? [`  and ${rejections.length - refused.length} more (--plain and --json list all)`]
            : []),
        ]),
    ...portLines(explanation, style),
  ];
}

function portLines({ ports = [] }: Explanation, style: Style): string[] {
  if (ports.length === 0) return [];
  const shown = ports
    .slice(0, REJECTIONS_SHOWN_MAX)
    .map((port) => [port.host, `${port.system}/${port.port}`, port.fact, `needed ${port.needed}`, `had ${port.had}`]);
  return [
    '',
    `${plural(ports.length, 'port')} not taken, the nearest first`,
    ...table(shown, { width: style.width, indent: '  ' }),
    ...(ports.length > shown.length ? [`  and ${ports.length - shown.length} more (--plain and --json list all)`] : []),
  ];
}

export const explainView: View<ResultOf<'explain'>> = {
  human: ({ explanation }, style) => (explanation ? explanationLines(explanation, style) : []),
  plain: ({ explanation }): Row[] =>
    explanation
      ? [
          ...explanation.lines.map((line): Row => ['explain', explanation.address, line]),
          ...explanation.rejections.map((r): Row => ['rejection', r.poolName, r.filter, r.fact, r.needed, r.had]),
          ...(explanation.ports ?? []).map(
            (p): Row => ['port', p.host, p.system, p.port, p.rule, p.fact, p.needed, p.had],
          ),
          ...(explanation.decision?.scores ?? []).map((s): Row => ['score', s.pool, s.scorer, s.raw, s.weight]),
        ]
      : [],
};
