/** coprhd copy pause: let a continuous copy stay as it is. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, invokeCopy } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';

export default class CopyPause extends EngineCommand<typeof CopyPause> {
  static override summary = 'Let a continuous copy stay as it is.';
  static override description =
    'It does not follow its source until it is resumed, and belongs to it still: to use what it holds, split it. Nobody is asked what hosts have written and not flushed: it is as after a power failure.';
  static override examples = [
    { description: 'In a script', command: '<%= config.bin %> copy pause test/volume.db-mirror --yes' },
    {
      description: 'All that follow the volumes of a consistency group, at one moment',
      command: '<%= config.bin %> copy pause test/consistencyGroup.db --yes',
    },
  ];
  static override args = addressArgument('volume');
  static override flags = approvalFlags;
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return invokeCopy(this.cli, this.flags, 'pause', this.args.address);
  }
}
