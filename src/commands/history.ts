/** coprhd history: workflows that have ended. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { historyView } from '../views/history.ts';
import { EngineCommand } from './_base/command.ts';

export default class History extends EngineCommand<typeof History> {
  static override summary = 'Show what was done: workflows that have ended, the newest first.';
  static override description =
    'With a workflow: its resources, each step, and what somebody attested. The log is kept on the machine whose process brought the workflow to its end, also where the state is shared.';
  static override examples = [
    { description: 'The last ones', command: '<%= config.bin %> history --limit 5' },
    { description: 'One in full', command: '<%= config.bin %> history 4f4bebe4' },
  ];
  static override args = {
    workflow: Args.string({ description: 'Id of a workflow, or the beginning of it.' }),
  };
  static override flags = {
    limit: Flags.integer({ summary: 'At most so many.', helpValue: 'N', min: 1, max: 5_000, default: 20 }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { workflow } = this.args;
    const input = workflow === undefined ? { limit: this.flags.limit } : { workflow };
    return this.cli.finish(await this.cli.call('history', input), historyView(workflow !== undefined));
  }
}
