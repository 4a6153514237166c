/** coprhd task show: one task in full. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { oneTaskView } from '../../views/task.ts';
import { EngineCommand } from '../_base/command.ts';

export default class TaskShow extends EngineCommand<typeof TaskShow> {
  static override summary = 'Show a task: its state, how far it is, what went wrong, what is possible.';
  static override examples = [
    { description: 'By the address of its resource', command: '<%= config.bin %> task show web/volume.data-01' },
    {
      description: 'By its id, also after it has ended',
      command: '<%= config.bin %> task show 4f4bebe4-46ff-4fb4-9fb4-ac0b5c21b70a',
    },
  ];
  static override args = {
    task: Args.string({
      description: 'Id of a task, the beginning of it, or the address of a resource with an open one.',
      required: true,
    }),
  };

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('task.show', { task: this.args.task }), oneTaskView);
  }
}
