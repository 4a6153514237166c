/** coprhd undelete: brings a quarantined volume back. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { flowOptions, planThenApply } from './_base/apply-flow.ts';
import { EngineCommand } from './_base/command.ts';
import { approvalFlags } from './_base/flags.ts';
import { commandLine } from './_base/usage.ts';

export default class Undelete extends EngineCommand<typeof Undelete> {
  static override summary = 'Bring a quarantined volume back.';
  static override description =
    'The volume gets its name, URN and WWN back, not its exports. It is held until it is declared in a plan file or forgotten.';
  static override examples = [
    { description: 'Bring it back', command: '<%= config.bin %> undelete web/volume.data-01' },
  ];
  static override args = { address: Args.string({ description: 'Address of the volume.', required: true }) };
  static override flags = { ...approvalFlags };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { address } = this.args;
    const options = flowOptions(this.flags, commandLine('undelete', address));
    return planThenApply(this.cli, options, () => this.cli.call('undelete', { address }));
  }
}
