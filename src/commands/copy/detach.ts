/** coprhd copy detach: make a full copy a volume that has nothing to do with its source any more. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { flowOptions, planThenApply } from '../_base/apply-flow.ts';
import { addressArgument, withKind } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';
import { commandLine } from '../_base/usage.ts';

export default class CopyDetach extends EngineCommand<typeof CopyDetach> {
  static override summary = 'Make a full copy a volume that has nothing to do with its source any more.';
  static override description =
    'It can not be restored from or resynchronised then, and its source may be removed. There is no way back. Where a plan file declares it, take `copyOf` out of the file afterwards.';
  static override examples = [
    { description: 'In a script', command: '<%= config.bin %> copy detach test/volume.db-copy --yes' },
  ];
  static override args = addressArgument('volume');
  static override flags = {
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const address = withKind('volume', this.args.address);
    const options = flowOptions(this.flags, commandLine('copy', 'detach', this.args.address));
    const input = { verb: 'detach' as const, addresses: [address] };
    return planThenApply(this.cli, options, () => this.cli.call('copy.invoke', input));
  }
}
