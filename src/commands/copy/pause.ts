/** coprhd copy pause: let a continuous copy stay as it is. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { flowOptions, planThenApply } from '../_base/apply-flow.ts';
import { addressArgument, withKind } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';
import { commandLine } from '../_base/usage.ts';

export default class CopyPause extends EngineCommand<typeof CopyPause> {
  static override summary = 'Let a continuous copy stay as it is.';
  static override description =
    'It does not follow its source until it is resumed, and belongs to it still: to use what it holds, split it. Nobody is asked what hosts have written and not flushed: it is as after a power failure.';
  static override examples = [
    { description: 'In a script', command: '<%= config.bin %> copy pause test/volume.db-mirror --yes' },
  ];
  static override args = addressArgument('volume');
  static override flags = {
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const address = withKind('volume', this.args.address);
    const options = flowOptions(this.flags, commandLine('copy', 'pause', this.args.address));
    const input = { verb: 'pause' as const, addresses: [address] };
    return planThenApply(this.cli, options, () => this.cli.call('copy.invoke', input));
  }
}
