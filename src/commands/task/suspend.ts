/** coprhd task suspend: stop a workflow where it is, and keep everything. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { stoppedView } from '../../views/task.ts';
import { EngineCommand } from '../_base/command.ts';

export default class TaskSuspend extends EngineCommand<typeof TaskSuspend> {
  static override summary = 'Stop a workflow where it is, and keep everything.';
  static override description =
    'No further step begins; calls under way end. All tasks of the workflow stay as they are, with their claims, until coprhd task resume or coprhd task rollback. Waits until that is so (--timeout bounds it: exit code 5 while its process is still at work, 7 when it has died).';
  static override examples = [
    {
      description: 'Stop the apply that makes this volume',
      command: '<%= config.bin %> task suspend web/volume.data-01',
    },
    {
      description: 'A whole workflow, waiting at most a minute',
      command: '<%= config.bin %> task suspend 4f4bebe4 --timeout 1m',
    },
  ];
  static override args = {
    task: Args.string({
      description:
        'Id of a task, the beginning of it, or the address of a resource with an open one; or a workflow, for all of its tasks.',
      required: true,
    }),
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const outcome = this.cli.finish(await this.cli.call('task.suspend', { task: this.args.task }), stoppedView);
    return this.cli.interrupted ? 'interrupted' : outcome;
  }
}
