/** coprhd snapshot run: what snapshot policies say is due. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { snapshotRunView } from '../../views/snapshot-run.ts';
import { EngineCommand } from '../_base/command.ts';

export default class SnapshotRun extends EngineCommand<typeof SnapshotRun> {
  static override summary =
    'Take the snapshots that policies say are due, and remove those that are more than they keep.';
  static override description =
    'For a timer (cron, systemd) where no daemon runs; a daemon does it by itself every minute. Each moment of a policy has one snapshot of a volume at most, however often this runs; moments that passed while nothing ran are not made up for, only the last one is. What can not be done now is held, with exit code 3, and tried again by the next run. Nothing is asked: what a policy no longer keeps was agreed to when it was declared.';
  static override examples = [
    { description: 'All policies', command: '<%= config.bin %> snapshot run' },
    { description: 'What one would do now', command: '<%= config.bin %> snapshot run hourly --dry-run' },
  ];
  static override args = { policy: Args.string({ description: 'Only this policy.' }) };
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'Only say what would be done.' }),
    'claim-wait': Flags.integer({
      summary: 'Seconds to wait for resources that somebody else is changing.',
      helpValue: 'SECONDS',
      default: 60,
      min: 0,
    }),
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { policy } = this.args;
    const input = {
      ...(policy === undefined ? {} : { policies: [policy] }),
      dryRun: this.flags['dry-run'],
      claimWaitMs: this.flags['claim-wait'] * 1_000,
    };
    return this.cli.finish(await this.cli.call('snapshot.run', input), snapshotRunView);
  }
}
