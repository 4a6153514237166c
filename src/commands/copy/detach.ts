/** coprhd copy detach: make full copies volumes that have nothing to do with their sources any more. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, invokeCopy, wholeSetFlag } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';

export default class CopyDetach extends EngineCommand<typeof CopyDetach> {
  static override summary = 'Make a full copy a volume that has nothing to do with its source any more.';
  static override description =
    'It can not be restored from or resynchronised then, and its source may be removed. There is no way back. Copies of a group are detached together where the group is named, or one of them with --whole-set. Where a plan file declares it, take `copyOf` out of the file afterwards.';
  static override examples = [
    { description: 'In a script', command: '<%= config.bin %> copy detach test/volume.db-copy --yes' },
    {
      description:
        'All that were made together of a consistency group, with the three snapshots that were taken for them',
      command: '<%= config.bin %> copy detach dev-db --whole-set --confirm-destroy 3',
    },
  ];
  static override args = addressArgument('volume');
  static override flags = { 'whole-set': wholeSetFlag, ...approvalFlags };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return invokeCopy(this.cli, this.flags, 'detach', this.args.address);
  }
}
