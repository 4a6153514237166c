/** coprhd purge: ends a quarantine early. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { flowOptions, planThenApply } from './_base/apply-flow.ts';
import { EngineCommand } from './_base/command.ts';
import { approvalFlags } from './_base/flags.ts';
import { commandLine } from './_base/usage.ts';

export default class Purge extends EngineCommand<typeof Purge> {
  static override summary = 'Delete a quarantined volume for good.';
  static override description = 'Its data are gone afterwards. Without this, a quarantine ends after a week.';
  static override examples = [
    { description: 'On a terminal, with a question', command: '<%= config.bin %> purge web/volume.data-01' },
    { description: 'In a script', command: '<%= config.bin %> purge web/volume.data-01 --confirm-destroy=1' },
  ];
  static override args = { address: Args.string({ description: 'Address of the volume.', required: true }) };
  static override flags = { ...approvalFlags };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { address } = this.args;
    const options = flowOptions(this.flags, commandLine('purge', address));
    return planThenApply(this.cli, options, () => this.cli.call('purge', { address }));
  }
}
