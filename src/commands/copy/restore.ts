/** coprhd copy restore: overwrite a volume, or those of a consistency group, with what full copies of them hold. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, invokeCopy, wholeSetFlag } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags, attestOverwriteFlag } from '../_base/flags.ts';

export default class CopyRestore extends EngineCommand<typeof CopyRestore> {
  static override summary = 'Overwrite a volume, or those of a consistency group, with what full copies of them hold.';
  static override description =
    'Nobody may use what is overwritten: unmounted and logged out, or --attest says who has seen to it. What it holds now is kept as a snapshot first, tagged safety, from which it is put back should the copy fail half-way; remove that snapshot when it is not needed any more. Copies of a group go back all together, or none of them: where it has one set of them the group is named, else one of the copies that are meant, with --whole-set.';
  static override examples = [
    { description: 'In a script', command: '<%= config.bin %> copy restore test/volume.db-copy --yes' },
    {
      description: 'All volumes of a consistency group, from the copies that were made together',
      command: '<%= config.bin %> copy restore dev-db --whole-set',
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
    return invokeCopy(this.cli, this.flags, 'restore', this.args.address);
  }
}
