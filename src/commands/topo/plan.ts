/** coprhd topo plan: what a plan does to connections, marked. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { EngineCommand } from '../_base/command.ts';
import { refreshFlag, variableFlag } from '../_base/flags.ts';
import { readSource } from '../_base/plan-files.ts';
import { readSavedPlan, type SavedPlan } from '../_base/saved-plan.ts';
import { pictureFlags, printTopology } from '../_base/topology.ts';
import { usageError } from '../_base/usage.ts';

export default class TopoPlan extends EngineCommand<typeof TopoPlan> {
  static override summary = 'Draw what a plan does to paths, zones and LUNs: what it adds and removes is marked.';
  static override description =
    'Of a saved plan, or of plan files, which are planned for it. Only hosts of which the plan touches something are drawn, with what stays. Applies nothing.';
  static override examples = [
    { description: 'Of plan files', command: '<%= config.bin %> topo plan plans' },
    {
      description: 'Of a saved plan, as a picture',
      command: '<%= config.bin %> topo plan web.plan --format svg --out web.svg',
    },
  ];
  static override args = {
    paths: Args.string({ description: 'Plan files or directories of them, or a saved plan.', multiple: true }),
  };
  static override flags = { ...pictureFlags, var: variableFlag, refresh: refreshFlag };

  protected async perform(): Promise<OperationOutcome> {
    const plan = await this.#plan(this.args.paths ?? []);
    if ('outcome' in plan) return plan.outcome;
    return printTopology(this.cli, await this.cli.call('topo', { plan: plan.plan }), this.flags);
  }

  async #plan(paths: readonly string[]): Promise<{ plan: SavedPlan } | { outcome: OperationOutcome }> {
    const saved = paths[0] === undefined ? undefined : await readSavedPlan(paths[0]);
    if (saved !== undefined) {
      if (paths.length > 1) usageError(`${paths[0]} is a saved plan: it is drawn alone`, 'coprhd topo plan PLAN');
      return { plan: saved };
    }
    const source = await readSource(paths, this.flags.var ?? [], this.flags.state);
    const result = await this.cli.call('plan', { ...source, refresh: this.flags.refresh });
    if (result.plan === undefined) return { outcome: this.cli.finish(result) };
    return { plan: result.plan };
  }
}
