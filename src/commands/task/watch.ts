/** coprhd task watch: says whenever a task has changed, until it has ended or waits for a person; or of all of them. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { followedView, oneTaskView } from '../../views/task.ts';
import { EngineCommand } from '../_base/command.ts';

export default class TaskWatch extends EngineCommand<typeof TaskWatch> {
  static override summary = 'Follow a task until it has ended or waits for a decision, or all tasks.';
  static override description =
    'Changes nothing. Without a task it says of every one whenever it has changed, until Ctrl-C. Exit code 0 when it ended well, 6 when it came to nothing or is suspended, 7 when what became of it is not known.';
  static override examples = [
    { description: 'Wait for a volume', command: '<%= config.bin %> task watch web/volume.data-01' },
    { description: 'Everything, as JSON lines', command: '<%= config.bin %> task watch --json' },
    { description: 'At most ten minutes', command: '<%= config.bin %> task watch web/volume.data-01 --timeout 10m' },
  ];
  static override args = {
    task: Args.string({
      description: 'Id of a task, the beginning of it, or the address of a resource with an open one.',
    }),
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { task } = this.args;
    if (task === undefined) return this.cli.finish(await this.cli.call('task.follow', {}), followedView);
    return this.cli.finish(await this.cli.call('task.watch', { task }), oneTaskView);
  }
}
