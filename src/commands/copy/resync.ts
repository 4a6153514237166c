/** coprhd copy resync: overwrite a full copy with what its source holds now. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, invokeCopy } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags, attestOverwriteFlag } from '../_base/flags.ts';

export default class CopyResync extends EngineCommand<typeof CopyResync> {
  static override summary = 'Overwrite a full copy with what its source holds now.';
  static override description =
    'Nobody may use what is overwritten: unmounted and logged out, or --attest says who has seen to it. What it holds now is kept as a snapshot first, tagged safety, from which it is put back should the copy fail half-way; remove that snapshot when it is not needed any more.';
  static override examples = [
    { description: 'In a script', command: '<%= config.bin %> copy resync test/volume.db-copy --yes' },
  ];
  static override args = addressArgument('volume');
  static override flags = {
    attest: attestOverwriteFlag,
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return invokeCopy(this.cli, this.flags, 'resync', this.args.address);
  }
}
