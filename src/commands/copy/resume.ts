/** coprhd copy resume: let a continuous copy follow its source again. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { flowOptions, planThenApply } from '../_base/apply-flow.ts';
import { addressArgument, withKind } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';
import { commandLine } from '../_base/usage.ts';

export default class CopyResume extends EngineCommand<typeof CopyResume> {
  static override summary = 'Let a continuous copy follow its source again.';
  static override description =
    'What it held since the pause is overwritten. The command ends when it is in sync; where it is interrupted, the storage system goes on.';
  static override examples = [
    { description: 'In a script', command: '<%= config.bin %> copy resume test/volume.db-mirror --yes' },
  ];
  static override args = addressArgument('volume');
  static override flags = {
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const address = withKind('volume', this.args.address);
    const options = flowOptions(this.flags, commandLine('copy', 'resume', this.args.address));
    const input = { verb: 'resume' as const, addresses: [address] };
    return planThenApply(this.cli, options, () => this.cli.call('copy.invoke', input));
  }
}
