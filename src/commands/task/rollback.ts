/** coprhd task rollback: undoes what a suspended or abandoned workflow has begun. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { decidedView, previewView } from '../../views/task.ts';
import { EngineCommand } from '../_base/command.ts';
import { liveFlag } from '../_base/flags.ts';

export default class TaskRollback extends EngineCommand<typeof TaskRollback> {
  static override summary = 'Undo what a suspended workflow has begun.';
  static override description =
    'Undoes the steps of each open task and of what depends on it, the last one first, each after asking the device what is there. What had ended stays; what can not be undone is said, and then nothing is done. With one task of several, the others go forward. Refused (exit code 5) while a living process is at work on it: coprhd task cancel is for that. With --preview it only says what would be undone: exit code 3 when something can not be.';
  static override examples = [
    { description: 'What would be undone', command: '<%= config.bin %> task rollback 4f4bebe4 --preview' },
    { description: 'Undo all that is open', command: '<%= config.bin %> task rollback 4f4bebe4' },
    { description: 'One resource; the others go on', command: '<%= config.bin %> task rollback web/volume.data-01' },
  ];
  static override args = {
    task: Args.string({
      description:
        'Id of a task, the beginning of it, or the address of a resource with an open one; or a workflow, for all of its tasks.',
      required: true,
    }),
  };
  static override flags = {
    preview: Flags.boolean({
      summary: 'Only say what would be undone, in order, after asking the devices. Writes nothing.',
      default: false,
    }),
    ...liveFlag,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { preview } = this.flags;
    const result = await this.cli.call('task.rollback', { task: this.args.task, preview });
    return preview ? this.cli.finish(result, previewView) : this.cli.finish(result, decidedView);
  }
}
