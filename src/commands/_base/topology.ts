/** What the commands of `coprhd topo` have in common: the forms of the picture, and where it goes. */
import * as Flags from '@oclif/core/flags';
import type { ResultOf } from '../../engine/operations/types.ts';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { jsonDocument } from '../../views/json.ts';
import { topologyView } from '../../views/topology.ts';
import { topologyDot } from '../../views/topology-dot.ts';
import type { Cli } from './cli.ts';
import { writeText } from './saved-plan.ts';
import { usageError } from './usage.ts';

export const pictureFlags = {
  format: Flags.option({
    summary: 'Form of the output: a tree, DOT (Graphviz), SVG, or JSON; --json is the same as json.',
    options: ['text', 'dot', 'svg', 'json'] as const,
    default: 'text',
  })(),
  out: Flags.string({ summary: 'Write to this file.', helpValue: 'FILE' }),
};

/** Graphviz takes minutes for more, and nobody sees anything in it. */
const DRAWN_NODES_MAX = 2_000;

interface PictureFlags {
  readonly format: 'text' | 'dot' | 'svg' | 'json';
  readonly out?: string | undefined;
}

export async function printTopology(
  cli: Cli,
  result: ResultOf<'topo'>,
  { format, out }: PictureFlags,
): Promise<OperationOutcome> {
  const { topology } = result;
  const isJson = cli.mode.format === 'json';
  if (topology === undefined || (format === 'text' && out === undefined) || (isJson && out === undefined)) {
    return cli.finish(result, topologyView);
  }
  cli.json(result);
  if (!isJson) cli.diagnose(result.diagnostics);
  const lines = await picture(result, isJson ? 'json' : format, cli);
  if (out === undefined) cli.out(lines);
  else {
    await writeText(out, `${lines.join('\n')}\n`);
    cli.say(`written: ${out}`);
  }
  return result.outcome;
}

async function picture(
  result: ResultOf<'topo'>,
  format: PictureFlags['format'],
  { style }: Cli,
): Promise<readonly string[]> {
  if (format === 'text') return topologyView.human(result, { ...style, color: false });
  if (format === 'json') return [jsonDocument(result)];
  const { lines, nodes } = topologyDot(result.topology!);
  if (format === 'dot') return lines;
  if (nodes > DRAWN_NODES_MAX) {
    usageError(
      `${nodes} things are too many for a picture, at most ${DRAWN_NODES_MAX}`,
      'draw one host, or --format dot',
    );
  }
  const { svgOf } = await import('../../views/topology-svg.ts');
  return (await svgOf(lines.join('\n'))).trimEnd().split('\n');
}
