/** coprhd task resume: goes on with what is suspended or was left. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { decidedView } from '../../views/task.ts';
import { EngineCommand } from '../_base/command.ts';
import { liveFlag } from '../_base/flags.ts';

export default class TaskResume extends EngineCommand<typeof TaskResume> {
  static override summary = 'Go on with a suspended workflow.';
  static override description =
    'Asks the devices what became of the open steps, tries again what failed, and goes forward with all of the workflow. Refused (exit code 5) while a living process is at work on it.';
  static override examples = [
    { description: 'After the cause is gone', command: '<%= config.bin %> task resume web/volume.data-01' },
    { description: 'By the workflow', command: '<%= config.bin %> task resume 4f4bebe4' },
  ];
  static override args = {
    task: Args.string({
      description: 'Id of a task, the beginning of it, or the address of a resource with an open one; or a workflow.',
      required: true,
    }),
  };
  static override flags = liveFlag;
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('task.resume', { task: this.args.task }), decidedView);
  }
}
