/** coprhd claim show: who holds one resource. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { claimView } from '../../views/claim.ts';
import { EngineCommand } from '../_base/command.ts';

export default class ClaimShow extends EngineCommand<typeof ClaimShow> {
  static override summary = 'Show who holds a resource.';
  static override examples = [
    { description: 'Why does my apply wait?', command: '<%= config.bin %> claim show web/volume.data-01' },
  ];
  static override args = { address: Args.string({ description: 'Address of the resource.', required: true }) };

  protected async perform(): Promise<OperationOutcome> {
    const { address } = this.args;
    return this.cli.finish(await this.cli.call('claim.show', { address }), claimView(true));
  }
}
