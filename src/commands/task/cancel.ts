/** coprhd task cancel: stop work, and undo what was begun. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { stoppedView } from '../../views/task.ts';
import { EngineCommand } from '../_base/command.ts';

export default class TaskCancel extends EngineCommand<typeof TaskCancel> {
  static override summary = 'Stop work, and undo what was begun.';
  static override description =
    'What has not begun never does, what was begun is undone; what had ended stays. A process at work is asked to do it and followed (--timeout bounds that: exit code 5 while it is still at work, 7 when it has died); what nobody is at work on is taken over and rolled back here. Resources that depend on it come to nothing, too.';
  static override examples = [
    { description: 'One resource of a running apply', command: '<%= config.bin %> task cancel web/volume.data-01' },
    {
      description: 'All that a workflow has not ended',
      command: '<%= config.bin %> task cancel 4f4bebe4 --timeout 1m',
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
    const outcome = this.cli.finish(await this.cli.call('task.cancel', { task: this.args.task }), stoppedView);
    return this.cli.interrupted ? 'interrupted' : outcome;
  }
}
