/** coprhd graph: resources and references, or the order of a plan, as a picture's source. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { ResourceGraph, ResultOf } from '../engine/operations/types.ts';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { plural } from '../views/format.ts';
import { graphLines, MERMAID_EDGES_MAX } from '../views/graph.ts';
import { jsonDocument } from '../views/json.ts';
import { EngineCommand } from './_base/command.ts';
import { variableFlag } from './_base/flags.ts';
import { exists, readSource } from './_base/plan-files.ts';
import { readSavedPlan, writeText } from './_base/saved-plan.ts';
import { usageError } from './_base/usage.ts';

export default class Graph extends EngineCommand<typeof Graph> {
  static override summary = 'Draw resources and references, or the order of a plan.';
  static override description =
    'Writes the source of a picture: DOT (Graphviz), mermaid, or JSON. Of plan files: what they declare; of a saved plan: what is done, and in which order; of an address: what that resource needs, and what needs it; of nothing: all that is recorded. Asks no device.';
  static override examples = [
    { description: 'What plan files declare', command: '<%= config.bin %> graph plans | dot -Tsvg > plans.svg' },
    { description: 'The order of a saved plan', command: '<%= config.bin %> graph web.plan --format mermaid' },
    { description: 'Around one volume', command: '<%= config.bin %> graph web/volume.data-01 --out volume.dot' },
  ];
  static override args = {
    what: Args.string({
      description: 'Plan files or directories of them, a saved plan, or an address.',
      multiple: true,
    }),
  };
  static override flags = {
    format: Flags.option({
      summary: 'Form of the output; --json is the same as json.',
      options: ['dot', 'mermaid', 'json'] as const,
      default: 'dot',
    })(),
    out: Flags.string({ summary: 'Write to this file.', helpValue: 'FILE' }),
    var: variableFlag,
  };

  protected async perform(): Promise<OperationOutcome> {
    const result = await this.#result(this.args.what ?? []);
    const { graph } = result;
    if (graph === undefined) return this.cli.finish(result);
    this.cli.json(result);
    const isJson = this.cli.mode.format === 'json';
    const format = isJson ? 'json' : this.flags.format;
    if (!isJson) this.cli.diagnose(result.diagnostics);
    const lines = format === 'json' ? [jsonDocument(result)] : graphLines(graph, format);
    if (format === 'mermaid' && graph.edges.length > MERMAID_EDGES_MAX) {
      this.cli.say(`${graph.edges.length} arrows: mermaid draws ${MERMAID_EDGES_MAX} unless its maxEdges is raised`);
    }
    if (this.flags.out !== undefined) await this.#write(this.flags.out, lines, graph);
    else if (!isJson) this.cli.out(lines);
    return result.outcome;
  }

  async #write(file: string, lines: readonly string[], { nodes, edges }: ResourceGraph): Promise<void> {
    await writeText(file, `${lines.join('\n')}\n`);
    this.cli.say(`written: ${file} (${plural(nodes.length, 'resource')}, ${plural(edges.length, 'arrow')})`);
  }

  /** A file or directory of that name comes first; what isn't one is an address. */
  async #result(what: readonly string[]): Promise<ResultOf<'graph'>> {
    const [first, ...others] = what;
    if (first === undefined) return this.cli.call('graph', {});
    const plan = await readSavedPlan(first);
    if (plan !== undefined) {
      if (others.length > 0) usageError(`${first} is a saved plan: it is drawn alone`, 'coprhd graph PLAN');
      const { planGraph } = await import('../views/plan-graph.ts');
      return { outcome: 'ok', diagnostics: [], graph: planGraph(plan) };
    }
    const isAddress = others.length === 0 && !/\.(?:ya?ml|json)$/.test(first) && !(await exists(first));
    if (isAddress) return this.cli.call('graph', { address: first });
    const source = await readSource(what, this.flags.var ?? [], this.flags.state);
    return this.cli.call('graph', { source });
  }
}
