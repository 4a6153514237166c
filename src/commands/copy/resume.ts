/** coprhd copy resume: let a continuous copy follow its source again. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, invokeCopy } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';

export default class CopyResume extends EngineCommand<typeof CopyResume> {
  static override summary = 'Let a continuous copy follow its source again.';
  static override description =
    'What it held since the pause is overwritten. The command ends when it is in sync; where it is interrupted, the storage system goes on.';
  static override examples = [
    { description: 'In a script', command: '<%= config.bin %> copy resume test/volume.db-mirror --yes' },
    {
      description: 'All that follow the volumes of a consistency group',
      command: '<%= config.bin %> copy resume test/consistencyGroup.db --yes',
    },
  ];
  static override args = addressArgument('volume');
  static override flags = approvalFlags;
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return invokeCopy(this.cli, this.flags, 'resume', this.args.address);
  }
}
