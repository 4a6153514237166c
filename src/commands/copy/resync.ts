/** coprhd copy resync: overwrite a full copy with what its source holds now, or those of a consistency group with what that holds. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, invokeCopy, wholeSetFlag } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags, attestOverwriteFlag } from '../_base/flags.ts';

export default class CopyResync extends EngineCommand<typeof CopyResync> {
  static override summary = 'Overwrite a full copy, or those of a consistency group, with what their sources hold now.';
  static override description =
    'Nobody may use what is overwritten: unmounted and logged out, or --attest says who has seen to it. What it holds now is kept as a snapshot first, tagged safety, from which it is put back should the copy fail half-way; remove that snapshot when it is not needed any more. Copies of a group are brought to one moment, all together or none of them: new snapshots are taken for them, and the old ones go. Where the group has one set of them it is named, else one of the copies that are meant, with --whole-set. Without it a copy of a snapshot is brought back to what that holds.';
  static override examples = [
    { description: 'In a script', command: '<%= config.bin %> copy resync test/volume.db-copy --yes' },
    {
      description: 'All that were made together of a consistency group, to what it holds now',
      command: '<%= config.bin %> copy resync dev-db --whole-set',
    },
  ];
  static override args = addressArgument('volume');
  static override flags = {
    'whole-set': wholeSetFlag,
    attest: attestOverwriteFlag,
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return invokeCopy(this.cli, this.flags, 'resync', this.args.address);
  }
}
