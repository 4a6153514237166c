/** coprhd copy split: make a continuous copy a volume of its own. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, invokeCopy } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';

export default class CopySplit extends EngineCommand<typeof CopySplit> {
  static override summary = 'Make a continuous copy a volume of its own.';
  static override description =
    'It holds what its source holds at that moment, or held when it was paused, may be exported, and its source may be removed. Refused until it is in sync. There is no way back. Where a plan file declares it, take `copyOf` and `continuous` out of the file afterwards.';
  static override examples = [
    { description: 'In a script', command: '<%= config.bin %> copy split test/volume.db-mirror --yes' },
    {
      description: 'All that follow the volumes of a consistency group; paused before, they are of one moment',
      command: '<%= config.bin %> copy split test/consistencyGroup.db --yes',
    },
  ];
  static override args = addressArgument('volume');
  static override flags = approvalFlags;
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return invokeCopy(this.cli, this.flags, 'split', this.args.address);
  }
}
