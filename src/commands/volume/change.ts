/** coprhd volume change: size and protection of a volume that was made by name. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { flowOptions, planThenApply } from '../_base/apply-flow.ts';
import { addressArgument, said, withKind } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';
import { commandLine, usageError } from '../_base/usage.ts';
import { onRemoveFlag } from '../_base/volume-flags.ts';

export default class VolumeChange extends EngineCommand<typeof VolumeChange> {
  static override summary = 'Grow a volume, or change what protects it.';
  static override description =
    'Only of volumes that were made by name: what a plan file declares is changed in the file. A volume never shrinks.';
  static override examples = [
    { description: 'Grow it', command: '<%= config.bin %> volume change data-01 --size 200GiB' },
    { description: 'Let it be removed', command: '<%= config.bin %> volume change data-01 --no-protect' },
  ];
  static override args = addressArgument('volume');
  static override flags = {
    size: Flags.string({ summary: 'New size: 200GiB.', helpValue: 'SIZE' }),
    protect: Flags.boolean({ summary: 'Refuse to remove it, or not any more.', allowNo: true }),
    'on-remove': onRemoveFlag,
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { size, protect, 'on-remove': onRemove } = this.flags;
    const change = said({ size, protect, onRemove });
    if (Object.keys(change).length === 0) {
      usageError('nothing to change is given', 'give --size, --protect, --no-protect or --on-remove');
    }
    const input = { address: withKind('volume', this.args.address), ...change };
    const options = flowOptions(this.flags, commandLine('volume', 'change', this.args.address));
    return planThenApply(this.cli, options, () => this.cli.call('volume.change', input));
  }
}
