/** coprhd port replace: all paths of a storage port go to another one. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { adjustThenApply } from '../_base/adjust-flow.ts';
import { flowOptions } from '../_base/apply-flow.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags, pendingFlag, pendingInput, removePathsFlag } from '../_base/flags.ts';
import { commandLine } from '../_base/usage.ts';

export default class PortReplace extends EngineCommand<typeof PortReplace> {
  static override summary = 'Move all Fibre Channel paths of a storage port to another one.';
  static override description =
    'Before a port, its cable or its director is taken out: each path to the old port becomes one to the new port, with zones and masks of all hosts that use it. Both are ports of one storage system, in one fabric. Add before remove: the first run adds; when the hosts have found the new paths, a run with --remove takes the old ones away. Paths to a port that is down carry nothing, and go in the same run. What was done stays done when it is interrupted: the same command goes on. Deregister the old port first, so that nothing new is put on it.';
  static override examples = [
    {
      description: 'Show what would be moved',
      command: '<%= config.bin %> port replace array-1/FA-1-1 array-1/FA-3-1 --dry-run',
    },
    {
      description: 'Take the old paths away, once the hosts use the new ones',
      command: '<%= config.bin %> port replace array-1/FA-1-1 array-1/FA-3-1 --remove',
    },
  ];
  static override args = {
    old: Args.string({ description: 'SYSTEM/PORT that is replaced.', required: true }),
    new: Args.string({ description: 'SYSTEM/PORT that takes its place.', required: true }),
  };
  static override flags = { remove: removePathsFlag, 'activate-pending': pendingFlag, ...approvalFlags };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { old: from, new: to } = this.args;
    const { remove } = this.flags;
    const options = flowOptions(this.flags, commandLine('port', 'replace', from, to));
    return adjustThenApply(this.cli, options, () =>
      this.cli.call('port.replace', { from, to, remove, ...pendingInput(this.flags) }),
    );
  }
}
