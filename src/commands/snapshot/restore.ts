/** coprhd snapshot restore: bring a volume back to what it held when a snapshot of it was taken. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { flowOptions, planThenApply } from '../_base/apply-flow.ts';
import { addressArgument, withKind } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags, attestOverwriteFlag } from '../_base/flags.ts';
import { commandLine } from '../_base/usage.ts';

export default class SnapshotRestore extends EngineCommand<typeof SnapshotRestore> {
  static override summary = 'Bring a volume back to what it held when a snapshot of it was taken.';
  static override description =
    'Nobody may use what is overwritten: unmounted and logged out, or --attest says who has seen to it. What it holds now is kept as a snapshot first, tagged safety, from which it is put back should the copy fail half-way; remove that snapshot when it is not needed any more.';
  static override examples = [
    { description: 'Show what would be done', command: '<%= config.bin %> snapshot restore before-upgrade --dry-run' },
    {
      description: 'All volumes of a consistency group, from the snapshots of one moment',
      command: '<%= config.bin %> snapshot restore nightly-db --whole-set',
    },
  ];
  static override args = addressArgument('snapshot');
  static override flags = {
    'whole-set': Flags.boolean({ summary: 'With all snapshots of the same set and consistency group.' }),
    attest: attestOverwriteFlag,
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const address = withKind('snapshot', this.args.address);
    const options = flowOptions(this.flags, commandLine('snapshot', 'restore', this.args.address));
    const input = {
      verb: 'restore' as const,
      addresses: [address],
      wholeSet: this.flags['whole-set'],
      attestOffline: this.flags.attest,
    };
    return planThenApply(this.cli, options, () => this.cli.call('copy.invoke', input));
  }
}
