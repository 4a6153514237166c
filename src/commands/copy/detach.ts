/** coprhd copy detach: make a full copy a volume that has nothing to do with its source any more. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, invokeCopy } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';

export default class CopyDetach extends EngineCommand<typeof CopyDetach> {
  static override summary = 'Make a full copy a volume that has nothing to do with its source any more.';
  static override description =
    'It can not be restored from or resynchronised then, and its source may be removed. There is no way back. Where a plan file declares it, take `copyOf` out of the file afterwards.';
  static override examples = [
    { description: 'In a script', command: '<%= config.bin %> copy detach test/volume.db-copy --yes' },
  ];
  static override args = addressArgument('volume');
  static override flags = approvalFlags;
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return invokeCopy(this.cli, this.flags, 'detach', this.args.address);
  }
}
