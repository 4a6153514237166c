/** coprhd task list: work under way, waiting or ended lately. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { taskListView } from '../../views/task.ts';
import { EngineCommand } from '../_base/command.ts';

const STATES = ['queued', 'pending', 'ready', 'error', 'suspended_no_error', 'suspended_error'] as const;

export default class TaskList extends EngineCommand<typeof TaskList> {
  static override summary = 'List tasks: one a resource of each plan that was applied.';
  static override description =
    'Open ones and those that ended in the last week, the newest first; coprhd history has all that ended. ready = done; error = came to nothing, and everything is as it was; suspended_error and suspended_no_error wait for coprhd task resume or rollback.';
  static override examples = [
    { description: 'All', command: '<%= config.bin %> task list' },
    { description: 'What waits for a decision', command: '<%= config.bin %> task list --status suspended_error' },
    { description: 'Of one workflow', command: '<%= config.bin %> task list --workflow 4f4bebe4' },
  ];
  static override flags = {
    workflow: Flags.string({ summary: 'Only of this workflow: its id, or the beginning.', helpValue: 'WORKFLOW' }),
    status: Flags.string({
      summary: 'Only in this state; may be repeated.',
      options: [...STATES],
      multiple: true,
      multipleNonGreedy: true,
    }),
    limit: Flags.integer({ summary: 'At most so many.', helpValue: 'N', min: 1, max: 5_000, default: 200 }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { workflow, status, limit } = this.flags;
    const input = {
      limit,
      ...(workflow === undefined ? {} : { workflow }),
      ...(status === undefined ? {} : { states: status as (typeof STATES)[number][] }),
    };
    return this.cli.finish(await this.cli.call('task.list', input), taskListView);
  }
}
