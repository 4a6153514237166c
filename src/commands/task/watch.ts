/** coprhd task watch: says whenever a task has changed, until it has ended or waits for a person. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { oneTaskView } from '../../views/task.ts';
import { EngineCommand } from '../_base/command.ts';

export default class TaskWatch extends EngineCommand<typeof TaskWatch> {
  static override summary = 'Follow a task until it has ended or waits for a decision.';
  static override description =
    'Changes nothing. Exit code 0 when it ended well, 6 when it came to nothing or is suspended, 7 when what became of it is not known.';
  static override examples = [
    { description: 'Wait for a volume', command: '<%= config.bin %> task watch web/volume.data-01' },
    { description: 'At most ten minutes', command: '<%= config.bin %> task watch web/volume.data-01 --timeout 10m' },
  ];
  static override args = {
    task: Args.string({
      description: 'Id of a task, the beginning of it, or the address of a resource with an open one.',
      required: true,
    }),
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('task.watch', { task: this.args.task }), oneTaskView);
  }
}
