/** coprhd claim break: takes a workflow from a process that is dead. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { claimBreakView } from '../../views/claim.ts';
import { EngineCommand } from '../_base/command.ts';

export default class ClaimBreak extends EngineCommand<typeof ClaimBreak> {
  static override summary = 'Break the hold of a process over its workflow.';
  static override description =
    'Raises the fence: the process can write nothing more. The claims stay until somebody has gone on with the workflow (coprhd recover, coprhd task rollback), because only its journal knows what is under way on devices. Refused while the process may be alive (exit code 5). Who is known to be dead needs no breaking: coprhd recover takes over at once.';
  static override examples = [
    { description: 'After its process has died', command: '<%= config.bin %> claim break 4f4bebe4' },
    {
      description: 'Its machine is switched off, and its lease still runs',
      command: '<%= config.bin %> claim break 4f4bebe4 --i-know',
    },
  ];
  static override args = {
    workflow: Args.string({ description: 'Id of the workflow, or the beginning of it.', required: true }),
  };
  static override flags = {
    'i-know': Flags.boolean({
      summary: 'Although it may be alive: you know that its process is stopped, and can not go on.',
      default: false,
    }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const input = { workflow: this.args.workflow, force: this.flags['i-know'] };
    return this.cli.finish(await this.cli.call('claim.break', input), claimBreakView);
  }
}
