/** coprhd copy restore: overwrite a volume with what a full copy of it holds. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, invokeCopy } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags, attestOverwriteFlag } from '../_base/flags.ts';

export default class CopyRestore extends EngineCommand<typeof CopyRestore> {
  static override summary = 'Overwrite a volume with what a full copy of it holds.';
  static override description =
    'Nobody may use what is overwritten: unmounted and logged out, or --attest says who has seen to it. What it holds now is kept as a snapshot first, tagged safety, from which it is put back should the copy fail half-way; remove that snapshot when it is not needed any more.';
  static override examples = [
    { description: 'In a script', command: '<%= config.bin %> copy restore test/volume.db-copy --yes' },
  ];
  static override args = addressArgument('volume');
  static override flags = {
    attest: attestOverwriteFlag,
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return invokeCopy(this.cli, this.flags, 'restore', this.args.address);
  }
}
